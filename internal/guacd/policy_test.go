// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

func TestPolicy(t *testing.T) {
	ln := listen(t)
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, tc := range []struct {
		name        string
		allow, deny []string
		host        string
		want        guac.Status
	}{
		{"nothing is listed", nil, nil, "127.0.0.1", guac.Success},
		{"denied address", nil, []string{"127.0.0.1"}, "127.0.0.1", guac.ClientForbidden},
		{"denied network", nil, []string{"127.0.0.0/8", "::1/128"}, "localhost", guac.ClientForbidden},
		{"denied network in IPv6 clothes", nil, []string{"127.0.0.0/8"}, "::ffff:127.0.0.1", guac.ClientForbidden},
		{"denied name", nil, []string{"LOCAL*"}, "localhost", guac.ClientForbidden},
		{"denied name with a dot", nil, []string{"localhost"}, "localhost.", guac.ClientForbidden},
		{"another name is denied", nil, []string{"*.example.org"}, "127.0.0.1", guac.Success},
		{"allowed network", []string{"127.0.0.0/8"}, nil, "localhost", guac.Success},
		{"allowed name", []string{"localhost"}, nil, "localhost", guac.Success},
		{"not among the allowed", []string{"10.0.0.0/8", "*.example.org"}, nil, "127.0.0.1", guac.ClientForbidden},
		{"denied beats allowed", []string{"localhost"}, []string{"127.0.0.0/8", "::1"}, "localhost", guac.ClientForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := ParsePolicy(tc.allow, tc.deny)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := p.dial(t.Context(), "tcp", net.JoinHostPort(tc.host, port))
			closeConn(conn)
			if got := guac.StatusOf(err); got != tc.want {
				t.Errorf("got %v (%v), want %v", got, err, tc.want)
			}
		})
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	for _, text := range []string{"", " ", "10.0.0.0/33", "a/b", "[a"} {
		if _, err := ParsePolicy([]string{text}, nil); err == nil {
			t.Errorf("%q was accepted as allowed", text)
		}
		if _, err := ParsePolicy(nil, []string{text}); err == nil {
			t.Errorf("%q was accepted as denied", text)
		}
	}
}

func TestDialErrors(t *testing.T) {
	expired, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	for _, tc := range []struct {
		ctx  context.Context
		err  error
		want guac.Status
	}{
		{t.Context(), &net.DNSError{IsNotFound: true}, guac.UpstreamNotFound},
		{t.Context(), &net.DNSError{IsTimeout: true}, guac.UpstreamTimeout},
		{t.Context(), fmt.Errorf("dial: %w", syscall.ECONNREFUSED), guac.UpstreamUnavailable},
		{t.Context(), &net.OpError{Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, guac.UpstreamUnavailable},
		{t.Context(), fmt.Errorf("dial: %w", syscall.ENETUNREACH), guac.UpstreamUnavailable},
		{t.Context(), fmt.Errorf("dial: %w", syscall.ETIMEDOUT), guac.UpstreamTimeout},
		{expired, context.DeadlineExceeded, guac.UpstreamTimeout},
		{t.Context(), fmt.Errorf("dial: %w", syscall.EADDRNOTAVAIL), guac.UpstreamError},
		{t.Context(), fmt.Errorf("dial: %w", forbidden("x")), guac.ClientForbidden},
	} {
		if got := guac.StatusOf(dialError(tc.ctx, tc.err)); got != tc.want {
			t.Errorf("%v: got %v, want %v", tc.err, got, tc.want)
		}
	}
	if _, err := (Policy{}).dial(t.Context(), "tcp", "no port"); guac.StatusOf(err) != guac.UpstreamNotFound {
		t.Errorf("bad address: %v", err)
	}
}
