// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
)

// Policy says what workers may be given. Every request of theirs is decided in this file:
// permit looks at what is asked for, and the checks of addresses at where it leads to. The
// zero value allows every host that a connection names, and every port from 1024 on.
type Policy struct {
	allow, deny patterns
	ports       portRange
}

// PolicyConfig is a policy as the operator writes it.
type PolicyConfig struct {
	// Allow and Deny are lists of host names, in which * and ? are wildcards, of
	// addresses, and of networks such as 10.0.0.0/8. What is denied is never reached. If
	// anything is listed as allowed, nothing else is.
	Allow, Deny []string
	// AcceptPorts are the ports on which connections may wait for their host, such as
	// 5500-5599; "none" for none, 1024-65535 if empty.
	AcceptPorts string
}

// patterns are names and networks.
type patterns struct {
	names    []string // lower case, with the wildcards of path.Match
	networks []netip.Prefix
}

// ParsePolicy reads a policy.
func ParsePolicy(cfg PolicyConfig) (Policy, error) {
	var p Policy
	var err error
	if p.allow, err = parsePatterns(cfg.Allow); err != nil {
		return Policy{}, err
	}
	if p.deny, err = parsePatterns(cfg.Deny); err != nil {
		return Policy{}, err
	}
	if p.ports, err = parsePorts(cfg.AcceptPorts); err != nil {
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

// address reports whether an address is listed. The unspecified one leads to this host.
func (p patterns) address(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	switch addr {
	case netip.IPv4Unspecified():
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case netip.IPv6Unspecified():
		addr = netip.IPv6Loopback()
	}
	for _, network := range p.networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// portRange is the ports from first to last; the zero value is those that need no
// privilege.
type portRange struct{ first, last int }

const (
	firstUnprivileged = 1024
	lastPort          = 65535
)

func parsePorts(text string) (portRange, error) {
	switch text {
	case "":
		return portRange{}, nil
	case "none":
		return portRange{1, 0}, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.Atoi(first)
	to, errLast := strconv.Atoi(last)
	if err != nil || errLast != nil || from < 1 || to > lastPort || from > to {
		return portRange{}, fmt.Errorf("guacd: %q is not a port, a range of ports such as 5500-5599, or none", text)
	}
	return portRange{from, to}, nil
}

func (r portRange) has(port int) bool {
	if r == (portRange{}) {
		r = portRange{firstUnprivileged, lastPort}
	}
	return r.first <= port && port <= r.last
}

// claims are what a connection may ask for, and what it has asked for.
type claims struct {
	reach     engine.Reach // what its parameters name
	told      bool         // reach was told
	connected bool         // to a host of reach
	accepting bool         // waits for its host
	accepted  bool         // its host has come
	named     int          // hosts dialled that were named by others
	wakes     int          // Wake-on-LAN packets
	created   []engine.File
}

// names reports whether the connection's parameters name a host.
func (c *claims) names(host string) bool {
	return slices.ContainsFunc(c.reach.Hosts, func(own string) bool {
		return strings.EqualFold(strings.Trim(own, "[]"), host)
	})
}

// Bounds on what a connection asks for in its life.
const (
	maxNamed = 16
	maxWakes = 16
)

// permit decides about a request by what it asks for, and counts it. Its errors are
// guac.Errors.
func (p Policy) permit(c *claims, m worker.Message) error {
	switch m.Kind {
	case worker.KindDial:
		host, err := target(m)
		if err == nil && !c.names(host) {
			err = guac.Errorf(guac.ClientForbidden, "guacd: the connection does not name the host %.80q", host)
		}
		return err
	case worker.KindDialNamed:
		_, err := target(m)
		switch {
		case err != nil:
			return err
		case !c.connected:
			return guac.Errorf(guac.ClientForbidden, "guacd: no host of the connection has been connected to that could name another")
		case c.named >= maxNamed:
			return guac.Errorf(guac.ClientForbidden, "guacd: the connection was led to more than %d hosts", maxNamed)
		}
		c.named++
	case worker.KindAccept:
		switch {
		case m.Port == 0 || m.Port != c.reach.Port:
			return guac.Errorf(guac.ClientForbidden, "guacd: the connection does not name the port %d to wait on", m.Port)
		case !p.ports.has(m.Port):
			return guac.Errorf(guac.ClientForbidden, "guacd: connections may not wait on the port %d", m.Port)
		case c.accepting || c.accepted:
			return guac.Errorf(guac.ClientForbidden, "guacd: the connection waits for its host once")
		}
		c.accepting = true
	case worker.KindWake:
		switch {
		case c.reach.Wake == "" || m.Address != c.reach.Wake:
			return guac.Errorf(guac.ClientForbidden, "guacd: the connection does not name %.80q to wake a host", m.Address)
		case len(m.MAC) != engine.MACBytes:
			return guac.Errorf(guac.ClientForbidden, "guacd: a MAC address of %d bytes", len(m.MAC))
		case c.wakes >= maxWakes:
			return guac.Errorf(guac.ClientForbidden, "guacd: the connection has sent %d packets", maxWakes)
		}
		c.wakes++
	case worker.KindCreate:
		if !slices.Contains(c.reach.Files, m.File) || slices.Contains(c.created, m.File) {
			return guac.Errorf(guac.ClientForbidden, "guacd: the connection does not name the file %.80q to be created", m.Target())
		}
		c.created = append(c.created, m.File)
	default:
		return guac.Errorf(guac.Unsupported, "guacd: %s is not a request", m.Kind)
	}
	return nil
}

// served notes what has become of a request that was permitted.
func (c *claims) served(m worker.Message, err error) {
	switch m.Kind {
	case worker.KindDial:
		c.connected = c.connected || err == nil && m.Network == networkTCP
	case worker.KindAccept:
		c.accepting, c.accepted = false, err == nil
	}
}

const (
	networkTCP = "tcp"
	networkUDP = "udp"
)

// target returns the host that is to be dialled.
func target(m worker.Message) (string, error) {
	if m.Network != networkTCP && m.Network != networkUDP {
		return "", guac.Errorf(guac.ClientForbidden, "guacd: network %.10q is not allowed", m.Network)
	}
	return hostOf(m.Address)
}

func hostOf(address string) (string, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", guac.Errorf(guac.UpstreamNotFound, "guacd: bad address: %w", err)
	}
	return host, nil
}

// host returns how the addresses of a host are decided about, or why the host may not be
// reached whatever its address. The decision is made when an address is about to be used,
// so that a name which resolves differently a moment later does not get around the lists.
func (p Policy) host(kind worker.Kind, host string) (func(netip.Addr) error, error) {
	if p.deny.name(host) {
		return nil, forbidden(host)
	}
	byName := p.allow.name(host)
	return func(addr netip.Addr) error {
		allowed := byName || p.allow.address(addr)
		if p.allow.empty() {
			// What a remote side names may lie anywhere but here.
			allowed = kind != worker.KindDialNamed || !nearby(addr)
		}
		if !allowed || p.deny.address(addr) {
			return forbidden(host)
		}
		return nil
	}, nil
}

// nearby reports an address of this host or of its link, such as where clouds have the
// metadata of their machines.
func nearby(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast() || addr.IsMulticast()
}

// caller decides about the address of a host that connects to us.
func (p Policy) caller(addr netip.Addr) error {
	if p.deny.address(addr) || !p.allow.empty() && !p.allow.address(addr) {
		return forbidden(addr.String())
	}
	return nil
}

func forbidden(host string) *guac.Error {
	return guac.Errorf(guac.ClientForbidden, "guacd: connections to %.80q are not allowed", host)
}
