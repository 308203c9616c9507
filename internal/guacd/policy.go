// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Policy says which hosts may be dialled. What is denied is never dialled. If anything is
// listed as allowed, nothing else is. The zero value allows all.
type Policy struct {
	allow, deny patterns
}

// patterns are names and networks.
type patterns struct {
	names    []string // lower case, with the wildcards of path.Match
	networks []netip.Prefix
}

// ParsePolicy reads lists of host names, in which * and ? are wildcards, of addresses, and
// of networks such as 10.0.0.0/8.
func ParsePolicy(allow, deny []string) (Policy, error) {
	var p Policy
	var err error
	if p.allow, err = parsePatterns(allow); err != nil {
		return Policy{}, err
	}
	if p.deny, err = parsePatterns(deny); err != nil {
		return Policy{}, err
	}
	return p, nil
}

func parsePatterns(texts []string) (patterns, error) {
	var p patterns
	for _, text := range texts {
		text = strings.ToLower(strings.TrimSpace(text))
		if text == "" {
			return patterns{}, errors.New("guacd: empty host in a list of hosts")
		}
		if addr, err := netip.ParseAddr(text); err == nil {
			p.networks = append(p.networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		if strings.Contains(text, "/") {
			network, err := netip.ParsePrefix(text)
			if err != nil {
				return patterns{}, fmt.Errorf("guacd: bad network %q: %w", text, err)
			}
			p.networks = append(p.networks, network.Masked())
			continue
		}
		if _, err := path.Match(text, ""); err != nil {
			return patterns{}, fmt.Errorf("guacd: bad host pattern %q: %w", text, err)
		}
		p.names = append(p.names, text)
	}
	return p, nil
}

func (p patterns) empty() bool { return len(p.names)+len(p.networks) == 0 }

// name reports whether a host's name is listed.
func (p patterns) name(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, pattern := range p.names {
		if ok, _ := path.Match(pattern, host); ok {
			return true
		}
	}
	return false
}

// address reports whether an address is listed.
func (p patterns) address(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, network := range p.networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// dial opens a connection within the policy. Its errors are guac.Errors.
func (p Policy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, guac.Errorf(guac.UpstreamNotFound, "guacd: bad address: %w", err)
	}
	if p.deny.name(host) {
		return nil, forbidden(host)
	}
	// The address is checked when it is about to be used, so that a name which resolves
	// differently a moment later does not get around the lists.
	byName := p.allow.empty() || p.allow.name(host)
	dialer := net.Dialer{Control: func(_, resolved string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return fmt.Errorf("guacd: bad address %q: %w", resolved, err)
		}
		if p.deny.address(target.Addr()) || !byName && !p.allow.address(target.Addr()) {
			return forbidden(host)
		}
		return nil
	}}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, dialError(ctx, err)
	}
	return conn, nil
}

func forbidden(host string) *guac.Error {
	return guac.Errorf(guac.ClientForbidden, "guacd: connections to %.80q are not allowed", host)
}

// dialError gives what went wrong its status. Its message is for the user, who need not
// learn addresses; the cause is for the log.
func dialError(ctx context.Context, err error) error {
	var refused *guac.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isNetTimeout(err):
		return &guac.Error{Status: guac.UpstreamTimeout, Message: "remote host does not answer", Err: err}
	case errors.As(err, &dns):
		return &guac.Error{Status: guac.UpstreamNotFound, Message: "remote host is unknown", Err: err}
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return &guac.Error{Status: guac.UpstreamUnavailable, Message: "remote host does not take connections", Err: err}
	default:
		return &guac.Error{Status: guac.UpstreamError, Message: "remote host cannot be connected to", Err: err}
	}
}

func isNetTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
