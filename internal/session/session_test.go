// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// inputs is an engine for all plain input.
type inputs struct{ *recorder }

func (h inputs) Key(u *User, keysym uint32, pressed bool) {
	h.lines <- fmt.Sprintf("key %s %#x %v", u.ID(), keysym, pressed)
}

func (h inputs) Mouse(u *User, x, y int, buttons uint8) {
	h.lines <- fmt.Sprintf("mouse %s %d,%d %d", u.ID(), x, y, buttons)
}

func (h inputs) Touch(u *User, t Touch) { h.lines <- fmt.Sprintf("touch %s %v", u.ID(), t) }

func (h inputs) Resize(u *User, width, height int) {
	h.lines <- fmt.Sprintf("resize %s %dx%d", u.ID(), width, height)
}

func TestPlainInputReachesTheEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := inputs{newRecorder()}
		s.SetHandler(h)
		c := join(t, s, UserConfig{Owner: true})
		for _, tc := range []struct {
			send []string
			want string
		}{
			{[]string{"key", "65307", "1"}, "joined @1; key @1 0xff1b true"},
			{[]string{"key", "16777215", "0"}, "key @1 0xffffff false"},
			{[]string{"mouse", "10", "-3", "5"}, "mouse @1 10,-3 5"},
			{[]string{"mouse", "10.7", "20.2", "0"}, "mouse @1 10,20 0"},
			{[]string{"mouse", "10"}, ""},
			{[]string{"size", "800", "0"}, "resize @1 800x1"},
			{[]string{"touch", "1", "2", "3", "4", "5", "45", "0.5"}, "touch @1 {1 2 3 4 5 45 0.5}"},
			{[]string{"usbconnect", "1"}, ""},
			{[]string{"nop"}, ""},
			{[]string{""}, ""},
		} {
			c.send(tc.send[0], tc.send[1:]...)
			if got := h.take(); got != tc.want {
				t.Errorf("after %q: %q, want %q", tc.send, got, tc.want)
			}
		}
		if w, height := s.Owner().Size(); w != 800 || height != 1 {
			t.Errorf("Size = %dx%d, want 800x1", w, height)
		}
		go c.send("disconnect")
		c.wantEnd("the user disconnects", guac.Success)
		<-s.Done()
		if got, want := h.take(), "key @1 0xff1b false; touch @1 {1 2 3 4 5 45 0}; left @1"; got != want || s.Err() != nil {
			t.Errorf("at the end: %q, %v", got, s.Err())
		}
	})
}

func TestReadOnlyUserHasNoInput(t *testing.T) {
	// Features: COM-13
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := everything{inputs{newRecorder()}}
		s.SetHandler(h)
		c := join(t, s, UserConfig{Owner: true, ReadOnly: true})
		h.take()
		for _, ins := range [][]string{
			{"key", "65", "1"}, {"mouse", "1", "1", "1"}, {"size", "1", "1"}, {"touch", "0", "0", "0", "1", "1", "0", "1"},
		} {
			c.send(ins[0], ins[1:]...)
		}
		for _, ins := range [][]string{
			{"clipboard", "7", "text/plain"},
			{"file", "7", "text/plain", "f"},
			{"pipe", "7", "text/plain", "p"},
			{"argv", "7", "text/plain", "a"},
			{"audio", "7", "audio/L16"},
			{"put", "0", "7", "text/plain", "/x"},
		} {
			c.send(ins[0], ins[1:]...)
			c.Want("stream of a read-only user", "ack", "7", "*", fmt.Sprint(int(guac.ClientForbidden)))
		}
		if got := h.take(); got != "" {
			t.Errorf("engine was told %q", got)
		}
		c.leave()
	})
}

func TestScreenFollowsTheLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := inputs{newRecorder()}
		s.SetHandler(h)
		owner := join(t, s, UserConfig{ID: "@owner", Owner: true})
		watcher := join(t, s, UserConfig{ID: "@watcher", ReadOnly: true})
		first := join(t, s, UserConfig{ID: "@first"})
		second := join(t, s, UserConfig{ID: "@second"})
		h.take()
		all := []*client{owner, watcher, first, second}
		resizes := func(clients []*client) string {
			for _, c := range clients {
				c.send("size", "640", "480")
			}
			return h.take()
		}
		go owner.discard() // it is told who comes
		if got := resizes(all); got != "resize @owner 640x480" {
			t.Errorf("with the owner: %q", got)
		}
		owner.Close()
		synctest.Wait()
		h.take()
		if got := resizes(all[1:]); got != "resize @first 640x480" {
			t.Errorf("without the owner: %q", got)
		}
		first.leave()
		second.leave()
		if leader := s.Leader(); leader != nil {
			t.Errorf("%s, who only watches, leads", leader.ID())
		}
		watcher.leave()
	})
}

func TestJoinersAreAnnouncedAndTheOwnerIsTold(t *testing.T) {
	// Features: COM-09, GCD-08
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		owner := join(t, s, UserConfig{ID: "@o", Owner: true})
		early := join(t, s, UserConfig{ID: "@e", Info: guac.ClientInfo{Version: guac.Version1_3_0}})
		owner.Want("early joins", "msg", "1", "@e", "")
		h := newRecorder()
		s.SetHandler(h)
		late := join(t, s, UserConfig{ID: "@l"})
		owner.Want("late joins", "msg", "1", "@l", "anna")
		if got, want := h.take(), "joined @o; joined @e; joined @l"; got != want {
			t.Errorf("engine was told %q, want %q", got, want)
		}
		s.Broadcast([]byte("4.name,1.x;"))
		for _, c := range []*client{owner, early, late} {
			c.Want("broadcast", "name", "x")
		}
		late.leave()
		owner.Want("late leaves", "msg", "2", "@l", "anna")
		owner.leave()
		if s.Owner() != nil || len(s.Users()) != 1 || s.Err() != nil {
			t.Errorf("after the owner: owner %v, %d users", s.Owner(), len(s.Users()))
		}
		select {
		case <-s.Done():
			t.Fatal("session ended with its owner")
		default:
		}
		early.leave()
		<-s.Done()
		if got, want := h.take(), "left @l; left @o; left @e"; got != want {
			t.Errorf("engine was told %q, want %q", got, want)
		}
	})
}

func TestCloseTellsEveryUserTheStatus(t *testing.T) {
	// Features: COM-14
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		a, b := join(t, s, UserConfig{ID: "@a", Owner: true}), join(t, s, UserConfig{ID: "@b"})
		a.Want("b joins", "msg", "1", "@b", "anna")
		cause := fmt.Errorf("engine: %w", guac.Errorf(guac.UpstreamUnavailable, "refused"))
		s.Close(cause)
		s.Close(nil)
		a.Want("closed", "error", "refused", "520")
		b.wantEnd("closed", guac.UpstreamUnavailable)
		a.wantServed("closed", guac.UpstreamUnavailable)
		if !errors.Is(s.Err(), cause) {
			t.Errorf("Err = %v", s.Err())
		}
		late := join(t, s, UserConfig{})
		late.wantEnd("too late", guac.UpstreamUnavailable)
	})
}

func TestInternalErrorsAreNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		s.Close(errors.New("password hunter2 is in this message"))
		c.Want("closed", "error", "internal error", "512")
		c.wantServed("closed", guac.ServerError)
	})
}

func TestEngineRefusesAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := newRecorder()
		s.SetHandler(h)
		owner := join(t, s, UserConfig{ID: "@o", Owner: true})
		h.refuse = guac.Errorf(guac.SessionConflict, "no joiners")
		c := join(t, s, UserConfig{ID: "@j"})
		c.wantEnd("refused", guac.SessionConflict)
		owner.Want("joined", "msg", "1", "@j", "anna")
		owner.leave()
	})
}

// panicky is an engine with a bug.
type panicky struct{ *recorder }

func (panicky) Key(*User, uint32, bool)         { panic("bug in the key handler") }
func (panicky) Clipboard(_ *User, in *InStream) { panic("bug in the clipboard handler") }

func TestPanicOfTheEngineEndsTheSession(t *testing.T) {
	for _, ins := range [][]string{{"key", "65", "1"}, {"clipboard", "0", "text/plain"}} {
		t.Run(ins[0], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				s := New(Config{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
				s.SetHandler(panicky{newRecorder()})
				c := join(t, s, UserConfig{Owner: true})
				c.send(ins[0], ins[1:]...)
				if got := c.Next(); got[0] == "ack" {
					t.Logf("stream answered with %q", got)
					c.Want("panic", "error", "*", "512")
				} else if got[0] != "error" || got[2] != "512" {
					t.Errorf("got %q, want error 512", got)
				}
				c.wantServed("panic", guac.ServerError)
				if !strings.Contains(logged.String(), "bug in the") {
					t.Errorf("panic is not in the log: %s", logged.String())
				}
			})
		})
	}
}

func TestNopKeepsAnIdleUserAlive(t *testing.T) {
	// Features: GCD-07
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		start := time.Now()
		for i := 1; i <= 2; i++ {
			if ins, err := c.Read(); err != nil || !ins.Is(guac.OpNop) {
				t.Fatalf("got %v, %v, want nop", ins, err)
			}
			if got, want := time.Since(start), time.Duration(i)*5*time.Second; got != want {
				t.Errorf("nop %d after %v, want %v", i, got, want)
			}
		}
		c.leave()
	})
}

func TestSilentUserIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		start := time.Now()
		c.wantEnd("silence", guac.ClientTimeout)
		if got := time.Since(start); got != 15*time.Second {
			t.Errorf("dropped after %v, want 15s", got)
		}
	})
}

func TestUserThatTricklesBytesIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		var trickle sync.WaitGroup
		trickle.Go(func() {
			for _, b := range []byte("4.name,5000." + strings.Repeat("x", 100)) {
				time.Sleep(time.Second)
				c.Write([]byte{b})
			}
		})
		c.wantEnd("no whole instruction in time", guac.ClientTimeout)
		trickle.Wait()
	})
}

func TestUserThatNeverAnswersSyncIsDropped(t *testing.T) {
	// Features: DIS-05
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		var seen []int64
		u := s.Owner()
		u.OnSync(func(timestamp int64) { seen = append(seen, timestamp) })
		go c.keepAlive(t.Context())

		_ = u.Send(guac.AppendSync(nil, 100))
		c.Want("first frame", "sync", "100")
		time.Sleep(29 * time.Second)
		c.send("sync", "100")
		_ = u.Send(guac.AppendSync([]byte("4.name,1.x;"), 200))
		_ = u.Send(guac.AppendSync(nil, 300))
		start := time.Now()
		c.Want("second frame", "name", "x")
		c.Want("second frame", "sync", "200")
		c.Want("third frame", "sync", "300")
		time.Sleep(20 * time.Second)
		c.send("sync", "200") // behind, but alive
		c.wantEnd("no answer any more", guac.ClientTimeout)
		if got := time.Since(start); got != 50*time.Second {
			t.Errorf("dropped after %v, want 50s", got)
		}
		if fmt.Sprint(seen) != "[100 200]" {
			t.Errorf("answers %v", seen)
		}
	})
}

func TestSlowReaderIsDroppedAndSlowsNobody(t *testing.T) {
	// Features: GCD-06
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{QueueBytes: 100 << 10})
		slow, fast := join(t, s, UserConfig{ID: "@slow", Owner: true}), join(t, s, UserConfig{ID: "@fast"})
		go fast.discard()
		go fast.keepAlive(t.Context())
		go slow.keepAlive(t.Context())
		var oneByteASecond sync.WaitGroup
		oneByteASecond.Go(func() {
			b := make([]byte, 1)
			for {
				time.Sleep(time.Second)
				if _, err := slow.Conn().Read(b); err != nil {
					return
				}
			}
		})
		picture := guac.AppendSync(guac.Append(nil, "x", strings.Repeat("p", 4000)), 1)
		start := time.Now()
		for range 100 {
			for _, u := range s.Users() {
				before := time.Now()
				_ = u.Send(picture)
				if waited := time.Since(before); waited != 0 {
					t.Fatalf("Send to %s waited %v", u.ID(), waited)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		if got := len(s.Users()); got != 1 {
			t.Fatalf("%d users left, want only the fast one", got)
		}
		slow.wantServed("slow", guac.ClientOverrun)
		if got := time.Since(start); got > 15*time.Second {
			t.Errorf("took %v", got)
		}
		s.Close(nil)
		fast.wantServed("closed", guac.Success)
		oneByteASecond.Wait()
	})
}

func TestUserThatDoesNotReadIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		go c.keepAlive(t.Context())
		_ = s.Owner().Send([]byte("4.name,1.x;"))
		start := time.Now()
		c.wantServed("nothing is read", guac.ClientTimeout)
		if got := time.Since(start); got < 30*time.Second || got > 40*time.Second {
			t.Errorf("dropped after %v, want about 30s", got)
		}
	})
}

func TestMalformedInputEndsTheUserOnly(t *testing.T) {
	// Features: DIS-22
	for name, text := range map[string]string{
		"not the protocol": "GET / HTTP/1.1\r\n",
		"oversized":        "4.name,9000." + strings.Repeat("x", 9000) + ";",
		"many elements":    strings.Repeat("1.x,", 200) + "1.x;",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{})
				bad, good := join(t, s, UserConfig{ID: "@bad"}), join(t, s, UserConfig{ID: "@good", Owner: true})
				go bad.Write([]byte(text))
				bad.wantEnd(name, guac.ClientBadRequest)
				good.Want("it is gone", "msg", "2", "@bad", "anna")
				s.Broadcast([]byte("4.name,1.x;"))
				good.Want("still there", "name", "x")
				good.leave()
			})
		})
	}
}

func TestBytesReadWithTheHandshakeCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := inputs{newRecorder()}
		s.SetHandler(h)
		c := join(t, s, UserConfig{Owner: true, Buffered: []byte("3.key,2.65,1.1;3.ke")})
		c.raw("y,2.66,1.1;")
		if got, want := h.take(), "joined @1; key @1 0x41 true; key @1 0x42 true"; got != want {
			t.Errorf("engine was told %q, want %q", got, want)
		}
		c.leave()
	})
}

func TestInputWaitsForAnEngineThatIsStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		h := inputs{newRecorder()}
		c := join(t, s, UserConfig{Owner: true})
		c.send("key", "65", "1")
		time.Sleep(engineTime / 2)
		s.SetHandler(h)
		c.send("key", "66", "1")
		if got, want := h.take(), "joined @1; key @1 0x41 true; key @1 0x42 true"; got != want {
			t.Errorf("engine was told %q, want %q", got, want)
		}
		c.leave()

		s = New(Config{})
		c = join(t, s, UserConfig{Owner: true})
		c.send("key", "65", "1")
		time.Sleep(2 * engineTime)
		c.send("sync", "1") // the reader does not wait for ever, nor again
		c.send("key", "65", "1")
		c.send("clipboard", "0", "text/plain")
		c.Want("no engine", "ack", "0", "*", fmt.Sprint(int(guac.Unsupported)))
		c.leave()
	})
}

func TestContextEndsTheUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		ctx, cancel := context.WithCancelCause(t.Context())
		c := joinUntil(ctx, t, s, UserConfig{Owner: true})
		cancel(guac.Errorf(guac.SessionClosed, "enough"))
		c.wantEnd("context ended", guac.SessionClosed)
		<-s.Done()
	})
}
