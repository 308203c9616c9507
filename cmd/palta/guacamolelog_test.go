// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

func TestGuacamoleLogLines(t *testing.T) {
	// Features: DEP-10
	var out bytes.Buffer
	logger := slog.New(newGuacamoleHandler(&out, slog.LevelInfo))
	audit := slog.Group("audit", "user", "alice", "provider", "sqlite", "address", "192.0.2.7")
	logger.Info("login", audit)
	logger.Warn("login failed", audit, slog.String("error", "Invalid login"))
	logger.Warn("login failed", slog.Group("audit", "user", "eve\n2026 forged", "address", "192.0.2.8"), slog.String("error", "x"))
	logger.With("session", "$1").Error("worker died", slog.String("stack", "a\nb"), slog.Group("g", "n", 1))
	logger.Debug("not shown")
	want := []string{
		`INFO: User "alice" (authenticated by "sqlite") successfully authenticated from 192.0.2.7`,
		`WARN: Authentication attempt from 192.0.2.7 for user "alice" failed: Invalid login (rejected by "sqlite")`,
		`WARN: Authentication attempt from 192.0.2.8 for user "eve 2026 forged" failed: x`,
		`ERROR: worker died session="$1" stack="a\nb" g.n="1"`,
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), out.String())
	}
	stamp := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d guacamole \[app\] `)
	for i, line := range lines {
		if !stamp.MatchString(line) || stamp.ReplaceAllString(line, "") != want[i] {
			t.Errorf("line %d = %q, want the stamp and %q", i, line, want[i])
		}
	}
}
