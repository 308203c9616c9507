// SPDX-License-Identifier: Apache-2.0

package clear_test

import (
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/clear"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
)

// paint makes pixels of rows of letters that stand for colours.
func paint(tb testing.TB, colours map[rune]string, rows ...string) []byte {
	tb.Helper()
	var b []byte
	for _, row := range rows {
		for _, letter := range row {
			b = append(b, codectest.Hex(tb, colours[letter])...)
		}
	}
	return b
}

// The examples of MS-RDPEGFX, section 4.1.1. They are from the middle of a session: what the
// third one draws from a cache was filled before, and is black here.
var examples = map[string]struct {
	listing       string
	width, height int
	colours       map[rune]string
	rows          []string
}{
	"2: runs and suites of a palette": {
		`
		00 0D                       ; flags, seqNumber
		00000000 00000000 82000000  ; residualByteCount, bandsByteCount, subcodecByteCount
		0000 0000 4E00 1100         ; xStart, yStart, width, height: 78 × 17
		75000000 02                 ; bitmapDataByteCount, subcodecId: RLEX
		0E                          ; paletteCount: 14, so that a stopIndex has 4 bits
		FFFFFF 000000 DBFFFF 003A90 FFB666 66B6FF B66600 90DBFF 00003A DB903A 3A90DB 660000 FFFFB6 646464
		11 04 11 4C 11 4C 11 4C 11 4C 11 4C ; stopIndex 1 and suiteDepth 1 in a byte, runLengthFactor
		00 47 13 00 01 01 04 00 01 00 00 47 16 00 11 02 00 47 29 00 11 01 00 49 0A 00 01 00 04 00 01 00
		00 4A 0A 00 09 00 01 00 00 47 05 00 01 01 1C 00 01 00 11 4C 11 4C 11 4C 00 47 0D 4D 00 4D`,
		78, 17,
		map[rune]string{
			'.': "FFFFFF", '#': "000000", 'c': "FFFFDB", 'd': "903A00", 'e': "66B6FF", 'f': "FFB666", 'g': "0066B6",
			'h': "FFDB90", 'i': "3A0000", 'j': "3A90DB", 'k': "DB903A", 'l': "000066", 'm': "B6FFFF", '-': "646464",
		},
		[]string{
			".....#" + blank, ".....#" + blank, ".....#" + blank, ".....#" + blank, ".....#" + blank, ".....#" + blank,
			"cd##e#" + blank,
			"fg...#" + blank,
			"hij..#" + blank,
			"..k#e#" + blank,
			"...kj#" + blank,
			"f##lm#" + blank,
			".....#" + blank, ".....#" + blank, ".....#" + blank,
			strings.Repeat("-", 78),
			strings.Repeat(".", 78),
		},
	},
	"3: a residual under bars from the cache": {
		`
		00 DF                       ; flags, seqNumber
		0E000000 8B000000 00000000  ; residualByteCount, bandsByteCount, subcodecByteCount
		FEFEFE FF 8005              ; blueValue, greenValue, redValue, runLengthFactor1, runLengthFactor2: 1408 pixels
		FFFFFF 40 FEFEFE 40         ; 64 pixels, 64 pixels
		0000 3F00 0300 0B00 FEFEFE  ; CLEARCODEC_BAND: xStart, xEnd, yStart, yEnd, blueBkg, greenBkg, redBkg
		C5D0 C6D0 C7D0 68D4 69D4 6AD4 6BD4 6CD4 6DD4 1AD4 1AD4 A6D0 6ED4 6FD4 70D4 71D4 ; VBAR_CACHE_HIT, 64 times
		72D4 73D4 74D4 21D4 22D4 23D4 24D4 25D4 D9D0 DAD0 DBD0 C5D0 C5D0 DCD0 C2D0 21D4
		22D4 23D4 24D4 25D4 C9D0 CAD0 5AD4 2BD1 28D1 2CD1 75D4 27D4 28D4 29D4 2AD4 1AD4
		1AD4 1AD4 B7D0 B8D0 B9D0 BAD0 BBD0 BCD0 BDD0 BED0 BFD0 C0D0 C1D0 C2D0 C3D0 C4D0`,
		64, 24,
		map[rune]string{'.': "FEFEFE", '#': "000000", '-': "FFFFFF"},
		[]string{
			strings.Repeat(".", 3*64), strings.Repeat("#", 9*64), strings.Repeat(".", 10*64), strings.Repeat("-", 64), strings.Repeat(".", 64),
		},
	},
	"4: a glyph": {glyphExample, 7, 15, glyphColours, glyphRows},
}

// blank is the rest of most rows of the second example.
var blank = strings.Repeat(".", 72)

const glyphExample = `
	01 0B 7800                  ; flags: GLYPH_INDEX, seqNumber, glyphIndex
	00000000 46000000 00000000  ; residualByteCount, bandsByteCount, subcodecByteCount
	0000 0600 0000 0E00 000000  ; CLEARCODEC_BAND: xStart, xEnd, yStart, yEnd, blueBkg, greenBkg, redBkg
	000F                        ; SHORT_VBAR_CACHE_MISS: shortVBarYOn 0, shortVBarYOff 15
	FFFFFF FFFFFF FFFFFF B6FFFF FFFFFF FFFFFF FFB666 FFFFFF FFFFFF FFB666 DB903A FFFFB6 FFFFFF FFFFFF FFFFFF
	4691 4791 4891 4991 4A91 1B91 ; VBAR_CACHE_HIT, six times`

var (
	glyphColours = map[rune]string{'.': "FFFFFF", '#': "000000", 'c': "FFFFB6", 'd': "66B6FF", 'e': "3A90DB", 'f': "B6FFFF"}
	glyphRows    = []string{
		".######", ".######", ".######", "c######", ".######", ".######", "d######", ".######",
		".######", "d######", "e######", "f######", ".######", ".######", ".######",
	}
)

func TestExamplesOfTheSpecification(t *testing.T) {
	for name, tc := range examples {
		t.Run(name, func(t *testing.T) {
			src, want := codectest.Hex(t, tc.listing), paint(t, tc.colours, tc.rows...)
			c := codectest.NewCanvas(tc.width, tc.height)
			if err := new(clear.Decoder).Decode(c.Target, src); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, want, 0)
			codectest.Cut(t, src, cutter(c))
		})
	}
}

// TestExampleOfAGlyphHit is the first example, which draws a glyph that an earlier bitmap
// brought. Here that is the glyph of the fourth one.
func TestExampleOfAGlyphHit(t *testing.T) {
	hit := codectest.Hex(t, `
		03 C3                       ; flags: GLYPH_INDEX and GLYPH_HIT, seqNumber
		1100                        ; glyphIndex`)
	glyph := codectest.Hex(t, glyphExample)
	copy(glyph[1:], []byte{0xC2, 0x11, 0x00}) // seqNumber, glyphIndex
	var d clear.Decoder
	if err := d.Decode(codectest.NewCanvas(7, 15).Target, glyph); err != nil {
		t.Fatal(err)
	}
	c := codectest.NewCanvas(7, 15)
	if err := d.Decode(c.Target, hit); err != nil {
		t.Fatal(err)
	}
	c.Compare(t, paint(t, glyphColours, glyphRows...), 0)
	if err := new(clear.Decoder).Decode(c.Target, hit); err == nil {
		t.Error("a hit of an empty slot is accepted")
	}
}
