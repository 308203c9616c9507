// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func TestSystemLog(t *testing.T) {
	// Features: GCD-10
	socket := filepath.Join(t.TempDir(), "log")
	listener, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_ = listener.SetReadDeadline(time.Now().Add(deadline))
	handler, err := newSyslogHandler(socket, slog.LevelDebug)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(handler).With("session", "$1").WithGroup("user")
	const daemon = 3 << 3
	for _, tc := range []struct {
		level    slog.Level
		severity int
		name     string
	}{{slog.LevelError, 3, "ERROR"}, {slog.LevelWarn, 4, "WARN"}, {slog.LevelInfo, 6, "INFO"}, {slog.LevelDebug, 7, "DEBUG"}} {
		log.Log(t.Context(), tc.level, "user left", "id", "@2")
		b := make([]byte, 1024)
		n, err := listener.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`^<%d>[A-Z][a-z]{2} [ \d]\d [\d:]{8} guacd\[%d\]: level=%s msg="user left" session=\$1 user\.id=@2\n$`,
			daemon|tc.severity, os.Getpid(), tc.name)
		if !regexp.MustCompile(want).Match(b[:n]) {
			t.Errorf("got %q, want it to match %s", b[:n], want)
		}
	}
	log.Log(t.Context(), slog.LevelDebug-4, "below the level")
	log.Info("after it")
	b := make([]byte, 1024)
	if n, err := listener.Read(b); err != nil || !regexp.MustCompile(`msg="after it"`).Match(b[:n]) {
		t.Errorf("got %q, error %v; want the record that is not below the level", b[:n], err)
	}
}
