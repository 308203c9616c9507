// SPDX-License-Identifier: Apache-2.0

//go:build integration

package firstpicture_test

import (
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/firstpicture"
	"github.com/palta-gateway/palta/test/servers"
)

func TestXRDPOverTLS(t *testing.T) {
	x := servers.StartXRDP(t, servers.XRDPOptions{Security: "tls", Session: "exec sleep 60"})
	ctx, c := dial(t, firstpicture.Config{
		Address: servers.Address(x.Port), Protocols: nego.ProtocolSSL, User: x.Login.Name, Password: x.Login.Password,
	})
	d := x.SessionDisplay(t)
	paint(t, d, width, height)
	show(ctx, t, c, d, 32, exact)
}
