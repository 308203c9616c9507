// SPDX-License-Identifier: Apache-2.0

//go:build integration

package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/test/servers"
)

// manual returns the indented text below a heading of a page of the manual.
func manual(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "manual", page))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var block strings.Builder
	for line := range strings.Lines(section) {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			block.WriteString(code)
		}
	}
	if !found || block.Len() == 0 {
		t.Fatalf("%s has no text of a file below %q", page, heading)
	}
	return block.String()
}

// behind returns the fixture as it is seen through a proxy, which start starts with the manual's text for this gateway.
func behind(t *testing.T, f *gatewayFixture, text string, start func(t testing.TB, port int, text string) *servers.Process) *gatewayFixture {
	t.Helper()
	port, files := servers.FreePort(t), servers.NewTLSFiles(t)
	text = strings.NewReplacer(
		"listen 443 ssl", "listen 127.0.0.1:"+strconv.Itoa(port)+" ssl", "*:443", "127.0.0.1:"+strconv.Itoa(port),
		"/etc/ssl/desk.example.org.pem", files.Certificate, "/etc/ssl/desk.example.org.key", files.Key,
		"http://127.0.0.1:8080", f.server.URL,
	).Replace(text)
	start(t, port, text)
	former := http.DefaultClient.Transport
	http.DefaultClient.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: files.Pool}}
	t.Cleanup(func() { http.DefaultClient.Transport = former })
	proxied := *f
	proxied.server = &httptest.Server{URL: "https://" + servers.Address(port)}
	return &proxied
}

func TestProxiesOfTheManual(t *testing.T) {
	// Part of: DEP-06
	for name, start := range map[string]func(t testing.TB, port int, text string) *servers.Process{
		"nginx": servers.StartNginx, "Apache": servers.StartApache,
	} {
		t.Run(name, func(t *testing.T) {
			direct := roundTripFixture(t)
			direct.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"p"}}`)
			f := behind(t, direct, manual(t, "proxy.md", name), start)
			target := depart(t, f)
			if got, want := target.Query().Get("return"), f.server.URL+"/guacamole/api/ext/roundtrip/callback"; got != want {
				t.Errorf("an identity provider is told to come back to %s, want %s", got, want)
			}
			status, answer := loginAt(t, f.server.URL+"/guacamole/", http.Header{"X-Forwarded-For": {"198.51.100.7"}},
				url.Values{"username": {"admin"}, "password": {adminPassword}})
			if status != http.StatusOK {
				t.Fatalf("login = %d %s", status, answer)
			}
			f.wantLog("audit.address=198.51.100.7")
			session := f.open(decode[struct{ AuthToken string }](t, answer).AuthToken, "c", "1")
			session.WantFirst("name", "p")
			session.typeA()
			session.WantFirst("name", "97")
		})
	}
}

func TestHeaderLoginThroughNginx(t *testing.T) {
	// Features: EXT-11
	passwords := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(passwords, []byte("alice:{PLAIN}secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(manual(t, "header.md", "nginx"), "\n")
	own := strings.Join(lines[1:len(lines)-3], "\n") // without the location and its end, and the remark
	text := strings.Replace(manual(t, "proxy.md", "nginx"), "location /guacamole/ {", "location /guacamole/ {\n"+own, 1)
	text = strings.Replace(text, "/etc/nginx/palta.passwords", passwords, 1)
	f := behind(t, newGatewayFixture(t, "HEADER_ENABLED=true"), text, servers.StartNginx)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.server.URL+"/guacamole/api/tokens", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Remote_user", "admin") // what a client says must not count
	if status, answer := f.do(req); status != http.StatusUnauthorized {
		t.Errorf("without a password nginx lets through: %d %s", status, answer)
	}
	req.SetBasicAuth("alice", "secret")
	status, answer := f.do(req)
	if got := decode[struct{ Username string }](t, answer).Username; status != http.StatusOK || got != "alice" {
		t.Errorf("login = %d %s, want that of alice", status, answer)
	}
}
