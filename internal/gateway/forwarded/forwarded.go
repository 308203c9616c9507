// SPDX-License-Identifier: Apache-2.0

// Package forwarded tells who sent a request and to which address, as far as trusted reverse proxies say so.
//
// [Config.Resolve] stands before every handler: it puts the client's address into RemoteAddr and notes in the context whether the peer
// is a trusted proxy. [Trusted] and [BaseURL] answer from that later.
//
// Headers of other peers are never looked at. Where proxies are chained, each list is read from its end, which is what the proxy
// nearest to the gateway has written; what stands before it may be the client's own invention.
package forwarded

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// DefaultClientHeader is the header in which proxies name the client.
const DefaultClientHeader = "X-Forwarded-For"

// Headers in which a trusted proxy tells where the client believes the gateway to be.
const (
	protoHeader  = "X-Forwarded-Proto"
	hostHeader   = "X-Forwarded-Host"
	prefixHeader = "X-Forwarded-Prefix"
)

// Config says whom to believe.
type Config struct {
	// Proxies are the peers that are believed.
	Proxies []netip.Prefix
	// ClientHeader names the client; empty means DefaultClientHeader.
	ClientHeader string
	// PublicURL is where browsers find the web client, with a slash at its end. If empty, requests tell.
	PublicURL string
	// ContextPath is the path of the web client in this gateway; it begins and ends with a slash.
	ContextPath string
}

// origin is what the context of a request holds.
type origin struct {
	config  *Config
	trusted bool
}

type contextKey struct{}

// Resolve returns the request as handlers are to see it.
func (c *Config) Resolve(r *http.Request) *http.Request {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	trusted := err == nil && c.trusts(peer.Addr())
	resolved := r.WithContext(context.WithValue(r.Context(), contextKey{}, origin{config: c, trusted: trusted}))
	if trusted {
		resolved.RemoteAddr = c.client(r, peer.Addr())
	}
	return resolved
}

// client returns the first address, read from the end of the header, that is not a trusted proxy, with a port.
func (c *Config) client(r *http.Request, peer netip.Addr) string {
	header := c.ClientHeader
	if header == "" {
		header = DefaultClientHeader
	}
	client := peer
	hops := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			break
		}
		client = hop
		if !c.trusts(hop) {
			break
		}
	}
	if client == peer {
		return r.RemoteAddr
	}
	return net.JoinHostPort(client.String(), "0")
}

func (c *Config) trusts(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range c.Proxies {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// parseHop reads an address as proxies write it: bare, in brackets, or with a port.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap(), true
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap(), err == nil
}

// Trusted reports whether a trusted proxy has sent the request, so that what its headers say of the user may be believed.
func Trusted(r *http.Request) bool {
	o, _ := r.Context().Value(contextKey{}).(origin)
	return o.trusted
}

// BaseURL returns where the browser finds the web client, with a slash at its end; empty for a request that was not resolved.
func BaseURL(r *http.Request) string {
	o, ok := r.Context().Value(contextKey{}).(origin)
	switch {
	case !ok:
		return ""
	case o.config.PublicURL != "":
		return o.config.PublicURL
	}
	scheme, host, prefix := "http", r.Host, ""
	if r.TLS != nil {
		scheme = "https"
	}
	if o.trusted {
		if proto := strings.ToLower(last(r, protoHeader)); proto == "http" || proto == "https" {
			scheme = proto
		}
		if said := last(r, hostHeader); validHost(said) {
			host = said
		}
		if said := strings.TrimRight(last(r, prefixHeader), "/"); validPrefix(said) {
			prefix = said
		}
	}
	if !validHost(host) {
		host = "localhost"
	}
	return scheme + "://" + host + prefix + o.config.ContextPath
}

// last returns the last value of a header that may be a list.
func last(r *http.Request, header string) string {
	values := r.Header.Values(header)
	if len(values) == 0 {
		return ""
	}
	value := values[len(values)-1]
	return strings.TrimSpace(value[strings.LastIndexByte(value, ',')+1:])
}

// validHost reports a name or address, perhaps with a port, that means nothing else within a URL.
func validHost(host string) bool {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
		if port == "" || strings.Trim(port, "0123456789") != "" {
			return false
		}
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && address.Is6() && address.Zone() == "" && strings.HasSuffix(name, "]")
	}
	return name != "" && strings.IndexFunc(name, notInName) < 0
}

// validPrefix reports a path that begins with a slash, or none at all.
func validPrefix(path string) bool {
	if path == "" {
		return true
	}
	parts := strings.Split(path, "/")
	if parts[0] != "" {
		return false
	}
	for _, part := range parts[1:] {
		if part == "" || part == "." || part == ".." || strings.IndexFunc(part, notInName) >= 0 {
			return false
		}
	}
	return true
}

// notInName reports a character that is neither letter, digit nor one of "-._~".
func notInName(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && !strings.ContainsRune("-._~", r)
}
