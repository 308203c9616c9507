// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
)

var script = []byte(strings.Repeat("console.log('palta');\n", 100))

func newTestGateway(t *testing.T, change func(cfg *Config)) *Gateway {
	t.Helper()
	provider := &gatewaytest.Provider{
		Passwords:   map[string]string{"alice": "secret"},
		Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh"}},
	}
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{provider}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Chain: chain, Web: fstest.MapFS{
		"index.html":         {Data: []byte("<!doctype html><title>Palta</title>")},
		"assets/app-1234.js": {Data: script},
		"images/logo.png":    {Data: []byte("\x89PNG")},
		".vite/manifest":     {Data: []byte("{}")},
	}}
	if change != nil {
		change(&cfg)
	}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *Gateway) get(path string, header ...string) *http.Response {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Result()
}

func TestPathsOutsideTheAPI(t *testing.T) {
	// Features: DEP-05, DEP-13
	g := newTestGateway(t, nil)
	for _, test := range []struct {
		path        string
		status      int
		contentType string
		cache       string
	}{
		{"/", http.StatusFound, "", ""},
		{"/guacamole", http.StatusTemporaryRedirect, "", ""},
		{"/guacamole/", http.StatusOK, "text/html; charset=utf-8", "no-cache"},
		{"/guacamole/index.html", http.StatusOK, "text/html; charset=utf-8", "no-cache"},
		{"/guacamole/assets/app-1234.js", http.StatusOK, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/guacamole/images/logo.png", http.StatusOK, "image/png", "public, max-age=3600"},
		{"/guacamole/.vite/manifest", http.StatusNotFound, "", ""},
		{"/guacamole/assets/", http.StatusNotFound, "", ""},
		{"/guacamole/assets/../../etc/passwd", http.StatusTemporaryRedirect, "", ""},
		{"/elsewhere", http.StatusNotFound, "", ""},
		{"/healthz", http.StatusOK, "", ""},
	} {
		got := g.get(test.path)
		if got.StatusCode != test.status && (test.status != http.StatusTemporaryRedirect || got.StatusCode/100 != 3) {
			t.Errorf("%s = %d, want %d", test.path, got.StatusCode, test.status)
		}
		if test.contentType != "" && (got.Header.Get("Content-Type") != test.contentType || got.Header.Get("Cache-Control") != test.cache) {
			t.Errorf("%s has type %q and cache %q, want %q and %q", test.path,
				got.Header.Get("Content-Type"), got.Header.Get("Cache-Control"), test.contentType, test.cache)
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
			if got.Header.Get(name) == "" {
				t.Errorf("%s has no %s", test.path, name)
			}
		}
	}
	if got := g.get("/").Header.Get("Location"); got != "/guacamole/" {
		t.Errorf("root leads to %q", got)
	}
}

func TestAssetsAreCompressedAndRevalidated(t *testing.T) {
	g := newTestGateway(t, nil)
	const path = "/guacamole/assets/app-1234.js"
	plain := g.get(path)
	packed := g.get(path, "Accept-Encoding", "gzip, br")
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
		t.Fatalf("encodings = %q and %q", packed.Header.Get("Content-Encoding"), plain.Header.Get("Content-Encoding"))
	}
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(content, script) {
		t.Errorf("decompressed content differs, error %v", err)
	}
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Error("both encodings have the same entity tag")
	}
	again := g.get(path, "If-None-Match", plain.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("same entity tag = %d, want 304", again.StatusCode)
	}
	for _, tags := range []string{"W/" + packed.Header.Get("ETag"), `"another", ` + packed.Header.Get("ETag"), "*"} {
		if got := g.get(path, "Accept-Encoding", "gzip", "If-None-Match", tags).StatusCode; got != http.StatusNotModified {
			t.Errorf("If-None-Match %s = %d, want 304", tags, got)
		}
	}
	// The tag of the other encoding is that of other bytes.
	if got := g.get(path, "If-None-Match", packed.Header.Get("ETag")).StatusCode; got != http.StatusOK {
		t.Errorf("tag of the compressed file = %d, want 200", got)
	}
	for _, response := range []*http.Response{plain, packed} {
		if response.Header.Get("Content-Length") == "" || response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("header %v, want a length and Vary", response.Header)
		}
	}
	part := g.get(path, "Range", "bytes=0-6")
	if body, _ := io.ReadAll(part.Body); part.StatusCode != http.StatusPartialContent || string(body) != "console" {
		t.Errorf("part = %d %q", part.StatusCode, body)
	}
	if got := g.get("/guacamole/images/logo.png", "Accept-Encoding", "gzip"); got.Header.Get("Content-Encoding") != "" {
		t.Error("a picture was compressed")
	}
}

func TestWithoutAWebClientThePageSaysSo(t *testing.T) {
	g := newTestGateway(t, func(cfg *Config) { cfg.Web, cfg.ContextPath = nil, "/" })
	body, _ := io.ReadAll(g.get("/").Body)
	if string(body) != noClient {
		t.Errorf("page = %q", body)
	}
	if got := g.get("/api/languages"); got.StatusCode != http.StatusOK {
		t.Errorf("API at the top = %d", got.StatusCode)
	}
}

func TestPanicIsAnErrorObjectAndALogLine(t *testing.T) {
	var log bytes.Buffer
	g := newTestGateway(t, func(cfg *Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	handler := g.middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"type":"INTERNAL_ERROR"`) {
		t.Errorf("panic = %d %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "broken") || !strings.Contains(log.String(), "broken") {
		t.Errorf("the cause belongs into the log, not into the answer: %s\n%s", w.Body, log.String())
	}
}

func TestPanicAfterTheAnswerBeganCutsItOff(t *testing.T) {
	g := newTestGateway(t, nil)
	server := httptest.NewServer(g.middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		panic("broken")
	})))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("client read %q as a whole answer", body)
	}
}

func TestStopTellsSessionsAndEndsThem(t *testing.T) {
	guacd := gatewaytest.NewGuacd(t)
	g := newTestGateway(t, func(cfg *Config) { cfg.Broker = broker.Config{Supervisor: guacd.Dial} })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String() + "/guacamole/"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx, listener) }()

	response, err := http.Post(base+"api/tokens", "", strings.NewReader("username=alice&password=secret"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	_, rest, _ := strings.Cut(string(body), `"authToken":"`)
	token, _, _ := strings.Cut(rest, `"`)
	conn, _, err := websocket.Dial(t.Context(), base+"websocket-tunnel?GUAC_ID=1&GUAC_TYPE=c&GUAC_DATA_SOURCE=fake&token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	peer := guacd.Accept(t)
	if _, _, err := conn.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	cancel()
	if _, message, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(message), "3.520") {
		t.Errorf("browser got %q, error %v; want an error instruction with 520", message, err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("browser got %v, want a normal close frame", err)
	}
	peer.WantClosed()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if g.logins.Len() != 0 {
		t.Error("a login outlives the gateway")
	}
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a gateway without logins was made")
	}
	chain, _ := auth.NewChain(auth.Config{})
	if _, err := New(Config{Chain: chain, ContextPath: "guacamole"}); err == nil {
		t.Error("a context path without slashes was taken")
	}
}

func BenchmarkAsset(b *testing.B) {
	files, err := newAssets(fstest.MapFS{"assets/app.js": {Data: script}})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/assets/app.js", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		files.ServeHTTP(httptest.NewRecorder(), r)
	}
}
