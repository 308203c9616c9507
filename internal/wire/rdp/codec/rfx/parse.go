// SPDX-License-Identifier: Apache-2.0

package rfx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Block types (MS-RDPRFX, section 2.2.2.1.1).
const (
	blockSync          = 0xCCC0 // WBT_SYNC
	blockCodecVersions = 0xCCC1 // WBT_CODEC_VERSIONS
	blockChannels      = 0xCCC2 // WBT_CHANNELS
	blockContext       = 0xCCC3 // WBT_CONTEXT
	blockFrameBegin    = 0xCCC4 // WBT_FRAME_BEGIN
	blockFrameEnd      = 0xCCC5 // WBT_FRAME_END
	blockRegion        = 0xCCC6 // WBT_REGION
	blockExtension     = 0xCCC7 // WBT_EXTENSION, a TS_RFX_TILESET

	blockTile = 0xCAC3 // CBT_TILE
	tileset   = 0xCAC2 // CBT_TILESET
	magic     = 0xCACCACCA
)

// Entropy algorithms (field et of sections 2.2.2.2.4 and 2.2.2.3.4).
const (
	clwEntropyRLGR1 = 1
	clwEntropyRLGR3 = 4
)

const (
	headerSize = 6 // TS_RFX_BLOCKT: blockType, blockLen
	// gridSize bounds tile indices: no desktop is wider or higher.
	gridSize = codec.MaxSize / TileSize
)

// Context is the state of a codec context. The zero value awaits the first message.
type Context struct {
	entropy uint16 // et of TS_RFX_CONTEXT, 0 if there was none
}

// Parse reads blocks up to the end of a frame into f, and returns what follows. A message
// without a frame leaves f without tiles.
func (c *Context) Parse(f *Frame, message []byte) (rest []byte, err error) {
	f.Rects, f.Tiles, f.quants, f.cover = f.Rects[:0], f.Tiles[:0], f.quants[:0], codec.Cover{}
	f.seen = [len(f.seen)]uint64{}
	for len(message) > 0 {
		kind, body, rest, err := block(message)
		if err != nil {
			return nil, err
		}
		message = rest
		if kind == blockFrameEnd {
			return message, nil
		}
		if err := c.block(f, kind, body); err != nil {
			return nil, err
		}
	}
	if len(f.Tiles) > 0 {
		return nil, errors.New("rfx: tiles without WBT_FRAME_END")
	}
	return nil, nil
}

// block takes a block off the message. Body is what follows its header.
func block(b []byte) (kind uint16, body, rest []byte, err error) {
	if len(b) < headerSize {
		return 0, nil, nil, fmt.Errorf("rfx: %d bytes do not hold a block header", len(b))
	}
	kind, n := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint32(b[2:])
	if n < headerSize || uint64(n) > uint64(len(b)) {
		return 0, nil, nil, fmt.Errorf("rfx: blockLen %d of block %#x, %d bytes are there", n, kind, len(b))
	}
	return kind, b[headerSize:n:n], b[n:], nil
}

func (c *Context) block(f *Frame, kind uint16, body []byte) error {
	switch kind {
	case blockSync:
		return c.sync(body)
	case blockCodecVersions, blockChannels:
		return nil // what they say of version and size holds for all there is
	}
	// TS_RFX_CODEC_CHANNELT: codecId and channelId follow the header (section 2.2.2.1.2)
	if len(body) < 2 {
		return fmt.Errorf("rfx: block %#x: no codecId and channelId", kind)
	}
	body = body[2:]
	switch kind {
	case blockContext:
		return c.context(body)
	case blockFrameBegin:
		if len(body) < 6 {
			return errors.New("rfx: TS_RFX_FRAME_BEGIN: no frameIdx and numRegions")
		}
		f.Index = binary.LittleEndian.Uint32(body)
	case blockRegion:
		return f.region(body)
	case blockExtension:
		return c.tileset(f, body)
	default:
		return fmt.Errorf("rfx: blockType %#x", kind)
	}
	return nil
}

// sync parses TS_RFX_SYNC (section 2.2.2.2.1): magic, version.
func (c *Context) sync(b []byte) error {
	if len(b) < 6 {
		return errors.New("rfx: TS_RFX_SYNC: no magic and version")
	}
	if m := binary.LittleEndian.Uint32(b); m != magic {
		return fmt.Errorf("rfx: TS_RFX_SYNC: magic %#x", m)
	}
	if v := binary.LittleEndian.Uint16(b[4:]); v != 0x0100 {
		return fmt.Errorf("rfx: TS_RFX_SYNC: version %#x", v)
	}
	*c = Context{}
	return nil
}

// context parses TS_RFX_CONTEXT (section 2.2.2.2.4): ctxId, tileSize, properties.
func (c *Context) context(b []byte) error {
	if len(b) < 5 {
		return errors.New("rfx: TS_RFX_CONTEXT: no ctxId, tileSize and properties")
	}
	if size := binary.LittleEndian.Uint16(b[1:]); size != TileSize {
		return fmt.Errorf("rfx: TS_RFX_CONTEXT: tileSize %d", size)
	}
	et := binary.LittleEndian.Uint16(b[3:]) >> 9 & 0x0F
	if et != clwEntropyRLGR1 && et != clwEntropyRLGR3 {
		return fmt.Errorf("rfx: TS_RFX_CONTEXT: entropy algorithm %d", et)
	}
	c.entropy = et
	return nil
}

// region parses TS_RFX_REGION (section 2.2.2.3.3): regionFlags, numRects, rects,
// regionType, numTilesets.
func (f *Frame) region(b []byte) error {
	if len(b) < 3 {
		return errors.New("rfx: TS_RFX_REGION: no numRects")
	}
	n := int(binary.LittleEndian.Uint16(b[1:]))
	if b = b[3:]; len(b) < 8*n {
		return fmt.Errorf("rfx: TS_RFX_REGION: numRects %d in %d bytes", n, len(b))
	}
	for range n {
		x, y := int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
		w, h := int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:]))
		r := image.Rect(x, y, x+w, y+h)
		if err := f.cover.Add(r, image.Rect(0, 0, codec.MaxSize, codec.MaxSize)); err != nil {
			return fmt.Errorf("rfx: TS_RFX_REGION: %w", err)
		}
		f.Rects = append(f.Rects, r)
		b = b[8:]
	}
	return nil
}

// tileset parses TS_RFX_TILESET (section 2.2.2.3.4): subtype, idx, properties, numQuant,
// tileSize, numTiles, tilesDataSize, quantVals, tiles.
func (c *Context) tileset(f *Frame, b []byte) error {
	if len(b) < 14 {
		return fmt.Errorf("rfx: TS_RFX_TILESET: %d bytes do not hold its fields", len(b))
	}
	if subtype := binary.LittleEndian.Uint16(b); subtype != tileset {
		return fmt.Errorf("rfx: TS_RFX_TILESET: subtype %#x", subtype)
	}
	et := binary.LittleEndian.Uint16(b[4:]) >> 10 & 0x0F
	if et != clwEntropyRLGR1 && et != clwEntropyRLGR3 {
		et = c.entropy
	}
	if et == 0 {
		return errors.New("rfx: TS_RFX_TILESET: neither it nor a TS_RFX_CONTEXT has an entropy algorithm")
	}
	if b[7] != TileSize {
		return fmt.Errorf("rfx: TS_RFX_TILESET: tileSize %d", b[7])
	}
	quants, tiles := int(b[6]), int(binary.LittleEndian.Uint16(b[8:]))
	size := binary.LittleEndian.Uint32(b[10:])
	b = b[14:]
	if len(b) < quants*quantSize {
		return fmt.Errorf("rfx: TS_RFX_TILESET: numQuant %d in %d bytes", quants, len(b))
	}
	first := len(f.quants)
	for range quants {
		q, ok := parseQuant(b)
		if !ok {
			return errors.New("rfx: TS_RFX_TILESET: a quantization factor of 0")
		}
		f.quants = append(f.quants, q)
		b = b[quantSize:]
	}
	if uint64(size) > uint64(len(b)) {
		return fmt.Errorf("rfx: TS_RFX_TILESET: tilesDataSize %d, %d bytes are there", size, len(b))
	}
	return f.tiles(b[:size], tiles, f.quants[first:], et == clwEntropyRLGR3)
}

func (f *Frame) tiles(b []byte, n int, quants []Quant, rlgr3 bool) error {
	for range n {
		kind, body, rest, err := block(b)
		if err != nil {
			return err
		}
		if kind != blockTile {
			return fmt.Errorf("rfx: block %#x among tiles", kind)
		}
		if err := f.tile(body, quants, rlgr3); err != nil {
			return fmt.Errorf("rfx: TS_RFX_TILE: %w", err)
		}
		b = rest
	}
	return nil
}

// tile parses TS_RFX_TILE: quantIdxY, quantIdxCb, quantIdxCr, xIdx, yIdx, YLen, CbLen,
// CrLen and the three components.
func (f *Frame) tile(b []byte, quants []Quant, rlgr3 bool) error {
	if len(b) < 13 {
		return fmt.Errorf("%d bytes do not hold its fields", len(b))
	}
	x, y := int(binary.LittleEndian.Uint16(b[3:])), int(binary.LittleEndian.Uint16(b[5:]))
	if x >= gridSize || y >= gridSize {
		return fmt.Errorf("xIdx %d, yIdx %d", x, y)
	}
	bit := y*gridSize + x
	if f.seen[bit/64]>>(bit%64)&1 == 1 {
		return fmt.Errorf("xIdx %d, yIdx %d comes twice in a frame", x, y)
	}
	f.seen[bit/64] |= 1 << (bit % 64)
	t := Tile{Min: image.Pt(x*TileSize, y*TileSize), rlgr3: rlgr3}
	data := b[13:]
	for i := range t.data {
		if int(b[i]) >= len(quants) {
			return fmt.Errorf("quantization values %d of %d", b[i], len(quants))
		}
		t.quant[i] = &quants[b[i]]
		n := int(binary.LittleEndian.Uint16(b[7+2*i:]))
		if n > len(data) {
			return fmt.Errorf("component %d has %d bytes of which %d are there", i, n, len(data))
		}
		t.data[i], data = data[:n:n], data[n:]
	}
	f.Tiles = append(f.Tiles, t)
	return nil
}
