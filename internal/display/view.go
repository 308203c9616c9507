// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"slices"
	"time"
)

// Mimetypes of pictures.
const (
	mimePNG  = "image/png"
	mimeJPEG = "image/jpeg"
	mimeWebP = "image/webp"
)

// Sink is where a view's instructions go. Send queues them and never waits; it may keep
// b, which is not changed afterwards.
type Sink interface {
	Send(b []byte) error
}

// ViewConfig is what a user's side can do.
type ViewConfig struct {
	// Image has the mimetypes of pictures that the user takes. PNG is assumed.
	Image []string
	// Video has those of coded video.
	Video []string
	// Screen is the number of the screen that the user watches, from 1 on; 0 is all.
	Screen int
	// Unwatched says that the view is no user's but a recording's: it is not shown where
	// users point, and FlushFrame does not wait for it.
	Unwatched bool
}

// Pacing of frames.
const (
	maxInFlight = 2                     // frames that the user has not answered yet
	frameGap    = time.Second / 60      // between frames, on average
	frameBurst  = 2 * frameGap          // how far an idle user's frames may be ahead of that
	openLimit   = 50 * time.Millisecond // a remote frame may take this long to be complete
	refreshArea = 4 * tileArea          // of one frame's lossless refresh
	lagLow      = 20 * time.Millisecond // lag beyond the network's at the best quality
	lagHigh     = 80 * time.Millisecond // and at the worst
	bestQuality = 90                    // of JPEG
	lowQuality  = 30                    // of JPEG, for slow users
	qualityStep = 10                    // so that users share pictures
	lagShare    = 4                     // weight of the past in the mean lag, less one
	baseShare   = 64                    // how slowly the least lag is forgotten
)

// View is a display as one user sees it: what the user has not got yet. The display's mu
// guards it.
//
// What the user has, and the pending changes, add up to the display's picture at any
// time: first moves, then steps, in order; then everything that is in damage, save for
// where the display shows video, of which nobody here has the pixels.
type View struct {
	display    *Display
	sink       Sink
	mimetypes  []string
	takesVideo bool
	unwatched  bool
	screen     int
	area       image.Rectangle // of the display, which the user sees

	damage  grid
	lossy   grid // what the user has in worse quality than the display
	moves   []move
	steps   []step
	resized bool
	cursor  bool // its shape is pending
	mouse   bool // its position is pending

	codecs  [MaxVideoStreams]string // of the streams that have begun
	missing bool                    // has missed video since a key frame was asked for

	busy     bool              // a frame is being rendered or sent
	gone     bool              // removed, or the sink has failed
	painting []image.Rectangle // what a painter draws now for this user
	slot     time.Time         // when the pace allows the next frame
	inFlight []flight
	shown    uint64        // the newest of the display's flushes that the user has seen
	lag      time.Duration // mean
	base     time.Duration // least: the network's share
}

// flight is a frame that the user has not answered yet.
type flight struct {
	timestamp int64
	sent      time.Time
	flushes   uint64 // of the display, that it shows
}

func (v *View) accepts(mimetype string) bool {
	return mimetype == mimePNG || slices.Contains(v.mimetypes, mimetype)
}

// restart makes the whole picture pending.
func (v *View) restart() {
	d := v.display
	v.area = d.areaOf(v.screen)
	v.damage.reset(d.size)
	v.lossy.reset(d.size)
	v.damage.bounds, v.lossy.bounds = v.area, v.area
	v.damage.add(v.area)
	v.moves, v.steps = nil, nil
	v.resized = true
	v.codecs = [MaxVideoStreams]string{}
	v.missing = v.takesVideo && !d.video.coverage.empty()
}

// pending reports whether there is something to send.
func (v *View) pending() bool {
	return v.resized || v.cursor || v.mouse || len(v.moves) > 0 || len(v.steps) > 0 || !v.damage.empty()
}

// wants reports whether there is something to send, and somebody to take it.
func (v *View) wants() bool { return !v.gone && v.pending() }

// due returns when the next frame may be taken; the zero time if something else, such as
// the user's answer, must happen before.
func (v *View) due() time.Time {
	if v.busy || v.gone || len(v.inFlight) >= maxInFlight {
		return time.Time{}
	}
	at := later(v.slot, v.display.start)
	if !v.pending() {
		refresh, ok := v.refreshAt()
		if !ok {
			return time.Time{}
		}
		at = later(at, refresh)
	}
	if open := v.display.openSince; !open.IsZero() {
		at = later(at, open.Add(openLimit))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// refreshAt returns when the first cell that the user has in bad quality is still.
func (v *View) refreshAt() (time.Time, bool) {
	d, first := v.display, int64(-1)
	for r := range v.lossy.within(d.bounds()) {
		if at := d.activity.stillAt(r); first < 0 || at < first {
			first = at
		}
	}
	return d.start.Add(time.Duration(first) * time.Millisecond), first >= 0
}

// Sync takes the user's answer to the frame with this timestamp, and so to all before it.
func (v *View) Sync(timestamp int64) {
	d := v.display
	d.mu.Lock()
	answered := 0
	for answered < len(v.inFlight) && v.inFlight[answered].timestamp <= timestamp {
		answered++
	}
	if answered > 0 {
		v.measure(time.Since(v.inFlight[answered-1].sent))
		v.shown = v.inFlight[answered-1].flushes
		v.inFlight = slices.Delete(v.inFlight, 0, answered)
	}
	d.mu.Unlock()
	if answered > 0 {
		d.signal()
	}
}

// measure takes one frame's lag.
func (v *View) measure(lag time.Duration) {
	lag = max(lag, 1)
	if v.lag == 0 {
		v.lag, v.base = lag, lag
		return
	}
	v.lag += (lag - v.lag) / lagShare
	v.base = min(lag, v.base+(lag-v.base)/baseShare)
}

// Lag returns how long the user takes to answer a frame, on average; 0 if none has been
// answered.
func (v *View) Lag() time.Duration {
	v.display.mu.Lock()
	defer v.display.mu.Unlock()
	return v.lag
}

// quality returns that of JPEG for this user, 0 for none: the farther behind beyond what
// the network takes, the lower.
func (v *View) quality() int {
	if v.display.lossless || !v.accepts(mimeJPEG) {
		return 0
	}
	behind := min(max(v.lag-v.base, lagLow), lagHigh) - lagLow
	q := bestQuality - int((bestQuality-lowQuality)*behind/(lagHigh-lagLow))
	return (q + qualityStep/2) / qualityStep * qualityStep
}
