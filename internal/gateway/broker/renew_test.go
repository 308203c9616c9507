// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/active"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// unsteady is a registry that can be away.
type unsteady struct {
	*active.Memory
	away bool
}

func (u *unsteady) Remove(ctx context.Context, key string) ([]directory.ActiveConnection, error) {
	if u.away {
		return nil, errors.New("connection refused")
	}
	return u.Memory.Remove(ctx, key)
}

func TestRegistryLearnsWhatItMissed(t *testing.T) {
	registry := &unsteady{Memory: active.NewMemory()}
	guacd := gatewaytest.NewGuacd(t)
	provider := &gatewaytest.Provider{
		Passwords:   map[string]string{"alice": "secret"},
		Connections: []*directory.Connection{{Identifier: "1", Protocol: "ssh"}},
	}
	b := New(Config{Gateway: "A", Active: registry, Supervisor: guacd.Dial})
	b.renew(t.Context())
	session, _ := provider.Login(t, provider.Sessions(t), "alice")
	open := func() *Tunnel {
		tunnel, err := b.Open(t.Context(), session, Request{
			DataSource: gatewaytest.DataSource, Kind: Connection, ID: "1", Info: guac.ClientInfo{Width: 1, Height: 1, DPI: 96},
		})
		if err != nil {
			t.Fatal(err)
		}
		guacd.Accept(t)
		return tunnel
	}
	wantListed := func(when string, want ...*Tunnel) {
		t.Helper()
		list, err := registry.List(t.Context(), gatewaytest.DataSource)
		if err != nil || len(list) != len(want) {
			t.Fatalf("%s: %d listed, %v; want %d", when, len(list), err, len(want))
		}
		for i, tunnel := range want {
			if list[i].Identifier != tunnel.UUID() {
				t.Errorf("%s: %s is listed, want %s", when, list[i].Identifier, tunnel.UUID())
			}
		}
	}
	ended, goesOn := open(), open()
	registry.away = true
	ended.Close(nil)
	registry.away = false
	wantListed("before it is told", ended, goesOn)
	b.renew(t.Context())
	wantListed("of a session that ended while the registry was away", goesOn)

	if err := registry.Detach(t.Context(), "A"); err != nil {
		t.Fatal(err)
	}
	wantListed("of a gateway that was given up")
	b.renew(t.Context())
	wantListed("of a gateway that lives after all", goesOn)
	if err := b.Shutdown(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	wantListed("of a gateway that has stopped")
}
