// SPDX-License-Identifier: Apache-2.0

package display

import "time"

// maxUnshown bounds the frames of which the engine wants to know when they are shown.
const maxUnshown = 1024

// flushed is a frame of the remote host that was named in FlushFrame.
type flushed struct {
	id  uint32
	seq uint64
}

// FlushFrame ends a frame of the remote host, as Flush does, and has [Config.Shown] called
// with its id once every view that is watched shows it. A view that skips frames shows one with the next
// that it answers; one that leaves is not waited for, and neither is one that joins later.
// Without views a frame is shown at once. Every id is told once, in order. Of more than
// 1024 that wait, the oldest count as shown.
func (d *Display) FlushFrame(id uint32) {
	d.mu.Lock()
	d.flushes++
	if d.shown != nil {
		d.unshown = append(d.unshown, flushed{id, d.flushes})
	}
	d.openSince = time.Time{}
	d.takeFrames(time.Now())
	d.mu.Unlock()
	d.signal()
}

// takeShown returns the ids of frames that every view shows by now.
func (d *Display) takeShown() (ids []uint32) {
	if len(d.unshown) == 0 {
		return nil
	}
	oldest := d.flushes
	for _, v := range d.views {
		if v.gone || v.unwatched {
			continue
		}
		if !v.busy && len(v.inFlight) == 0 && !v.pending() {
			v.shown = d.flushes
		}
		oldest = min(oldest, v.shown)
	}
	if n := len(d.unshown); n > maxUnshown {
		oldest = max(oldest, d.unshown[n-maxUnshown-1].seq)
	}
	for len(d.unshown) > 0 && d.unshown[0].seq <= oldest {
		ids = append(ids, d.unshown[0].id)
		d.unshown = d.unshown[1:]
	}
	return ids
}
