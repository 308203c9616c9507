// SPDX-License-Identifier: Apache-2.0

package tpkt_test

import (
	"bytes"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
)

func TestNext(t *testing.T) {
	for _, tc := range []struct {
		name string
		b    string
		kind tpkt.Kind
		size int
		bad  bool
	}{
		{name: "nothing yet"},
		{name: "half a TPKT header", b: "\x03\x00\x00"},
		{name: "a TPKT packet", b: "\x03\x00\x00\x0b", size: 11},
		{name: "the largest TPKT packet", b: "\x03\x00\xff\xff", size: 65535},
		{name: "a TPKT packet shorter than its header", b: "\x03\x00\x00\x03", bad: true},
		{name: "half a fast-path header", b: "\x00", kind: tpkt.Fast},
		{name: "a short fast-path PDU", b: "\x80\x7f", kind: tpkt.Fast, size: 127},
		{name: "half a long length", b: "\x00\x81", kind: tpkt.Fast},
		{name: "a long fast-path PDU", b: "\x00\x81\x02", kind: tpkt.Fast, size: 258},
		{name: "a fast-path PDU shorter than its header", b: "\x00\x01", bad: true},
		{name: "a long length shorter than its header", b: "\x00\x80\x02", bad: true},
		{name: "another protocol", b: "HTTP/1.1", kind: tpkt.Fast, size: 0x54},
		{name: "a TLS alert", b: "\x15\x03", bad: true},
	} {
		kind, size, err := tpkt.Next([]byte(tc.b))
		if (err != nil) != tc.bad || !tc.bad && (kind != tc.kind || size != tc.size) {
			t.Errorf("%s: %v, %d, %v", tc.name, kind, size, err)
		}
	}
}

func TestPacket(t *testing.T) {
	b := tpkt.End(append(tpkt.Begin([]byte("before")), "payload"...), len("before"))
	if want := "before\x03\x00\x00\x0bpayload"; string(b) != want {
		t.Fatalf("packet %q, want %q", b, want)
	}
	b = b[len("before"):]
	payload, err := tpkt.Payload(b)
	if err != nil || string(payload) != "payload" {
		t.Errorf("payload %q, %v", payload, err)
	}
	pdutest.Cut(t, b, func(b []byte) error { _, err := tpkt.Payload(b); return err })
	if _, err := tpkt.Payload(append(b, 0)); err == nil {
		t.Error("a packet with bytes after it is accepted")
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte("\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00"))
	f.Add([]byte("\x00\x81\x02rest"))
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, size, err := tpkt.Next(b)
		if err == nil && size == 0 && len(b) >= 4 {
			t.Fatalf("four bytes do not tell the size: %x", b[:4])
		}
		if err != nil || size == 0 || size > len(b) || kind != tpkt.Slow {
			return
		}
		payload, err := tpkt.Payload(b[:size])
		if err != nil {
			t.Fatal(err)
		}
		again := tpkt.End(append(tpkt.Begin(nil), payload...), 0)
		if b[1] == 0 && !bytes.Equal(again, b[:size]) {
			t.Fatalf("%x writes back as %x", b[:size], again)
		}
	})
}
