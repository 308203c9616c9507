// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

const (
	testWidth  = 800
	testHeight = 480
)

// plainDialer dials without any policy, with the errors that engine.Dialer promises.
type plainDialer struct{ engine.Dialer }

func (plainDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, guac.Errorf(guac.UpstreamUnavailable, "dial: %w", err)
	}
	return conn, nil
}

// fixture is a running connection.
type fixture struct {
	t       *testing.T
	session *session.Session
	owner   *user
	ended   chan struct{}
	err     error // of Run, once ended is closed
}

// start runs a connection with one user, its owner.
func start(t *testing.T, opts Options, params map[string]string) *fixture {
	t.Helper()
	if opts.KnownHosts == "" {
		opts.KnownHosts = t.TempDir() + "/none"
	}
	protocol := Protocol(opts)
	f := &fixture{t: t, session: session.New(session.Config{ID: "$test", Protocol: "ssh"}), ended: make(chan struct{})}
	f.owner = f.join(true, false)
	cfg := engine.Config{
		Session: f.session, Params: engine.ParseMap(protocol.Params, params, nil), Dialer: plainDialer{},
		Owner:  guac.ClientInfo{Width: testWidth, Height: testHeight, DPI: 96, Timezone: "Europe/Vienna"},
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-f.session.Done()
		cancel()
	}()
	go func() {
		f.err = protocol.Run(ctx, cfg)
		f.session.Close(f.err)
		close(f.ended)
	}()
	t.Cleanup(func() {
		f.session.Close(nil)
		select {
		case <-f.ended:
		case <-time.After(patience):
			t.Error("Run did not return after its session had ended")
		}
	})
	return f
}

// wait returns how Run ended.
func (f *fixture) wait() error {
	f.t.Helper()
	select {
	case <-f.ended:
		return f.err
	case <-time.After(patience):
		f.t.Fatalf("the connection did not end; the screen shows:\n%s", f.owner.screen())
		return nil
	}
}

// join adds a user.
func (f *fixture) join(owner, readOnly bool) *user {
	f.t.Helper()
	ours, theirs := net.Pipe()
	u := &user{
		t: f.t, conn: ours, changed: make(chan struct{}), streams: map[int]*stream{}, acks: map[int][]guac.Status{},
		argv: map[string]string{}, objects: map[int]string{}, canvas: canvas.New(canvas.Config{}),
	}
	go u.read()
	go func() {
		_ = f.session.Serve(context.Background(), theirs, session.UserConfig{
			ID: "@user", Owner: owner, ReadOnly: readOnly,
			Info: guac.ClientInfo{Version: guac.LatestVersion, Width: testWidth, Height: testHeight, DPI: 96, Image: []string{"image/png"}},
		})
	}()
	f.t.Cleanup(func() { _ = ours.Close() })
	return u
}

// stream is what the user has got by one stream.
type stream struct {
	opcode, mimetype, name string
	data                   []byte
	ended                  bool
}

// user is a browser: it answers frames and streams, and keeps what it is told.
type user struct {
	t    *testing.T
	conn net.Conn

	write sync.Mutex

	mu        sync.Mutex // guards all below
	changed   chan struct{}
	streams   map[int]*stream
	finished  []*stream
	acks      map[int][]guac.Status
	argv      map[string]string
	objects   map[int]string
	clipboard string
	copies    int
	title     string
	status    guac.Status // of error
	message   string
	gone      bool // disconnect or error came
	canvas    *canvas.Canvas
}

func (u *user) send(b []byte) {
	u.write.Lock()
	defer u.write.Unlock()
	_, _ = u.conn.Write(b)
}

func (u *user) read() {
	r := guac.NewReader(u.conn, guac.HandshakeLimits)
	for {
		ins, err := r.Next()
		if err != nil {
			return
		}
		u.mu.Lock()
		answer := u.take(ins)
		close(u.changed)
		u.changed = make(chan struct{})
		u.mu.Unlock()
		if answer != nil {
			go u.send(answer) // a pipe has no buffer: the session may be writing to us meanwhile
		}
	}
}

func (u *user) take(ins *guac.Instruction) (answer []byte) {
	index, _ := ins.Int(0)
	if err := u.canvas.Apply(ins); err != nil {
		u.t.Errorf("the picture: %v", err)
	}
	switch string(ins.Opcode) {
	case guac.OpSync:
		return guac.Append(nil, guac.OpSync, ins.Text(0))
	case guac.OpClipboard, guac.OpFile, guac.OpPipe, guac.OpArgv:
		u.streams[index] = &stream{opcode: string(ins.Opcode), mimetype: ins.Text(1), name: ins.Text(2)}
		return guac.AppendAck(nil, index, "OK", guac.Success)
	case guac.OpBody:
		stream1, _ := ins.Int(1)
		u.streams[stream1] = &stream{opcode: guac.OpBody, mimetype: ins.Text(2), name: ins.Text(3)}
		return guac.AppendAck(nil, stream1, "OK", guac.Success)
	case guac.OpBlob:
		s := u.streams[index]
		if s == nil {
			return nil
		}
		data, _ := base64.StdEncoding.DecodeString(ins.Text(1))
		s.data = append(s.data, data...)
		return guac.AppendAck(nil, index, "OK", guac.Success)
	case guac.OpEnd:
		if s := u.streams[index]; s != nil {
			u.finish(index, s)
		}
	case guac.OpAck:
		u.acks[index] = append(u.acks[index], guac.ParseStatus(ins.Arg(2)))
	case guac.OpFilesystem:
		u.objects[index] = ins.Text(1)
	case guac.OpUndefine:
		delete(u.objects, index)
	case guac.OpName:
		u.title = ins.Text(0)
	case guac.OpError:
		u.message, u.status, u.gone = ins.Text(0), guac.ParseStatus(ins.Arg(1)), true
	case guac.OpDisconnect:
		u.gone = true
	}
	return nil
}

func (u *user) finish(index int, s *stream) {
	s.ended = true
	delete(u.streams, index)
	u.finished = append(u.finished, s)
	switch s.opcode {
	case guac.OpClipboard:
		u.clipboard = string(s.data)
		u.copies++
	case guac.OpArgv:
		u.argv[s.name] = string(s.data)
	}
}

// until waits until a condition on the user's state holds; it is asked with u.mu held.
func (u *user) until(what string, holds func() bool) {
	u.t.Helper()
	if !u.within(patience, holds) {
		u.t.Fatalf("no %s; the screen shows:\n%s", what, u.screen())
	}
}

func (u *user) within(d time.Duration, holds func() bool) bool {
	timeout := time.After(d)
	for {
		u.mu.Lock()
		ok, changed := holds(), u.changed
		u.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-timeout:
			return false
		}
	}
}

func (u *user) key(key uint32) {
	b := guac.Begin(nil, guac.OpKey).Int(int(key)).Int(1).End()
	u.send(guac.Begin(b, guac.OpKey).Int(int(key)).Int(0).End())
}

// typeText types text; a line feed is Return.
func (u *user) typeText(text string) {
	for _, r := range text {
		u.key(keysym.FromRune(r))
	}
}

func (u *user) mouse(x, y, buttons int) {
	u.send(guac.Begin(nil, guac.OpMouse).Int(x).Int(y).Int(buttons).End())
}

// screen returns the text on the screen, by selecting all of it with the mouse. Shift keeps the selection local where
// a program asked for the mouse.
func (u *user) screen() string {
	u.mu.Lock()
	copies := u.copies
	u.clipboard = ""
	u.mu.Unlock()
	u.send(guac.Begin(nil, guac.OpKey).Int(keysym.ShiftL).Int(1).End())
	u.mouse(1, 1, 0)
	u.mouse(1, 1, 1)
	u.mouse(400, 200, 1)
	u.mouse(testWidth-20, testHeight-1, 1)
	u.mouse(testWidth-20, testHeight-1, 0)
	u.send(guac.Begin(nil, guac.OpKey).Int(keysym.ShiftL).Int(0).End())
	u.within(time.Second/10, func() bool { return u.copies > copies })
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.clipboard
}

// see waits until the screen shows text.
func (u *user) see(text string) {
	u.t.Helper()
	u.seeAfter(text, func() {})
}

// seeAfter repeats an act until the screen shows text.
func (u *user) seeAfter(text string, act func()) {
	u.t.Helper()
	deadline := time.Now().Add(patience)
	var last string
	for time.Now().Before(deadline) {
		act()
		if last = u.screen(); strings.Contains(last, text) {
			return
		}
		u.mu.Lock()
		changed, gone := u.changed, u.gone
		u.mu.Unlock()
		if gone {
			break
		}
		select {
		case <-changed:
		case <-time.After(time.Second / 10):
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.t.Fatalf("the screen does not show %q (error %v %q), but:\n%s", text, u.status, u.message, last)
}

// upload opens a stream with the given instruction (whose first argument is the index) and sends data by it, waiting
// for the acknowledgement of each blob. It returns the first status that is not SUCCESS.
func (u *user) upload(index int, open []byte, data []byte) guac.Status {
	u.t.Helper()
	u.mu.Lock()
	u.acks[index] = nil
	u.mu.Unlock()
	status := func(n int) guac.Status {
		u.until("acknowledgement", func() bool { return len(u.acks[index]) >= n })
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.acks[index][n-1]
	}
	u.send(open)
	if s := status(1); s != guac.Success {
		return s
	}
	sent := 0
	for chunk := range slices.Chunk(data, guac.MaxBlob) {
		u.send(guac.AppendBlobs(nil, index, chunk))
		sent++
		if s := status(sent + 1); s != guac.Success {
			return s
		}
	}
	u.send(guac.AppendEnd(nil, index))
	return guac.Success
}

// received waits for a stream that has ended.
func (u *user) received(opcode, name string) *stream {
	u.t.Helper()
	var found *stream
	u.until(opcode+" "+name, func() bool {
		i := slices.IndexFunc(u.finished, func(s *stream) bool { return s.opcode == opcode && s.name == name })
		if i >= 0 {
			found = u.finished[i]
			u.finished = slices.Delete(u.finished, i, i+1)
		}
		return i >= 0
	})
	return found
}

// object waits for the filesystem object and returns its index.
func (u *user) object() int {
	u.t.Helper()
	index := -1
	u.until("filesystem object", func() bool {
		for i := range u.objects {
			index = i
		}
		return index >= 0
	})
	return index
}

func wantStatus(t *testing.T, err error, want guac.Status, words string) {
	t.Helper()
	if got := guac.StatusOf(err); got != want {
		t.Errorf("ended with %v (%v), want %v", got, err, want)
	}
	var e *guac.Error
	if words != "" && (!errors.As(err, &e) || !strings.Contains(e.Message, words)) {
		t.Errorf("error %v does not tell %q", err, words)
	}
}
