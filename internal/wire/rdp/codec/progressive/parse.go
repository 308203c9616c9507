// SPDX-License-Identifier: Apache-2.0

package progressive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Block types (MS-RDPEGFX, section 2.2.4.2.1).
const (
	blockSync        = 0xCCC0 // WBT_SYNC
	blockFrameBegin  = 0xCCC1 // WBT_FRAME_BEGIN
	blockFrameEnd    = 0xCCC2 // WBT_FRAME_END
	blockContext     = 0xCCC3 // WBT_CONTEXT
	blockRegion      = 0xCCC4 // WBT_REGION
	blockTileSimple  = 0xCCC5 // WBT_TILE_SIMPLE
	blockTileFirst   = 0xCCC6 // WBT_TILE_FIRST
	blockTileUpgrade = 0xCCC7 // WBT_TILE_UPGRADE
)

const (
	headerSize = 6 // RFX_PROGRESSIVE_DATABLOCK: blockType, blockLen
	magic      = 0xCACCACCA

	reduceExtrapolate = 0x01 // RFX_DWT_REDUCE_EXTRAPOLATE, a flag of the region
	tileDifference    = 0x01 // RFX_TILE_DIFFERENCE, a flag of the tile

	fullQuality  = 0xFF
	maxQuants    = 7
	minQuant     = 6
	maxProgQuant = 8

	// maxPasses is how many passes of a tile may come in one payload: a first one and an
	// upgrade for each bit, and room.
	maxPasses = 32
	// maxAgain is how often the tiles of a surface may be painted again within a frame.
	maxAgain = 16
)

// Context is the state of a surface.
type Context struct {
	columns, rows int
	tiles         []*tileState
	count         int
	budget        *Budget

	frame      uint32
	generation uint64 // counts frames
	updated    []int  // tiles that have been decoded in this frame
	again      int    // how many of them have been painted again
	payload    uint64 // counts payloads
	region     region
}

// region is an RFX_PROGRESSIVE_REGION without its tiles.
type region struct {
	extrapolate bool
	quants      [maxQuants]bands
	numQuant    int
	progQuants  [256][3]bands
	numProg     int
}

// New returns the context of a surface of the given size, with a budget of its own.
func New(width, height int) (*Context, error) { return new(Budget).New(width, height) }

// New returns the context of a surface of the given size, which shares the budget.
func (b *Budget) New(width, height int) (*Context, error) {
	if width < 1 || height < 1 || width > codec.MaxSize || height > codec.MaxSize {
		return nil, fmt.Errorf("progressive: a surface of %d × %d pixels", width, height)
	}
	c := &Context{budget: b, columns: (width + tileSize - 1) / tileSize, rows: (height + tileSize - 1) / tileSize}
	c.generation = 1
	c.tiles = make([]*tileState, c.columns*c.rows)
	return c, nil
}

// Parse reads an RFX_PROGRESSIVE_BITMAP_STREAM that belongs to the graphics frame of the
// given id. Rectangles also paint tiles that came earlier in that frame: f has them, too.
func (c *Context) Parse(f *Frame, frameID uint32, src []byte) error {
	f.Rects, f.Tiles, f.passes, f.cover = f.Rects[:0], f.Tiles[:0], f.passes[:0], codec.Cover{}
	c.payload++
	if frameID != c.frame {
		c.frame, c.updated, c.again = frameID, c.updated[:0], 0
		c.generation++
	}
	earlier := len(c.updated)
	for len(src) > 0 {
		kind, body, rest, err := block(src)
		if err != nil {
			return err
		}
		if err := c.block(f, kind, body); err != nil {
			return err
		}
		src = rest
	}
	return c.paintAgain(f, c.updated[:earlier])
}

// bounds returns the rectangle of the surface's tiles.
func (c *Context) bounds() image.Rectangle {
	return image.Rect(0, 0, c.columns*tileSize, c.rows*tileSize)
}

// paintAgain adds tiles of earlier payloads that a rectangle touches. A few bytes may have
// all of them decoded, so how often is bounded.
func (c *Context) paintAgain(f *Frame, earlier []int) error {
	for _, at := range earlier {
		t := c.tiles[at]
		if t.payload == c.payload {
			continue
		}
		corner := image.Pt(at%c.columns*tileSize, at/c.columns*tileSize)
		for _, r := range f.Rects {
			if r.Overlaps(image.Rectangle{Min: corner, Max: corner.Add(image.Pt(tileSize, tileSize))}) {
				f.Tiles = append(f.Tiles, Tile{Min: corner, state: t, first: -1})
				c.again++
				break
			}
		}
		if c.again > maxAgain*len(c.tiles) {
			return fmt.Errorf("progressive: frame %d: its tiles are painted again %d times", c.frame, c.again)
		}
	}
	return nil
}

// block takes a block off the stream. Body is what follows its header.
func block(b []byte) (kind uint16, body, rest []byte, err error) {
	if len(b) < headerSize {
		return 0, nil, nil, fmt.Errorf("progressive: %d bytes do not hold a block header", len(b))
	}
	kind, n := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint32(b[2:])
	if n < headerSize || uint64(n) > uint64(len(b)) {
		return 0, nil, nil, fmt.Errorf("progressive: blockLen %d of block %#x, %d bytes are there", n, kind, len(b))
	}
	return kind, b[headerSize:n:n], b[n:], nil
}

func (c *Context) block(f *Frame, kind uint16, body []byte) error {
	switch kind {
	case blockSync: // magic, version
		if len(body) < 6 || binary.LittleEndian.Uint32(body) != magic || binary.LittleEndian.Uint16(body[4:]) != 0x0100 {
			return fmt.Errorf("progressive: RFX_PROGRESSIVE_SYNC %x", body)
		}
	case blockFrameBegin: // frameIndex, regionCount
		if len(body) < 6 {
			return errors.New("progressive: RFX_PROGRESSIVE_FRAME_BEGIN: no frameIndex and regionCount")
		}
	case blockFrameEnd:
	case blockContext: // ctxId, tileSize, flags
		if len(body) < 4 || binary.LittleEndian.Uint16(body[1:]) != tileSize {
			return fmt.Errorf("progressive: RFX_PROGRESSIVE_CONTEXT %x", body)
		}
	case blockRegion:
		return c.parseRegion(f, body)
	default:
		return fmt.Errorf("progressive: blockType %#x", kind)
	}
	return nil
}

// parseRegion parses an RFX_PROGRESSIVE_REGION (section 2.2.4.2.1.5): tileSize, numRects,
// numQuant, numProgQuant, flags, numTiles, tileDataSize, rects, quantVals, quantProgVals,
// tiles.
func (c *Context) parseRegion(f *Frame, b []byte) error {
	if len(b) < 12 {
		return fmt.Errorf("progressive: RFX_PROGRESSIVE_REGION: %d bytes do not hold its fields", len(b))
	}
	if b[0] != tileSize {
		return fmt.Errorf("progressive: RFX_PROGRESSIVE_REGION: tileSize %d", b[0])
	}
	g := &c.region
	rects, tiles := int(binary.LittleEndian.Uint16(b[1:])), int(binary.LittleEndian.Uint16(b[6:]))
	size := binary.LittleEndian.Uint32(b[8:])
	g.numQuant, g.numProg, g.extrapolate = int(b[3]), int(b[4]), b[5]&reduceExtrapolate != 0
	if g.numQuant > maxQuants {
		return fmt.Errorf("progressive: RFX_PROGRESSIVE_REGION: numQuant %d", g.numQuant)
	}
	b = b[12:]
	if need := 8*rects + 5*g.numQuant + 16*g.numProg; len(b) < need || uint64(len(b)-need) < uint64(size) {
		return fmt.Errorf("progressive: RFX_PROGRESSIVE_REGION: %d bytes for %d and tileDataSize %d", len(b), need, size)
	}
	for range rects {
		u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
		r := image.Rect(u16(0), u16(2), u16(0)+u16(4), u16(2)+u16(6))
		if err := f.cover.Add(r, c.bounds()); err != nil {
			return fmt.Errorf("progressive: RFX_PROGRESSIVE_REGION: %w", err)
		}
		f.Rects = append(f.Rects, r)
		b = b[8:]
	}
	for i := range g.numQuant {
		if err := parseBands(&g.quants[i], b, minQuant, 15); err != nil {
			return fmt.Errorf("progressive: quantVals: %w", err)
		}
		b = b[5:]
	}
	for i := range g.numProg { // quality, then Y, Cb, Cr
		for k := range 3 {
			if err := parseBands(&g.progQuants[i][k], b[1+5*k:], 0, maxProgQuant); err != nil {
				return fmt.Errorf("progressive: quantProgVals: %w", err)
			}
		}
		b = b[16:]
	}
	return c.parseTiles(f, b[:size], tiles)
}

// wireOrder tells which subband each four bits belong to: LL3 HL3 LH3 HH3 HL2 LH2 HH2 HL1
// LH1 HH1 (section 2.2.4.2.1.5.2), where RemoteFX has HL and LH the other way round.
var wireOrder = [10]uint8{9, 6, 7, 8, 3, 4, 5, 0, 1, 2}

func parseBands(q *bands, b []byte, least, most uint8) error {
	for i, to := range wireOrder {
		v := b[i/2] >> (4 * (i % 2)) & 0x0F
		if v < least || v > most {
			return fmt.Errorf("a value of %d, not from %d to %d", v, least, most)
		}
		q[to] = v
	}
	return nil
}

func (c *Context) parseTiles(f *Frame, b []byte, n int) error {
	for range n {
		kind, body, rest, err := block(b)
		if err != nil {
			return err
		}
		b = rest
		switch kind {
		case blockTileSimple:
			err = c.parseTile(f, body, false)
		case blockTileFirst:
			err = c.parseTile(f, body, true)
		case blockTileUpgrade:
			err = c.parseUpgrade(f, body)
		default:
			err = fmt.Errorf("block %#x among tiles", kind)
		}
		if err != nil {
			return fmt.Errorf("progressive: tile: %w", err)
		}
	}
	return nil
}
