// SPDX-License-Identifier: Apache-2.0

//go:build browser

// Package browser has whole journeys in real browsers against a gateway and real hosts. The
// steps are in web/e2e; this package starts what they need.
package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/palta-gateway/palta/test/servers"
)

// timeout bounds one spec.
const timeout = 6 * time.Minute

// run starts a gateway, an SSH server and a VNC server, and runs a spec against them.
func run(t *testing.T, spec string, gatewayArgs ...string) {
	t.Helper()
	s := servers.StartSSHD(t)
	v := servers.StartTigerVNC(t, servers.VNCOptions{})
	p := servers.StartPalta(t, gatewayArgs...)
	env := append(os.Environ(),
		"PALTA_URL="+p.URL, "PALTA_SETUP_LINK="+p.SetupLink,
		"SSH_PORT="+strconv.Itoa(s.Port), "SSH_USERNAME="+s.Login.Name, "SSH_PASSWORD="+s.Login.Password, "SSH_HOME="+s.Login.Home,
		"VNC_PORT="+strconv.Itoa(v.Port), "VNC_PASSWORD="+v.Password, "VNC_DISPLAY="+string(v.Display),
	)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npx", "vitest", "run", spec)
	cmd.Dir = filepath.Join("..", "..", "web", "e2e")
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	t.Logf("%s", regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAll(out, nil))
	if err != nil {
		t.Fatal(errors.Join(err, ctx.Err()))
	}
}

func TestJourney(t *testing.T) { run(t, "journey") }

// TestJourneyWithoutIsolation runs it with the engines in the gateway's process.
func TestInteroperability(t *testing.T) { run(t, "interop") }

func TestFirefox(t *testing.T) { run(t, "firefox") }
