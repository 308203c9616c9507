// SPDX-License-Identifier: Apache-2.0

package display

import (
	"context"
	"errors"
	"image"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFramesArePaced(t *testing.T) {
	// Features: DIS-05
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 64, Height: 64})
		defer run(t, d)()
		users := []*browser{
			newBrowser(t, 0).join(d), newBrowser(t, time.Second).join(d), newBrowser(t, -1).join(d),
		}
		for i := range 10_000 {
			d.Fill(image.Rect(0, 0, 8, 8), color.RGBA{byte(i), byte(i >> 8), 0, 0xFF})
			d.Flush()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want := d.Snapshot(image.Rect(0, 0, 64, 64))
		users[0].want("fast user", want)
		users[1].want("slow user", want)
		for i, bounds := range [][2]int{{580, 604}, {20, 24}, {2, 2}} {
			if n := users[i].frames; n < bounds[0] || n > bounds[1] {
				t.Errorf("user %d got %d frames in 10 s, want %d to %d", i, n, bounds[0], bounds[1])
			}
		}
	})
}

func TestLagIsMeasured(t *testing.T) {
	// Features: DIS-04, DIS-05
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 64, Height: 64})
		defer run(t, d)()
		u := newBrowser(t, 50*time.Millisecond).join(d, "image/jpeg")
		quality := func() int {
			d.mu.Lock()
			defer d.mu.Unlock()
			return u.view.quality()
		}
		frames := func(n int) {
			for i := range n {
				d.Fill(image.Rect(0, 0, 8, 8), color.RGBA{byte(i), 1, 1, 0xFF})
				d.Flush()
				time.Sleep(200 * time.Millisecond)
			}
		}
		frames(20)
		if got := u.view.Lag(); got != 50*time.Millisecond {
			t.Errorf("lag %v, want 50ms", got)
		}
		if got := quality(); got != bestQuality {
			t.Errorf("quality %d with the network's own lag, want %d", got, bestQuality)
		}
		u.mu.Lock()
		u.delay = 100 * time.Millisecond
		u.mu.Unlock()
		frames(10)
		if got := quality(); got <= lowQuality || got >= bestQuality {
			t.Errorf("quality %d when 50 ms behind, want something between", got)
		}
		u.mu.Lock()
		u.delay = 190 * time.Millisecond
		u.mu.Unlock()
		frames(10)
		if got := quality(); got != lowQuality {
			t.Errorf("quality %d when 140 ms behind, want %d", got, lowQuality)
		}
	})
}

func TestSettleWaitsUntilEverybodyHasThePicture(t *testing.T) {
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
		settles := func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			return d.Settle(ctx)
		}
		if err := settles(); err != nil {
			t.Errorf("without changes: %v", err)
		}
		drawImage(d, checkered(image.Rect(100, 100, 110, 120))) // of a frame that never ends
		if err := settles(); err != nil {
			t.Errorf("with an open frame: %v", err)
		}
		if diff := cmp.Diff([]string{"img", "blob", "end", "sync"}, r.take()); diff != "" {
			t.Errorf("instructions once it is settled (-want +got):\n%s", diff)
		}
		for i := range maxInFlight {
			drawImage(d, checkered(image.Rect(0, 100*i, 10, 100*i+10)))
			d.Flush()
			time.Sleep(time.Second)
		}
		drawImage(d, checkered(image.Rect(200, 200, 210, 220)))
		d.Flush()
		if err := settles(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a user who does not answer: %v, want %v", err, context.DeadlineExceeded)
		}
		v.Sync(1 << 60)
		if err := settles(); err != nil {
			t.Errorf("once the user has answered: %v", err)
		}
	})
}
