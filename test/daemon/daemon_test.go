// SPDX-License-Identifier: Apache-2.0

//go:build integration

package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/servers"
)

func dial(t *testing.T, g *servers.Guacd) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", servers.Address(g.Port))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func ssh(s *servers.SSHD) guacuser.Config {
	return guacuser.Config{Select: "ssh", Params: map[string]string{
		"hostname": "127.0.0.1", "port": strconv.Itoa(s.Port), "username": s.Login.Name, "password": s.Login.Password,
	}}
}

func vnc(v *servers.TigerVNC) guacuser.Config {
	return guacuser.Config{Select: "vnc", Params: map[string]string{
		"hostname": "127.0.0.1", "port": strconv.Itoa(v.Port), "password": v.Password, "disable-display-resize": "true",
	}}
}

// waitFile waits until a file of the account has the text.
func waitFile(t *testing.T, login servers.Login, name, want string) {
	t.Helper()
	path := filepath.Join(login.Home, name)
	servers.Eventually(t, path, func(context.Context) error {
		got, err := os.ReadFile(path)
		if err == nil && string(got) != want {
			err = fmt.Errorf("it has %q, want %q", got, want)
		}
		return err
	})
	if err := os.Remove(path); err != nil {
		t.Error(err)
	}
}

func allOf(c color.RGBA) func(*image.RGBA) error {
	return func(img *image.RGBA) error {
		if img.Rect.Empty() {
			return errors.New("no picture")
		}
		for i := 0; i < len(img.Pix); i += 4 {
			if !bytes.Equal(img.Pix[i:i+4], []byte{c.R, c.G, c.B, c.A}) {
				return fmt.Errorf("pixel %d is %v, want %v", i/4, img.Pix[i:i+4], c)
			}
		}
		return nil
	}
}

func sameAs(other *guacuser.User) func(*image.RGBA) error {
	return func(img *image.RGBA) error {
		want := other.Screen()
		if img.Rect != want.Rect || !bytes.Equal(img.Pix, want.Pix) {
			return errors.New("the pictures differ")
		}
		return nil
	}
}

func TestClientsOnTCP(t *testing.T) {
	// Features: GCD-02, GCD-03, SSH-01, SSH-05, VNC-01
	// Part of: GCD-01
	s := servers.StartSSHD(t)
	v := servers.StartTigerVNC(t, servers.VNCOptions{Width: 400, Height: 300})
	green := color.RGBA{0x22, 0x88, 0x44, 0xFF}
	v.SetRoot(t, green)
	g := servers.StartGuacd(t)

	terminal := guacuser.Connect(t, dial(t, g), ssh(s))
	terminal.Type("echo typed on TCP > daemon-test\n")
	waitFile(t, s.Login, "daemon-test", "typed on TCP\n")

	desktop := guacuser.Connect(t, dial(t, g), vnc(v))
	desktop.WaitPixels("the desktop's colour", allOf(green))

	joined := guacuser.Connect(t, dial(t, g), guacuser.Config{Select: desktop.ID})
	joined.WaitPixels("the current picture", allOf(green))
	watcher := guacuser.Connect(t, dial(t, g), guacuser.Config{Select: terminal.ID})
	watcher.WaitPixels("the current terminal", sameAs(terminal))
	watcher.Type("echo typed by the second > daemon-test\n")
	waitFile(t, s.Login, "daemon-test", "typed by the second\n")
}

func TestKilledWorkerEndsItsOwnSessionOnly(t *testing.T) {
	// Features: GCD-06
	s := servers.StartSSHD(t)
	g := servers.StartGuacd(t)
	first := guacuser.Connect(t, dial(t, g), ssh(s))
	before := servers.Children(t, g.Cmd.Process.Pid)
	if len(before) != 1 {
		t.Fatalf("workers %v, want one", before)
	}
	second := guacuser.Connect(t, dial(t, g), ssh(s))
	second.Type("echo alive > daemon-second\n")
	waitFile(t, s.Login, "daemon-second", "alive\n")

	if err := syscall.Kill(before[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := first.WaitEnd(); guac.StatusOf(err) != guac.ServerError {
		t.Errorf("session of the killed worker ends with %v, want SERVER_ERROR", err)
	}
	second.Type("echo still alive > daemon-second\n")
	waitFile(t, s.Login, "daemon-second", "still alive\n")
	servers.Eventually(t, "the killed worker is reaped", func(context.Context) error {
		if left := servers.Children(t, g.Cmd.Process.Pid); slices.Contains(left, before[0]) {
			return fmt.Errorf("workers are %v", left)
		}
		return nil
	})
}

func TestWorkersEndWithTheDaemon(t *testing.T) {
	// Features: GCD-11
	s := servers.StartSSHD(t)
	g := servers.StartGuacd(t)
	u := guacuser.Connect(t, dial(t, g), ssh(s))
	workers := servers.Children(t, g.Cmd.Process.Pid)
	if err := g.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = u.WaitEnd()
	select {
	case <-g.Ended():
	case <-time.After(guacuser.Timeout):
		t.Fatalf("the daemon does not end:\n%s", g.Output())
	}
	for _, pid := range workers {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("worker %d outlives the daemon: %v", pid, err)
		}
	}
}

func TestUnknownProtocol(t *testing.T) {
	// Features: GCD-09
	g := servers.StartGuacd(t)
	_, err := guacuser.Try(t, dial(t, g), guacuser.Config{Select: "gopher"})
	if status := guac.StatusOf(err); status == guac.Success || err == nil || strings.Contains(err.Error(), "panic") {
		t.Errorf("handshake ends with %v", err)
	}
}

// TestIdleMemory measures, and prints, what idle connections take; the ceiling is that of
// the issue that built them, with room for noise.
func TestIdleMemory(t *testing.T) {
	s := servers.StartSSHD(t)
	g := servers.StartGuacd(t)
	u := guacuser.Connect(t, dial(t, g), ssh(s))
	u.Type("echo ready > daemon-idle\n")
	waitFile(t, s.Login, "daemon-idle", "ready\n")
	worker := servers.Children(t, g.Cmd.Process.Pid)[0]
	const ceiling = 25 << 10 // KiB
	servers.Eventually(t, "the worker is small", func(context.Context) error {
		pss := servers.PSS(t, worker)
		if pss > ceiling {
			return fmt.Errorf("PSS is %d KiB", pss)
		}
		t.Logf("PSS of an idle SSH connection's worker: %d KiB", pss)
		return nil
	})
}
