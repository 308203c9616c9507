// SPDX-License-Identifier: Apache-2.0

//go:build browser

package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/test/jar"
	"github.com/palta-gateway/palta/test/servers"
)

// timeout bounds one spec.
const timeout = 6 * time.Minute

// run starts a gateway, an SSH server and a VNC server, and runs a spec against them.
func run(t *testing.T, spec string, gatewayArgs ...string) {
	t.Helper()
	p := servers.StartPalta(t, gatewayArgs...)
	runAt(t, spec, p.URL, p.SetupLink)
}

// runAt does so with a gateway that runs already.
func runAt(t *testing.T, spec, gateway, setupLink string) {
	t.Helper()
	s := servers.StartSSHD(t)
	v := servers.StartTigerVNC(t, servers.VNCOptions{})
	env := append(os.Environ(),
		"PALTA_URL="+gateway, "PALTA_SETUP_LINK="+setupLink,
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

func TestEditors(t *testing.T) { run(t, "editors") }

// TestAnchors goes through the classes and ids that themes select.
func TestAnchors(t *testing.T) { run(t, "anchors") }

// TestAxe looks at each screen with axe.
func TestAxe(t *testing.T) { run(t, "axe") }

func TestJourneyInFirefox(t *testing.T) { run(t, "firefox") }

// TestUpstreamsClient has guacamole-common-js open both kinds of connection through both tunnels.
func TestUpstreamsClient(t *testing.T) { run(t, "interop") }

// TestRemoteGuacd is the same with the sessions in a daemon of their own.
func TestRemoteGuacd(t *testing.T) {
	// Features: DEP-08
	g := servers.StartGuacd(t)
	run(t, "interop", "--guacd-hostname", "127.0.0.1", "--guacd-port", strconv.Itoa(g.Port))
	if !strings.Contains(g.Output(), "protocol=vnc") {
		t.Errorf("the daemon has run no VNC session:\n%s", g.Output())
	}
}

// TestWithoutProcesses has the engines in the gateway's process.
func TestWithoutProcesses(t *testing.T) { run(t, "interop", "--isolation", "none") }

// TestExtensions has a theme that changes the pages of the web client, beside an archive that must not be used.
func TestExtensions(t *testing.T) {
	home := t.TempDir()
	jar.Install(t, home, "theme.jar", jar.OfFolder(t, filepath.Join("testdata", "theme")))
	jar.Install(t, home, "hostile.jar", jar.Of(t, map[string]string{
		"guac-manifest.json": `{"guacamoleVersion": "*", "name": "Hostile", "namespace": "hostile", "css": ["../../hostile.css"]}`,
		"../../hostile.css":  "body { display: none }",
	}))
	p := servers.StartPalta(t, "--guacamole-home", home)
	runAt(t, "extensions", p.URL, p.SetupLink)
	for _, want := range []string{
		`msg="extension was loaded" name="Test theme" namespace=test-theme archive=theme.jar`,
		`msg="extension was not loaded" error="extension: hostile.jar: `,
	} {
		if !strings.Contains(p.Output(), want) {
			t.Errorf("the log has no line with %s:\n%s", want, p.Output())
		}
	}
}
