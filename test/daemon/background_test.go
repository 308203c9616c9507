// SPDX-License-Identifier: Apache-2.0

//go:build integration

package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/palta-gateway/palta/test/servers"
)

// TestCalledGuacdItRunsInTheBackground starts the daemon as upstream's service scripts do.
func TestCalledGuacdItRunsInTheBackground(t *testing.T) {
	// Features: GCD-05, GCD-11
	dir := t.TempDir()
	guacd, pidFile := filepath.Join(dir, "guacd"), filepath.Join(dir, "guacd.pid")
	if err := os.Symlink(servers.Binary(t), guacd); err != nil {
		t.Fatal(err)
	}
	port := servers.FreePort(t)
	args := []string{"-b", "127.0.0.1", "-l", strconv.Itoa(port), "-p", pidFile}
	servers.Command(t, nil, guacd, args...)

	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatalf("when guacd returns, there should be its file: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if session, err := unix.Getsid(pid); err != nil || session != pid {
		t.Errorf("the daemon's session is %d, error %v; want its own, %d", session, err, pid)
	}
	for std := range 3 {
		if target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, std)); target != os.DevNull {
			t.Errorf("descriptor %d of the daemon is %s, error %v; want %s", std, target, err, os.DevNull)
		}
	}
	if err := servers.Listening(servers.Address(port))(t.Context()); err != nil {
		t.Errorf("when guacd returns, the daemon should listen: %v", err)
	}

	second := exec.CommandContext(t.Context(), guacd, args...)
	var stderr bytes.Buffer
	second.Stderr = &stderr
	var failed *exec.ExitError
	if err := second.Run(); !errors.As(err, &failed) || !strings.Contains(stderr.String(), "-l PORT") {
		t.Errorf("a second daemon on the port ended with %v and said %q", err, stderr.String())
	}

	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	servers.Eventually(t, "the daemon has ended and its file is gone", func(context.Context) error {
		if _, err := os.Stat(pidFile); !errors.Is(err, fs.ErrNotExist) {
			return errors.New("the file is there")
		}
		if servers.Listening(servers.Address(port))(t.Context()) == nil {
			return errors.New("it listens")
		}
		return nil
	})
}
