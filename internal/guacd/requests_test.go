// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// policy gives a supervisor a policy.
func policy(p PolicyConfig) func(*Config) {
	return func(cfg *Config) {
		var err error
		if cfg.Policy, err = ParsePolicy(p); err != nil {
			panic(err)
		}
	}
}

// welcoming returns the port of a host that greets whoever connects.
func welcoming(t *testing.T) string {
	t.Helper()
	ln := listen(t)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "welcome")
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

func TestDial(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, log := start(t, isolation, policy(PolicyConfig{Deny: []string{"127.0.0.9"}}))
		port := welcoming(t)
		closed := listen(t)
		_, closedPort, _ := net.SplitHostPort(closed.Addr().String())
		_ = closed.Close()
		for _, tc := range []struct {
			name, host, port string
			key              rune
			want             string
		}{
			{"own host", "127.0.0.1", port, 'd', `remote "welcome" <nil>`},
			{"own host by name", "localhost", port, 'd', `remote "welcome" <nil>`},
			{"refused", "127.0.0.1", closedPort, 'd', "dial: UPSTREAM_UNAVAILABLE, known true"},
			{"denied by the operator", "127.0.0.9", port, 'd', "dial: CLIENT_FORBIDDEN, known true"},
			{"not the connection's host", "127.0.0.1", port, 'f', "dial: CLIENT_FORBIDDEN, known true"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				p := open(t, s, "echo", values{"hostname": tc.host, "port": tc.port})
				p.wantSaid("process ")
				p.key(tc.key)
				if got := p.wantSaid(""); got != tc.want {
					t.Errorf("got %s, want %s", got, tc.want)
				}
			})
		}
		for _, want := range []string{
			`level=INFO msg="request allowed" session=`, "kind=dial target=localhost:" + port, `level=WARN msg="request refused" session=`,
			"kind=dial target=127.0.0.9:" + port, "kind=dial target=169.254.169.254:" + port,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("log does not have %q:\n%s", want, log)
			}
		}
	})
}

func TestHostThatAnotherHasNamed(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		port := welcoming(t)
		for _, tc := range []struct {
			name   string
			policy PolicyConfig
			other  string
			want   string
		}{
			{"allowed by the operator", PolicyConfig{Allow: []string{"127.0.0.0/8"}}, "127.0.0.1", `remote "welcome" <nil>`},
			{"on this machine", PolicyConfig{}, "127.0.0.1", "dial: CLIENT_FORBIDDEN, known true"},
			{"denied by the operator", PolicyConfig{Allow: []string{"127.0.0.0/8"}, Deny: []string{"127.0.0.2"}}, "127.0.0.2", "dial: CLIENT_FORBIDDEN, known true"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				s, log := start(t, isolation, policy(tc.policy))
				p := open(t, s, "reach", values{"hostname": "127.0.0.1", "port": port, "other": net.JoinHostPort(tc.other, port)})
				p.wantSaid("process ")
				p.key('n')
				if got := p.wantSaid(""); got != "dial: CLIENT_FORBIDDEN, known true" {
					t.Errorf("before the own host was dialled: %s", got)
				}
				p.key('d')
				if got := p.wantSaid(""); got != `remote "welcome" <nil>` {
					t.Errorf("own host: %s", got)
				}
				p.key('n')
				if got := p.wantSaid(""); got != tc.want {
					t.Errorf("got %s, want %s", got, tc.want)
				}
				if !strings.Contains(log.String(), "kind=dial-named target="+tc.other) {
					t.Errorf("log does not have the request:\n%s", log)
				}
			})
		}
	})
}

// call connects to a port as soon as somebody listens.
func call(t *testing.T, port string) net.Conn {
	t.Helper()
	var conn net.Conn
	waitFor(t, "the port is listened on", func() (ok bool) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		conn = c
		return err == nil
	})
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	ln := listen(t)
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

func TestHostThatConnectsToUs(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, log := start(t, isolation, nil)
		port := freePort(t)
		p := open(t, s, "reach", values{"port": port, "listen": "true"})
		p.wantSaid("process ")
		p.key('r')
		conn := call(t, port)
		if _, err := io.WriteString(conn, "hello"); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		if got := p.wantSaid(""); got != `remote "hello" <nil>` {
			t.Errorf("got %s", got)
		}
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			t.Error("the port is still listened on")
		}
		p.key('r')
		if got := p.wantSaid(""); got != "dial: CLIENT_FORBIDDEN, known true" {
			t.Errorf("a second connection: %s", got)
		}
		if !strings.Contains(log.String(), `kind=accept target="port `+port+`"`) {
			t.Errorf("log does not have the request:\n%s", log)
		}
	})
}

func TestHostThatDoesNotConnectToUs(t *testing.T) {
	taken := listen(t)
	_, takenPort, _ := net.SplitHostPort(taken.Addr().String())
	for _, tc := range []struct {
		name   string
		policy PolicyConfig
		v      values
		call   bool
		want   string
	}{
		{"never comes", PolicyConfig{}, values{"port": freePort(t), "listen": "true"}, false, "dial: UPSTREAM_TIMEOUT, known true"},
		{"is denied", PolicyConfig{Deny: []string{"127.0.0.1"}}, values{"port": freePort(t), "listen": "true"}, true, "dial: UPSTREAM_TIMEOUT, known true"},
		{"is not wanted", PolicyConfig{}, values{"port": freePort(t)}, false, "dial: CLIENT_FORBIDDEN, known true"},
		{"on a port of others", PolicyConfig{}, values{"port": takenPort, "listen": "true"}, false, "dial: RESOURCE_CONFLICT, known true"},
		{"on a port that is not allowed", PolicyConfig{AcceptPorts: "none"}, values{"port": freePort(t), "listen": "true"}, false, "dial: CLIENT_FORBIDDEN, known true"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := start(t, IsolationNone, policy(tc.policy))
			p := open(t, s, "reach", tc.v)
			p.wantSaid("process ")
			p.key('r')
			if tc.call {
				conn := call(t, tc.v["port"])
				if _, err := conn.Read(make([]byte, 1)); err == nil {
					t.Error("a caller who is denied was talked to")
				}
			}
			if got := p.wantSaid(""); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestLeavingEndsTheWait(t *testing.T) {
	s, log := start(t, IsolationProcess, nil)
	port := freePort(t)
	p := open(t, s, "reach", values{"port": port, "listen": "true"})
	p.wantSaid("process ")
	p.key('r')
	waitFor(t, "the port is listened on", func() bool { return strings.Contains(log.String(), "waiting for a connection") })
	p.Close()
	waitFor(t, "the port is free again", func() bool {
		ln, err := net.Listen("tcp", ":"+port)
		if err == nil {
			_ = ln.Close()
		}
		return err == nil
	})
}

func TestMagicPacketIsBroadcast(t *testing.T) {
	// Part of: COM-05
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, log := start(t, isolation, nil)
		network, err := net.ListenPacket("udp", "127.255.255.255:0") // the broadcast address of the loopback network
		if err != nil {
			t.Fatal(err)
		}
		defer network.Close()
		_, port, _ := net.SplitHostPort(network.LocalAddr().String())
		p := open(t, s, "reach", values{
			"wol-send-packet": "true", "wol-mac-addr": "01:23:45:67:89:ab", "wol-broadcast-addr": "127.255.255.255", "wol-udp-port": port,
		})
		p.wantSaid("process ")
		p.key('w')
		_ = network.SetReadDeadline(time.Now().Add(10 * time.Second))
		packet := make([]byte, 1500)
		n, _, err := network.ReadFrom(packet)
		if err != nil {
			t.Fatalf("no packet came: %v\n%s", err, log)
		}
		mac := []byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB}
		if want := append(bytes.Repeat([]byte{0xFF}, 6), bytes.Repeat(mac, 16)...); !bytes.Equal(packet[:n], want) {
			t.Errorf("packet % x", packet[:n])
		}
		if got := p.wantSaid(""); got != "dial: UPSTREAM_NOT_FOUND, known true" {
			t.Errorf("got %s, want the engine's own error after the packet", got)
		}
		if want := "kind=wake target=127.255.255.255:" + port; !strings.Contains(log.String(), want) {
			t.Errorf("log does not have %q:\n%s", want, log)
		}
	})
}
