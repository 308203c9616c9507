// SPDX-License-Identifier: Apache-2.0

package pointer

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Palette has the colours of an XOR mask of 4 or 8 bpp as R, G, B.
type Palette [256][3]byte

// Draw draws the pointer onto a target of its size, with alpha that is not premultiplied.
// The palette is needed for 4 and 8 bits per pixel alone; without one these are black and
// white.
func (s *Shape) Draw(dst codec.Target, palette *Palette) error {
	if err := dst.Check(); err != nil {
		return fmt.Errorf("pointer: %w", err)
	}
	if dst.Width != s.Width || dst.Height != s.Height {
		return fmt.Errorf("pointer: a target of %d × %d for a pointer of %d × %d", dst.Width, dst.Height, s.Width, s.Height)
	}
	hasAlpha := s.XORBpp == 32 && s.hasAlpha()
	for y := range s.Height {
		row := dst.Row(y)
		up := s.Height - 1 - y
		if s.XORBpp == 1 { // section 2.2.9.1.1.4.5: masks of this depth go from the top
			up = y
		}
		xor := s.XORMask[up*rowBytes(s.Width, s.XORBpp):]
		var and []byte
		if len(s.ANDMask) > 0 {
			and = s.ANDMask[up*rowBytes(s.Width, 1):]
		}
		for x := range s.Width {
			c := xorPixel(xor, x, s.XORBpp, palette)
			if !hasAlpha {
				masked := len(and) > 0 && and[x/8]>>(7-x%8)&1 == 1
				c = blend(c, masked, (x^y)&1 == 1)
			}
			copy(row[4*x:4*x+4], c[:])
		}
	}
	return nil
}

// hasAlpha reports whether any pixel has alpha; a mask of 32 bpp whose alpha is all 0 goes
// by its AND mask.
func (s *Shape) hasAlpha() bool {
	for i := 3; i < 4*s.Width*s.Height; i += 4 {
		if s.XORMask[i] != 0 {
			return true
		}
	}
	return false
}

// blend applies the AND mask to the colour of the XOR mask.
func blend(c [4]byte, masked, odd bool) [4]byte {
	switch {
	case !masked:
		c[3] = 0xFF
		return c
	case c[0]|c[1]|c[2] == 0:
		return [4]byte{}
	case c[0]&c[1]&c[2] != 0xFF:
		c[3] = 0xFF
		return c
	case odd:
		return [4]byte{0, 0, 0, 0xFF}
	}
	return [4]byte{0xFF, 0xFF, 0xFF, 0xFF}
}

// xorPixel returns a pixel of a row of the XOR mask; alpha is as a mask of 32 bpp has it.
func xorPixel(row []byte, x, bpp int, palette *Palette) [4]byte {
	switch bpp {
	case 1:
		v := -(row[x/8] >> (7 - x%8) & 1)
		return [4]byte{v, v, v, 0}
	case 4:
		return palette.colour(row[x/2] >> (4 - 4*(x%2)) & 0x0F)
	case 8:
		return palette.colour(row[x])
	case 16: // 5 bits each, as in a bitmap of that depth
		w := binary.LittleEndian.Uint16(row[2*x:])
		r, g, b := byte(w>>10&31), byte(w>>5&31), byte(w&31)
		return [4]byte{r<<3 | r>>2, g<<3 | g>>2, b<<3 | b>>2, 0}
	case 24:
		p := row[3*x:]
		return [4]byte{p[2], p[1], p[0], 0}
	}
	p := row[4*x:]
	return [4]byte{p[2], p[1], p[0], p[3]}
}

func (p *Palette) colour(index byte) [4]byte {
	if p == nil {
		if index == 0 {
			return [4]byte{}
		}
		return [4]byte{0xFF, 0xFF, 0xFF, 0}
	}
	c := p[index]
	return [4]byte{c[0], c[1], c[2], 0}
}
