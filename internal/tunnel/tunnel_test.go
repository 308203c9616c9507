// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// daemon is the other end of a tunnel: it answers according to a script, in which each
// line is sent after an instruction with the opcode has been read.
type daemon struct {
	conn net.Conn
	r    *guac.Reader
}

// listen returns a Dial, and the daemons that it connects to.
func listen() (func(context.Context) (net.Conn, error), <-chan *daemon) {
	daemons := make(chan *daemon, 1)
	return func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		daemons <- &daemon{theirs, guac.NewReader(theirs, guac.HandshakeLimits)}
		return ours, nil
	}, daemons
}

func (d *daemon) expect(t *testing.T, opcode string) *guac.Instruction {
	t.Helper()
	for {
		ins, err := d.r.Next()
		if err != nil {
			t.Errorf("daemon waits for %s: %v", opcode, err)
			return new(guac.Instruction)
		}
		if ins.Is(opcode) {
			return ins
		}
	}
}

func (d *daemon) say(text string) { _, _ = io.WriteString(d.conn, text) }

// greet speaks the daemon's side of the handshake.
func (d *daemon) greet(t *testing.T) {
	d.expect(t, guac.OpSelect)
	d.say("4.args,13.VERSION_1_5_0,8.hostname;")
	if got := d.expect(t, guac.OpConnect).Text(1); got != "<hostname>" {
		t.Errorf("daemon got %q as hostname", got)
	}
	d.say("3.nop;5.ready,3.$id;")
}

func handshake() guac.ClientHandshake {
	return guac.ClientHandshake{
		Select: "ssh", Info: guac.ClientInfo{Width: 1, Height: 1, DPI: 96},
		Value: func(name string) string { return "<" + name + ">" },
	}
}

// opened returns an open tunnel and its daemon.
func opened(t *testing.T) (*Tunnel, *daemon) {
	t.Helper()
	dial, daemons := listen()
	greeted := make(chan *daemon, 1)
	go func() {
		d := <-daemons
		d.greet(t)
		greeted <- d
	}()
	tun, err := Open(t.Context(), Config{Dial: dial, Handshake: handshake()})
	if err != nil {
		t.Fatal(err)
	}
	d := <-greeted
	t.Cleanup(func() { _, _ = tun.Close(), d.conn.Close() })
	return tun, d
}

func TestTunnelRelaysBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tun, d := opened(t)
		if tun.ConnectionID != "$id" || tun.Version != guac.Version1_5_0 {
			t.Errorf("tunnel %s, %v", tun.ConnectionID, tun.Version)
		}
		go d.say("4.sync,1.1;")
		if ins, err := tun.Reader().Next(); err != nil || !ins.Is(guac.OpSync) {
			t.Fatalf("got %v, %v, want sync", ins, err)
		}
		go func() {
			if err := tun.Write([]byte("3.key,2.65,1.1;")); err != nil {
				t.Errorf("Write: %v", err)
			}
		}()
		d.expect(t, guac.OpKey)
		_ = d.conn.Close()
		if _, err := tun.Reader().Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the end: %v, want EOF", err)
		}
	})
}

func TestSilentDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tun, d := opened(t)
		go func() {
			time.Sleep(10 * time.Second)
			d.say("3.nop;")
		}()
		begin := time.Now()
		if ins, err := tun.Reader().Next(); err != nil || !ins.Is(guac.OpNop) {
			t.Fatalf("got %v, %v, want nop", ins, err)
		}
		_, err := tun.Reader().Next()
		if took := time.Since(begin); guac.StatusOf(err) != guac.UpstreamTimeout || took != 25*time.Second {
			t.Errorf("%v after %v, want UPSTREAM_TIMEOUT after 25s", err, took)
		}
		begin = time.Now()
		if err := tun.Write([]byte("3.nop;")); guac.StatusOf(err) != guac.UpstreamTimeout || time.Since(begin) != 15*time.Second {
			t.Errorf("daemon that does not read: %v after %v", err, time.Since(begin))
		}
	})
}

func TestOpenFails(t *testing.T) {
	for name, tc := range map[string]struct {
		script func(t *testing.T, d *daemon)
		want   guac.Status
	}{
		"silence":             {func(*testing.T, *daemon) {}, guac.UpstreamTimeout},
		"end before args":     {func(t *testing.T, d *daemon) { d.expect(t, guac.OpSelect); _ = d.conn.Close() }, guac.ServerError},
		"error of the daemon": {func(t *testing.T, d *daemon) { d.expect(t, guac.OpSelect); d.say("5.error,1.x,3.513;") }, guac.ServerBusy},
		"not the protocol":    {func(t *testing.T, d *daemon) { d.expect(t, guac.OpSelect); d.say("SSH-2.0-x\r\n") }, guac.ServerError},
		"wrong order":         {func(t *testing.T, d *daemon) { d.expect(t, guac.OpSelect); d.say("5.ready,1.$;") }, guac.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial, daemons := listen()
				go func() {
					d := <-daemons
					if name == "silence" {
						d.expect(t, guac.OpSelect)
					}
					tc.script(t, d)
				}()
				_, err := Open(t.Context(), Config{Dial: dial, Handshake: handshake()})
				var known *guac.Error
				if guac.StatusOf(err) != tc.want || !errors.As(err, &known) {
					t.Errorf("Open = %v, want %v", err, tc.want)
				}
			})
		})
	}
}

func TestOpenOfADaemonThatIsNotThere(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	_ = ln.Close()
	if _, err := Open(t.Context(), Config{Dial: Dialer(address, nil), Handshake: handshake()}); guac.StatusOf(err) != guac.ServerError {
		t.Errorf("Open = %v", err)
	}
}

func TestDaemonBehindTLSProvesItsName(t *testing.T) {
	// httptest has a certificate for 127.0.0.1 and an authority that signed it.
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	address := server.Listener.Addr().String()
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig

	conn, err := Dialer(address, trusted)(t.Context())
	if err != nil {
		t.Fatalf("daemon with a trusted certificate: %v", err)
	}
	_ = conn.Close()
	other := trusted.Clone()
	other.ServerName = "daemon.test"
	for name, cfg := range map[string]*tls.Config{"unknown authority": {}, "other name": other} {
		var invalid *tls.CertificateVerificationError
		if _, err := Dialer(address, cfg)(t.Context()); !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want a certificate that is not valid", name, err)
		}
	}
}

func TestOpenIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial, daemons := listen()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			(<-daemons).expect(t, guac.OpSelect)
			cancel()
		}()
		if _, err := Open(ctx, Config{Dial: dial, Handshake: handshake()}); !errors.Is(err, context.Canceled) {
			t.Errorf("Open = %v", err)
		}
	})
}
