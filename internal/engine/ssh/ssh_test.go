// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

func TestParametersAreUpstreams(t *testing.T) {
	want := strings.Fields(`hostname host-key port timeout username password font-name font-size enable-sftp
		sftp-root-directory sftp-disable-download sftp-disable-upload private-key passphrase public-key color-scheme command
		typescript-path typescript-name create-typescript-path typescript-write-existing recording-path recording-name
		recording-exclude-output recording-exclude-mouse recording-include-keys recording-include-clipboard
		create-recording-path recording-write-existing read-only server-alive-interval backspace func-keys-and-keypad
		terminal-type scrollback locale timezone clipboard-buffer-size disable-copy disable-paste wol-send-packet
		wol-mac-addr wol-broadcast-addr wol-udp-port wol-wait-time`)
	p := Protocol(Options{})
	if d := cmp.Diff(want, p.Names()); d != "" {
		t.Errorf("args (-want +got):\n%s", d)
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
}

func TestShellWithPassword(t *testing.T) {
	// Features: SSH-01, SSH-05, SSH-10, SSH-11, SSH-19
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"locale": "de_AT.UTF-8"}))
	f.See("ready$")
	f.See("term=xterm-256color size=78x24 LANG=de_AT.UTF-8 TZ=Europe/Vienna")
	f.Type("hallö\n")
	f.See(`got "hallö"`)
	f.Type("exit\n")
	f.wantNormalEnd()
}

func TestCommandInsteadOfShell(t *testing.T) {
	// Features: SSH-09
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"command": "uptime -p", "timezone": "UTC"}))
	f.See("TZ=UTC cmd=uptime -p")
}

func TestOutputOfACommandThatEndsAtOnceIsSeen(t *testing.T) {
	s := newServer(t)
	s.shell = func(s *serverSession) int {
		for i := range 100 { // more frames than the pace allows
			fmt.Fprintf(s, "\x1b[48;2;10;%d;30m\x1b[2J", 100+i)
		}
		return 0
	}
	f := start(t, Options{}, s.params(map[string]string{"command": "paint"}))
	f.wantNormalEnd()
	got, want := f.Screen().RGBAAt(testWidth/2, testHeight/2), color.RGBA{10, 199, 30, 0xFF}
	if got != want {
		t.Errorf("the middle of the screen is %v at the end, want %v", got, want)
	}
}

func TestEndWithoutExitStatus(t *testing.T) {
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.See("ready$")
	f.Type("leave\n")
	f.wantNormalEnd()
}

func TestConnectionLost(t *testing.T) {
	// Features: SSH-19
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.See("ready$")
	f.Type("drop\n")
	wantStatus(t, f.WaitEnd(), guac.UpstreamError, "closed the connection")
}

func TestResizeReachesServer(t *testing.T) {
	// Features: SSH-11
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.See("ready$")
	f.Resize(420, 200)
	f.Type("size\n")
	f.See("now 40x10")
}

func TestPromptsForNameAndPassword(t *testing.T) {
	// Features: SSH-07
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"username": "", "password": ""}))
	f.See("Login as:")
	f.Type("uxx")
	f.Key(keysym.BackSpace)
	f.Key(keysym.BackSpace)
	f.Type("ser\n")
	f.See("Login as: user\nPassword:")
	f.Type("wrong\n")
	f.See("Permission denied, please try again.\nPassword:")
	f.Type("secret\n")
	f.See("ready$")
	if text := f.Text(); strings.Contains(text, "wrong") || strings.Contains(text, "secret") {
		t.Errorf("the screen shows a password:\n%s", text)
	}
}

func TestThreeWrongPasswordsEndIt(t *testing.T) {
	// Features: SSH-05, SSH-07
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"password": ""}))
	for i := range 3 {
		f.See(strings.Repeat("Password:\nPermission denied, please try again.\n", i) + "Password:")
		f.Type("wrong\n")
	}
	wantStatus(t, f.WaitEnd(), guac.ClientUnauthorized, "refused")
}

func TestCanceledPrompt(t *testing.T) {
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"password": ""}))
	f.See("Password:")
	f.KeyEvent(keysym.ControlL, true)
	f.Type("c")
	wantStatus(t, f.WaitEnd(), guac.ClientUnauthorized, "canceled")
}

func TestWrongPasswordParameter(t *testing.T) {
	// Features: SSH-05
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"password": "wrong"}))
	wantStatus(t, f.WaitEnd(), guac.ClientUnauthorized, "refused the user name or the password")
}

func TestNoneAuthentication(t *testing.T) {
	// Features: SSH-03
	s := newServer(t)
	s.config.NoClientAuth = true
	f := start(t, Options{}, s.params(map[string]string{"password": ""}))
	f.See("ready$")
}

func TestPublicKey(t *testing.T) {
	// Features: SSH-04
	signer, key := newSigner(t)
	accept := func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
		if string(k.Marshal()) == string(signer.PublicKey().Marshal()) {
			return nil, nil
		}
		return nil, errors.New("unknown key")
	}
	plain, encrypted := privateKeyText(t, key, ""), privateKeyText(t, key, "open")
	_, other := newSigner(t)
	for _, c := range []struct {
		name   string
		params map[string]string
		dialog func(f *fixture)
		status guac.Status
		words  string
	}{
		{name: "plain", params: map[string]string{"private-key": plain}},
		{name: "passphrase", params: map[string]string{"private-key": encrypted, "passphrase": "open"}},
		{name: "asked", params: map[string]string{"private-key": encrypted}, dialog: func(f *fixture) {
			f.See("Key passphrase:")
			f.Type("shut\n")
			f.See("Wrong passphrase")
			f.Type("open\n")
		}},
		{
			name: "wrong passphrase", params: map[string]string{"private-key": encrypted, "passphrase": "shut"},
			status: guac.ClientUnauthorized, words: "passphrase",
		},
		{name: "no key", params: map[string]string{"private-key": "hello"}, status: guac.ClientUnauthorized, words: "cannot be read"},
		{
			name: "unknown key", params: map[string]string{"private-key": privateKeyText(t, other, "")},
			status: guac.ClientUnauthorized, words: "refused the private key",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t)
			s.config.PasswordCallback, s.config.PublicKeyCallback = nil, accept
			c.params["password"] = ""
			f := start(t, Options{}, s.params(c.params))
			if c.dialog != nil {
				c.dialog(f)
			}
			if c.status != guac.Success {
				wantStatus(t, f.WaitEnd(), c.status, c.words)
				return
			}
			f.See("ready$")
		})
	}
}

func TestKeyThenPassword(t *testing.T) {
	// Features: SSH-04, SSH-05
	_, key := newSigner(t)
	s := newServer(t)
	s.config.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, errors.New("no") }
	f := start(t, Options{}, s.params(map[string]string{"private-key": privateKeyText(t, key, "")}))
	f.See("ready$")
}

func TestKeyboardInteractive(t *testing.T) {
	// Features: SSH-06, SSH-07
	s := newServer(t)
	s.config.PasswordCallback = nil
	s.config.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		answers, err := ask("", "", []string{"Password: "}, []bool{false})
		if err != nil || answers[0] != "secret" {
			return nil, fmt.Errorf("password: %w", err)
		}
		answers, err = ask("Second factor", "Look at your token.", []string{"Code: ", "Colour: "}, []bool{false, true})
		if err != nil || answers[0] != "123456" || answers[1] != "red" {
			return nil, fmt.Errorf("code: %w", err)
		}
		return nil, nil
	}
	f := start(t, Options{}, s.params(nil))
	f.See("Second factor\nLook at your token.\nCode:")
	f.Type("123456\n")
	f.See("Colour:")
	f.Type("red\n")
	f.See("ready$")
	if text := f.Text(); strings.Contains(text, "123456") || !strings.Contains(text, "Colour: red") {
		t.Errorf("the hidden answer must not show, the other must:\n%s", text)
	}
}

func TestHostKeyParameter(t *testing.T) {
	// Features: SSH-02
	s := newServer(t)
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.hostKey.PublicKey())))
	_, raw, _ := strings.Cut(line, " ")
	other, _ := newSigner(t)
	for _, c := range []struct {
		name, value, words string
		status             guac.Status
	}{
		{name: "type and key", value: line},
		{name: "key alone", value: raw},
		{name: "known_hosts line", value: "example.org,10.0.0.1 " + line},
		{name: "another", value: string(ssh.MarshalAuthorizedKey(other.PublicKey())), status: guac.UpstreamError, words: "is not the expected one"},
		{name: "nonsense", value: "nonsense", status: guac.ServerError, words: "host-key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{}, s.params(map[string]string{"host-key": c.value}))
			if c.status != guac.Success {
				wantStatus(t, f.WaitEnd(), c.status, c.words)
				return
			}
			f.See("ready$")
		})
	}
}

func TestKnownHostsFile(t *testing.T) {
	// Features: SSH-02
	s := newServer(t)
	another, _ := newSigner(t)
	address := s.listener.Addr().String()
	for _, c := range []struct {
		name, line, words string
		status            guac.Status
	}{
		{name: "known", line: knownhosts.Line([]string{address}, s.hostKey.PublicKey())},
		{name: "changed", line: knownhosts.Line([]string{address}, another.PublicKey()), status: guac.UpstreamError, words: "not the one of the known hosts"},
		{name: "unknown", line: knownhosts.Line([]string{"other"}, s.hostKey.PublicKey()), status: guac.UpstreamError, words: "not among the known hosts"},
		{name: "unreadable", line: "@marker nonsense", status: guac.ServerError, words: "known hosts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "known_hosts")
			if err := os.WriteFile(file, []byte(c.line+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			f := start(t, Options{KnownHosts: file}, s.params(nil))
			if c.status != guac.Success {
				wantStatus(t, f.WaitEnd(), c.status, c.words)
				return
			}
			f.See("ready$")
		})
	}
}

func TestHostilePeers(t *testing.T) {
	// Features: SSH-01, SSH-19
	for _, c := range []struct {
		name   string
		peer   func(conn net.Conn)
		status guac.Status
		words  string
	}{
		{"silent", drain, guac.UpstreamTimeout, "did not answer"},
		{"silent after its version", func(conn net.Conn) {
			_, _ = conn.Write([]byte("SSH-2.0-hang\r\n"))
			drain(conn)
		}, guac.UpstreamTimeout, "did not answer"},
		{"closes", func(net.Conn) {}, guac.UpstreamError, ""},
		{"speaks HTTP", func(conn net.Conn) {
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		}, guac.UpstreamError, ""},
		{"garbage without end", func(conn net.Conn) {
			junk := []byte(strings.Repeat("no SSH here\r\n", 1000))
			for {
				if _, err := conn.Write(junk); err != nil {
					return
				}
			}
		}, guac.UpstreamError, ""},
		{"garbage as key exchange", func(conn net.Conn) {
			_, _ = conn.Write([]byte("SSH-2.0-junk\r\n\xff\xff\xff\xff" + strings.Repeat("x", 5000)))
			drain(conn)
		}, guac.UpstreamError, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{}, hostile(t, c.peer))
			begin := time.Now()
			err := f.WaitEnd()
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v with a timeout of a second", took)
			}
			if got := guac.StatusOf(err); got != c.status && (c.status != guac.UpstreamError || got != guac.UpstreamTimeout) {
				t.Errorf("ended with %v (%v), want %v", got, err, c.status)
			}
			if !strings.Contains(err.Error(), c.words) {
				t.Errorf("error %v does not tell %q", err, c.words)
			}
		})
	}
}

func TestServerThatHangsAfterLogin(t *testing.T) {
	s := newServer(t)
	s.hold = func(ssh.NewChannel) {}
	f := start(t, Options{}, s.params(map[string]string{"timeout": "1"}))
	err := f.WaitEnd()
	if got := guac.StatusOf(err); got != guac.UpstreamError && got != guac.UpstreamTimeout {
		t.Errorf("ended with %v (%v)", got, err)
	}
}

func TestRefusedPort(t *testing.T) {
	// Features: SSH-19
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	f := start(t, Options{}, map[string]string{"hostname": "127.0.0.1", "port": port, "username": "user", "password": "x"})
	wantStatus(t, f.WaitEnd(), guac.UpstreamUnavailable, "")
}

// pings is a server that answers the first of so many keep-alives, and no more.
type pings struct {
	mu             sync.Mutex
	sent, answered int
}

func (p *pings) SendRequest(name string, wantReply bool, _ []byte) (bool, []byte, error) {
	if name != "keepalive@openssh.com" || !wantReply {
		return false, nil, errors.New("not a keep-alive")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	if p.sent > p.answered {
		return false, nil, errors.New("closed")
	}
	return false, nil, nil
}

func TestKeepAliveNoticesDeadServer(t *testing.T) {
	// Part of: SSH-12
	synctest.Test(t, func(t *testing.T) {
		server := &pings{answered: 5}
		ctx, cancel := context.WithCancelCause(t.Context())
		begin := time.Now()
		keepAlive(ctx, server, 10*time.Second, cancel)
		synctest.Wait()
		server.mu.Lock()
		defer server.mu.Unlock()
		if got, want := server.sent, 5+maxUnanswered; got != want {
			t.Errorf("sent %d keep-alives, want %d", got, want)
		}
		if got, want := time.Since(begin), 90*time.Second; got != want {
			t.Errorf("lost after %v, want %v", got, want)
		}
		if got := guac.StatusOf(context.Cause(ctx)); got != guac.UpstreamTimeout {
			t.Errorf("status %v, want UPSTREAM_TIMEOUT", got)
		}
	})
}
