// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"image"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// call connects to a port as soon as somebody listens.
func call(t *testing.T, port int) net.Conn {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody listens: %v", err)
		}
	}
}

func TestServerConnectsToUs(t *testing.T) {
	// Features: VNC-20
	port := freePort(t)
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: map[string]string{
		"hostname": "192.0.2.1", "port": strconv.Itoa(port), "reverse-connect": "true", "listen-timeout": "20000",
	}})
	s := rfbtest.NewServer(t, call(t, port))
	s.Handshake(64, 48, "desk")
	s.Setup()
	s.Write(fill(image.Rect(0, 0, 64, 48), red))
	u.WaitPixels("the desktop", pixelIs(63, 47, red))
}

func TestServerThatDoesNotConnectToUs(t *testing.T) {
	// Features: VNC-20
	u, err := guacuser.Try(t, inprocess.Start(t, Protocol()).Dial(), guacuser.Config{Select: "vnc", Params: map[string]string{
		"port": strconv.Itoa(freePort(t)), "reverse-connect": "true", "listen-timeout": "50",
	}})
	if err == nil {
		err = u.WaitEnd()
	}
	if guac.StatusOf(err) != guac.UpstreamTimeout {
		t.Errorf("session ends with %v, want UPSTREAM_TIMEOUT", err)
	}
}

func TestServerIsWokenFirst(t *testing.T) {
	// Features: VNC-24, COM-05
	network, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	port := freePort(t) // of a server that sleeps
	go func() {
		packet := make([]byte, 1500)
		if n, _, err := network.ReadFrom(packet); err != nil || n != 102 {
			t.Errorf("packet of %d bytes, %v", n, err)
			return
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			t.Errorf("the server does not wake: %v", err)
			return
		}
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		s := rfbtest.NewServer(t, conn)
		s.Handshake(64, 48, "desk")
		s.Setup()
		s.Write(fill(image.Rect(0, 0, 64, 48), red))
		_, _ = io.Copy(io.Discard, conn) // until the user leaves
	}()
	params := address(port)
	for name, value := range map[string]string{
		"wol-send-packet": "true", "wol-mac-addr": "01:23:45:67:89:ab", "wol-broadcast-addr": "127.0.0.1",
		"wol-udp-port": strconv.Itoa(network.LocalAddr().(*net.UDPAddr).Port), "wol-wait-time": "1",
	} {
		params[name] = value
	}
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params})
	u.WaitPixels("the desktop of the server that was woken", pixelIs(63, 47, red))
	u.Leave()
}
