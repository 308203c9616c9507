// SPDX-License-Identifier: Apache-2.0

package display

import (
	"context"
	"slices"
	"sync"
	"time"
)

// releaseAfter is how long after the last frame memory is given back.
const releaseAfter = 2 * time.Second

// Run renders and sends frames until ctx ends, whose cause it returns. It starts
// goroutines for large frames and waits for them in the end; without something to send
// it sleeps.
func (d *Display) Run(ctx context.Context) error {
	var rendering sync.WaitGroup
	defer rendering.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-d.wake:
		case <-timer.C:
		}
		frames, told, next := d.next()
		d.tell(told)
		for _, f := range frames {
			if f.pixels <= inlinePixels {
				d.render(f)
				continue
			}
			rendering.Go(func() { d.render(f) })
		}
		timer.Stop()
		if !next.IsZero() {
			timer.Reset(max(0, time.Until(next)))
		}
	}
}

// next returns the frames to render, what the engine is to be told, and when to look again,
// the zero time if something will signal it.
func (d *Display) next() ([]*frame, news, time.Time) {
	d.mu.Lock()
	now := time.Now()
	d.takeFrames(now)
	frames := d.queue
	d.queue = nil

	var next time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	busy := len(frames) > 0
	for _, v := range d.views {
		sooner(v.due())
		busy = busy || v.busy
	}
	if d.settled != nil && !busy && !slices.ContainsFunc(d.views, (*View).wants) {
		close(d.settled)
		d.settled = nil
	}
	quiet := false
	if !d.releaseAt.IsZero() && !busy && !now.Before(d.releaseAt) {
		quiet = d.release()
	} else if !busy {
		sooner(d.releaseAt)
	}
	told := news{shown: d.takeShown(), quiet: quiet}
	var askAgain time.Time
	told.needs, askAgain = d.takeNeeds(now)
	sooner(askAgain)
	d.mu.Unlock()
	return frames, told, next
}

// news is what the engine is to be told.
type news struct {
	shown []uint32
	needs []VideoNeed
	quiet bool
}

// tell calls the functions of the configuration.
func (d *Display) tell(n news) {
	for _, id := range n.shown {
		d.shown(id)
	}
	for _, need := range n.needs {
		d.video.need(need)
	}
	if n.quiet && d.quiet != nil {
		d.quiet()
	}
}

// release gives back what only speeds up the next frame, and reports whether it was much.
func (d *Display) release() bool {
	large := d.large
	d.releaseAt, d.large = time.Time{}, false
	d.idleSlab = nil
	d.cache.clear()
	d.scroll.release()
	for range cap(d.workers) {
		select {
		case w := <-d.workers:
			w.trim()
			d.workers <- w
		default:
		}
	}
	return large
}
