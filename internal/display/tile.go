// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"sync"

	"github.com/palta-gateway/palta/internal/display/encode"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// tile is a rectangle of a frame as instructions. Users who need the same pixels share it.
type tile struct {
	key     tileKey
	seq     uint64  // the drawing whose result it shows
	pix     []byte  // pixels, 4*key.rect.Dx() bytes a row
	painter Painter // draws the pixels if pix is nil

	once  sync.Once
	out   []byte
	lossy bool
}

// tileKey says what a tile shows and how well: quality is that of JPEG if the tile is a
// photograph, 0 if it must be exact.
type tileKey struct {
	rect    image.Rectangle
	quality int
	origin  image.Point // of the view
}

// worker is what encoding a tile takes.
type worker struct {
	encoder encode.Encoder
	painted []byte // pixels from a painter
	data    []byte // a compressed picture
}

// trim gives back memory.
func (w *worker) trim() {
	w.encoder.Trim()
	w.painted, w.data = nil, nil
}

// encode makes the instructions, once.
func (t *tile) encode(w *worker) {
	t.once.Do(func() {
		pix := t.pix
		if t.painter != nil {
			pix = w.paint(t.painter, t.key.rect)
		}
		r := t.key.rect
		kind := w.encoder.Load(encode.Picture{Pix: pix, Stride: 4 * r.Dx(), Width: r.Dx(), Height: r.Dy()})
		t.pix, t.painter = nil, nil
		r = r.Sub(t.key.origin)
		switch {
		case kind == encode.Solid:
			t.out = appendFill(nil, r, w.encoder.Color())
		case kind == encode.Photo && t.key.quality > 0:
			t.lossy = true
			w.data = w.encoder.JPEG(w.data[:0], t.key.quality)
			t.out = appendImage(nil, 0, guac.MaskOver, mimeJPEG, r.Min, w.data)
		default:
			w.data = w.encoder.PNG(w.data[:0])
			t.out = appendImage(nil, 0, guac.MaskOver, mimePNG, r.Min, w.data)
		}
	})
}

func (w *worker) paint(p Painter, r image.Rectangle) []byte {
	n := 4 * area(r)
	if cap(w.painted) < n {
		w.painted = make([]byte, n)
	}
	m := &image.RGBA{Pix: w.painted[:n], Stride: 4 * r.Dx(), Rect: r}
	p.Paint(m)
	return m.Pix
}

// cacheBytes bounds the instructions that are kept for other users.
const cacheBytes = 4 << 20

// cache holds tiles for users who need the same a little later.
type cache struct {
	tiles map[tileKey]*tile
	bytes int
}

func (c *cache) clear() { c.tiles, c.bytes = nil, 0 }

// find returns the tile of key if it shows the drawing newest or a later one.
func (c *cache) find(key tileKey, newest uint64) *tile {
	if t := c.tiles[key]; t != nil && t.seq >= newest {
		return t
	}
	return nil
}

// put adds a tile that is not encoded yet; its size is counted by done.
func (c *cache) put(t *tile) {
	if c.tiles == nil {
		c.tiles = make(map[tileKey]*tile)
	}
	c.tiles[t.key] = t
}

// done counts a tile that has been encoded.
func (c *cache) done(t *tile) {
	if c.tiles[t.key] != t {
		return
	}
	if c.bytes += len(t.out); c.bytes > cacheBytes {
		c.clear()
	}
}
