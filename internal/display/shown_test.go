// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shownFrames keeps the ids of frames that a display tells as shown.
type shownFrames struct {
	mu  sync.Mutex
	ids []uint32
}

func (s *shownFrames) add(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, id)
}

func (s *shownFrames) want(t *testing.T, when string, want ...uint32) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.ids, want) {
		t.Errorf("%s: frames %v are shown, want %v", when, s.ids, want)
	}
	s.ids = nil
}

// projected runs f with a display that tells what is shown.
func projected(t *testing.T, f func(d *Display, s *shownFrames)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &shownFrames{}
		d := New(Config{Width: 64, Height: 64, Shown: s.add})
		defer run(t, d)()
		f(d, s)
	})
}

// flash draws something that no frame before had, and ends frame id.
func flash(d *Display, id uint32) {
	d.Fill(image.Rect(0, 0, 8, 8), color.RGBA{byte(id), byte(id >> 8), 1, 0xFF})
	d.FlushFrame(id)
}

func TestAFrameIsShownWhenTheSlowestUserShowsIt(t *testing.T) {
	// Part of: DIS-05
	projected(t, func(d *Display, s *shownFrames) {
		newBrowser(t, 0).join(d)
		newBrowser(t, 100*time.Millisecond).join(d)
		time.Sleep(time.Second)
		flash(d, 7)
		time.Sleep(99 * time.Millisecond)
		s.want(t, "before the slow user has answered")
		time.Sleep(time.Millisecond)
		s.want(t, "when the slow user answers", 7)
		d.FlushFrame(8)
		s.want(t, "a frame without a change", 8)
	})
}

func TestSkippedFramesAreShownWithTheNextInOrder(t *testing.T) {
	projected(t, func(d *Display, s *shownFrames) {
		u := newBrowser(t, -1).join(d)
		time.Sleep(time.Second)
		u.view.Sync(1 << 60)
		for id := range uint32(9) { // ids may begin anywhere, and 0 is one
			flash(d, id)
			time.Sleep(time.Second)
		}
		s.want(t, "while the user answers nothing")
		u.view.Sync(1 << 60)
		s.want(t, "the user answers the two frames on their way", 0, 1)
		u.view.Sync(1 << 60)
		s.want(t, "and the one that has all others", 2, 3, 4, 5, 6, 7, 8)
	})
}

func TestNobodyWaitsForAUserWhoHasLeftOrJoinsLater(t *testing.T) {
	projected(t, func(d *Display, s *shownFrames) {
		flash(d, 1)
		s.want(t, "without users", 1)
		u := newBrowser(t, -1).join(d)
		time.Sleep(time.Second)
		flash(d, 2)
		newBrowser(t, -1).join(d)
		time.Sleep(time.Second)
		s.want(t, "nobody has answered")
		d.RemoveView(u.view)
		s.want(t, "the user who watched has left", 2)
		flash(d, 3)
		s.want(t, "the user who joined has not answered")
	})
}

func TestARecordingIsNotWaitedForAndShowsNoPointer(t *testing.T) {
	projected(t, func(d *Display, s *shownFrames) {
		disk := &kept{}
		d.AddView(disk, ViewConfig{Unwatched: true}) // whose frames nobody answers
		user := newBrowser(t, 0).join(d)
		time.Sleep(time.Second)
		for id := range uint32(9) {
			flash(d, id)
			time.Sleep(time.Second)
		}
		s.want(t, "the user has answered all", 0, 1, 2, 3, 4, 5, 6, 7, 8)
		d.SetMouse(nil, 3, 4)
		time.Sleep(time.Second)
		user.mu.Lock()
		defer user.mu.Unlock()
		if at := user.canvas.Mouse(); at != image.Pt(3, 4) {
			t.Errorf("the user sees the pointer at %v, want 3,4", at)
		}
		if got := disk.text(); !strings.Contains(got, "4.sync,") || strings.Contains(got, "5.mouse,") {
			t.Errorf("the recording has %q", got)
		}
	})
}

// kept is a sink that keeps what it is sent.
type kept struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (k *kept) Send(b []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf.Write(b)
	return nil
}

func (k *kept) text() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.buf.String()
}

func TestAUserWhoseSinkFailsIsNotWaitedFor(t *testing.T) {
	projected(t, func(d *Display, s *shownFrames) {
		d.AddView(&failing{}, ViewConfig{})
		flash(d, 1)
		s.want(t, "the sink has failed", 1)
	})
}

func TestFramesThatAreNotShownAreBounded(t *testing.T) {
	projected(t, func(d *Display, s *shownFrames) {
		newBrowser(t, -1).join(d)
		time.Sleep(time.Second)
		for id := range uint32(maxUnshown + 2) {
			flash(d, id)
			synctest.Wait()
		}
		s.want(t, "of more than can wait", 0, 1)
	})
}
