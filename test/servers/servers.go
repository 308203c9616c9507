// SPDX-License-Identifier: Apache-2.0

// Package servers starts the real servers that integration tests run against: each on a
// free loopback port, with its own configuration in a temporary directory, stopped at
// the end of the test by its process id. A server that is not installed fails the test
// and names the Debian package.
//
//   - [StartSSHD] is OpenSSH with the account of [Account].
//   - [StartKDC] is MIT Kerberos.
//   - [StartPostgreSQL] is PostgreSQL.
//   - [StartTigerVNC] is an X display with a VNC server; [Display] draws on it and reads it.
//   - [StartXRDP] is xrdp, with sessions of the account of [Account] if they are asked for.
//   - [StartFreeRDPShadow] is an X display with FreeRDP's server.
//   - [StartWeston] is a picture shown by weston's RDP backend.
//   - [StartNginx] and [StartApache] are reverse proxies.
//   - [Start] runs any other program.
package servers

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startTimeout bounds how long a server may take until it answers.
const startTimeout = 20 * time.Second

// Process is a running server.
type Process struct {
	Cmd    *exec.Cmd
	name   string
	output *lockedBuffer
	ended  chan struct{}
	err    error
}

// Start runs a program until the end of the test. The package is the Debian package that has it.
func Start(t testing.TB, debianPackage string, env []string, name string, args ...string) *Process {
	t.Helper()
	return startAs(t, nil, debianPackage, env, name, args...)
}

// startAs is Start as another account, if one is given.
func startAs(t testing.TB, account *syscall.Credential, debianPackage string, env []string, name string, args ...string) *Process {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install %s", name, debianPackage)
	}
	p := &Process{Cmd: exec.Command(path, args...), name: filepath.Base(name), output: new(lockedBuffer), ended: make(chan struct{})}
	p.Cmd.Env = append(os.Environ(), env...)
	p.Cmd.Stdout, p.Cmd.Stderr = p.output, p.output
	// A group of its own, so that what it starts ends with it.
	p.Cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: account}
	p.Cmd.WaitDelay = time.Second
	if err := p.Cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", p.name, err)
	}
	go func() {
		p.err = p.Cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("%s printed:\n%s", p.name, p.Output())
		}
	})
	return p
}

// Stop ends the process and what it started, by its process group.
func (p *Process) Stop() {
	group := -p.Cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-p.ended
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err returns how the process ended; valid once Ended is closed.
func (p *Process) Err() error { return p.err }

// Output returns what the process has printed so far.
func (p *Process) Output() string { return p.output.String() }

// WaitFor waits until ready returns nil, the process ends, or startTimeout has passed.
func (p *Process) WaitFor(t testing.TB, what string, ready func(ctx context.Context) error) {
	t.Helper()
	Eventually(t, fmt.Sprintf("%s: %s", p.name, what), func(ctx context.Context) error {
		select {
		case <-p.ended:
			t.Fatalf("%s ended before %s: %v\n%s", p.name, what, p.err, p.Output())
		default:
		}
		return ready(ctx)
	})
}

// Eventually tries a condition until it holds or startTimeout has passed.
func Eventually(t testing.TB, what string, condition func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := condition(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("gave up waiting for %s: %v", what, err)
		}
	}
}

// Listening is a condition: something accepts connections at address.
func Listening(address string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// FreePort returns a loopback TCP port that nothing listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Address is a port on the loopback interface.
func Address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Command runs a program to its end and returns its output; it must succeed.
func Command(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	return commandAs(t, nil, env, name, args...)
}

// commandAs is Command as another account, if one is given.
func commandAs(t testing.TB, account *syscall.Credential, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// lockedBuffer collects output of a process while tests read it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
