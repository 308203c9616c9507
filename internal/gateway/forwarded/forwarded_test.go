// SPDX-License-Identifier: Apache-2.0

package forwarded

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func config() *Config {
	return &Config{
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}, ContextPath: "/guacamole/",
	}
}

func TestClientAddress(t *testing.T) {
	// Features: AUT-09
	// Part of: DEP-06
	for _, test := range []struct {
		peer      string
		forwarded []string
		want      string
		trusted   bool
	}{
		{"192.0.2.1:5", nil, "192.0.2.1:5", false},
		{"192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1:5", false},
		{"192.0.2.1:5", []string{"10.0.0.1"}, "192.0.2.1:5", false},
		{"10.0.0.1:5", nil, "10.0.0.1:5", true},
		{"10.0.0.1:5", []string{"198.51.100.1"}, "198.51.100.1:0", true},
		{"10.0.0.1:5", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1:0", true},
		{"10.0.0.1:5", []string{"203.0.113.9, 10.0.0.7"}, "203.0.113.9:0", true},
		{"10.0.0.1:5", []string{"203.0.113.9", "10.0.0.7, 10.0.0.8"}, "203.0.113.9:0", true},
		{"10.0.0.1:5", []string{"10.0.0.7"}, "10.0.0.7:0", true},
		{"10.0.0.1:5", []string{"<script>, 10.0.0.7"}, "10.0.0.7:0", true},
		{"10.0.0.1:5", []string{"nonsense"}, "10.0.0.1:5", true},
		{"10.0.0.1:5", []string{"[2001:db8::1]:77"}, "[2001:db8::1]:0", true},
		{"[::1]:5", []string{"2001:db8::1"}, "[2001:db8::1]:0", true},
		{"[::ffff:10.0.0.1]:5", []string{"198.51.100.1"}, "198.51.100.1:0", true},
		{"10.0.0.1:5", []string{"198.51.100.1:8080"}, "198.51.100.1:0", true},
		{"@", []string{"198.51.100.1"}, "@", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.peer
		r.Header["X-Forwarded-For"] = test.forwarded
		got := config().Resolve(r)
		if got.RemoteAddr != test.want || Trusted(got) != test.trusted {
			t.Errorf("peer %s, forwarded %q: %s, trusted %v, want %s, %v",
				test.peer, test.forwarded, got.RemoteAddr, Trusted(got), test.want, test.trusted)
		}
	}
}

func TestBaseURL(t *testing.T) {
	const proxy, stranger = "10.0.0.1:5", "192.0.2.1:5"
	for _, test := range []struct {
		name   string
		peer   string
		host   string
		header http.Header
		want   string
	}{
		{"the request's own", stranger, "desk:8080", nil, "http://desk:8080/guacamole/"},
		{"a stranger is not believed", stranger, "desk", http.Header{
			"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Prefix": {"/x"},
		}, "http://desk/guacamole/"},
		{"a proxy is", proxy, "10.0.0.2:8080", http.Header{
			"X-Forwarded-Proto": {"HTTPS"}, "X-Forwarded-Host": {"desk.example.org"}, "X-Forwarded-Prefix": {"/remote/"},
		}, "https://desk.example.org/remote/guacamole/"},
		{
			"a proxy that passes the host on", proxy, "desk.example.org",
			http.Header{"X-Forwarded-Proto": {"https"}},
			"https://desk.example.org/guacamole/",
		},
		{"what the nearest proxy says counts", proxy, "a", http.Header{
			"X-Forwarded-Proto": {"http, https"}, "X-Forwarded-Host": {"evil.example", "evil.example, desk.example.org:8443"},
		}, "https://desk.example.org:8443/guacamole/"},
		{"nonsense is passed over", proxy, "desk", http.Header{
			"X-Forwarded-Proto": {"javascript"}, "X-Forwarded-Host": {"desk/..@evil.example"}, "X-Forwarded-Prefix": {"//evil.example"},
		}, "http://desk/guacamole/"},
		{"a prefix does not climb", proxy, "desk", http.Header{"X-Forwarded-Prefix": {"/a/../b"}}, "http://desk/guacamole/"},
		{"an address of version 6", stranger, "[2001:db8::1]:8080", nil, "http://[2001:db8::1]:8080/guacamole/"},
		{"no host", stranger, "", nil, "http://localhost/guacamole/"},
		{"a host with a user", stranger, "alice@desk", nil, "http://localhost/guacamole/"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Host = test.peer, test.host
		if test.header != nil {
			r.Header = test.header
		}
		if got := BaseURL(config().Resolve(r)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestPublicURLWinsOverWhatRequestsSay(t *testing.T) {
	c := config()
	c.PublicURL = "https://desk.example.org/"
	r := httptest.NewRequest("GET", "http://other/", nil)
	r.RemoteAddr = "10.0.0.1:5"
	r.Header.Set("X-Forwarded-Host", "third")
	if got := BaseURL(c.Resolve(r)); got != c.PublicURL {
		t.Errorf("base URL = %s, want %s", got, c.PublicURL)
	}
}

func TestTLSOfTheGatewayItself(t *testing.T) {
	r := httptest.NewRequest("GET", "http://desk/", nil)
	r.TLS = &tls.ConnectionState{}
	if got, want := BaseURL(config().Resolve(r)), "https://desk/guacamole/"; got != want {
		t.Errorf("base URL = %s, want %s", got, want)
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("1.2.3.4, [::1]:5, 10.1.1.1", "https", "desk.example.org:8443", "/remote")
	f.Add("", "http,", "[::1", "/../")
	f.Fuzz(func(t *testing.T, addresses, proto, host, prefix string) {
		r := &http.Request{RemoteAddr: "10.0.0.1:5", Host: host, Header: http.Header{
			"X-Forwarded-For": {addresses}, "X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {host}, "X-Forwarded-Prefix": {prefix},
		}}
		got := config().Resolve(r)
		if _, err := netip.ParseAddrPort(got.RemoteAddr); err != nil {
			t.Errorf("forwarded for %q gives the address %q", addresses, got.RemoteAddr)
		}
		base := BaseURL(got)
		u, err := url.Parse(base)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
			!strings.HasSuffix(u.Path, "/guacamole/") || u.String() != base {
			t.Errorf("%q, %q, %q give the base URL %q", proto, host, prefix, base)
		}
	})
}
