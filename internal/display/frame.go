// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"slices"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// frame is what one user gets up to a sync: taken under the display's lock, rendered and
// sent without it.
type frame struct {
	view   *View
	head   []byte // everything before the pictures
	steps  []step
	tiles  []*tile
	own    []*tile // those of tiles that no earlier frame has
	pixels int     // of all tiles
	slab   []byte  // holds the pixels of own
	origin image.Point
	shows  uint64 // flushes of the display
}

// takeFrames takes the frames that are due now.
func (d *Display) takeFrames(now time.Time) {
	for _, v := range d.views {
		if at := v.due(); !at.IsZero() && !at.After(now) {
			d.queue = append(d.queue, d.take(v, now))
		}
	}
	if !d.openSince.IsZero() && now.Sub(d.openSince) >= openLimit {
		d.openSince = time.Time{} // the next change begins another part
	}
}

// smallestJPEG is how many pixels a JPEG has at least: its tables take 600 bytes.
const smallestJPEG = 1024

// take moves what is pending for v into a frame.
func (d *Display) take(v *View, now time.Time) *frame {
	f := &frame{view: v, origin: v.area.Min, shows: d.flushes}
	v.busy = true
	v.slot = later(v.slot, now.Add(-frameBurst)).Add(frameGap)
	f.head = d.takeHead(v)
	f.steps, v.steps = v.steps, nil

	var add []image.Rectangle
	for _, r := range v.damage.regions() {
		d.cutKnown(r.rect, func(t image.Rectangle) { add = append(add, t) })
	}
	v.damage.clear()
	quality := v.quality()
	ms := d.now()
	for _, r := range add {
		v.lossy.remove(r)
		q := 0
		if quality > 0 && area(r) >= smallestJPEG && d.activity.changing(r, ms) {
			q = quality
		}
		d.takeTile(f, tileKey{r, q, f.origin})
	}
	d.takeRefresh(f, ms)
	d.readTiles(f)
	if d.painter != nil {
		for _, t := range f.tiles {
			v.painting = append(v.painting, t.key.rect)
		}
	}
	d.releaseAt = now.Add(releaseAfter)
	d.large = d.large || f.pixels >= tileArea
	return f
}

// cutKnown calls f for each tile of r as far as there are pixels.
func (d *Display) cutKnown(r image.Rectangle, f func(image.Rectangle)) {
	if d.video.coverage.empty() {
		cut(r, f)
		return
	}
	for _, known := range d.video.coverage.without(r) {
		cut(known, f)
	}
}

// takeHead returns the instructions before the pictures.
func (d *Display) takeHead(v *View) []byte {
	var b []byte
	if v.resized {
		b = guac.Begin(b, guac.OpSize).Int(0).Int(v.area.Dx()).Int(v.area.Dy()).End()
		v.resized = false
	}
	if v.cursor {
		b = append(b, d.cursor...)
		v.cursor = false
	}
	if v.mouse {
		at := d.mouse.Sub(v.area.Min)
		b = guac.Begin(b, guac.OpMouse).Int(at.X).Int(at.Y).Int(0).Int64(time.Now().UnixMilli()).End()
		v.mouse = false
	}
	v.dropMoves()
	for _, m := range v.moves {
		b = appendMove(b, m, v.area.Min)
	}
	v.moves = v.moves[:0]
	return b
}

// takeRefresh adds exact tiles where the user has worse ones and nothing moves any more,
// up to some area.
func (d *Display) takeRefresh(f *frame, ms int64) {
	v := f.view
	if v.lossy.empty() {
		return
	}
	var still grid
	still.reset(d.size)
	total := 0
	for r := range v.lossy.within(d.bounds()) {
		if total < refreshArea && d.activity.stillAt(r) <= ms {
			still.add(r)
			total += area(r)
		}
	}
	for _, r := range still.regions() {
		v.lossy.remove(r.rect)
		d.cutKnown(r.rect, func(t image.Rectangle) { d.takeTile(f, tileKey{t, 0, f.origin}) })
	}
}

// takeTile adds the tile of key, another user's if there is one.
func (d *Display) takeTile(f *frame, key tileKey) {
	f.pixels += area(key.rect)
	if t := d.cache.find(key, d.activity.newest(key.rect)); t != nil {
		f.tiles = append(f.tiles, t)
		return
	}
	t := &tile{key: key, seq: d.activity.seq, painter: d.painter}
	f.tiles, f.own = append(f.tiles, t), append(f.own, t)
	if len(d.views) > 1 {
		d.cache.put(t)
	}
}

// readTiles copies the pixels of the frame's own tiles, which are all of one moment.
func (d *Display) readTiles(f *frame) {
	if d.buffer == nil {
		return
	}
	n := 0
	for _, t := range f.own {
		n += 4 * area(t.key.rect)
	}
	if n == 0 {
		return
	}
	if cap(d.idleSlab) < n {
		d.idleSlab = make([]byte, n)
	}
	f.slab, d.idleSlab = d.idleSlab[:n], nil
	rest := f.slab
	for _, t := range f.own {
		n := 4 * area(t.key.rect)
		t.pix, rest = rest[:n:n], rest[n:]
		d.decodePictures(t.key.rect)
		d.buffer.read(t.pix, t.key.rect)
	}
}

// inlinePixels is how large a frame may be that Run renders itself.
const inlinePixels = 16 << 10

// render encodes the frame's tiles and sends it.
func (d *Display) render(f *frame) {
	d.encode(f)
	n := len(f.head) + blobOverhead
	for _, t := range f.tiles {
		n += len(t.out)
	}
	for i := range f.steps {
		if u := f.steps[i].unit; u != nil {
			n += blobsSize(len(u.Data)) + 4*blobOverhead
		}
	}
	b := append(make([]byte, 0, n), f.head...)
	for i := range f.steps {
		b = f.steps[i].append(b, f.origin)
	}
	for _, t := range f.tiles {
		b = append(b, t.out...)
	}
	timestamp := d.finish(f)
	b = guac.AppendSync(b, timestamp)
	err := f.view.sink.Send(b)
	d.sent(f, err)
}

// encode encodes the tiles, several at once if the frame is large.
func (d *Display) encode(f *frame) {
	if f.pixels <= inlinePixels || len(f.tiles) < 2 {
		w := <-d.workers
		for _, t := range f.tiles {
			t.encode(w)
		}
		d.workers <- w
		return
	}
	next := make(chan *tile, len(f.tiles))
	for _, t := range f.tiles {
		next <- t
	}
	close(next)
	var group sync.WaitGroup
	for range min(cap(d.workers), len(f.tiles)) {
		group.Go(func() {
			for t := range next {
				w := <-d.workers // for one tile: others wait for it too
				t.encode(w)
				d.workers <- w
			}
		})
	}
	group.Wait()
}

// finish notes what the user will have, and returns the frame's timestamp.
func (d *Display) finish(f *frame) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := f.view
	v.painting = v.painting[:0]
	for _, t := range f.own {
		d.cache.done(t)
	}
	for _, t := range f.tiles {
		if t.lossy {
			v.addLossy(t.key.rect)
		}
	}
	if cap(f.slab) > cap(d.idleSlab) {
		d.idleSlab = f.slab
	}
	now := time.Now()
	d.timestamp = max(d.timestamp+1, d.start.UnixMilli()+now.Sub(d.start).Milliseconds())
	v.inFlight = append(v.inFlight, flight{d.timestamp, now, f.shows})
	return d.timestamp
}

// addLossy notes that the user has r in worse quality, and whatever the moves since the
// frame was taken copy of it.
func (v *View) addLossy(r image.Rectangle) {
	moves := v.moves
	for i := range v.steps {
		if m := v.steps[i].move; m != nil {
			moves = append(slices.Clip(moves), *m)
		}
	}
	parts := []image.Rectangle{r}
	for _, m := range moves {
		if len(parts) > maxMoves {
			parts = []image.Rectangle{v.lossy.bounds}
			break
		}
		for _, part := range parts {
			if part = part.Intersect(m.src); !part.Empty() {
				parts = append(parts, part.Add(m.delta()))
			}
		}
	}
	for _, part := range parts {
		v.lossy.add(part)
	}
}

// sent makes way for the user's next frame.
func (d *Display) sent(f *frame, err error) {
	d.mu.Lock()
	v := f.view
	v.busy = false
	if err != nil && !v.gone {
		v.gone = true
		d.logger.Debug("a user gets no more frames", "error", err)
	}
	d.mu.Unlock()
	d.signal()
}
