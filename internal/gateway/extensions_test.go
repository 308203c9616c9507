// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/extension"
)

const builtPage = `<!doctype html><html><head><link rel="icon" href="./images/palta.svg" type="image/svg+xml" />` +
	`<link rel="stylesheet" href="./assets/own.css"></head><body><div id="app"></div></body></html>`

// strictPolicy is written out, so that a change of it is seen.
const strictPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

func file(path, media, content string) extension.File {
	return extension.File{Path: path, Media: media, Content: []byte(content)}
}

// themes are two extensions that touch the same things.
func themes() extension.Set {
	icon := file("small.png", "image/png", "small icon")
	return extension.Set{
		{
			Namespace: "first", SmallIcon: &icon,
			Styles: []extension.File{file("a.css", "", "body{color:red}")}, Scripts: []extension.File{file("a.js", "", "one() // one")},
			Patches:   []extension.File{file("a.html", "", `<meta name="after" content=".version"><p>one`)},
			Resources: []extension.File{file("img/logo.svg", "image/svg+xml", "<svg/>")},
			Translations: []extension.Translation{
				{Language: "en", Messages: extension.Messages{"APP": extension.Messages{"NAME": "First", "OTHER": "x"}}},
				{Language: "de", Messages: extension.Messages{"NAME": "Deutsch"}},
				{Language: "nl", Messages: extension.Messages{"APP": extension.Messages{"NAME": "Eerste"}}},
			},
		},
		{
			Namespace: "second",
			Styles:    []extension.File{file("b.css", "", "body{color:blue}")}, Scripts: []extension.File{file("b.js", "", "two()")},
			Patches:      []extension.File{file("b.html", "", "<p>two")},
			Translations: []extension.Translation{{Language: "en", Messages: extension.Messages{"APP": extension.Messages{"NAME": "Second"}}}},
		},
	}
}

func newExtendedGateway(t *testing.T, extensions Extensions) *Gateway {
	t.Helper()
	return newTestGateway(t, func(cfg *Config) {
		cfg.Web = fstest.MapFS{pageName: {Data: []byte(builtPage)}}
		cfg.Extensions = extensions
	})
}

func (g *Gateway) body(t *testing.T, path string) string {
	t.Helper()
	response := g.get("/guacamole/" + path)
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: status %d, error %v", path, response.StatusCode, err)
	}
	return string(body)
}

func TestWithoutExtensionsNothingIsAdded(t *testing.T) {
	g := newExtendedGateway(t, Extensions{})
	for path, want := range map[string]string{
		"": builtPage, "app.css": "", "app.js": "", "api/patches": "[]", "api/languages": `{"en":"English"}`,
		"translations/en.json": `{"NAME":"English"}`,
	} {
		if got := g.body(t, path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
		if got := g.get("/guacamole/" + path).Header.Get("Content-Security-Policy"); got != strictPolicy {
			t.Errorf("%s has the policy %q", path, got)
		}
	}
	if got := g.get("/guacamole/images/logo-64.png").StatusCode; got != http.StatusNotFound {
		t.Errorf("an icon that is not there = %d", got)
	}
}

func TestExtensionsAreServedUnderUpstreamsPaths(t *testing.T) {
	// Features: BRA-04, BRA-06
	// Part of: BRA-02, BRA-03, BRA-05
	g := newExtendedGateway(t, Extensions{Set: themes()})
	for _, test := range []struct{ path, media, want string }{
		{"app.css", "text/css; charset=utf-8", "body{color:red}\nbody{color:blue}"},
		{"app.js", "text/javascript; charset=utf-8", "one() // one\ntwo()"},
		{"app/ext/first/img/logo.svg", "image/svg+xml", "<svg/>"},
		{"images/logo-64.png", "image/png", "small icon"},
		{"api/patches", "application/json", `["<meta name=\"after\" content=\".version\"><p>one","<p>two"]`},
		{"api/languages", "application/json", `{"de":"Deutsch","en":"English","nl":"nl"}`},
		{"translations/en.json", "application/json", `{"APP":{"NAME":"Second","OTHER":"x"},"NAME":"English"}`},
		{"translations/nl.json", "application/json", `{"APP":{"NAME":"Eerste"}}`},
	} {
		if got := g.body(t, test.path); got != test.want {
			t.Errorf("%s = %q, want %q", test.path, got, test.want)
		}
		first := g.get("/guacamole/" + test.path)
		if got := first.Header.Get("Content-Type"); got != test.media {
			t.Errorf("%s has the type %q, want %q", test.path, got, test.media)
		}
		if strings.HasPrefix(test.path, "api/") {
			continue
		}
		if got := first.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s may be kept: %q", test.path, got)
		}
		if got := g.get("/guacamole/"+test.path, "If-None-Match", first.Header.Get("ETag")); got.StatusCode != http.StatusNotModified {
			t.Errorf("%s again = %d, want 304", test.path, got.StatusCode)
		}
	}
	for _, path := range []string{"app/ext/second/img/logo.svg", "app/ext/first/a.css", "images/logo-144.png", "translations/fr.json"} {
		if got := g.get("/guacamole/" + path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", path, got)
		}
	}
}

func TestThePageLoadsExtensionsBehindItsOwnStyles(t *testing.T) {
	// Part of: BRA-02, BRA-06
	set := themes()
	g := newExtendedGateway(t, Extensions{Set: set})
	want := `<!doctype html><html><head><link rel="icon" href="images/logo-64.png"><link rel="stylesheet" href="./assets/own.css">` +
		`<meta name="palta-extensions" content="patches texts"></head>` +
		`<body><link rel="stylesheet" href="app.css?b=` + digest(set.Styles()) + `"><div id="app"></div>` +
		`<script src="app.js?b=` + digest(set.Scripts()) + `"></script></body></html>`
	if diff := cmp.Diff(want, g.body(t, "")); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	bare := newExtendedGateway(t, Extensions{Set: extension.Set{{Namespace: "bare"}}})
	if page := bare.body(t, ""); !strings.Contains(page, `<meta name="palta-extensions" content="">`) || !strings.Contains(page, "palta.svg") {
		t.Errorf("page with an empty extension: %s", page)
	}
	chain, err := auth.NewChain(auth.Config{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(Config{Chain: chain, Web: fstest.MapFS{pageName: {Data: []byte("<p>")}}, Extensions: Extensions{Set: set}})
	if err == nil || !strings.Contains(err.Error(), "</head>") {
		t.Errorf("a page that takes no extensions: error %v", err)
	}
}

func TestLanguagesThatAreNotAllowedAreNotServed(t *testing.T) {
	g := newExtendedGateway(t, Extensions{Set: themes(), AllowedLanguages: []string{"de", "fr"}})
	if got := g.body(t, "api/languages"); got != `{"de":"Deutsch"}` {
		t.Errorf("languages = %s", got)
	}
	if got := g.get("/guacamole/translations/en.json").StatusCode; got != http.StatusNotFound {
		t.Errorf("texts in a language that is not allowed = %d", got)
	}
	if got := newExtendedGateway(t, Extensions{AllowedLanguages: []string{"fr"}}).body(t, "api/languages"); got != `{"en":"English"}` {
		t.Errorf("languages where none remains = %s", got)
	}
}

func TestThePolicyAllowsWhatPatchesHaveInlineAndNoMore(t *testing.T) {
	set := themes()
	set[0].Patches = append(set[0].Patches, file("c.html", "", `<p style="color:red" onclick="this.remove()"><style>p{}</style>`))
	set[1].Styles = append(set[1].Styles, file("d.css", "", `@font-face{src:url("data:font/woff2;base64,AA")}`))
	g := newExtendedGateway(t, Extensions{Set: set, Hosts: []string{"https://*.pictures.example"}})
	hash := func(text string) string { return hashesOf([]string{text})[0] }
	want := strings.NewReplacer(
		"style-src 'self'", "style-src 'self' "+hash("p{}")+" https://*.pictures.example",
		"font-src 'self'", "font-src 'self' data: https://*.pictures.example",
		"data: blob:;", "data: blob: https://*.pictures.example;",
	).Replace(strictPolicy) +
		"; script-src-attr 'unsafe-hashes' " + hash("this.remove()") + "; style-src-attr 'unsafe-hashes' " + hash("color:red")
	if got := g.get("/guacamole/").Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy of the page\n got %s\nwant %s", got, want)
	}
	for _, path := range []string{"app.css", "app/ext/first/img/logo.svg", "api/patches", "websocket-tunnel"} {
		if got := g.get("/guacamole/" + path).Header.Get("Content-Security-Policy"); got != strictPolicy {
			t.Errorf("policy of %s = %q", path, got)
		}
	}
	if got := newExtendedGateway(t, Extensions{Set: themes()}).get("/guacamole/").Header.Get("Content-Security-Policy"); got != strictPolicy {
		t.Errorf("policy for extensions that need nothing = %q", got)
	}
}

func TestThePolicyIsBounded(t *testing.T) {
	var log bytes.Buffer
	var patch strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&patch, `<p style="order:%d" onclick="go(%d)">`, i, i)
	}
	e := Extensions{Set: extension.Set{{Namespace: "x", Patches: []extension.File{file("x.html", "", patch.String())}}}}
	if got := strings.Count(e.policy(slog.New(slog.NewTextHandler(&log, nil))), "sha256-"); got != maxInline {
		t.Errorf("%d hashes, want %d", got, maxInline)
	}
	if !strings.Contains(log.String(), "put them into files") {
		t.Errorf("log: %s", log.String())
	}
}

func TestOtherServersAreNamedInTheLogUnlessAllowed(t *testing.T) {
	set := extension.Set{{Namespace: "x", Styles: []extension.File{file("x.css", "", `
		@import "https://fonts.example/a"; a{background:url(//cdn.example/a.png)} b{background:url(http://cdn.example/a.png)}
		i{background:url(https://a.b.example:8443/x)}`)}}}
	for _, test := range []struct {
		hosts []string
		want  []string
	}{
		{nil, []string{"//cdn.example", "http://cdn.example", "https://a.b.example:8443", "https://fonts.example"}},
		{[]string{"https://fonts.example", "https://cdn.example"}, []string{"http://cdn.example", "https://a.b.example:8443"}},
		{[]string{"https://*.example", "http://*.example"}, []string{"https://a.b.example:8443"}},
		{[]string{"https://*.b.example:8443"}, []string{"//cdn.example", "http://cdn.example", "https://fonts.example"}},
	} {
		var log bytes.Buffer
		Extensions{Set: set, Hosts: test.hosts}.reportExternal(slog.New(slog.NewTextHandler(&log, nil)))
		var got []string
		for line := range strings.Lines(log.String()) {
			_, host, _ := strings.Cut(strings.TrimSpace(line), " host=")
			got = append(got, host)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("allowed %v (-want +got):\n%s", test.hosts, diff)
		}
	}
}

func TestHostsOfExtensionsAreChecked(t *testing.T) {
	chain, err := auth.NewChain(auth.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for host, ok := range map[string]bool{
		"https://fonts.example": true, "https://*.example:8443": true, "http://[::1]": false, "*": false, "https:": false, "data:": false,
		"'unsafe-inline'": false, "https://a.example; script-src *": false, "https://a.example/path": false, "fonts.example": false,
	} {
		_, err := New(Config{Chain: chain, Extensions: Extensions{Hosts: []string{host}}})
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want taken %v", host, err, ok)
		}
	}
}
