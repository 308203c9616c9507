// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strconv"
	"testing"
	"testing/synctest"
)

func TestWhatAUserHasDownIsLetGoWhenItLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := everything{inputs{newRecorder()}}
		s.SetHandler(h)
		a := join(t, s, UserConfig{ID: "@a", Owner: true})
		b := join(t, s, UserConfig{ID: "@b"})
		a.Want("b joins", "msg", "1", "@b", "anna")
		h.take()
		for _, step := range []struct {
			from *client
			send []string
			want string
		}{
			{b, []string{"key", "65507", "1"}, "key @b 0xffe3 true"},
			{b, []string{"key", "97", "1"}, "key @b 0x61 true"},
			{b, []string{"key", "97", "1"}, "key @b 0x61 true"},
			{b, []string{"key", "97", "0"}, "key @b 0x61 false"},
			{b, []string{"mouse", "10", "10", "1"}, "mouse @b 10,10 1"},
			{b, []string{"touch", "3", "1", "2", "1", "1", "0", "1"}, "touch @b {3 1 2 1 1 0 1}"},
			{a, []string{"key", "65505", "1"}, "key @a 0xffe1 true"},
			{b, []string{"key", "65505", "1"}, "key @b 0xffe1 true"},
			{b, []string{"key", "65505", "0"}, ""},
			{b, []string{"key", "65505", "0"}, ""},
			{b, []string{"key", "65506", "0"}, "key @b 0xffe2 false"},
		} {
			step.from.send(step.send[0], step.send[1:]...)
			if got := h.take(); got != step.want {
				t.Errorf("%q: engine was told %q, want %q", step.send, got, step.want)
			}
		}
		b.Close()
		a.Want("b leaves", "msg", "2", "@b", "anna")
		if got, want := h.take(), "key @b 0xffe3 false; mouse @b 10,10 0; touch @b {3 1 2 1 1 0 0}; left @b"; got != want {
			t.Errorf("b leaves: engine was told %q, want %q", got, want)
		}
		a.leave()
		if got, want := h.take(), "key @a 0xffe1 false; left @a"; got != want {
			t.Errorf("a leaves: engine was told %q, want %q", got, want)
		}
	})
}

func TestHeldKeysAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := everything{inputs{newRecorder()}}
		s.SetHandler(h)
		c := join(t, s, UserConfig{Owner: true})
		for i := range 3 * maxHeld {
			c.send("key", strconv.Itoa(0x1000+i), "1")
			c.send("touch", strconv.Itoa(i), "1", "1", "1", "1", "0", "1")
			h.take()
		}
		u := s.Owner()
		if len(s.held.keys) != maxHeld || len(u.down.touches) != maxHeld {
			t.Errorf("%d keys and %d contacts are noted, want %d", len(s.held.keys), len(u.down.touches), maxHeld)
		}
		c.leave()
		if len(s.held.keys) != 0 {
			t.Errorf("%d keys are noted after all have left", len(s.held.keys))
		}
	})
}
