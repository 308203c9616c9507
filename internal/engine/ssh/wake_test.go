// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

func TestServerIsWokenBeforeItIsConnectedTo(t *testing.T) {
	// Part of: COM-05, SSH-18
	network, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	u := inprocess.Start(t, Protocol(Options{})).Connect(guacuser.Config{Select: "ssh", Params: map[string]string{
		"hostname": "127.0.0.1", "port": strconv.Itoa(free.Addr().(*net.TCPAddr).Port), "username": "anna", "password": "x",
		"wol-send-packet": "true", "wol-mac-addr": "01:23:45:67:89:ab", "wol-broadcast-addr": "127.0.0.1",
		"wol-udp-port": strconv.Itoa(network.LocalAddr().(*net.UDPAddr).Port),
	}})
	_ = network.SetReadDeadline(time.Now().Add(guacuser.Timeout))
	packet := make([]byte, 1500)
	n, _, err := network.ReadFrom(packet)
	if err != nil || !bytes.HasPrefix(packet[:n], bytes.Repeat([]byte{0xFF}, 6)) {
		t.Errorf("packet % x, %v", packet[:n], err)
	}
	if err := u.WaitEnd(); guac.StatusOf(err) != guac.UpstreamUnavailable {
		t.Errorf("session ends with %v, want UPSTREAM_UNAVAILABLE, for the server sleeps on", err)
	}
}
