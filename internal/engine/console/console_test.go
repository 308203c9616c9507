// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

// fixture is a running connection, and its owner.
type fixture struct {
	*guacuser.User
	t      *testing.T
	daemon *inprocess.Daemon
}

// open opens a connection of an engine.
func open(t *testing.T, p engine.Protocol, params map[string]string) *fixture {
	t.Helper()
	f := &fixture{t: t, daemon: inprocess.Start(t, p)}
	f.User = f.daemon.Connect(guacuser.Config{Select: p.Name, Params: params, Width: 800, Height: 480})
	return f
}

// join adds a user with parameters of its own.
func (f *fixture) join(params map[string]string) *guacuser.User {
	f.t.Helper()
	return f.daemon.Connect(guacuser.Config{Select: f.ID, Params: params, Width: 800, Height: 480})
}

func (f *fixture) wantEnd(want guac.Status, words string) {
	f.t.Helper()
	err := f.WaitEnd()
	if want == guac.Success {
		if !errors.Is(err, guacuser.ErrDisconnected) {
			f.t.Errorf("ended with %v, want a normal end", err)
		}
	} else if guac.StatusOf(err) != want || !strings.Contains(err.Error(), words) {
		f.t.Errorf("ended with %v, want %v and %q", err, want, words)
	}
}

func TestUsersShareAShell(t *testing.T) {
	// Features: COM-13, TERM-11
	f := open(t, shell(nil), nil)
	f.See("$")
	f.Type("echo my''self; stty size; printf '\\033]0;the %s\\007' title\n")
	f.See("myself\n24 78\n$")
	joiner, watcher := f.join(nil), f.join(map[string]string{"read-only": "true"})
	for _, u := range []*guacuser.User{f.User, joiner, watcher} {
		u.Wait("the title", func() error {
			if got := u.Title(); got != "the title" {
				return fmt.Errorf("it is %q", got)
			}
			return nil
		})
	}
	watcher.Type("echo wat''ched\n")
	watcher.Wait("the picture that the owner sees", func() error {
		if !bytes.Equal(watcher.Screen().Pix, f.Screen().Pix) {
			return errors.New("it is another one")
		}
		return nil
	})
	joiner.Type("echo joi''ned\n")
	f.See("joined\n$")
	if text := f.Text(); strings.Contains(text, "watched") || strings.Contains(text, "wat''ched") {
		t.Errorf("a user who can only watch has typed:\n%s", text)
	}
}

func TestModifierStaysDownWhenAnotherUserLeaves(t *testing.T) {
	f := open(t, shell(nil), nil)
	f.Type("cat\n")
	joiner := f.join(nil)
	for _, u := range []*guacuser.User{f.User, joiner} {
		u.Send(guac.OpKey, strconv.Itoa(keysym.ControlL), "1")
	}
	joiner.Leave()
	deadline := time.Now().Add(guacuser.Timeout)
	for !strings.Contains(f.daemon.Log(), `msg="user left"`) {
		if time.Now().After(deadline) {
			t.Fatal("the joiner does not leave")
		}
		time.Sleep(time.Millisecond) // a poll, bounded by the deadline
	}
	f.Key('g')
	f.See("^G")
}

func TestHostGetsTheSizeOfTheOwner(t *testing.T) {
	f := open(t, shell(nil), nil)
	joiner := f.join(nil)
	joiner.Resize(300, 200) // without effect while the owner is here
	f.Resize(420, 200)
	f.Type("clear; until stty size | grep '10 4''0'; do sleep 0.05; done\n")
	f.See("10 40")
	f.Leave()
	joiner.Type("clear; until stty size | grep '12 3''0'; do sleep 0.05; done\n")
	joiner.SeeAfter("12 30", func() { joiner.Resize(320, 240) }) // the owner may not have left yet
}

func TestClipboardOfATerminal(t *testing.T) {
	// Features: COM-04, TERM-14, TERM-15
	f := open(t, shell(nil), nil)
	f.See("$") // which is a copy
	f.SeeAfter("pasted text", func() {
		// It is there once the stream has been read, which nobody tells.
		if got := f.UploadText("pasted text", guac.OpClipboard, "text/plain"); got != guac.Success {
			t.Fatalf("clipboard: %v", got)
		}
		f.Mouse(5, 5, 2)
		f.Mouse(5, 5, 0)
	})
	if got := f.UploadText("x", guac.OpClipboard, "image/png"); got != guac.ClientBadType {
		t.Errorf("a picture as clipboard: %v, want CLIENT_BAD_TYPE", got)
	}
}

func TestClipboardCanBeDisabled(t *testing.T) {
	// Features: COM-04
	f := open(t, shell(nil), map[string]string{"disable-copy": "true", "disable-paste": "true"})
	f.Type("printf '\\033]52;c;aGk=\\007\\033]0;printed\\007'\n")
	f.Wait("the title after the host's copy", func() error {
		if f.Title() != "printed" {
			return errors.New("not yet")
		}
		return nil
	})
	f.SelectAll()
	if got := f.UploadText("x", guac.OpClipboard, "text/plain"); got != guac.ClientForbidden {
		t.Errorf("paste: %v, want CLIENT_FORBIDDEN", got)
	}
	f.Type("exit\n")
	f.wantEnd(guac.Success, "")
	if err := f.NoCopy(); err != nil { // which would have come before the end
		t.Error(err)
	}
}

func TestPipesBothWays(t *testing.T) {
	// Features: COM-11, TERM-20, TERM-22
	f := open(t, shell(nil), nil)
	f.Type("printf '\\033]482202;out\\007for the pipe\\033]482203;\\007'\n")
	if got := f.Receive(guac.OpPipe, "out"); string(got.Data) != "for the pipe" {
		t.Errorf("pipe has %q", got.Data)
	}
	if got := f.UploadText("echo from a pi''pe\r", guac.OpPipe, "text/plain", "STDIN"); got != guac.Success {
		t.Errorf("STDIN: %v", got)
	}
	f.See("from a pipe\n$")
	if got := f.UploadText("", guac.OpPipe, "text/plain", "OTHER"); got != guac.Unsupported {
		t.Errorf("another pipe: %v, want UNSUPPORTED", got)
	}
	if got := f.UploadText("", guac.OpFile, "text/plain", "x"); got != guac.Unsupported {
		t.Errorf("a file, without file transfer: %v, want UNSUPPORTED", got)
	}
}

func TestSettingsChangeForAllUsers(t *testing.T) {
	// Features: COM-07, TERM-09, TERM-10
	f := open(t, shell(nil), map[string]string{"color-scheme": "green-black"})
	joiner := f.join(nil)
	for _, u := range []*guacuser.User{f.User, joiner} {
		for name, value := range map[string]string{argColorScheme: "green-black", argFontName: "monospace", argFontSize: "12"} {
			u.WaitArgv(name, value)
		}
	}
	for name, value := range map[string]string{argColorScheme: "background: navy", argFontSize: "24"} {
		if got := joiner.UploadText(value, guac.OpArgv, "text/plain", name); got != guac.Success {
			t.Errorf("%s: %v", name, got)
		}
		f.WaitArgv(name, value)
	}
	f.Type("clear; until stty size | grep '12 4''1'; do sleep 0.05; done\n")
	f.See("12 41")
	for _, name := range []string{"hostname", "password"} {
		if got := f.UploadText("x", guac.OpArgv, "text/plain", name); got != guac.ClientForbidden {
			t.Errorf("%s: %v, want CLIENT_FORBIDDEN", name, got)
		}
	}
	long := "color1: red;" + strings.Repeat(" ", 2*maxArgv)
	if got := f.UploadText(long, guac.OpArgv, "text/plain", argColorScheme); got != guac.ClientOverrun {
		t.Errorf("long value: %v, want CLIENT_OVERRUN", got)
	}
}

func TestUserIsAsked(t *testing.T) {
	f := open(t, shell(nil), map[string]string{"question": "Colour: "})
	f.See("Colour:")
	f.Type("red\n")
	f.See("$")
	f.Type("echo it is $ANSWER\n")
	f.See("it is red")

	f = open(t, shell(nil), map[string]string{"question": "Colour: "})
	f.See("Colour:")
	f.KeyEvent(keysym.ControlL, true)
	f.Type("c")
	f.wantEnd(guac.ClientUnauthorized, "shell: the login was canceled")
}

func TestParametersWithoutEffectAreNamedInTheLog(t *testing.T) {
	f := open(t, shell(nil), map[string]string{"typescript-path": "/srv"})
	f.See("$")
	if log := f.daemon.Log(); !strings.Contains(log, `msg="parameter has no effect"`) || !strings.Contains(log, "parameter=typescript-path") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

func TestEndOfTheHost(t *testing.T) {
	f := open(t, shell(nil), nil)
	f.Type("echo the last wo''rds; exit\n")
	f.wantEnd(guac.Success, "")

	for _, tc := range []struct {
		err   error
		want  guac.Status
		words string
	}{
		{errors.New("reset by peer"), guac.UpstreamError, "broken: the connection to the host broke"},
		{guac.Errorf(guac.ClientUnauthorized, "broken: wrong password"), guac.ClientUnauthorized, "wrong password"},
	} {
		f := open(t, engine.Protocol{Name: "broken", Params: shell(nil).Params, Run: func(ctx context.Context, cfg engine.Config) error {
			return Run(ctx, Config{Config: cfg}, func(ctx context.Context, c *Console) error {
				return c.Serve(ctx, newSpeaker("some words", tc.err))
			})
		}}, nil)
		f.wantEnd(tc.want, tc.words)
	}
}

func TestHostIsClosedWhenTheUsersHaveLeft(t *testing.T) {
	closed := make(chan struct{})
	f := open(t, engine.Protocol{Name: "speaker", Params: shell(nil).Params, Run: func(ctx context.Context, cfg engine.Config) error {
		return Run(ctx, Config{Config: cfg}, func(ctx context.Context, c *Console) error {
			host := newSpeaker("some words", nil)
			defer func() {
				<-host.closed
				close(closed)
			}()
			return c.Serve(ctx, host)
		})
	}}, nil)
	f.See("some words")
	f.Leave()
	select {
	case <-closed:
	case <-time.After(guacuser.Timeout):
		t.Error("the host is still open")
	}
}

// speaker is a host that says something and then breaks, or is silent if there is no error.
type speaker struct {
	io.Reader
	closed chan struct{}
	close  func()
}

func newSpeaker(text string, err error) *speaker {
	s := &speaker{closed: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	s.Reader = io.MultiReader(strings.NewReader(text), readerFunc(func([]byte) (int, error) {
		if err != nil {
			return 0, err
		}
		<-s.closed
		return 0, io.EOF
	}))
	return s
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (s *speaker) Write(p []byte) (int, error) { return len(p), nil }

func (s *speaker) Resize(Size) error { return nil }

func (s *speaker) Close() error {
	s.close()
	return nil
}

// transcript is an observer, which does nothing before begin is closed.
type transcript struct {
	begin chan struct{}
	mu    sync.Mutex
	text  bytes.Buffer
	times []time.Time
	lost  int
}

func (o *transcript) Output(at time.Time, p []byte) {
	<-o.begin
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	o.times = append(o.times, at)
}

func (o *transcript) Lost(_ time.Time, n int) {
	<-o.begin
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lost += n
}

func TestObserverGetsWhatTheHostWrites(t *testing.T) {
	o := &transcript{begin: make(chan struct{})}
	close(o.begin)
	f := open(t, shell(o), nil)
	f.Type("printf '\\033[31mred\\n'; exit\n")
	f.wantEnd(guac.Success, "")
	o.mu.Lock()
	defer o.mu.Unlock()
	if got := o.text.String(); !strings.Contains(got, "\x1b[31mred\r\n") || o.lost != 0 {
		t.Errorf("observed %q, %d bytes lost", got, o.lost)
	}
	for i := 1; i < len(o.times); i++ {
		if o.times[i].Before(o.times[i-1]) {
			t.Errorf("piece %d is older than the one before", i)
		}
	}
}

func TestObserverThatDoesNothingHoldsUpNobody(t *testing.T) {
	o := &transcript{begin: make(chan struct{})}
	const size = 3 * maxObserved
	f := open(t, engine.Protocol{Name: "flood", Params: shell(nil).Params, Run: func(ctx context.Context, cfg engine.Config) error {
		return Run(ctx, Config{Config: cfg, Observer: o}, func(ctx context.Context, c *Console) error {
			return c.Serve(ctx, newSpeaker(strings.Repeat("a line of a flood\r\n", size/19)+"the end", nil))
		})
	}}, nil)
	f.See("the end")
	close(o.begin)
	f.Leave()
	deadline := time.Now().Add(guacuser.Timeout)
	for got := 0; got != size/19*19+len("the end"); {
		o.mu.Lock()
		got = o.text.Len() + o.lost
		lost, kept := o.lost, o.text.Len()
		o.mu.Unlock()
		if kept > maxObserved+bufferSize {
			t.Fatalf("%d bytes were kept for the observer, more than %d", kept, maxObserved)
		}
		if time.Now().After(deadline) {
			t.Fatalf("the observer got %d bytes and knows of %d that were lost", kept, lost)
		}
		time.Sleep(time.Millisecond) // a poll, bounded by the deadline
	}
}
