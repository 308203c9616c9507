// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

//go:embed fonts/DejaVuSansMono.ttf
var regularTTF []byte

//go:embed fonts/DejaVuSansMono-Bold.ttf
var boldTTF []byte

// Bounds of what a Fonts holds.
const (
	maxFaces    = 16  // sizes and families in use at one time
	minFontSize = 4   // points
	maxFontSize = 288 // points
	maxPPEM     = 512 // pixels: a glyph is then at most some 300 KB
)

// Fonts holds the fonts and their rasterised glyphs. Terminals of one process share a Fonts, so that the glyphs exist
// once. It is safe for concurrent use.
type Fonts struct {
	mu     sync.Mutex // guards all below
	faces  map[faceKey]*Face
	family map[string]*family // by lower-case name; nil where the name is unknown

	system systemFonts
}

type faceKey struct {
	name string
	ppem int
}

// family is a typeface with its bold form, which may be the same font.
type family struct {
	regular, bold *sfnt.Font
}

// NewFonts returns the embedded font and looks for others, when one is asked for by name or lacks a character, in dirs.
// Without dirs these are the system's font folders.
func NewFonts(dirs ...string) (*Fonts, error) {
	regular, err := sfnt.Parse(regularTTF)
	if err != nil {
		return nil, fmt.Errorf("terminal: embedded font: %w", err)
	}
	bold, err := sfnt.Parse(boldTTF)
	if err != nil {
		return nil, fmt.Errorf("terminal: embedded font: %w", err)
	}
	if len(dirs) == 0 {
		dirs = systemFontDirs
	}
	builtin := &family{regular: regular, bold: bold}
	return &Fonts{
		faces:  map[faceKey]*Face{},
		family: map[string]*family{"": builtin, "monospace": builtin, "mono": builtin, "dejavu sans mono": builtin},
		system: systemFonts{dirs: dirs},
	}, nil
}

// Face returns the font of the given name in the given size, in points at a resolution of dpi. A name that is found
// neither here nor in the system's folders gives the embedded font, and false.
func (f *Fonts) Face(name string, size, dpi int) (*Face, bool) {
	size = min(max(size, minFontSize), maxFontSize)
	if dpi <= 0 {
		dpi = 96
	}
	ppem := min(max((size*dpi+36)/72, minFontSize), maxPPEM)
	name = strings.ToLower(strings.TrimSpace(name))

	f.mu.Lock()
	defer f.mu.Unlock()
	fam, known := f.familyLocked(name)
	if !known {
		name = ""
	}
	key := faceKey{name, ppem}
	if face := f.faces[key]; face != nil {
		return face, known
	}
	face := newFace(f, fam, ppem)
	if len(f.faces) >= maxFaces {
		clear(f.faces)
	}
	f.faces[key] = face
	return face, known
}

func (f *Fonts) familyLocked(name string) (*family, bool) {
	fam, asked := f.family[name]
	if !asked {
		fam = f.system.family(name)
		if len(f.family) < 256 {
			f.family[name] = fam
		}
	}
	if fam == nil {
		return f.family[""], false
	}
	return fam, true
}

// fallback returns a font of the system that has r, and its glyph there.
func (f *Fonts) fallback(r rune) (*sfnt.Font, sfnt.GlyphIndex) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.system.find(r)
}

// metrics returns the cell of a monospaced font: its advance and line height in whole pixels, and the baseline's
// distance from the top.
func metrics(ft *sfnt.Font, ppem int) (width, height, baseline int) {
	var buf sfnt.Buffer
	size := fixed.I(ppem)
	m, err := ft.Metrics(&buf, size, font.HintingNone)
	if err != nil {
		return max(ppem*3/5, 1), max(ppem*6/5, 1), ppem
	}
	baseline = m.Ascent.Round()
	height = baseline + m.Descent.Round()
	width = ppem * 3 / 5
	if g, err := ft.GlyphIndex(&buf, '0'); err == nil {
		if adv, err := ft.GlyphAdvance(&buf, g, size, font.HintingNone); err == nil {
			width = adv.Round()
		}
	}
	return max(width, 1), max(height, 1), min(max(baseline, 1), max(height, 1))
}
