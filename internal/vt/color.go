// SPDX-License-Identifier: Apache-2.0

package vt

// Color is the colour of a cell: the default, an entry of the palette, or a direct colour. The zero value is the default.
type Color uint32

// DefaultColor stands for the palette's default foreground or background.
const DefaultColor Color = 0

const directColor Color = 1 << 24

// Indexed returns the colour of palette entry i.
func Indexed(i uint8) Color { return Color(i) + 1 }

// Direct returns the given colour, whatever the palette.
func Direct(c RGB) Color {
	return directColor | Color(c.R)<<16 | Color(c.G)<<8 | Color(c.B)
}

// Index returns the palette entry of c, or false if c is the default or a direct colour.
func (c Color) Index() (uint8, bool) { return uint8(c - 1), c != 0 && c < directColor }

// IsDefault reports whether c is the palette's default foreground or background.
func (c Color) IsDefault() bool { return c == DefaultColor }

// direct returns the colour of a direct c.
func (c Color) direct() RGB { return RGB{uint8(c >> 16), uint8(c >> 8), uint8(c)} }

// RGB is a colour of 8 bits a channel.
type RGB struct{ R, G, B uint8 }

// Palette is the set of colours that cells refer to.
type Palette struct {
	Colors     [256]RGB
	Foreground RGB
	Background RGB
	Cursor     RGB
}

// DefaultPalette returns upstream's initial palette with its scheme gray-black: palette entry 7 on 0.
func DefaultPalette() *Palette {
	p := &Palette{}
	base := [16]RGB{
		{0x00, 0x00, 0x00},
		{0x99, 0x3e, 0x3e},
		{0x3e, 0x99, 0x3e},
		{0x99, 0x99, 0x3e},
		{0x3e, 0x3e, 0x99},
		{0x99, 0x3e, 0x99},
		{0x3e, 0x99, 0x99},
		{0x99, 0x99, 0x99},
		{0x3e, 0x3e, 0x3e},
		{0xff, 0x67, 0x67},
		{0x67, 0xff, 0x67},
		{0xff, 0xff, 0x67},
		{0x67, 0x67, 0xff},
		{0xff, 0x67, 0xff},
		{0x67, 0xff, 0xff},
		{0xff, 0xff, 0xff},
	}
	copy(p.Colors[:], base[:])
	levels := [6]uint8{0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff}
	for i := range 216 {
		p.Colors[16+i] = RGB{levels[i/36], levels[i/6%6], levels[i%6]}
	}
	for i := range 24 {
		v := uint8(8 + 10*i)
		p.Colors[232+i] = RGB{v, v, v}
	}
	p.Foreground, p.Background, p.Cursor = p.Colors[7], p.Colors[0], p.Colors[7]
	return p
}

// FG resolves a cell's foreground.
func (p *Palette) FG(c Color) RGB { return p.resolve(c, p.Foreground) }

// BG resolves a cell's background.
func (p *Palette) BG(c Color) RGB { return p.resolve(c, p.Background) }

func (p *Palette) resolve(c Color, def RGB) RGB {
	switch {
	case c == DefaultColor:
		return def
	case c < directColor:
		return p.Colors[c-1]
	}
	return c.direct()
}
