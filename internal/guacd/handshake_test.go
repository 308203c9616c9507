// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

func TestHandshakeErrors(t *testing.T) {
	// Features: GCD-09, DIS-22
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		for _, tc := range []struct {
			name, send string
			want       guac.Status
		}{
			{"unknown protocol", "6.select,6.gopher;", guac.Unsupported},
			{"unknown session", "6.select,3.$no;", guac.ResourceNotFound},
			{"no select", "4.size,1.1,1.1;", guac.ClientBadRequest},
			{"a web browser", "GET / HTTP/1.1\r\n\r\n", guac.ClientBadRequest},
			{"oversized select", "6.select,9000." + strings.Repeat("x", 9000) + ";", guac.ClientBadRequest},
			{"too few values", "6.select,4.echo;7.connect,13.VERSION_1_5_0;", guac.ClientBadRequest},
			{"garbage in the handshake", "6.select,4.echo;xyz;", guac.ClientBadRequest},
			{"bad size", "6.select,4.echo;4.size,1.x,1.y;", guac.ClientBadRequest},
		} {
			t.Run(tc.name, func(t *testing.T) {
				p := connect(t, s)
				p.raw(tc.send)
				p.Skip = append(p.Skip, guac.OpArgs)
				p.WantStatus("the handshake goes wrong", tc.want)
			})
		}
		waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
	})
}

func TestHandshakeAtOnce(t *testing.T) {
	// A client that does not wait for args sends everything in one piece.
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		p := connect(t, s)
		p.raw("6.select,4.echo;4.size,3.800,3.600;5.audio;5.video;5.image;7.connect,13.VERSION_1_5_0,0.,0.,0.;3.key,2.97,1.1;")
		for _, want := range []string{guac.OpArgs, guac.OpReady} {
			if got := p.Next(); got[0] != want {
				t.Fatalf("got %q, want %s", got, want)
			}
		}
		p.wantSaid("process ")
	})
}

func TestHandshakeTimeout(t *testing.T) {
	s, _ := start(t, IsolationNone, func(cfg *Config) { cfg.HandshakeTimeout = 500 * time.Millisecond })
	silent := connect(t, s)
	silent.wantEnd(guac.ClientTimeout)
	half := connect(t, s)
	half.raw("6.select,4.echo;")
	if got := half.Next(); got[0] != guac.OpArgs {
		t.Fatalf("got %q, want args", got)
	}
	half.wantEnd(guac.ClientTimeout)
	waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
}

func TestBareConnectIsQuiet(t *testing.T) {
	// Features: DEP-13
	s, log := start(t, IsolationNone, nil)
	ln := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	for range 3 {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	waitFor(t, "the connections are noticed", func() bool { return strings.Count(log.String(), "without a handshake") == 3 })
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		if !strings.Contains(line, "level=DEBUG") {
			t.Errorf("loud line: %s", line)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve = %v", err)
	}
	if conn, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("listener is still open")
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

func TestOverTCP(t *testing.T) {
	// Features: GCD-02, GCD-03
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		ln := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, ln) }()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		p := newPeer(t, conn)
		if err := p.handshake("echo", nil); err != nil {
			t.Fatal(err)
		}
		p.wantSaid("process ")
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
		p.key('a')
		p.wantSaid("key a") // the session outlives the listener
		p.key('e')
		p.wantEnd(guac.UpstreamUnavailable)
	})
}
