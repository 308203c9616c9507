// SPDX-License-Identifier: Apache-2.0

//go:build integration

package viewer_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/viewer"
	"github.com/palta-gateway/palta/test/servers"
)

const anyProtocol = nego.ProtocolSSL | nego.ProtocolHybrid | nego.ProtocolHybridEx

func TestShadowWithNLA(t *testing.T) {
	t.Parallel()
	s := servers.StartFreeRDPShadow(t, servers.ShadowOptions{Width: width, Height: height, NLA: true})
	paint(t, s.Display, desktop(width, height))
	cfg := viewer.Config{Address: servers.Address(s.Port), Protocols: anyProtocol, User: s.User, Password: s.Password}
	t.Run("the right password", func(t *testing.T) {
		ctx, c := dial(t, cfg)
		if got := c.Connector.Response.Protocol; got != nego.ProtocolHybrid {
			t.Errorf("the server selects %v", got)
		}
		show(ctx, t, c, s.Display, 32, exact)
	})
	t.Run("a wrong password", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		wrong := cfg
		wrong.Password = "pear"
		_, err := viewer.Dial(ctx, wrong)
		if !errors.Is(err, credssp.LogonFailure) {
			t.Errorf("error %v, want %v", err, credssp.LogonFailure)
		}
		t.Log(err)
	})
	t.Run("no NLA", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		weak := cfg
		weak.Protocols = nego.ProtocolSSL
		_, err := viewer.Dial(ctx, weak)
		if !errors.Is(err, nego.HybridRequiredByServer) {
			t.Errorf("error %v, want %v", err, nego.HybridRequiredByServer)
		}
	})
}

func TestShadowWithoutNLA(t *testing.T) {
	t.Parallel()
	s := servers.StartFreeRDPShadow(t, servers.ShadowOptions{Width: width, Height: height})
	paint(t, s.Display, desktop(width, height))
	for _, tc := range []struct {
		name  string
		cfg   viewer.Config
		depth int
		came  string
	}{
		{"TLS", viewer.Config{Protocols: nego.ProtocolSSL}, 32, "planar"},
		{"standard security", viewer.Config{}, 32, "planar"},
		{"24 bits, which it makes 16 of", viewer.Config{Protocols: nego.ProtocolSSL, Depth: 24}, 16, "rle 16"},
		{"surface commands without a codec", viewer.Config{Protocols: nego.ProtocolSSL, Surfaces: true}, 32, "planar"},
		{"NSCodec, which it knows but does not use", viewer.Config{Protocols: nego.ProtocolSSL, NSCodec: true}, 32, "planar"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Address, tc.cfg.User = servers.Address(s.Port), s.User
			ctx, c := dial(t, tc.cfg)
			show(ctx, t, c, s.Display, tc.depth, exact)
			came(t, c, tc.came)
		})
	}
	t.Run("RemoteFX", func(t *testing.T) {
		ctx, c := dial(t, viewer.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, RemoteFX: true})
		show(ctx, t, c, s.Display, 32, sharp)
		paint(t, s.Display, smooth(width, height))
		show(ctx, t, c, s.Display, 32, soft)
		came(t, c, "surface 3")
		came(t, c, "frame")
	})
	t.Run("no fast-path output, without which it does not draw", func(t *testing.T) {
		ctx, c := dial(t, viewer.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, SlowPath: true})
		if err := c.Until(ctx, func() bool { return false }); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the connection ends with %v", err)
		}
	})
}
