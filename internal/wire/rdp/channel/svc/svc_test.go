// SPDX-License-Identifier: Apache-2.0

package svc_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func chunks(message []byte, size int) [][]byte {
	var all [][]byte
	svc.Append(message, size, svc.FlagShowProtocol, func(c []byte) { all = append(all, bytes.Clone(c)) })
	return all
}

func TestMessagesComeBackWhole(t *testing.T) {
	var a svc.Assembler
	for _, n := range []int{0, 1, 1599, 1600, 1601, 3200, 10_000} {
		for _, size := range []int{0, 1, 7, 1600} {
			message := bytes.Repeat([]byte("abcdefghij"), n/10+1)[:n]
			all := chunks(message, size)
			for i, c := range all {
				got, whole, err := a.Add(c)
				if err != nil || whole != (i == len(all)-1) || whole && !bytes.Equal(got, message) {
					t.Fatalf("%d bytes by %d: chunk %d of %d: %v, %v", n, size, i, len(all), whole, err)
				}
			}
		}
	}
	if got := fmt.Sprintf("%x", chunks([]byte("abc"), 2)); got != "[03000000110000006162 030000001200000063]" {
		t.Errorf("chunks %s", got)
	}
}

func TestAssemblerRefuses(t *testing.T) {
	for name, listings := range map[string][]string{
		"a second beginning":        {"04000000 01000000 61", "04000000 01000000 61"},
		"no beginning":              {"04000000 00000000 61"},
		"another length":            {"04000000 01000000 61", "05000000 00000000 61"},
		"more than was announced":   {"02000000 01000000 61", "02000000 02000000 6161"},
		"less than was announced":   {"03000000 03000000 61"},
		"compression":               {"01000000 03002000 61"},
		"a message of absurd size":  {"01000001 01000000 61"},
		"a whole that is too large": {"01000000 03000000 6161"},
	} {
		var a svc.Assembler
		for i, listing := range listings {
			if _, _, err := a.Add(pdutest.Hex(t, listing)); (err != nil) != (i == len(listings)-1) {
				t.Errorf("%s: chunk %d: %v", name, i, err)
			}
		}
	}
	var a svc.Assembler
	pdutest.Cut(t, chunks(nil, 0)[0], func(b []byte) error { _, _, err := a.Add(b); return err })
	if _, whole, err := a.Add(pdutest.Hex(t, "00000000 20000000")); whole || err != nil {
		t.Errorf("suspend: %v, %v", whole, err)
	}
}

func FuzzAssembler(f *testing.F) {
	f.Add([]byte("message"), 3, []byte("\x01\x00\x00\x00\x03\x00\x00\x00x"))
	f.Fuzz(func(t *testing.T, message []byte, size int, chunk []byte) {
		var a svc.Assembler
		if got, whole, err := a.Add(chunk); err == nil && whole && len(got) != len(chunk)-8 {
			t.Fatalf("%d bytes of a chunk of %d", len(got), len(chunk))
		}
		a = svc.Assembler{}
		var last []byte
		svc.Append(message, max(size&0xFFF, 16), 0, func(c []byte) {
			got, whole, err := a.Add(c)
			if err != nil {
				t.Fatal(err)
			}
			if whole {
				last = bytes.Clone(got)
			}
		})
		if !bytes.Equal(last, message) {
			t.Fatalf("%q comes back as %q", message, last)
		}
	})
}

func TestCompressionOfChunks(t *testing.T) {
	chunk := pdutest.Hex(t, `
		03000000             ; length, before compression
		13 00 61 00          ; flags: first, last, show protocol; compressed at front, 64 KB
		AABB`)
	flags, data := svc.Compression(chunk)
	if flags != 0x61 || !bytes.Equal(data, []byte{0xAA, 0xBB}) {
		t.Errorf("flags 0x%02X of %x", flags, data)
	}
	plain := svc.AppendPlain([]byte("before "), chunk, []byte("abc"))
	if got, want := string(plain), "before \x03\x00\x00\x00\x13\x00\x00\x00abc"; got != want {
		t.Errorf("plain %q, want %q", got, want)
	}
	var a svc.Assembler
	if got, whole, err := a.Add(plain[7:]); err != nil || !whole || string(got) != "abc" {
		t.Errorf("%q, %v, %v", got, whole, err)
	}
	if flags, data := svc.Compression(chunk[:7]); flags != 0 || data != nil {
		t.Errorf("a chunk without a header: 0x%02X, %x", flags, data)
	}
}

// TestHeaderOfVectors is the header of the first of two chunks.
func TestHeaderOfVectors(t *testing.T) {
	header, ok := pdutest.Vectors(t)["rdp/vc/tests.rs::CHANNEL_PDU_HEADER_BUFFER"]
	if !ok {
		return
	}
	message := bytes.Repeat([]byte("x"), 1600)
	all := chunks(message, 800)
	if first := all[0]; !bytes.Equal(first[:4], header[:4]) || first[4]&3 != header[4] {
		t.Errorf("header %x, want %x", first[:8], header)
	}
	var a svc.Assembler
	if _, whole, err := a.Add(append(bytes.Clone(header), message[:800]...)); whole || err != nil {
		t.Errorf("%v, %v", whole, err)
	}
	if got, whole, err := a.Add(all[1]); !whole || err != nil || !bytes.Equal(got, message) {
		t.Errorf("%d bytes, %v, %v", len(got), whole, err)
	}
}
