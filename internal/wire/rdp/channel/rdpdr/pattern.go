// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"fmt"
	"strings"
	"unicode"
)

// maxPattern bounds a pattern in characters: no name that it could match is longer.
const maxPattern = 255

// Wildcards of DOS ([MS-FSA] section 2.1.4.4), which Windows makes of what a user types.
const (
	dosStar  = '<' // any characters up to the last dot
	dosQM    = '>' // any character, or none before a dot and at the end
	dosDot   = '"' // a dot, or none at the end
	anyStar  = '*'
	anyOne   = '?'
	everyDot = "*.*"
)

// Pattern is what the names of a directory query must match. The zero value matches nothing.
type Pattern struct {
	runes []rune
	all   bool
}

// NewPattern returns the pattern of a directory query. An empty one matches every name, and
// so does "*.*", as it has in DOS.
func NewPattern(pattern string) (Pattern, error) {
	if pattern == "" || pattern == "*" || pattern == everyDot {
		return Pattern{all: true}, nil
	}
	runes := []rune(pattern)
	if len(runes) > maxPattern {
		return Pattern{}, fmt.Errorf("rdpdr: a pattern of %d characters", len(runes))
	}
	for i, r := range runes {
		if isSeparator(r) || unicode.IsControl(r) {
			return Pattern{}, fmt.Errorf("rdpdr: %q in the pattern %q", r, pattern)
		}
		runes[i] = fold(r)
	}
	return Pattern{runes: runes}, nil
}

func fold(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

// Match reports whether a name matches, in whatever case. All ways to match are followed at
// once, so that the time is within the length of the name times that of the pattern.
func (p Pattern) Match(name string) bool {
	if p.all {
		return true
	}
	if len(p.runes) == 0 {
		return false
	}
	lastDot := strings.LastIndexByte(name, '.')
	// now[i] is set if the first i characters of the pattern can match what was read.
	now, next := make([]bool, len(p.runes)+1), make([]bool, len(p.runes)+1)
	now[0] = true
	for at, r := range name {
		p.skip(now, r == '.', false)
		clear(next)
		p.step(now, next, fold(r), at == lastDot)
		now, next = next, now
	}
	p.skip(now, false, true)
	return now[len(p.runes)]
}

// skip adds to now what is reached without reading: stars match nothing too, and before a
// dot or at the end of the name so do some wildcards of DOS.
func (p Pattern) skip(now []bool, dot, end bool) {
	for i, w := range p.runes {
		if now[i] && (w == anyStar || w == dosStar || w == dosQM && (dot || end) || w == dosDot && end) {
			now[i+1] = true
		}
	}
}

// step reads one character. '<' passes over all but the last dot.
func (p Pattern) step(now, next []bool, r rune, lastDot bool) {
	for i, w := range p.runes {
		if !now[i] {
			continue
		}
		switch w {
		case anyStar:
			next[i] = true
		case dosStar:
			if !lastDot {
				next[i] = true
			}
		case anyOne:
			next[i+1] = true
		case dosQM:
			if r != '.' {
				next[i+1] = true
			}
		case dosDot:
			if r == '.' {
				next[i+1] = true
			}
		default:
			if w == r {
				next[i+1] = true
			}
		}
	}
}
