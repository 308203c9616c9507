// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"encoding/binary"
	"image"

	"github.com/palta-gateway/palta/internal/vt"
)

// selectionTint is laid over the background of selected cells.
var selectionTint = vt.RGB{R: 0x33, G: 0x88, B: 0xff}

// Paint draws the part of the terminal that dst covers, as a display's painter. It takes the terminal's lock.
func (t *Terminal) Paint(dst *image.RGBA) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ahead = t.ahead || t.held
	p := painter{dst: dst, face: t.face, palette: t.term.Palette(), reverse: t.term.Modes().ReverseVideo, term: t.term}
	t.paintMarginsLocked(&p)
	t.paintScrollbarLocked(&p)

	area := dst.Rect.Intersect(t.gridLocked())
	if area.Empty() {
		return
	}
	first := (area.Min.Y - t.layout.origin.Y) / t.face.Height
	last := (area.Max.Y - t.layout.origin.Y - 1) / t.face.Height
	from := (area.Min.X - t.layout.origin.X) / t.face.Width
	to := (area.Max.X-t.layout.origin.X-1)/t.face.Width + 1
	for row := first; row <= last; row++ {
		t.paintRowLocked(&p, row, from, to)
	}
	t.paintCursorLocked(&p, first, last)
}

// paintRowLocked draws the columns [from, to) of a row of the view.
func (t *Terminal) paintRowLocked(p *painter, row, from, to int) {
	sel := t.selectedSpanLocked(row)
	cells := t.term.Line(row - t.scroll)
	if from > 0 && from < len(cells) && cells[from].Width() == 0 {
		from--
	}
	y := t.layout.origin.Y + row*t.face.Height
	for col := from; col < to; {
		cell := vt.Cell{}
		if col < len(cells) {
			cell = cells[col]
		}
		n := max(cell.Width(), 1)
		p.cell(image.Pt(t.layout.origin.X+col*t.face.Width, y), cell, n, col >= sel.From && col < sel.To)
		col += n
	}
}

// paintMarginsLocked draws what is neither grid nor scroll bar.
func (t *Terminal) paintMarginsLocked(p *painter) {
	grid := t.gridLocked()
	bounds := p.dst.Rect
	c := p.background(vt.DefaultColor)
	p.fill(image.Rect(bounds.Min.X, bounds.Min.Y, bounds.Max.X, grid.Min.Y), c)
	p.fill(image.Rect(bounds.Min.X, grid.Max.Y, bounds.Max.X, bounds.Max.Y), c)
	p.fill(image.Rect(bounds.Min.X, grid.Min.Y, grid.Min.X, grid.Max.Y), c)
	p.fill(image.Rect(grid.Max.X, grid.Min.Y, bounds.Max.X, grid.Max.Y), c)
}

func (t *Terminal) paintCursorLocked(p *painter, first, last int) {
	cur := t.cursorLocked()
	if !cur.visible || cur.row < first || cur.row > last {
		return
	}
	cell := t.term.Cell(cur.col, cur.row-t.scroll)
	n := max(cell.Width(), 1)
	at := t.cellLocked(cur.col, cur.row)
	c := p.palette.Cursor
	line := max(1, t.face.Height/10)
	switch cur.style {
	case vt.CursorUnderline:
		p.fill(image.Rect(at.X, at.Y+t.face.Height-line, at.X+n*t.face.Width, at.Y+t.face.Height), c)
	case vt.CursorBar:
		p.fill(image.Rect(at.X, at.Y, at.X+line, at.Y+t.face.Height), c)
	default:
		_, bg := p.colors(cell, false)
		if bg == c {
			bg, c = p.foreground(vt.DefaultColor), p.foreground(vt.DefaultColor)
			bg = contrast(bg)
		}
		p.cellIn(at, cell, n, bg, c)
	}
}

// contrast returns black or white, whichever is further from c.
func contrast(c vt.RGB) vt.RGB {
	if 3*int(c.R)+6*int(c.G)+int(c.B) > 1275 {
		return vt.RGB{}
	}
	return vt.RGB{R: 0xff, G: 0xff, B: 0xff}
}

// painter draws cells into dst.
type painter struct {
	dst     *image.RGBA
	face    *Face
	term    *vt.Terminal
	palette *vt.Palette
	reverse bool

	// ramp has the 256 mixtures of the colours rampFG and rampBG, by coverage.
	ramp           [256]uint32
	rampFG, rampBG vt.RGB
	rampReady      bool
}

func (p *painter) foreground(c vt.Color) vt.RGB {
	if p.reverse && c.IsDefault() {
		return p.palette.Background
	}
	return p.palette.FG(c)
}

func (p *painter) background(c vt.Color) vt.RGB {
	if p.reverse && c.IsDefault() {
		return p.palette.Foreground
	}
	return p.palette.BG(c)
}

// colors returns the colours in which a cell is drawn.
func (p *painter) colors(cell vt.Cell, selected bool) (fg, bg vt.RGB) {
	fg, bg = p.foreground(cell.FG), p.background(cell.BG)
	if cell.Attr.Has(vt.Bold) && !cell.Attr.Has(vt.Faint) {
		fg = p.bright(cell.FG, fg)
	}
	if cell.Attr.Has(vt.Inverse) {
		fg, bg = bg, fg
	}
	if cell.Attr.Has(vt.Faint) {
		fg = mix(fg, bg, 128)
	}
	if selected {
		bg = mix(bg, selectionTint, 115)
	}
	if cell.Attr.Has(vt.Invisible) {
		fg = bg
	}
	return fg, bg
}

// bright returns the intense form of the eight base colours, also where the default colour is one of them.
func (p *painter) bright(c vt.Color, fg vt.RGB) vt.RGB {
	if i, ok := c.Index(); ok && i < 8 {
		return p.palette.Colors[i+8]
	}
	if c.IsDefault() && !p.reverse {
		for i := 7; i >= 0; i-- {
			if p.palette.Colors[i] == fg {
				return p.palette.Colors[i+8]
			}
		}
	}
	return fg
}

// mix returns a with part (of 256) of b in it.
func mix(a, b vt.RGB, part int) vt.RGB {
	m := func(a, b uint8) uint8 { return uint8((int(a)*(256-part) + int(b)*part) / 256) }
	return vt.RGB{R: m(a.R, b.R), G: m(a.G, b.G), B: m(a.B, b.B)}
}

func (p *painter) cell(at image.Point, cell vt.Cell, n int, selected bool) {
	fg, bg := p.colors(cell, selected)
	p.cellIn(at, cell, n, fg, bg)
}

// cellIn draws a cell of n columns in the given colours.
func (p *painter) cellIn(at image.Point, cell vt.Cell, n int, fg, bg vt.RGB) {
	r := image.Rect(at.X, at.Y, at.X+n*p.face.Width, at.Y+p.face.Height)
	g := p.glyph(cell, n)
	if len(g.pix) == 0 || fg == bg {
		p.fill(r, bg)
	} else {
		p.blit(r, g, fg, bg)
	}
	if cell.Attr&^(vt.Bold|vt.Faint|vt.Inverse) != 0 || cell.LinkID(p.term) != 0 {
		p.lines(r, cell, fg)
	}
}

func (p *painter) glyph(cell vt.Cell, n int) *glyph {
	if cell.IsBlank() || cell.Width() == 0 {
		return emptyGlyph
	}
	var style glyphStyle
	if cell.Attr.Has(vt.Bold) {
		style |= styleBold
	}
	if cell.Attr.Has(vt.Italic) {
		style |= styleItalic
	}
	if n == 2 {
		style |= styleWide
	}
	if r, ok := cell.Simple(); ok {
		return p.face.rune(r, style)
	}
	return p.face.cluster(cell.Text(p.term), style)
}

// lines draws what runs under, through and over a cell's text.
func (p *painter) lines(r image.Rectangle, cell vt.Cell, fg vt.RGB) {
	weight := max(1, p.face.ppem/14)
	if cell.Attr.Has(vt.Strike) {
		y := r.Min.Y + p.face.Baseline - p.face.ppem*27/100
		p.fill(image.Rect(r.Min.X, y, r.Max.X, y+weight), fg)
	}
	if cell.Attr.Has(vt.Overline) {
		p.fill(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+weight), fg)
	}
	style := cell.Attr.Underline()
	if style == vt.UnderlineNone {
		if cell.LinkID(p.term) == 0 {
			return
		}
		style = vt.UnderlineDotted
	}
	if c := cell.UnderlineColor(p.term); !c.IsDefault() {
		fg = p.palette.FG(c)
	}
	p.underline(r, style, weight, fg)
}

func (p *painter) underline(r image.Rectangle, style vt.Underline, weight int, c vt.RGB) {
	y := min(r.Min.Y+p.face.Baseline+max(1, p.face.ppem/12), r.Max.Y-weight)
	segment := func(x0, x1, y int) {
		p.fill(image.Rect(max(x0, r.Min.X), y, min(x1, r.Max.X), min(y+weight, r.Max.Y)), c)
	}
	switch style {
	case vt.UnderlineDouble:
		low := min(y+2*weight, r.Max.Y-weight)
		segment(r.Min.X, r.Max.X, low-2*weight)
		segment(r.Min.X, r.Max.X, low)
	case vt.UnderlineDotted, vt.UnderlineDashed:
		on := weight
		if style == vt.UnderlineDashed {
			on = max(2*weight, p.face.Width/3)
		}
		for x := r.Min.X; x < r.Max.X; x += 2 * on {
			segment(x, x+on, y)
		}
	case vt.UnderlineCurly:
		// A zigzag whose period is one column joins at the borders of cells.
		half := max(1, p.face.Width/2)
		depth := max(2, min(weight*2, r.Max.Y-y-1))
		top := max(r.Min.Y, min(y, r.Max.Y-weight-depth))
		for x := r.Min.X; x < r.Max.X; x++ {
			phase := (x - r.Min.X) % p.face.Width
			if phase >= half {
				phase = p.face.Width - 1 - phase
			}
			segment(x, x+1, top+depth-depth*phase/half)
		}
	default:
		segment(r.Min.X, r.Max.X, y)
	}
}

func pixel(c vt.RGB) uint32 { return uint32(c.R) | uint32(c.G)<<8 | uint32(c.B)<<16 | 0xFF000000 }

// fill fills the part of r that lies in dst.
func (p *painter) fill(r image.Rectangle, c vt.RGB) {
	r = r.Intersect(p.dst.Rect)
	if r.Empty() {
		return
	}
	v := pixel(c)
	first := p.dst.Pix[p.dst.PixOffset(r.Min.X, r.Min.Y):][:4*r.Dx()]
	for i := 0; i < len(first); i += 4 {
		binary.LittleEndian.PutUint32(first[i:i+4], v)
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(p.dst.Pix[p.dst.PixOffset(r.Min.X, y):], first)
	}
}

// blit draws a glyph with its background into the part of r that lies in dst.
func (p *painter) blit(r image.Rectangle, g *glyph, fg, bg vt.RGB) {
	p.setRamp(fg, bg)
	clip := r.Intersect(p.dst.Rect)
	if clip.Empty() {
		return
	}
	width := min(clip.Dx(), g.width-(clip.Min.X-r.Min.X))
	for y := clip.Min.Y; y < clip.Max.Y; y++ {
		src := g.pix[(y-r.Min.Y)*g.width+clip.Min.X-r.Min.X:][:width]
		dst := p.dst.Pix[p.dst.PixOffset(clip.Min.X, y):][:4*width]
		for i, c := range src {
			binary.LittleEndian.PutUint32(dst[4*i:4*i+4], p.ramp[c])
		}
	}
}

func (p *painter) setRamp(fg, bg vt.RGB) {
	if p.rampReady && p.rampFG == fg && p.rampBG == bg {
		return
	}
	p.rampFG, p.rampBG, p.rampReady = fg, bg, true
	// Steps of 16 bits below the point: 255 steps lead from one colour exactly to the other.
	channel := func(from, to uint8) (at, step int32) {
		return int32(from)<<16 + 1<<15, (int32(to) - int32(from)) << 16 / 255
	}
	r, dr := channel(bg.R, fg.R)
	g, dg := channel(bg.G, fg.G)
	b, db := channel(bg.B, fg.B)
	for i := range p.ramp {
		p.ramp[i] = uint32(r>>16)&0xFF | uint32(g>>16)&0xFF<<8 | uint32(b>>16)&0xFF<<16 | 0xFF000000
		r, g, b = r+dr, g+dg, b+db
	}
}
