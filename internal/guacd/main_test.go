// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
)

// workerVariable makes the test binary a worker.
const workerVariable = "PALTA_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		os.Exit(worker.Main(registry, os.Stderr))
	}
	code := m.Run()
	left := goroutines()
	for range 100 { // what is just ending
		if len(left) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
		left = goroutines()
	}
	if len(left) > 0 && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n%s\n", strings.Join(left, "\n\n"))
		code = 1
	}
	os.Exit(code)
}

// goroutines returns the stacks of this project's goroutines, that of TestMain excepted.
func goroutines() []string {
	buf := make([]byte, 1<<20)
	all := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	return slices.DeleteFunc(all, func(stack string) bool {
		return !strings.Contains(stack, "palta/internal") || strings.Contains(stack, "TestMain")
	})
}

// registry has the engines of the tests.
var registry = engine.Registry{
	"echo":  {Name: "echo", Params: params, Run: runEcho},
	"panic": {Name: "panic", Params: params, Run: func(context.Context, engine.Config) error { panic("bug in the engine") }},
	"hang":  {Name: "hang", Params: params, Run: runHang},
	"reach": {Name: "reach", Params: reachParams, AcceptPort: acceptPort, Run: runEcho},
}

var params = []engine.Param{
	{Name: "hostname", Host: true}, engine.Port("port", "22", "Port."), engine.ReadOnly,
}

// reachParams are those of an engine that uses all of its Dialer: listen has it wait on port,
// and other is the address of a host that its own host is said to have named.
var reachParams = slices.Concat(params, []engine.Param{engine.Flag("listen", "Wait."), {Name: "other"}}, engine.WakeOnLAN, engine.Recording)

func acceptPort(v engine.Values) int {
	if v.Bool("listen") {
		return v.Int("port")
	}
	return 0
}

// echo is an engine that does what keys tell it.
type echo struct {
	cfg  engine.Config
	ctx  context.Context
	ends chan error
}

func runEcho(ctx context.Context, cfg engine.Config) error {
	e := &echo{cfg: cfg, ctx: ctx, ends: make(chan error, 1)}
	cfg.Session.SetHandler(e)
	select {
	case err := <-e.ends:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// UserJoined shows the process and the address.
func (e *echo) UserJoined(u *session.User) error {
	say(u, fmt.Sprintf("process %d", os.Getpid()))
	return nil
}

func (e *echo) UserLeft(*session.User) {}

func say(u *session.User, text string) { _ = u.Send(guac.Append(nil, guac.OpName, text)) }

func (e *echo) Key(u *session.User, keysym uint32, _ bool) {
	switch keysym {
	case 'a':
		e.cfg.Session.Broadcast(guac.Append(nil, guac.OpName, "key a of "+u.Info().Name))
	case 'd', 'f':
		go e.dial(u, keysym == 'f')
	case 'n':
		go e.connect(u, func(ctx context.Context) (net.Conn, error) {
			return e.cfg.Dialer.DialNamed(ctx, "tcp", e.cfg.Params.String("other"))
		})
	case 'r':
		go e.connect(u, func(ctx context.Context) (net.Conn, error) {
			return e.cfg.Dialer.Accept(ctx, e.cfg.Params.Int("port"))
		})
	case 'o':
		go e.create(u)
	case 'w':
		go e.connect(u, func(ctx context.Context) (net.Conn, error) {
			return engine.ConnectAwake(ctx, e.cfg, func(context.Context) (net.Conn, error) {
				return nil, guac.Errorf(guac.UpstreamNotFound, "echo: nothing more to do")
			})
		})
	case 'e':
		e.ends <- guac.Errorf(guac.UpstreamUnavailable, "echo: asked to fail")
	case 'g':
		go panic("bug in a goroutine of the engine")
	case 'l':
		e.cfg.Logger.Warn("asked to log", "number", 7)
	case 'p':
		panic("bug in a handler of the engine")
	case 's':
		_, listenErr := net.Listen("tcp", "127.0.0.1:0")
		_, dialErr := net.Dial("udp", "127.0.0.1:9")
		execErr := exec.Command("/bin/true").Run()
		say(u, fmt.Sprint(errors.Is(listenErr, syscall.EPERM), errors.Is(dialErr, syscall.EPERM), errors.Is(execErr, syscall.EPERM)))
	case 'x':
		e.ends <- nil
	case 'v':
		say(u, os.Getenv("PALTA_TEST_SECRET"))
	}
}

// create writes to the file of the connection's recording, and says what became of that and
// of other files.
func (e *echo) create(u *session.User) {
	file, _ := engine.RecordingFile(e.cfg.Params)
	other := file
	other.Name = "other"
	_, errOther := e.cfg.Files.Create(e.ctx, other)
	own, errOwn := e.cfg.Files.Create(e.ctx, file)
	if errOwn == nil {
		_, _ = io.WriteString(own, "of the worker")
		_ = own.Close()
	}
	_, errAgain := e.cfg.Files.Create(e.ctx, file)
	say(u, fmt.Sprintf("other %v, own %v, again %v", guac.StatusOf(errOther), guac.StatusOf(errOwn), guac.StatusOf(errAgain)))
}

// dial connects to the connection's own host, or to one that is not.
func (e *echo) dial(u *session.User, foreign bool) {
	host := e.cfg.Params.String("hostname")
	if foreign {
		host = "169.254.169.254"
	}
	e.connect(u, func(ctx context.Context) (net.Conn, error) {
		return e.cfg.Dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, e.cfg.Params.String("port")))
	})
}

// connect says what the remote host says, or why it cannot.
func (e *echo) connect(u *session.User, open func(context.Context) (net.Conn, error)) {
	ctx, cancel := context.WithTimeout(e.ctx, 2*time.Second)
	defer cancel()
	conn, err := open(ctx)
	if err != nil {
		var known *guac.Error
		say(u, fmt.Sprintf("dial: %v, known %v", guac.StatusOf(err), errors.As(err, &known)))
		return
	}
	defer conn.Close()
	text, err := io.ReadAll(conn)
	say(u, fmt.Sprintf("remote %q %v", text, err))
}

// runHang does not care about its context for a long time.
func runHang(_ context.Context, cfg engine.Config) error {
	cfg.Session.SetHandler(&echo{cfg: cfg, ends: make(chan error, 1)})
	time.Sleep(hangTime)
	return nil
}

const hangTime = 6500 * time.Millisecond
