// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// runeWidth returns the number of cells of one code point, as wcwidth of the host's C library has it. That differs from the
// width of the same code point as a whole grapheme in three places.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1 // no combining characters; U+00AD is drawn
	case r >= 0x1100 && r <= 0x11ff:
		if r >= 0x1160 {
			return 0 // Hangul vowels and finals combine with the wide initial
		}
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return 2
	case r >= 0xd7b0 && r <= 0xd7fb:
		return 0
	case r >= 0x1f1e6 && r <= 0x1f1ff:
		return 1 // a flag is two regional indicators
	}
	return displaywidth.Rune(r)
}

// joins reports whether r continues the grapheme cluster text.
func joins(text string, r rune) bool {
	var buf [maxCluster + 4]byte
	b := append(append(buf[:0], text...), string(r)...)
	it := graphemes.FromBytes(b)
	return it.Next() && it.End() == len(b)
}

// clusterWidth returns the number of cells of a grapheme cluster.
func clusterWidth(text string) int { return displaywidth.String(text) }
