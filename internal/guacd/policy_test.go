// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
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
		{"denied network in no address", nil, []string{"127.0.0.0/8", "::1"}, "0.0.0.0", guac.ClientForbidden},
		{"denied name", nil, []string{"LOCAL*"}, "localhost", guac.ClientForbidden},
		{"denied name with a dot", nil, []string{"localhost"}, "localhost.", guac.ClientForbidden},
		{"another name is denied", nil, []string{"*.example.org"}, "127.0.0.1", guac.Success},
		{"allowed network", []string{"127.0.0.0/8"}, nil, "localhost", guac.Success},
		{"allowed name", []string{"localhost"}, nil, "localhost", guac.Success},
		{"not among the allowed", []string{"10.0.0.0/8", "*.example.org"}, nil, "127.0.0.1", guac.ClientForbidden},
		{"denied beats allowed", []string{"localhost"}, []string{"127.0.0.0/8", "::1"}, "localhost", guac.ClientForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := ParsePolicy(PolicyConfig{Allow: tc.allow, Deny: tc.deny})
			if err != nil {
				t.Fatal(err)
			}
			conn, err := p.dial(t.Context(), worker.KindDial, "tcp", net.JoinHostPort(tc.host, port))
			closeConn(conn)
			if got := guac.StatusOf(err); got != tc.want {
				t.Errorf("got %v (%v), want %v", got, err, tc.want)
			}
		})
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	for _, text := range []string{"5500-", "-", "0", "70000", "6000-5000", "all"} {
		if _, err := ParsePolicy(PolicyConfig{AcceptPorts: text}); err == nil {
			t.Errorf("ports %q were accepted", text)
		}
	}
	for _, text := range []string{"", " ", "10.0.0.0/33", "a/b", "[a"} {
		if _, err := ParsePolicy(PolicyConfig{Allow: []string{text}}); err == nil {
			t.Errorf("%q was accepted as allowed", text)
		}
		if _, err := ParsePolicy(PolicyConfig{Deny: []string{text}}); err == nil {
			t.Errorf("%q was accepted as denied", text)
		}
	}
}

func TestPermit(t *testing.T) {
	reach := engine.Reach{Hosts: []string{"own.test"}, Port: 5500, Wake: "255.255.255.255:9"}
	mac := net.HardwareAddr{1, 2, 3, 4, 5, 6}
	for _, tc := range []struct {
		name   string
		claims claims
		ports  string
		ask    worker.Message
		want   guac.Status
	}{
		{"own host", claims{}, "", worker.Message{Kind: worker.KindDial, Network: "tcp", Address: "OWN.test:22"}, guac.Success},
		{"another host", claims{}, "", worker.Message{Kind: worker.KindDial, Network: "tcp", Address: "other.test:22"}, guac.ClientForbidden},
		{"another network", claims{}, "", worker.Message{Kind: worker.KindDial, Network: "unix", Address: "own.test:22"}, guac.ClientForbidden},
		{"named by nobody", claims{}, "", worker.Message{Kind: worker.KindDialNamed, Network: "tcp", Address: "other.test:22"}, guac.ClientForbidden},
		{"named by the own host", claims{connected: true}, "", worker.Message{Kind: worker.KindDialNamed, Network: "tcp", Address: "other.test:22"}, guac.Success},
		{"named once too often", claims{connected: true, named: maxNamed}, "", worker.Message{Kind: worker.KindDialNamed, Network: "tcp", Address: "other.test:22"}, guac.ClientForbidden},
		{"own port", claims{}, "", worker.Message{Kind: worker.KindAccept, Port: 5500}, guac.Success},
		{"own port of the operator's", claims{}, "5500-5599", worker.Message{Kind: worker.KindAccept, Port: 5500}, guac.Success},
		{"own port out of range", claims{}, "5501", worker.Message{Kind: worker.KindAccept, Port: 5500}, guac.ClientForbidden},
		{"no ports", claims{}, "none", worker.Message{Kind: worker.KindAccept, Port: 5500}, guac.ClientForbidden},
		{"another port", claims{}, "", worker.Message{Kind: worker.KindAccept, Port: 5501}, guac.ClientForbidden},
		{"a second listener", claims{accepting: true}, "", worker.Message{Kind: worker.KindAccept, Port: 5500}, guac.ClientForbidden},
		{"a second connection", claims{accepted: true}, "", worker.Message{Kind: worker.KindAccept, Port: 5500}, guac.ClientForbidden},
		{"own broadcast", claims{}, "", worker.Message{Kind: worker.KindWake, Address: reach.Wake, MAC: mac}, guac.Success},
		{"another broadcast", claims{}, "", worker.Message{Kind: worker.KindWake, Address: "255.255.255.255:10", MAC: mac}, guac.ClientForbidden},
		{"long MAC", claims{}, "", worker.Message{Kind: worker.KindWake, Address: reach.Wake, MAC: make([]byte, 20)}, guac.ClientForbidden},
		{"too many packets", claims{wakes: maxWakes}, "", worker.Message{Kind: worker.KindWake, Address: reach.Wake, MAC: mac}, guac.ClientForbidden},
		{"no request", claims{}, "", worker.Message{Kind: worker.KindLeft}, guac.Unsupported},
	} {
		p, err := ParsePolicy(PolicyConfig{AcceptPorts: tc.ports})
		if err != nil {
			t.Fatal(err)
		}
		tc.claims.reach = reach
		if err := p.permit(&tc.claims, tc.ask); guac.StatusOf(err) != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
		if err := p.permit(new(claims), tc.ask); err == nil {
			t.Errorf("%s: permitted to a connection that names nothing", tc.name)
		}
	}
	if (portRange{}).has(firstUnprivileged - 1) {
		t.Error("a privileged port is allowed by default")
	}
}

func TestHostsThatWereNamedByOthers(t *testing.T) {
	for _, tc := range []struct {
		allow   []string
		address string
		want    guac.Status
	}{
		{nil, "192.0.2.1", guac.Success},
		{nil, "127.0.0.1", guac.ClientForbidden},
		{nil, "::ffff:127.0.0.1", guac.ClientForbidden},
		{nil, "0.0.0.0", guac.ClientForbidden},
		{nil, "169.254.169.254", guac.ClientForbidden},
		{nil, "fe80::1%eth0", guac.ClientForbidden},
		{[]string{"127.0.0.0/8"}, "127.0.0.1", guac.Success},
		{[]string{"127.0.0.0/8"}, "192.0.2.1", guac.ClientForbidden},
	} {
		p, err := ParsePolicy(PolicyConfig{Allow: tc.allow})
		if err != nil {
			t.Fatal(err)
		}
		check, err := p.host(worker.KindDialNamed, tc.address)
		if err == nil {
			err = check(netip.MustParseAddr(tc.address))
		}
		if guac.StatusOf(err) != tc.want {
			t.Errorf("%s with %q allowed: %v, want %v", tc.address, tc.allow, err, tc.want)
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
	if _, err := (Policy{}).dial(t.Context(), worker.KindDial, "tcp", "no port"); guac.StatusOf(err) != guac.UpstreamNotFound {
		t.Errorf("bad address: %v", err)
	}
}
