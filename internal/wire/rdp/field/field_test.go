// SPDX-License-Identifier: Apache-2.0

package field_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

func TestReaderReadsInOrder(t *testing.T) {
	r := field.NewReader("test", []byte("\x01\x02\x03\x04\x05\x06\x07\x00\x01\x00\x02h\x00i\x00\x00\x00zrest"))
	if got := r.U8("a"); got != 1 {
		t.Errorf("U8: %d", got)
	}
	if got := r.U16("b"); got != 0x0302 {
		t.Errorf("U16: %#x", got)
	}
	if got := r.U32("c"); got != 0x07060504 {
		t.Errorf("U32: %#x", got)
	}
	if got := r.BigU16("d"); got != 1 {
		t.Errorf("BigU16: %d", got)
	}
	r.Skip("e", 2)
	if got := r.UTF16("f", 6); got != "hi" {
		t.Errorf("UTF16: %q", got)
	}
	if got := string(r.Rest()); got != "zrest" || r.Err() != nil || r.Len() != 0 {
		t.Errorf("Rest: %q, %v", got, r.Err())
	}
}

func TestReaderKeepsTheFirstFailure(t *testing.T) {
	r := field.NewReader("test", []byte{1})
	if got := r.U32("first"); got != 0 {
		t.Errorf("a short field reads as %d", got)
	}
	if got := r.U8("second"); got != 0 {
		t.Errorf("a field after a failure reads as %d", got)
	}
	r.Expect("third", 1, 2)
	var wrong *field.Error
	if !errors.As(r.Err(), &wrong) || wrong.Field != "first" || wrong.Error() != "test: first: 1 of 4 bytes are there" {
		t.Errorf("error %v", r.Err())
	}
}

func TestReaderBounds(t *testing.T) {
	for name, read := range map[string]func(r *field.Reader){
		"Length":   func(r *field.Reader) { r.Length("x", 0x01010100) },
		"Length16": func(r *field.Reader) { r.Length16("x", 0x0100) },
		"Expect":   func(r *field.Reader) { r.Expect("x", uint64(r.U8("x")), 2) },
		"End":      func(r *field.Reader) { r.End("x") },
		"UTF16":    func(r *field.Reader) { r.UTF16("x", 3) },
		"Bytes":    func(r *field.Reader) { r.Bytes("x", -1) },
		"U64":      func(r *field.Reader) { r.U64("x") },
		"BigU32":   func(r *field.Reader) { r.Skip("y", 1); r.BigU32("x") },
	} {
		r := field.NewReader("test", []byte{1, 1, 1, 1})
		read(r)
		var wrong *field.Error
		if !errors.As(r.Err(), &wrong) || wrong.Field != "x" {
			t.Errorf("%s: error %v, want one that names x", name, r.Err())
		}
	}
}

func TestFixedUTF16NeverSplitsAPair(t *testing.T) {
	for _, tc := range []struct {
		text string
		size int
		want string
	}{
		{"ab", 8, "a\x00b\x00\x00\x00\x00\x00"},
		{"abcd", 6, "a\x00b\x00\x00\x00"},
		{"a🥑", 6, "a\x00\x00\x00\x00\x00"},
		{"a🥑", 8, "a\x00\x3e\xd8\x51\xdd\x00\x00"},
	} {
		if got := field.AppendFixedUTF16(nil, tc.text, tc.size); !bytes.Equal(got, []byte(tc.want)) {
			t.Errorf("%q in %d bytes: %q, want %q", tc.text, tc.size, got, tc.want)
		}
	}
	if got := field.DecodeUTF16(field.UTF16("línea 🥑\x00rest")); got != "línea 🥑" {
		t.Errorf("reads back as %q", got)
	}
}
