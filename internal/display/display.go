// SPDX-License-Identifier: Apache-2.0

// Package display draws a remote screen for the users that watch it.
//
// An engine draws on a [Display]; each user has a [View], which gets what changed as
// Guacamole instructions at the pace that its user keeps up with.
package display

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // ready-made pictures
	"image/png"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Config is what a Display is made from. The zero value works, apart from the size.
type Config struct {
	// Width and Height are the first size in pixels.
	Width, Height int
	// Lossless rules out JPEG, save for pictures that arrived as such.
	Lossless bool
	// Logger gets the display's debug messages; nil discards them.
	Logger *slog.Logger
}

// ViewConfig is what a user's side can do.
type ViewConfig struct {
	// Image has the mimetypes of pictures that the user takes. PNG is assumed.
	Image []string
}

// Sink is where a view's instructions go. Send queues them and never waits; it may keep
// b, which is not changed afterwards.
type Sink interface {
	Send(b []byte) error
}

// Painter renders the picture of a display that holds no pixels.
type Painter interface {
	// Paint draws dst.Bounds(), in the display's coordinates, opaque.
	Paint(dst *image.RGBA)
}

// StandardCursor is a pointer shape that needs no picture of the remote host.
type StandardCursor int

// The standard cursors.
const (
	CursorNone StandardCursor = iota
	CursorDot
	CursorIBar
	CursorPointer
)

// Display is a remote screen.
type Display struct {
	mu      sync.Mutex
	buffer  *image.RGBA
	painter Painter
	size    image.Point
	views   []*View
	wake    chan struct{}
}

// View is a display as one user sees it.
type View struct {
	display *Display
	sink    Sink
	damage  image.Rectangle
	resized bool
	ready   bool
}

// New returns a black display.
func New(cfg Config) *Display {
	d := &Display{wake: make(chan struct{}, 1)}
	d.Resize(cfg.Width, cfg.Height)
	return d
}

// Run sends frames until ctx ends.
func (d *Display) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-d.wake:
			d.send()
		}
	}
}

func (d *Display) send() {
	d.mu.Lock()
	views := slices.Clone(d.views)
	d.mu.Unlock()
	for _, v := range views {
		d.mu.Lock()
		damage, resized, ready := v.damage, v.resized, v.ready
		if ready {
			v.damage, v.resized, v.ready = image.Rectangle{}, false, false
		}
		size := d.size
		d.mu.Unlock()
		if !ready {
			continue
		}
		var b []byte
		if resized {
			b = guac.Begin(b, guac.OpSize).Int(0).Int(size.X).Int(size.Y).End()
		}
		if !damage.Empty() {
			var out bytes.Buffer
			_ = png.Encode(&out, d.Snapshot(damage))
			b = guac.Begin(b, guac.OpImg).Int(511).Int(guac.MaskOver).Int(0).Str("image/png").Int(damage.Min.X).Int(damage.Min.Y).End()
			b = guac.AppendBlobs(b, 511, out.Bytes())
			b = guac.AppendEnd(b, 511)
		}
		_ = v.sink.Send(guac.AppendSync(b, time.Now().UnixMilli()))
	}
}

// Size returns the size in pixels.
func (d *Display) Size() (width, height int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.size.X, d.size.Y
}

// Resize changes the size; what remains visible keeps its pixels, the rest is black.
func (d *Display) Resize(width, height int) {
	width, height = guac.ClampSize(width, height)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.size = image.Pt(width, height)
	if d.painter == nil {
		old := d.buffer
		d.buffer = image.NewRGBA(image.Rect(0, 0, width, height))
		draw.Draw(d.buffer, d.buffer.Rect, image.Black, image.Point{}, draw.Src)
		if old != nil {
			draw.Draw(d.buffer, old.Rect, old, image.Point{}, draw.Src)
		}
	}
	for _, v := range d.views {
		v.resized = true
	}
	d.damageLocked(image.Rect(0, 0, width, height))
}

func (d *Display) damageLocked(r image.Rectangle) {
	r = r.Intersect(image.Rectangle{Max: d.size})
	for _, v := range d.views {
		v.damage = v.damage.Union(r)
	}
}

// Draw copies pixels (RGBA, opaque, rows of stride bytes) into r.
func (d *Display) Draw(r image.Rectangle, pix []byte, stride int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	draw.Draw(d.buffer, r, &image.RGBA{Pix: pix, Stride: stride, Rect: r}, r.Min, draw.Src)
	d.damageLocked(r)
}

// Fill fills r with one colour.
func (d *Display) Fill(r image.Rectangle, c color.RGBA) {
	d.mu.Lock()
	defer d.mu.Unlock()
	draw.Draw(d.buffer, r, image.NewUniform(c), image.Point{}, draw.Src)
	d.damageLocked(r)
}

// Move copies the pixels of src to dst, its new upper left corner.
func (d *Display) Move(src image.Rectangle, dst image.Point) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := src.Sub(src.Min).Add(dst)
	if d.painter == nil {
		draw.Draw(d.buffer, r, d.buffer, src.Min, draw.Src)
	}
	d.damageLocked(r)
}

// DrawPicture draws a compressed picture that fills r.
func (d *Display) DrawPicture(r image.Rectangle, mimetype string, data []byte) {
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	draw.Draw(d.buffer, r, m, m.Bounds().Min, draw.Over)
	d.damageLocked(r)
}

// SetPainter makes p the source of all pixels; the display keeps none from then on.
func (d *Display) SetPainter(p Painter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.painter, d.buffer = p, nil
	d.damageLocked(image.Rectangle{Max: d.size})
}

// Damage says that the painter would draw r differently from now on.
func (d *Display) Damage(r image.Rectangle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.damageLocked(r)
}

// SetCursor sets the pointer's shape; nil hides it.
func (d *Display) SetCursor(img *image.RGBA, hotX, hotY int) {}

// SetStandardCursor sets the pointer to a shape of the display's own.
func (d *Display) SetStandardCursor(c StandardCursor) {}

// Flush ends a frame of the remote host: views may send it now.
func (d *Display) Flush() {
	d.mu.Lock()
	for _, v := range d.views {
		v.ready = true
	}
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// AddView adds a user, who gets the whole picture first.
func (d *Display) AddView(sink Sink, cfg ViewConfig) *View {
	d.mu.Lock()
	v := &View{display: d, sink: sink, damage: image.Rectangle{Max: d.size}, resized: true, ready: true}
	d.views = append(d.views, v)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return v
}

// RemoveView removes a user, who gets nothing any more.
func (d *Display) RemoveView(v *View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.views = slices.DeleteFunc(d.views, func(other *View) bool { return other == v })
}

// SetMouse shows the pointer of one user, at x and y, to all others.
func (d *Display) SetMouse(from *View, x, y int) {}

// Snapshot returns a copy of the pixels of r.
func (d *Display) Snapshot(r image.Rectangle) *image.RGBA {
	d.mu.Lock()
	r = r.Intersect(image.Rectangle{Max: d.size})
	out := image.NewRGBA(r)
	painter := d.painter
	if painter == nil {
		draw.Draw(out, r, d.buffer, r.Min, draw.Src)
	}
	d.mu.Unlock()
	if painter != nil {
		painter.Paint(out)
	}
	return out
}

// Sync takes the user's answer to the frame with this timestamp.
func (v *View) Sync(timestamp int64) {}

// Lag returns how long the user takes to answer a frame.
func (v *View) Lag() time.Duration { return 0 }
