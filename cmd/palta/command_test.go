// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// result is what a command printed and returned.
type result struct {
	code           int
	stdout, stderr string
}

// palta runs a command line to its end.
func palta(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr safeBuffer
	code := run(t.Context(), process{
		args: append([]string{"palta"}, args...), environ: []string{"GUACAMOLE_HOME=" + t.TempDir()},
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
	})
	return result{code, stdout.String(), stderr.String()}
}

func TestCommandLine(t *testing.T) {
	data := t.TempDir()
	for _, test := range []struct {
		name   string
		stdin  string
		args   []string
		code   int
		stdout string // must be part of it, likewise stderr
		stderr string
	}{
		{"no arguments show the help", "", nil, 0, "palta serve", ""},
		{"help", "", []string{"--help"}, 0, "user create", ""},
		{"help of a command", "", []string{"serve", "--help"}, 0, "--http-port", ""},
		{"version", "", []string{"version"}, 0, "palta 0.0.0-dev", ""},
		{"unknown command", "", []string{"fly"}, 2, "", `Run "palta --help"`},
		{"help of a group", "", []string{"user", "--help"}, 0, "user password NAME", ""},
		{"near a command", "", []string{"user", "creat", "x"}, 2, "", `no command "user creat"; did you mean "create"?`},
		{"half a command", "", []string{"user"}, 2, "", `"user" wants one of: create, password`},
		{"unknown flag", "", []string{"serve", "--wings"}, 2, "", "--wings"},
		{"near a flag", "", []string{"serve", "--http-prot=80"}, 2, "", `no flag --http-prot; did you mean "--http-port"?`},
		{"one dash", "", []string{"serve", "-listen", ":80"}, 2, "", `no flag -listen; did you mean "--listen"?`},
		{"flag without a value", "", []string{"serve", "--listen", "--http-port=80"}, 2, "", "--listen needs a value: --listen=HOST:PORT"},
		{"flag without a value at the end", "", []string{"serve", "--listen"}, 2, "", "--listen needs a value"},
		{"switch with a word", "", []string{"user", "create", "x", "--admin=perhaps"}, 2, "", `--admin: "perhaps" is neither true nor false`},
		{"setting with a wrong word", "", []string{"serve", "--guacd-ssl=perhaps"}, 1, "", `--guacd-ssl: "perhaps" is neither true nor false`},
		{"no name", "", []string{"user", "create", "--admin"}, 2, "", "NAME is missing"},
		{"secrets are no flags", "", []string{"serve", "--admin-password=x"}, 2, "", "no flag --admin-password"},
		{"bad setting", "", []string{"serve", "--http-port", "wide"}, 1, "", "--http-port"},
		{"bad listen address", "", []string{"serve", "--listen", "a:b:c"}, 1, "", "HOST:PORT"},
		{"bad targets", "", []string{"serve", "--data-dir", data, "--target-allow", "10.0.0.0/99"}, 1, "", "target-allow"},
		{"unusable directory", "", []string{"serve", "--data-dir", "/proc/nowhere"}, 1, "", "--data-directory"},
		{"directory in the place of the database", "", []string{"serve", "--database", data}, 1, "", "is a directory\n--data-directory or --database says where it is."},
		{"create a user", "first secret\n", []string{"user", "create", "--admin", "--data-dir=" + data, "--", "alice"}, 0, `User "alice" was created`, ""},
		{"create the user again", "x\n", []string{"user", "create", "alice", "--data-dir", data}, 1, "", "palta user password alice"},
		{"no password", "", []string{"user", "create", "bob", "--data-dir", data}, 1, "", "Pipe it in"},
		{"set a password", "second secret", []string{"user", "password", "alice", "--data-dir", data}, 0, "was set", ""},
		{"set an unknown user's password", "x\n", []string{"user", "password", "nobody", "--data-dir", data}, 1, "", "palta user create nobody"},
		{"password on the command line", "", []string{"user", "create", "eve", "secret", "--data-dir", data}, 2, "", "unexpected argument"},
		{"guacd help", "", []string{"guacd", "--help"}, 0, "-l PORT", ""},
		{"guacd version", "", []string{"guacd", "-v"}, 0, "guacd", ""},
		{"guacd with a wrong option", "", []string{"guacd", "-x"}, 2, "", "usage: guacd"},
		{"guacd with a bad certificate", "", []string{"guacd", "-C", "/nonexistent"}, 1, "", "certificate"},
	} {
		got := palta(t, test.stdin, test.args...)
		if got.code != test.code || !strings.Contains(got.stdout, test.stdout) || !strings.Contains(got.stderr, test.stderr) {
			t.Errorf("%s: code %d, stdout %q, stderr %q; want code %d, %q, %q", test.name,
				got.code, got.stdout, got.stderr, test.code, test.stdout, test.stderr)
		}
		if strings.Contains(got.stdout+got.stderr, "secret") && test.name != "password on the command line" {
			t.Errorf("%s: a password was printed: %q %q", test.name, got.stdout, got.stderr)
		}
	}
	account := accountOf(t, data, "alice")
	if account != "second secret" {
		t.Errorf("the last password set does not work")
	}
}

// accountOf serves the database and returns which of the passwords of the command line test works.
func accountOf(t *testing.T, data, user string) string {
	t.Helper()
	s := startServe(t, "--data-dir", data)
	defer s.stop()
	for _, password := range []string{"first secret", "second secret"} {
		response, err := http.PostForm(s.base+"api/tokens", url.Values{"username": {user}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return password
		}
	}
	return ""
}

// serving is a running palta serve.
type serving struct {
	t              *testing.T
	base           string
	stdout, stderr *safeBuffer
	cancel         context.CancelFunc
	code           chan int
}

func startServe(t *testing.T, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &serving{t: t, stdout: &safeBuffer{}, stderr: &safeBuffer{}, cancel: cancel, code: make(chan int, 1)}
	ready := make(chan string, 1)
	go func() {
		s.code <- run(ctx, process{
			args:    append([]string{"palta", "serve", "--listen", "127.0.0.1:0"}, args...),
			environ: []string{"GUACAMOLE_HOME=" + t.TempDir()}, stdin: strings.NewReader(""), stdout: s.stdout, stderr: s.stderr,
			executable: os.Args[0], ready: func(address string) { ready <- address },
		})
	}()
	select {
	case address := <-ready:
		s.base = "http://" + address + "/guacamole/"
	case code := <-s.code:
		t.Fatalf("serve ended with %d:\n%s", code, s.stderr)
	case <-time.After(deadline):
		t.Fatal("serve does not listen")
	}
	t.Cleanup(cancel)
	return s
}

// stop ends the gateway as a signal does.
func (s *serving) stop() {
	s.t.Helper()
	s.cancel()
	select {
	case code := <-s.code:
		if code != exitDone {
			s.t.Errorf("serve ended with %d:\n%s", code, s.stderr)
		}
	case <-time.After(deadline):
		s.t.Error("serve does not stop")
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestFirstStartOffersALinkThatWorksOnce(t *testing.T) {
	data := t.TempDir()
	started := time.Now()
	s := startServe(t, "--data-dir", data)
	if status, _ := get(t, s.base); status != http.StatusOK {
		t.Errorf("page = %d, want 200", status)
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("first page after %v", took)
	}
	link := regexp.MustCompile(`http://\S+/guacamole/#/setup\?token=([0-9a-f]+)`).FindStringSubmatch(s.stdout.String())
	if link == nil {
		t.Fatalf("no link in %q", s.stdout)
	}
	if strings.Contains(s.stderr.String(), link[1]) {
		t.Error("the token is in the log")
	}
	if _, body := get(t, s.base+"api/palta/setup"); body != `{"required":true}` {
		t.Errorf("setup = %s, want required", body)
	}
	post := func(token, username string) (int, string) {
		response, err := http.Post(s.base+"api/palta/setup", "application/json",
			strings.NewReader(`{"token":"`+token+`","username":"`+username+`","password":"secret"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	if status, body := post("wrong", "root"); status != http.StatusForbidden {
		t.Errorf("wrong token = %d %s, want 403", status, body)
	}
	if status, body := post(link[1], ""); status != http.StatusBadRequest {
		t.Errorf("no name = %d %s, want 400", status, body)
	}
	if status, body := post(link[1], "root"); status != http.StatusNoContent {
		t.Errorf("right token = %d %s, want 204", status, body)
	}
	if status, body := post(link[1], "second"); status != http.StatusForbidden {
		t.Errorf("token used again = %d %s, want 403", status, body)
	}
	s.stop()

	again := startServe(t, "--data-dir", data)
	defer again.stop()
	if strings.Contains(again.stdout.String(), "setup") {
		t.Errorf("second start offers a link again: %q", again.stdout)
	}
}

func TestSetupLinkLeadsToThePublicURL(t *testing.T) {
	s := startServe(t, "--data-dir", t.TempDir(), "--public-url", "https://desk.example.org/remote")
	defer s.stop()
	if want := "https://desk.example.org/remote/#/setup?token="; !strings.Contains(s.stdout.String(), want) {
		t.Errorf("serve printed %q, want a link that begins with %s", s.stdout, want)
	}
}

func TestServeWithAnAdministratorFromTheEnvironment(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	ready, code := make(chan string, 1), make(chan int, 1)
	go func() {
		code <- run(ctx, process{
			args: []string{"palta", "serve", "--listen", "127.0.0.1:0", "--context-path", "/", "--log-format", "guacamole"},
			environ: []string{
				"GUACAMOLE_HOME=" + t.TempDir(), "PALTA_DATA_DIRECTORY=" + data, "PALTA_ADMIN_USERNAME=root",
				"PALTA_ADMIN_PASSWORD=secret",
			},
			stdout: io.Discard, stderr: io.Discard, executable: os.Args[0], ready: func(address string) { ready <- address },
		})
	}()
	address := <-ready
	response, err := http.PostForm("http://"+address+"/api/tokens", url.Values{"username": {"root"}, "password": {"secret"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("login = %d, want 200", response.StatusCode)
	}
	cancel()
	if got := <-code; got != exitDone {
		t.Errorf("serve ended with %d", got)
	}
}

func TestTakenPortIsExplained(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	got := palta(t, "", "serve", "--data-dir", t.TempDir(), "--listen", listener.Addr().String())
	if got.code != exitFailed || !strings.Contains(got.stderr, "is taken") || !strings.Contains(got.stderr, "--listen") {
		t.Errorf("code %d, stderr %q", got.code, got.stderr)
	}
}

func TestGuacdUnderItsOwnName(t *testing.T) {
	// Features: GCD-05
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pid := filepath.Join(t.TempDir(), "guacd.pid")
	ready, code := make(chan string, 1), make(chan int, 1)
	go func() {
		code <- run(ctx, process{
			args:   []string{"/usr/sbin/guacd", "-f", "-b", "127.0.0.1", "-l", freePort(t), "-p", pid, "-L", "error"},
			stdout: io.Discard, stderr: io.Discard, executable: os.Args[0], ready: func(address string) { ready <- address },
		})
	}()
	conn, err := net.Dial("tcp", <-ready)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(deadline))
	if _, err := io.WriteString(conn, "6.select,3.vnc;"); err != nil {
		t.Fatal(err)
	}
	ins, err := guac.NewReader(conn, guac.HandshakeLimits).Next()
	if err != nil || !ins.Is(guac.OpArgs) || ins.Text(0) != "VERSION_1_5_0" {
		t.Errorf("answer to select = %v, error %v; want args from a worker process", ins, err)
	}
	if _, err := os.Stat(pid); err != nil {
		t.Errorf("no file with the process id: %v", err)
	}
	conn.Close()
	cancel()
	if got := <-code; got != exitDone {
		t.Errorf("guacd ended with %d", got)
	}
	if _, err := os.Stat(pid); err == nil {
		t.Error("the file with the process id is left behind")
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
