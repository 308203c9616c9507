// SPDX-License-Identifier: Apache-2.0

//go:build integration

package firstpicture_test

import (
	"context"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/firstpicture"
	"github.com/palta-gateway/palta/test/servers"
)

func TestProbe(t *testing.T) {
	s := servers.StartFreeRDPShadow(t, servers.ShadowOptions{})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := firstpicture.Dial(ctx, firstpicture.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, User: "x", Surfaces: true, RemoteFX: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(c.Connector.Response, c.Screen.Image.Rect)
	end := time.Now().Add(3 * time.Second)
	_ = c.Until(func() bool { return time.Now().After(end) })
	t.Log(c.Screen.Counts)
	for _, s := range c.Connector.Capabilities {
		t.Logf("%T %+v", s, s)
	}
}

func TestProbeXRDP(t *testing.T) {
	s := servers.StartXRDP(t, servers.XRDPOptions{})
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c, err := firstpicture.Dial(ctx, firstpicture.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, User: "x", Surfaces: true, RemoteFX: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(c.Connector.Response, c.Screen.Image.Rect)
	end := time.Now().Add(2 * time.Second)
	t.Log(c.Until(func() bool { return time.Now().After(end) }))
	t.Log(c.Screen.Counts)
	for _, s := range c.Connector.Capabilities {
		t.Logf("%T %+v", s, s)
	}
}
