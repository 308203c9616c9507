// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// XRDPOptions say how StartXRDP is to be started. The zero value negotiates TLS or standard
// security at level high, and shows its login window.
type XRDPOptions struct {
	// Security is the security layer: "tls", "rdp" or "negotiate", which is the default.
	Security string
	// CryptLevel is the level of standard security: "none", "low", "medium", "high", which is
	// the default, or "fips".
	CryptLevel string
	// Session is a shell script that is run as Login on the X display of a session. Without
	// one there are no sessions, and the login window stays.
	Session string
	// Uncompressed has bitmaps sent as they are.
	Uncompressed bool
	// SessionsOf takes part in the sessions of another xrdp.
	SessionsOf *XRDP
}

// XRDP is a running xrdp, with xrdp-sesman if it has sessions.
type XRDP struct {
	*Process
	Port int
	// Login is who may log in, and Dir a folder that the session may write to, which is
	// $DIR to its script. They are set with a Session only.
	Login Login
	Dir   string

	sesman string // the configuration of xrdp-sesman, empty without sessions
}

// StartXRDP starts xrdp.
func StartXRDP(t testing.TB, o XRDPOptions) *XRDP {
	t.Helper()
	x := &XRDP{Port: FreePort(t)}
	dir := openDir(t)
	makeSocketDir(t)
	if s := o.SessionsOf; s != nil {
		x.Login, x.Dir, x.sesman = s.Login, s.Dir, s.sesman
	}
	if o.Session != "" {
		x.Login, x.Dir = Account(t), filepath.Join(dir, "session")
		startSesman(t, x, dir, o.Session)
	}
	makeCertificate(t, dir)
	t.Cleanup(func() { logFiles(t, dir) })
	path := filepath.Join(dir, "xrdp.ini")
	write(t, path, xrdpConfig(x, dir, o))
	program, args := "/usr/sbin/xrdp", []string{"--nodaemon", "--config", path}
	if x.sesman != "" {
		// It reads where sesman listens from /etc alone: let it see another file there.
		args = append([]string{"-m", "sh", "-c", `mount --bind "$0" /etc/xrdp/sesman.ini && exec "$@"`, x.sesman, program}, args...)
		program = "unshare"
	}
	x.Process = Start(t, "xrdp", nil, program, args...)
	x.WaitFor(t, "accepts connections", Listening(Address(x.Port)))
	return x
}

// logFiles logs what xrdp and its sessions wrote down, if the test has failed.
func logFiles(t testing.TB, dir string) {
	t.Helper()
	if !t.Failed() {
		return
	}
	for _, name := range []string{"xrdp.log", "sesman.log"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			t.Logf("%s:\n%s", name, text)
		}
	}
}

// SessionDisplay waits until a session has run its script up to now, and returns the
// session's display. It may be used without authentication by root.
func (x *XRDP) SessionDisplay(t testing.TB) Display {
	t.Helper()
	var display string
	x.WaitFor(t, "has a session", func(context.Context) error {
		text, err := os.ReadFile(filepath.Join(x.Dir, "display"))
		display, _, _ = strings.Cut(strings.TrimSpace(string(text)), ".") // without the screen
		return err
	})
	return Display(display)
}

// makeSocketDir makes the folder of the sockets between xrdp and its sessions, as the service
// would. Their names have the display's number, so that several xrdp can share it.
func makeSocketDir(t testing.TB) {
	t.Helper()
	const dir = "/run/xrdp/sockdir"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777|os.ModeSticky|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
}

func makeCertificate(t testing.TB, dir string) {
	t.Helper()
	Command(t, nil, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
		"-keyout", filepath.Join(dir, "key.pem"), "-out", filepath.Join(dir, "cert.pem"))
}

func orDefault(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

func xrdpConfig(x *XRDP, dir string, o XRDPOptions) string {
	autorun := ""
	if x.sesman != "" {
		autorun = "Xorg"
	}
	return fmt.Sprintf(`[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:%[1]d
tcp_nodelay=true
security_layer=%[2]s
crypt_level=%[3]s
certificate=%[4]s/cert.pem
key_file=%[4]s/key.pem
ssl_protocols=TLSv1.2, TLSv1.3
autorun=%[5]s
allow_channels=true
bitmap_cache=true
bitmap_compression=%[6]t
bulk_compression=true
max_bpp=32
new_cursors=true
use_fastpath=both
[Logging]
LogFile=%[4]s/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Channels]
rdpdr=true
rdpsnd=true
drdynvc=true
cliprdr=true
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
`, x.Port, orDefault(o.Security, "negotiate"), orDefault(o.CryptLevel, "high"), dir, autorun, !o.Uncompressed)
}

// startSesman starts xrdp's session manager.
func startSesman(t testing.TB, x *XRDP, dir, session string) {
	t.Helper()
	if err := os.Mkdir(x.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(x.Dir, x.Login.UID, x.Login.GID); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "session.sh")
	write(t, script, fmt.Sprintf(`#!/bin/sh
cd %s
DIR=$PWD
xhost +si:localuser:root >/dev/null
printf '%%s\n' "$DISPLAY" >display.new && mv display.new display
%s
`, x.Dir, session))
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	x.sesman = filepath.Join(dir, "sesman.ini")
	port := FreePort(t)
	write(t, x.sesman, fmt.Sprintf(`[Globals]
ListenAddress=127.0.0.1
ListenPort=%d
EnableUserWindowManager=false
DefaultWindowManager=%s
ReconnectScript=/bin/true
[Security]
MaxLoginRetry=4
[Sessions]
X11DisplayOffset=%d
MaxSessions=10
Policy=Default
[Logging]
LogFile=%s/sesman.log
LogLevel=INFO
EnableSyslog=false
[Xorg]
param=/usr/lib/xorg/Xorg
param=-config
param=xrdp/xorg.conf
param=-noreset
param=-nolisten
param=tcp
param=-logfile
param=%s/xorg.log
`, port, script, freeDisplay(t), dir, x.Dir))
	p := Start(t, "xrdp", nil, "/usr/sbin/xrdp-sesman", "--nodaemon", "--config", x.sesman)
	t.Cleanup(func() { stopTree(p.Cmd.Process.Pid) })
	p.WaitFor(t, "accepts connections", func(ctx context.Context) error {
		// To both programs 127.0.0.1 means ::1, where there is one.
		if err := Listening(net.JoinHostPort("::1", strconv.Itoa(port)))(ctx); err != nil {
			return Listening(Address(port))(ctx)
		}
		return nil
	})
}

// stopTree ends what a process has started, whatever groups and sessions that is in, and then
// the process.
func stopTree(pid int) {
	tree := append(descendants(pid), pid)
	for _, p := range tree {
		_ = syscall.Kill(p, syscall.SIGTERM)
	}
	deadline := time.Now().Add(3 * time.Second)
	for _, p := range tree[:len(tree)-1] {
		for running(p) && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if running(p) {
			_ = syscall.Kill(p, syscall.SIGKILL)
		}
	}
}

// descendants returns the processes below one, children first.
func descendants(pid int) []int {
	var all []int
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range threads {
		text, _ := os.ReadFile(path)
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(append(all, descendants(child)...), child)
			}
		}
	}
	return all
}

// running reports a process that has not ended; one that nobody waited for has.
func running(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(state, "Z")
}
