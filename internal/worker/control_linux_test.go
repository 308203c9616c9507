// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// socketpair returns both ends of a control socket over a socket.
func socketpair(t *testing.T) (a, b Control) {
	t.Helper()
	a, file, err := Socketpair()
	if err != nil {
		t.Fatal(err)
	}
	b, err = newSocketControl(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

func TestSocketCarriesMessagesAndConnections(t *testing.T) {
	a, b := socketpair(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for i := range 20 { // so that a descriptor that is not closed would be noticed below
		client, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		server, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		want := Message{Kind: KindUser, User: "@1", Buffered: []byte{0, 1, 0xFF}, Owner: i == 0}
		if err := a.Send(want, server); err != nil {
			t.Fatal(err)
		}
		got, handle, err := b.Receive()
		conn, ok := handle.(net.Conn)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || !ok {
			t.Fatalf("%v, %v (-want +got):\n%s", err, handle, diff)
		}
		if _, err := io.WriteString(conn, "hello"); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		text, err := io.ReadAll(client) // ends only if no descriptor of the connection is open
		if err != nil || string(text) != "hello" {
			t.Fatalf("read %q, %v", text, err)
		}
		_ = client.Close()
	}
	if err := b.Send(Message{Kind: KindLeft, User: "@1"}, nil); err != nil {
		t.Fatal(err)
	}
	if m, conn, err := a.Receive(); m.Kind != KindLeft || conn != nil || err != nil {
		t.Errorf("Receive = %+v, %v, %v", m, conn, err)
	}
	_ = a.Close()
	if _, _, err := b.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("Receive after the end: %v", err)
	}
	if err := b.Send(Message{Kind: KindLeft}, nil); err == nil {
		t.Error("Send after the end succeeded")
	}
}

func TestSocketCarriesFiles(t *testing.T) {
	a, b := socketpair(t)
	path := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Send(Message{Kind: KindAnswer, Request: 1}, file); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("x"); err == nil {
		t.Error("the sender still has the file")
	}
	m, handle, err := b.Receive()
	received, ok := handle.(*os.File)
	if err != nil || m.Request != 1 || !ok {
		t.Fatalf("Receive = %+v, %v, %v", m, handle, err)
	}
	if _, err := received.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	_ = received.Close()
	if text, err := os.ReadFile(path); string(text) != "hello" {
		t.Errorf("file has %q, %v", text, err)
	}
}

func TestSocketRefusesWhatItCannotSend(t *testing.T) {
	a, _ := socketpair(t)
	ours, theirs := net.Pipe()
	if err := a.Send(Message{Kind: KindUser}, theirs); err == nil {
		t.Error("a connection without a descriptor was sent")
	}
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("it is still open: %v", err)
	}
}

func TestSocketRefusesGarbage(t *testing.T) {
	a, b := socketpair(t)
	if _, err := a.(*socketControl).conn.Write([]byte("garbage")); err != nil {
		t.Fatal(err)
	}
	if m, _, err := b.Receive(); err == nil {
		t.Errorf("Receive = %+v", m)
	}
}
