// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/gateway"
	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/internal/secret"
)

// benchmarkGateway is a gateway without a network.
type benchmarkGateway struct {
	gateway *gateway.Gateway
	token   string
}

func newBenchmarkGateway(b *testing.B) *benchmarkGateway {
	b.Helper()
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"guacamole-home": b.TempDir(), "isolation": "none"}})
	if err != nil {
		b.Fatal(err)
	}
	db, err := openStore(b.Context(), filepath.Join(b.TempDir(), "bench.db"), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := db.CreateFirstAdministrator(b.Context(), "admin", secret.New(adminPassword)); err != nil {
		b.Fatal(err)
	}
	supervisor, err := guacd.New(guacd.Config{Registry: registry(), Isolation: guacd.IsolationNone})
	if err != nil {
		b.Fatal(err)
	}
	g, err := newGateway(gatewayParts{
		cfg: cfg, logger: slog.New(slog.DiscardHandler), db: db, supervisor: supervisor, providers: providers(),
	})
	if err != nil {
		b.Fatal(err)
	}
	bench := &benchmarkGateway{gateway: g}
	answer := bench.serve(b, "POST", "tokens", "", "username=admin&password="+adminPassword)
	var result struct {
		AuthToken string `json:"authToken"`
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		b.Fatal(err)
	}
	bench.token = result.AuthToken
	return bench
}

func (g *benchmarkGateway) serve(b *testing.B, method, path, contentType, body string) []byte {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), method, "/guacamole/api/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Guacamole-Token", g.token)
	w := httptest.NewRecorder()
	g.gateway.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("%s %s = %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}
