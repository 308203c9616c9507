// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// talking dials a KDC that is the function.
func talking(talk func(network, address string, conn net.Conn)) dialFunc {
	return func(_ context.Context, network, address string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			talk(network, address, far)
			_ = far.Close()
		}()
		return near, nil
	}
}

func testClient(t *testing.T, dialer dialFunc, udp bool) *Client {
	t.Helper()
	c, err := New(Config{Realm: "R", KDCs: []string{"first", "second"}, Dialer: dialer, UDP: udp})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func discard(conn net.Conn, n int) { _, _ = io.ReadFull(conn, make([]byte, n)) }

func TestNextKDCIsAsked(t *testing.T) {
	for name, first := range map[string]string{
		"says nothing": "", "is cut": "\x00\x00\x00\x05abc", "is empty": "\x00\x00\x00\x00", "is endless": "\xff\xff\xff\xff",
		"is above the limit": "\x00\x04\x00\x01",
	} {
		c := testClient(t, talking(func(_, address string, conn net.Conn) {
			discard(conn, 4+len("request"))
			if address == "first:88" {
				_, _ = io.WriteString(conn, first)
				return
			}
			_, _ = io.WriteString(conn, "\x00\x00\x00\x06answer")
		}), false)
		if got, err := c.send(t.Context(), "R", []byte("request")); err != nil || string(got) != "answer" {
			t.Errorf("a first KDC whose answer %s: %q, %v", name, got, err)
		}
	}
}

func TestNoKDC(t *testing.T) {
	down := errors.New("down")
	c := testClient(t, func(context.Context, string, string) (net.Conn, error) { return nil, down }, false)
	_, err := c.send(t.Context(), "R", nil)
	if !errors.Is(err, ErrNoKDC) || !errors.Is(err, down) || !strings.Contains(err.Error(), "second:88") {
		t.Errorf("%v", err)
	}
	if _, err := c.send(t.Context(), "UNKNOWN", nil); !errors.Is(err, ErrNoKDC) {
		t.Errorf("%v", err)
	}
}

func TestRefusalIsNotAskedElsewhere(t *testing.T) {
	var asked []string
	c := testClient(t, nil, false)
	c.dialer = answering(func(address string, _ []byte) []byte {
		asked = append(asked, address)
		return (&wire.Error{Code: wire.ClientRevoked, ServerTime: fakeNow}).Append(nil)
	})
	if _, err := c.send(t.Context(), "R", []byte("request")); !errors.Is(err, wire.ClientRevoked) {
		t.Errorf("%v", err)
	}
	if !slices.Equal(asked, []string{"first:88"}) {
		t.Errorf("asked %v", asked)
	}
	c.dialer = answering(func(string, []byte) []byte { return []byte("\x7e\x02\x30\x00") })
	if _, err := c.send(t.Context(), "R", []byte("request")); err == nil {
		t.Error("a cut refusal is accepted")
	}
}

// A KDC that never answers is left for the next after its time; the context ends all.
func TestSilentKDC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := talking(func(_, _ string, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
		begin := time.Now()
		_, err := testClient(t, silent, false).send(t.Context(), "R", []byte("request"))
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != 2*attemptTimeout {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		_, err = testClient(t, silent, true).send(ctx, "R", []byte("request"))
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("with a context of one second: %v after %v", err, took)
		}
	})
}

func TestDatagrams(t *testing.T) {
	for name, c := range map[string]struct{ udp, want string }{
		"an answer":   {"by datagram", "by datagram"},
		"no answer":   {"", "by stream"},
		"a large one": {string((&wire.Error{Code: wire.ResponseTooBig, ServerTime: fakeNow}).Append(nil)), "by stream"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := testClient(t, talking(func(network, _ string, conn net.Conn) {
					if network == "udp" {
						discard(conn, len("request"))
						if c.udp == "" {
							_, _ = io.Copy(io.Discard, conn) // until the client gives up
						}
						_, _ = io.WriteString(conn, c.udp)
						return
					}
					discard(conn, 4+len("request"))
					_, _ = io.WriteString(conn, "\x00\x00\x00\x09by stream")
				}), true)
				if got, err := client.send(t.Context(), "R", []byte("request")); err != nil || string(got) != c.want {
					t.Errorf("%q, %v, want %q", got, err, c.want)
				}
			})
		})
	}
}
