// SPDX-License-Identifier: Apache-2.0

package display

import (
	"context"
	"image"
	"image/color"
	"log/slog"
	"runtime"
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
	// Encoders is how many pictures are encoded at once at most. If zero, as many as Go
	// uses processors, 4 at most.
	Encoders int
	// Quiet, if not nil, is called some time after the last large frame, when the
	// display has given back its memory: a worker may then return it to the system.
	Quiet func()
	// Shown, if not nil, is called with the id of a frame that every view shows; see
	// FlushFrame. Video, if not nil, is told what the views need of an engine that calls
	// DrawVideo. Both are called by Run, one at a time, and must not wait.
	Shown func(frame uint32)
	Video func(need VideoNeed)
	// Logger gets debug messages; nil discards them.
	Logger *slog.Logger
}

const maxEncoders = 4

// Painter renders the picture of a display that holds no pixels.
type Painter interface {
	// Paint draws all of dst, whose bounds are in the display's coordinates, opaque. It is
	// called on several goroutines, never while the display's lock is held, and after a
	// resize maybe once more for parts that are gone.
	Paint(dst *image.RGBA)
}

// Display is a remote screen. All methods are safe for concurrent use, and none waits for
// a user, an encoder or a painter.
//
// mu guards everything but the configuration, the pool of workers and what is inside a
// tile; views have no lock of their own. It is held while pixels are copied in
// (Draw, Move, Fill) and out (when a frame is taken), and while a ready-made picture is
// decoded, never while a picture is encoded, a painter paints or a sink is sent to. A
// painter may hold its own lock while it calls the display; the other order does not
// occur.
type Display struct {
	lossless bool
	quiet    func()
	shown    func(frame uint32)
	logger   *slog.Logger
	start    time.Time
	workers  chan *worker // idle ones
	wake     chan struct{}

	mu           sync.Mutex
	size         image.Point
	screens      []Screen
	buffer       *framebuffer // nil if painter is set
	painter      Painter
	pictures     []*picture // ready-made, on top of buffer, in order
	pictureBytes int
	video        videoState // on top of pictures
	activity     activity
	scroll       scroll
	cursor       []byte // instructions
	mouse        image.Point
	mouseKnown   bool
	views        []*View
	queue        []*frame  // taken, to be rendered by Run
	openSince    time.Time // first change after the last Flush, zero if there is none
	timestamp    int64     // of the last sync
	flushes      uint64    // counts frames with an id
	unshown      []flushed // those that a view does not show yet
	cache        cache
	idleSlab     []byte        // one that no frame uses
	releaseAt    time.Time     // when memory is given back, zero if there is none
	large        bool          // there was a large frame since
	settled      chan struct{} // closed when nobody misses anything, nil if nobody waits for that
}

// New returns a black display.
func New(cfg Config) *Display {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Encoders == 0 {
		cfg.Encoders = min(runtime.GOMAXPROCS(0), maxEncoders)
	}
	d := &Display{
		lossless: cfg.Lossless,
		quiet:    cfg.Quiet,
		shown:    cfg.Shown,
		video:    videoState{need: cfg.Video},
		logger:   cfg.Logger,
		start:    time.Now(),
		workers:  make(chan *worker, cfg.Encoders),
		wake:     make(chan struct{}, 1),
	}
	for range cfg.Encoders {
		d.workers <- new(worker)
	}
	d.Resize(cfg.Width, cfg.Height)
	d.openSince = time.Time{}
	return d
}

// Size returns the size in pixels.
func (d *Display) Size() (width, height int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.size.X, d.size.Y
}

func (d *Display) bounds() image.Rectangle { return image.Rectangle{Max: d.size} }

// resize changes the size, and shows views what they watch anew.
func (d *Display) resize(size image.Point) {
	d.decodePictures(d.bounds())
	d.size = size
	d.video.coverage.resize(size)
	if d.painter == nil {
		d.buffer = newFramebuffer(d.size, d.buffer)
	}
	d.activity.reset(d.size)
	d.cache.clear()
	for _, v := range d.views {
		v.restart()
	}
	d.open()
}

// SetPainter makes p the source of all pixels; the display keeps none from then on. A
// painter's picture must change under the same lock under which the change is told to the
// display, by Move and Damage, and which Paint takes. With nil the display holds pixels
// again, all black.
func (d *Display) SetPainter(p Painter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.painter, d.buffer = p, nil
	d.pictures, d.pictureBytes, d.idleSlab = nil, 0, nil
	d.video.coverage.remove(d.bounds())
	if p == nil {
		d.buffer = newFramebuffer(d.size, nil)
	}
	d.changed(d.bounds())
}

// Damage says that the painter draws r differently from now on.
func (d *Display) Damage(r image.Rectangle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed(r.Intersect(d.bounds()))
}

// changed notes that the pixels of r, which is within the bounds, are other ones.
func (d *Display) changed(r image.Rectangle) {
	if r.Empty() {
		return
	}
	d.open()
	d.activity.touch(r, d.now())
	for _, v := range d.views {
		v.damage.add(r)
	}
}

// open notes that a frame of the remote host has begun.
func (d *Display) open() {
	if d.openSince.IsZero() {
		d.openSince = time.Now()
	}
}

// Draw copies pixels into r: RGBA, opaque, in rows of stride bytes, the first pixel that
// of r.Min. Pixels that are the same as before cost users nothing, and those that have
// moved up or down as a whole are found to be a move.
func (d *Display) Draw(r image.Rectangle, pix []byte, stride int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	in := r.Intersect(d.bounds())
	if in.Empty() {
		return
	}
	at := func(p image.Point) []byte { return pix[(p.Y-r.Min.Y)*stride+4*(p.X-r.Min.X):] }
	if covered := d.beginDraw(in); covered {
		d.buffer.draw(in, at(in.Min), stride)
		d.changed(in)
		return
	}
	if d.buffer == nil {
		d.changed(in)
		return
	}
	if len(d.views) > 0 && stride > 0 && !d.video.coverage.overlaps(in.Inset(-scrollReach)) { // 0 is a fill
		if m, ok := d.scroll.find(d.buffer, in, at(in.Min), stride); ok {
			d.move(m)
		}
	}
	cellsOf(in, 0, func(_ int, _ image.Point, part image.Rectangle) {
		d.changed(d.buffer.draw(part, at(part.Min), stride))
	})
}

// beginDraw makes the framebuffer current before r is drawn over, and reports whether it
// does not have the pixels below r because a picture that was never decoded goes away, or
// video does.
func (d *Display) beginDraw(r image.Rectangle) (covered bool) {
	covered = d.dropPictures(r)
	d.decodePictures(r)
	if d.video.coverage.overlaps(r) {
		d.video.coverage.remove(r)
		covered = true
	}
	return covered
}

// DrawInto hands the pixels of r to draw, so that a decoder can write in place, and takes
// what it says it has changed. The pixels are what the display shows save where that is
// video, they must stay opaque, and they are lent until draw returns. Meanwhile the
// display is locked: draw must not call it, and large pictures are drawn in pieces.
func (d *Display) DrawInto(r image.Rectangle, draw func(m *image.RGBA) (changed []image.Rectangle)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r = r.Intersect(d.bounds())
	if r.Empty() || d.buffer == nil {
		return
	}
	d.decodePictures(r)
	for _, c := range draw(d.buffer.image().SubImage(r).(*image.RGBA)) {
		c = c.Intersect(r)
		d.video.coverage.remove(c)
		d.changed(c)
	}
}

// Fill fills r with one colour, which is opaque. Over a part of a ready-made picture it is
// one itself, for the sake of which that need not be decoded.
func (d *Display) Fill(r image.Rectangle, c color.RGBA) {
	c.A = 0xFF
	r = r.Intersect(image.Rect(0, 0, guac.MaxWidth, guac.MaxHeight))
	if d.fillOver(r, c) {
		return
	}
	row := make([]byte, 4*r.Dx())
	for x := 0; x < len(row); x += 4 {
		row[x], row[x+1], row[x+2], row[x+3] = c.R, c.G, c.B, 0xFF
	}
	d.Draw(r, row, 0)
}

// fillOver fills r if there is a picture below that would have to be decoded.
func (d *Display) fillOver(r image.Rectangle, c color.RGBA) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	r = r.Intersect(d.bounds())
	if r.Empty() || !d.overPictures(r) {
		return false
	}
	d.present(&picture{rect: r, color: c, opaque: true})
	return true
}

// Move copies the pixels of src to dst, its new upper left corner. Users copy them too.
func (d *Display) Move(src image.Rectangle, dst image.Point) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.move(move{src, dst}.clip(d.bounds()))
}

// move carries out m, which is within the bounds.
func (d *Display) move(m move) {
	if m.src.Empty() || m.delta() == (image.Point{}) {
		return
	}
	if d.buffer != nil {
		d.decodePictures(m.src)
		d.decodePictures(m.target())
		d.buffer.copyWithin(m)
	}
	d.video.coverage.move(m)
	d.open()
	d.activity.move(m.target())
	for _, v := range d.views {
		v.recordMove(m)
	}
}

// DrawPicture draws a compressed picture that fills r. Users who take the mimetype get
// data as it is; it must not change afterwards.
func (d *Display) DrawPicture(r image.Rectangle, mimetype string, data []byte) {
	p := &picture{rect: r, mimetype: mimetype, data: data}
	if err := p.check(); err != nil {
		d.logger.Debug("a ready-made picture is refused", "error", err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	in := r.Intersect(d.bounds())
	if in.Empty() {
		return
	}
	if d.buffer == nil {
		d.changed(in)
		return
	}
	if !p.opaque {
		d.decodePictures(in)
		d.drawNow(p)
		d.video.coverage.remove(in)
		d.changed(in)
		return
	}
	d.present(p)
}

// Flush ends a frame of the remote host: users may get it now.
func (d *Display) Flush() {
	d.mu.Lock()
	d.openSince = time.Time{}
	d.takeFrames(time.Now())
	waiting := len(d.views) > 0
	d.mu.Unlock()
	if waiting {
		d.signal()
	}
}

// Settle waits until every user was sent the display as it is, or ctx ends, whose cause it
// returns: an engine calls it before it ends, so that the last output is not lost. A user
// who does not answer frames is waited for.
func (d *Display) Settle(ctx context.Context) error {
	d.mu.Lock()
	if d.settled == nil {
		d.settled = make(chan struct{})
	}
	settled := d.settled
	d.mu.Unlock()
	d.signal() // Run closes it
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Snapshot returns a copy of the pixels of r. Where the display shows video, they are what
// was there before.
func (d *Display) Snapshot(r image.Rectangle) *image.RGBA {
	d.mu.Lock()
	r = r.Intersect(d.bounds())
	out := image.NewRGBA(r)
	painter := d.painter
	if d.buffer != nil {
		d.decodePictures(r)
		d.buffer.read(out.Pix, r)
	}
	d.mu.Unlock()
	if painter != nil {
		painter.Paint(out)
	}
	return out
}

// AddView adds a user, who gets the whole picture first, maybe before AddView returns.
func (d *Display) AddView(sink Sink, cfg ViewConfig) *View {
	d.mu.Lock()
	v := &View{
		display:    d,
		sink:       sink,
		mimetypes:  slices.Clone(cfg.Image),
		takesVideo: slices.Contains(cfg.Video, guac.VideoH264),
		screen:     cfg.Screen,
		cursor:     d.cursor != nil,
		shown:      d.flushes,
		unwatched:  cfg.Unwatched,
	}
	v.restart()
	v.mouse = d.mouseKnown && !v.unwatched && d.mouse.In(v.area)
	d.views = append(d.views, v)
	d.mu.Unlock()
	d.signal()
	return v
}

// RemoveView removes a user, who gets no further frame.
func (d *Display) RemoveView(v *View) {
	d.mu.Lock()
	v.gone = true
	d.views = slices.DeleteFunc(d.views, func(other *View) bool { return other == v })
	if len(d.views) < 2 {
		d.cache.clear()
	}
	d.mu.Unlock()
	d.signal() // nothing waits for it any more
}

// now returns the milliseconds since the display began.
func (d *Display) now() int64 { return time.Since(d.start).Milliseconds() }

// signal makes Run look for work.
func (d *Display) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
