// SPDX-License-Identifier: Apache-2.0

package progressive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// parseTile parses an RFX_PROGRESSIVE_TILE_SIMPLE or _FIRST (MS-RDPEGFX, sections
// 2.2.4.2.1.5.3 and 2.2.4.2.1.5.4): quantIdxY, quantIdxCb, quantIdxCr, xIdx, yIdx, flags,
// quality (of _FIRST only), yLen, cbLen, crLen, tailLen and the data.
func (c *Context) parseTile(f *Frame, b []byte, first bool) error {
	size, quality := 16, byte(fullQuality)
	if first {
		size = 17
	}
	if len(b) < size {
		return fmt.Errorf("%d bytes do not hold its fields", len(b))
	}
	if first {
		quality = b[8]
	}
	t, err := c.tile(f, b)
	if err != nil {
		return err
	}
	p := pass{next: -1}
	if b[7]&tileDifference != 0 {
		p.kind = passDifference
		if t.known && t.extrapolate != c.region.extrapolate {
			return errors.New("a difference to a tile of another transform")
		}
	}
	lengths, data := b[size-8:], b[size:]
	for i := range p.components {
		k := &p.components[i]
		position, err := c.position(b, i, quality)
		if err != nil {
			return err
		}
		if k.data, data, err = take(data, lengths[2*i:]); err != nil {
			return err
		}
		t.position[i], k.shift = position, position.shift()
	}
	t.known, t.extrapolate = true, c.region.extrapolate
	f.add(t, p)
	return nil
}

// parseUpgrade parses an RFX_PROGRESSIVE_TILE_UPGRADE (section 2.2.4.2.1.5.5): quantIdxY,
// quantIdxCb, quantIdxCr, xIdx, yIdx, quality, the lengths of SRL and raw data for Y, Cb and
// Cr, and the data.
func (c *Context) parseUpgrade(f *Frame, b []byte) error {
	if len(b) < 20 {
		return fmt.Errorf("%d bytes do not hold its fields", len(b))
	}
	t, err := c.tile(f, b)
	if err != nil {
		return err
	}
	if !t.known || t.extrapolate != c.region.extrapolate {
		return errors.New("an upgrade without a first pass of the same transform")
	}
	p := pass{kind: passUpgrade, next: -1}
	lengths, data := b[8:], b[20:]
	for i := range p.components {
		k := &p.components[i]
		position, err := c.position(b, i, b[7])
		if err != nil {
			return err
		}
		for band, now := range position {
			if now > t.position[i][band] {
				return fmt.Errorf("an upgrade from bit %d to %d", t.position[i][band], now)
			}
			k.bits[band] = t.position[i][band] - now
		}
		if k.data, data, err = take(data, lengths[4*i:]); err != nil {
			return err
		}
		if k.raw, data, err = take(data, lengths[4*i+2:]); err != nil {
			return err
		}
		t.position[i], k.shift = position, position.shift()
	}
	f.add(t, p)
	return nil
}

// take returns as many bytes as the length says, and the rest.
func take(data, length []byte) (taken, rest []byte, err error) {
	n := int(binary.LittleEndian.Uint16(length))
	if n > len(data) {
		return nil, nil, fmt.Errorf("%d bytes of a component of which %d are there", n, len(data))
	}
	return data[:n:n], data[n:], nil
}

// position returns the bit positions of a component: quantization and progressive
// quantization values added up. At full quality the latter are 0.
func (c *Context) position(b []byte, i int, quality byte) (bands, error) {
	g := &c.region
	if int(b[i]) >= g.numQuant {
		return bands{}, fmt.Errorf("quantization values %d of %d", b[i], g.numQuant)
	}
	sum := g.quants[b[i]]
	if quality == fullQuality {
		return sum, nil
	}
	if int(quality) >= g.numProg {
		return bands{}, fmt.Errorf("quality %d of %d", quality, g.numProg)
	}
	for band, v := range g.progQuants[quality][i] {
		sum[band] += v
	}
	return sum, nil
}

// shift returns the factors of coefficients with five fractional bits, where a position of
// 6 stands for 1.
func (p bands) shift() bands {
	for i := range p {
		p[i]--
	}
	return p
}

// tile returns the state of the tile that xIdx and yIdx name, and makes it a tile of the
// frame.
func (c *Context) tile(f *Frame, b []byte) (*tileState, error) {
	x, y := int(binary.LittleEndian.Uint16(b[3:])), int(binary.LittleEndian.Uint16(b[5:]))
	if x >= c.columns || y >= c.rows {
		return nil, fmt.Errorf("xIdx %d, yIdx %d of %d × %d tiles", x, y, c.columns, c.rows)
	}
	at := y*c.columns + x
	t := c.tiles[at]
	if t == nil {
		if err := c.budget.take(); err != nil {
			return nil, fmt.Errorf("xIdx %d, yIdx %d: %w", x, y, err)
		}
		c.count++
		t = new(tileState)
		c.tiles[at] = t
	}
	if t.payload != c.payload {
		t.payload, t.index = c.payload, len(f.Tiles)
		f.Tiles = append(f.Tiles, Tile{Min: image.Pt(x*tileSize, y*tileSize), state: t, first: -1})
	}
	if f.Tiles[t.index].passes++; f.Tiles[t.index].passes > maxPasses {
		return nil, fmt.Errorf("xIdx %d, yIdx %d: more than %d passes", x, y, maxPasses)
	}
	if t.generation != c.generation {
		t.generation = c.generation
		c.updated = append(c.updated, at)
	}
	return t, nil
}

// add appends a pass to those of its tile.
func (f *Frame) add(t *tileState, p pass) {
	n := len(f.passes)
	f.passes = append(f.passes, p)
	tile := &f.Tiles[t.index]
	if tile.first < 0 {
		tile.first = n
	} else {
		f.passes[tile.last].next = n
	}
	tile.last = n
}
