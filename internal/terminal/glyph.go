// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"image"
	"math"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
	"golang.org/x/text/unicode/norm"
)

// glyphStyle selects the form of a glyph.
type glyphStyle uint8

const (
	styleBold glyphStyle = 1 << iota
	styleItalic
	styleWide  // two cells
	styleCount = 1 << iota
)

// maxGlyphBytes bounds the coverage that a Face keeps; beyond it the cache starts anew.
const maxGlyphBytes = 4 << 20

// slant is how far an italic leans: horizontal distance for one unit of height.
const slant = 0.2

// glyph is the coverage of one or two cells, a byte a pixel in rows of width pixels. An empty one has no pixels set.
type glyph struct {
	pix   []byte
	width int
}

var emptyGlyph = &glyph{}

// Face is a font in one size: the size of a cell and the rasterised glyphs. It is safe for concurrent use.
type Face struct {
	// Width and Height are the size of a cell in pixels; the baseline lies Baseline pixels below its top.
	Width, Height, Baseline int

	fonts *Fonts
	fam   *family
	ppem  int

	// The printable ASCII characters, which nearly all text is, are found without the lock.
	ascii [4][96]atomic.Pointer[glyph]

	mu       sync.Mutex // guards all below; taken before Fonts' lock
	runes    map[runeKey]*glyph
	clusters map[clusterKey]*glyph
	bytes    int
	raster   vector.Rasterizer
	buf      sfnt.Buffer
}

type runeKey struct {
	r     rune
	style glyphStyle
}

type clusterKey struct {
	text  string
	style glyphStyle
}

func newFace(fonts *Fonts, fam *family, ppem int) *Face {
	f := &Face{fonts: fonts, fam: fam, ppem: ppem}
	f.Width, f.Height, f.Baseline = metrics(fam.regular, ppem)
	f.clearLocked()
	return f
}

func (f *Face) clearLocked() {
	f.runes = map[runeKey]*glyph{}
	f.clusters = map[clusterKey]*glyph{}
	f.bytes = 0
}

// rune returns the glyph of a single code point.
func (f *Face) rune(r rune, style glyphStyle) *glyph {
	if r > ' ' && r < 0x7F && style < styleWide {
		slot := &f.ascii[style][r-' ']
		if g := slot.Load(); g != nil {
			return g
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		g := f.drawLocked([]rune{r}, style)
		slot.Store(g)
		return g
	}
	if r == ' ' || r == 0xA0 {
		return emptyGlyph
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := runeKey{r, style}
	g := f.runes[key]
	if g == nil {
		g = f.boxLocked(r, style)
		if g == nil {
			g = f.drawLocked([]rune{r}, style)
		}
		f.accountLocked(g)
		f.runes[key] = g
	}
	return g
}

// cluster returns the glyph of a grapheme of several code points.
func (f *Face) cluster(text string, style glyphStyle) *glyph {
	if composed := norm.NFC.String(text); utf8.RuneCountInString(composed) == 1 {
		r, _ := utf8.DecodeRuneInString(composed)
		return f.rune(r, style)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := clusterKey{text, style}
	g := f.clusters[key]
	if g == nil {
		g = f.drawLocked([]rune(norm.NFC.String(text)), style)
		f.accountLocked(g)
		f.clusters[key] = g
	}
	return g
}

func (f *Face) accountLocked(g *glyph) {
	if f.bytes > maxGlyphBytes {
		f.clearLocked()
	}
	f.bytes += len(g.pix) + 64
}

func (f *Face) cellWidth(style glyphStyle) int {
	if style&styleWide != 0 {
		return 2 * f.Width
	}
	return f.Width
}

// boxLocked draws the characters that must join their neighbours, or returns nil for any other.
func (f *Face) boxLocked(r rune, style glyphStyle) *glyph {
	if !isBox(r) {
		return nil
	}
	g := &glyph{width: f.cellWidth(style)}
	g.pix = drawBox(r, g.width, f.Height)
	return g
}

// drawLocked rasterises the characters one over the other: the first is the base, the others are marks on it.
func (f *Face) drawLocked(text []rune, style glyphStyle) *glyph {
	g := &glyph{width: f.cellWidth(style)}
	f.raster.Reset(g.width, f.Height)
	drawn, embolden := false, false
	var pen float32
	for i, r := range text {
		if i > 0 && isJoiner(r) {
			continue
		}
		ft, index := f.lookupLocked(r, style)
		if ft == nil {
			if i > 0 {
				continue
			}
			f.replacementLocked(g.width)
			drawn = true
			continue
		}
		own := ft == f.fam.regular || ft == f.fam.bold
		embolden = embolden || !own && style&styleBold != 0
		advance, ok := f.outlineLocked(ft, index, style, own, pen, i > 0)
		drawn = drawn || ok
		if i == 0 {
			pen = advance
		}
	}
	if !drawn {
		return emptyGlyph
	}
	mask := image.NewAlpha(image.Rect(0, 0, g.width, f.Height))
	f.raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	if embolden {
		emboldenMask(mask)
	}
	g.pix = mask.Pix
	return g
}

// isJoiner reports the characters of a cluster that have no shape of their own: joiners and variation selectors.
func isJoiner(r rune) bool {
	return r == 0x200C || r == 0x200D || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE01EF
}

func (f *Face) lookupLocked(r rune, style glyphStyle) (*sfnt.Font, sfnt.GlyphIndex) {
	ft := f.fam.regular
	if style&styleBold != 0 {
		ft = f.fam.bold
	}
	for _, ft := range []*sfnt.Font{ft, f.fam.regular} {
		if g, err := ft.GlyphIndex(&f.buf, r); err == nil && g != 0 {
			return ft, g
		}
	}
	return f.fonts.fallback(r)
}

// outlineLocked adds a glyph's outline to the rasteriser and returns its advance. Glyphs of a foreign font are centred
// in the cell and made smaller where they are wider than it.
func (f *Face) outlineLocked(ft *sfnt.Font, index sfnt.GlyphIndex, style glyphStyle, own bool, pen float32, mark bool) (float32, bool) {
	ppem := fixed.I(f.ppem)
	adv, err := ft.GlyphAdvance(&f.buf, index, ppem, font.HintingNone)
	if err != nil {
		return 0, false
	}
	cell := fixed.I(f.cellWidth(style))
	var dx float32
	switch {
	case own && style&styleWide == 0:
	case adv > cell:
		ppem = fixed.Int26_6(int64(ppem) * int64(cell) / int64(adv))
	default:
		dx = float32(cell-adv) / 128
	}
	segments, err := ft.LoadGlyph(&f.buf, index, ppem, nil)
	if err != nil || len(segments) == 0 {
		return float32(adv) / 64, false
	}
	if mark && segments.Bounds().Min.X < 0 {
		dx += pen // the mark is designed to follow its base
	}
	lean := float32(0)
	if style&styleItalic != 0 {
		lean = slant
	}
	f.addLocked(segments, dx, lean)
	return float32(adv)/64 + dx, true
}

func (f *Face) addLocked(segments sfnt.Segments, dx, lean float32) {
	base := float32(f.Baseline)
	at := func(p fixed.Point26_6) (x, y float32) {
		y = float32(p.Y) / 64
		return dx + float32(p.X)/64 - lean*y, base + y
	}
	for i := range segments {
		s := &segments[i]
		x0, y0 := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			f.raster.ClosePath()
			f.raster.MoveTo(x0, y0)
		case sfnt.SegmentOpLineTo:
			f.raster.LineTo(x0, y0)
		case sfnt.SegmentOpQuadTo:
			x1, y1 := at(s.Args[1])
			f.raster.QuadTo(x0, y0, x1, y1)
		case sfnt.SegmentOpCubeTo:
			x1, y1 := at(s.Args[1])
			x2, y2 := at(s.Args[2])
			f.raster.CubeTo(x0, y0, x1, y1, x2, y2)
		}
	}
	f.raster.ClosePath()
}

// replacementLocked draws the frame that stands for a character no font has.
func (f *Face) replacementLocked(width int) {
	inset := float32(math.Max(1, float64(f.Width)/8))
	line := float32(math.Max(1, math.Round(float64(f.ppem)/16)))
	l, r := inset, float32(width)-inset
	t, b := float32(f.Baseline)*0.2, float32(f.Baseline)
	f.rectLocked(l, t, r, b, true)
	f.rectLocked(l+line, t+line, r-line, b-line, false)
}

// rectLocked adds a rectangle; one that runs the other way round is a hole.
func (f *Face) rectLocked(l, t, r, b float32, clockwise bool) {
	f.raster.MoveTo(l, t)
	if clockwise {
		f.raster.LineTo(r, t)
		f.raster.LineTo(r, b)
		f.raster.LineTo(l, b)
	} else {
		f.raster.LineTo(l, b)
		f.raster.LineTo(r, b)
		f.raster.LineTo(r, t)
	}
	f.raster.ClosePath()
}

// emboldenMask smears the coverage one pixel to the right.
func emboldenMask(m *image.Alpha) {
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride : y*m.Stride+m.Rect.Dx()]
		for x := len(row) - 1; x > 0; x-- {
			row[x] = max(row[x], row[x-1])
		}
	}
}
