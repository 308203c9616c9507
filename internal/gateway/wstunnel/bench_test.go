// SPDX-License-Identifier: Apache-2.0

package wstunnel_test

import (
	"context"
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/gateway/wstunnel"
)

// BenchmarkRelay measures pictures on their way from guacd to a browser that takes all of them, sockets included.
func BenchmarkRelay(b *testing.B) {
	guacd := gatewaytest.NewGuacd(b)
	provider := &gatewaytest.Provider{
		Passwords:   map[string]string{"alice": "secret"},
		Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh"}},
	}
	sessions := provider.Sessions(b)
	_, token := provider.Login(b, sessions, "alice")
	opener := broker.New(broker.Config{Supervisor: func(ctx context.Context) (net.Conn, error) { return guacd.Dial(ctx) }})
	server := httptest.NewServer(wstunnel.New(wstunnel.Config{Logins: sessions, Broker: opener}))
	defer server.Close()
	query := url.Values{"token": {token}, "GUAC_DATA_SOURCE": {gatewaytest.DataSource}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"}}
	conn, _, err := websocket.Dial(b.Context(), server.URL+"/?"+query.Encode(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	peer := guacd.Accept(b)
	if _, _, err := conn.Read(b.Context()); err != nil {
		b.Fatal(err)
	}
	picture := "4.blob,1.1,8000." + strings.Repeat("A", 8000) + ";"
	b.SetBytes(int64(len(picture)))
	b.ReportAllocs()
	b.ResetTimer()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for range b.N {
			peer.Send(picture)
		}
	}()
	for left := b.N * len(picture); left > 0; {
		_, message, err := conn.Read(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		left -= len(message)
	}
	<-sent
}
