// SPDX-License-Identifier: Apache-2.0

//go:build browser

package browser

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/auth/authtest"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
)

// TestLoginByRedirect has the web client follow a login to an identity provider and back.
func TestLoginByRedirect(t *testing.T) {
	roundTrip := &authtest.RoundTrip{IdentityProvider: authtest.IdentityProvider(t), OneTime: &auth.MemoryOneTime{}}
	data := &gatewaytest.Provider{Connections: []*directory.Connection{
		{Identifier: "1", Name: "box", Parent: directory.RootGroup, Protocol: "ssh"},
		{Identifier: "2", Name: "shelf", Parent: directory.RootGroup, Protocol: "vnc"},
	}}
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{roundTrip, data}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(gateway.Config{Chain: chain, Web: os.DirFS(filepath.Join("..", "..", "web", "app", "dist"))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	defer server.Close()
	runAt(t, "redirect", server.URL+gateway.DefaultContextPath, "")
}
