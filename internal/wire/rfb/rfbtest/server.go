// SPDX-License-Identifier: Apache-2.0

package rfbtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

// dialogueTimeout bounds each step of a dialogue.
const dialogueTimeout = 20 * time.Second

// Server is the server's side of a dialogue.
type Server struct {
	t    testing.TB
	conn net.Conn
}

// NewServer returns a server that speaks on conn. It ends with the test.
func NewServer(t testing.TB, conn net.Conn) *Server {
	t.Cleanup(func() { conn.Close() })
	return &Server{t: t, conn: conn}
}

// Write sends bytes.
func (s *Server) Write(parts ...[]byte) {
	s.t.Helper()
	_ = s.conn.SetWriteDeadline(time.Now().Add(dialogueTimeout))
	if _, err := s.conn.Write(bytes.Join(parts, nil)); err != nil {
		s.t.Errorf("server cannot write: %v", err)
	}
}

// Read returns the client's next n bytes.
func (s *Server) Read(n int) []byte {
	s.t.Helper()
	b := make([]byte, n)
	_ = s.conn.SetReadDeadline(time.Now().Add(dialogueTimeout))
	if _, err := io.ReadFull(s.conn, b); err != nil {
		s.t.Errorf("server waits for %d bytes: %v", n, err)
	}
	return b
}

// Want reads what the client must send.
func (s *Server) Want(what string, want []byte) {
	s.t.Helper()
	if got := s.Read(len(want)); !bytes.Equal(got, want) {
		s.t.Errorf("%s: client sends %x, want %x", what, got, want)
	}
}

// Handshake takes a client through version 3.8 without authentication.
func (s *Server) Handshake(width, height int, name string) {
	s.t.Helper()
	s.Write([]byte("RFB 003.008\n"))
	s.Want("ProtocolVersion", []byte("RFB 003.008\n"))
	s.Write([]byte{1, 1})
	s.Want("security type None", []byte{1})
	s.Write([]byte{0, 0, 0, 0})
	s.Want("ClientInit, shared", []byte{1})
	s.Write(Init(width, height, name))
}

// Init is ServerInit.
func Init(width, height int, name string) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(width))
	b = binary.BigEndian.AppendUint16(b, uint16(height))
	b = encoding.RGBX.Append(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(name)))
	return append(b, name...)
}

// Setup reads SetPixelFormat, SetEncodings and the first request, and returns the
// encodings.
func (s *Server) Setup() []encoding.Type {
	s.t.Helper()
	if kind := s.Read(4 + encoding.PixelFormatSize)[0]; kind != 0 {
		s.t.Errorf("client sends message %d, want SetPixelFormat", kind)
	}
	head := s.Read(4)
	if head[0] != 2 {
		s.t.Errorf("client sends message %d, want SetEncodings", head[0])
	}
	types := make([]encoding.Type, binary.BigEndian.Uint16(head[2:]))
	for i := range types {
		types[i] = encoding.Type(int32(binary.BigEndian.Uint32(s.Read(4))))
	}
	s.Request()
	return types
}

// Request reads one FramebufferUpdateRequest.
func (s *Server) Request() {
	s.t.Helper()
	if kind := s.Read(10)[0]; kind != 3 {
		s.t.Errorf("client sends message %d, want FramebufferUpdateRequest", kind)
	}
}

// Close ends the connection.
func (s *Server) Close() { s.conn.Close() }
