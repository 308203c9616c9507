// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// server is an SSH server within the test, which tells what it was asked and misbehaves on demand.
type server struct {
	t        testing.TB
	listener net.Listener
	config   *ssh.ServerConfig
	hostKey  ssh.Signer

	// shell is the program behind a shell or command: it ends the channel by returning its exit status, negative for none.
	shell func(s *serverSession) int
	// hold, if not nil, is called instead of opening sessions.
	hold func(ssh.NewChannel)

	begin sync.Once // of accept
	work  sync.WaitGroup
	mu    sync.Mutex // guards conns
	conns []net.Conn
}

// serverSession is a session channel of the server.
type serverSession struct {
	ssh.Channel
	env     map[string]string
	pty     ptyRequest
	command string
	sizes   chan windowChange
	conn    ssh.Conn
	net     net.Conn
}

func newSigner(t testing.TB) (ssh.Signer, ed25519.PrivateKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, key
}

// privateKeyText returns a key as OpenSSH writes it, encrypted if there is a passphrase.
func privateKeyText(t *testing.T, key ed25519.PrivateKey, passphrase string) string {
	t.Helper()
	var block *pem.Block
	var err error
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// newServer starts a server that lets "user" in with "secret".
func newServer(t testing.TB) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, listener: l, shell: greet}
	s.hostKey, _ = newSigner(t)
	s.config = &ssh.ServerConfig{PasswordCallback: func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
		if c.User() == "user" && string(password) == "secret" {
			return nil, nil
		}
		return nil, errors.New("wrong")
	}}
	s.config.AddHostKey(s.hostKey)
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, conn := range s.conns {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.work.Wait()
	})
	return s
}

// accept serves connections until the listener is closed. It begins once the test has set up the server.
func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		s.work.Go(func() { s.serve(conn) })
	}
}

// params returns those of a connection to the server, with more on top. From then on the server is ready.
func (s *server) params(more map[string]string) map[string]string {
	s.begin.Do(func() { s.work.Go(s.accept) })
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	p := map[string]string{
		"hostname": host, "port": port, "username": "user", "password": "secret", "terminal-type": "xterm-256color", "timeout": "2",
	}
	for name, value := range more {
		p[name] = value
	}
	return p
}

func (s *server) serve(conn net.Conn) {
	sc, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	var work sync.WaitGroup
	defer work.Wait()
	defer sc.Close()
	work.Go(func() { ssh.DiscardRequests(requests) })
	for ch := range channels {
		if s.hold != nil {
			s.hold(ch)
			continue
		}
		work.Go(func() { s.session(ch, sc, conn) })
	}
}

func (s *server) session(ch ssh.NewChannel, sc ssh.Conn, conn net.Conn) {
	channel, requests, err := ch.Accept()
	if err != nil {
		return
	}
	session := &serverSession{Channel: channel, env: map[string]string{}, sizes: make(chan windowChange, 100), conn: sc, net: conn}
	var work sync.WaitGroup
	defer work.Wait()
	for r := range requests {
		ok := true
		var begin func() // once the request is answered
		switch r.Type {
		case "env":
			var e envRequest
			_ = ssh.Unmarshal(r.Payload, &e)
			session.env[e.Name] = e.Value
		case "pty-req":
			_ = ssh.Unmarshal(r.Payload, &session.pty)
		case "window-change":
			var w windowChange
			_ = ssh.Unmarshal(r.Payload, &w)
			session.sizes <- w
		case "exec", "shell":
			var e execRequest
			_ = ssh.Unmarshal(r.Payload, &e)
			session.command = e.Command
			begin = func() { s.run(session) }
		case "subsystem":
			begin = func() { s.files(session) }
		default:
			ok = false
		}
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if begin != nil {
			work.Go(begin)
		}
	}
}

func (s *server) run(session *serverSession) {
	status := s.shell(session)
	if status >= 0 {
		_, _ = session.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
	}
	_ = session.Close()
}

func (s *server) files(session *serverSession) {
	files, err := sftp.NewServer(session, sftp.WithServerWorkingDirectory(s.t.TempDir()))
	if err == nil {
		_ = files.Serve()
	}
	_ = session.Close()
}

// greet is a shell that echoes lines and knows a few commands.
func greet(s *serverSession) int {
	fmt.Fprintf(s, "term=%s size=%dx%d LANG=%s TZ=%s cmd=%s\r\n", s.pty.Term, s.pty.Cols, s.pty.Rows, s.env["LANG"], s.env["TZ"], s.command)
	fmt.Fprint(s, "ready$ ")
	var line []byte
	b := make([]byte, 1)
	for {
		if _, err := s.Read(b); err != nil {
			return -1
		}
		if b[0] != '\r' {
			line = append(line, b[0])
			_, _ = s.Write(b)
			continue
		}
		text := string(line)
		line = nil
		fmt.Fprint(s, "\r\n")
		switch text {
		case "exit":
			return 3
		case "leave":
			return -1
		case "drop":
			_ = s.net.Close()
			return -1
		case "size":
			w := <-s.sizes
			fmt.Fprintf(s, "now %dx%d\r\n", w.Cols, w.Rows)
		default:
			fmt.Fprintf(s, "got %s\r\n", strconv.Quote(text))
		}
		fmt.Fprint(s, "ready$ ")
	}
}

// hostile starts a listener whose connections are handled by f, which is no SSH server.
func hostile(t *testing.T, f func(conn net.Conn)) map[string]string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer conn.Close()
				f(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		work.Wait()
	})
	host, port, _ := net.SplitHostPort(l.Addr().String())
	return map[string]string{"hostname": host, "port": port, "username": "user", "password": "secret", "timeout": "1"}
}

// drain reads until the peer closes.
func drain(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
