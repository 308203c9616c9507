// SPDX-License-Identifier: Apache-2.0

package x224_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// The examples of [MS-RDPBCGR], sections 4.1.1 and 4.1.2, without their TPKT headers.
const (
	request = `27        ; LI
		e0        ; CR
		00 00     ; DST-REF
		00 00     ; SRC-REF
		00        ; class 0
		43 6f 6f 6b 69 65 3a 20 6d 73 74 73 68 61 73 68 3d 65 6c 74 6f 6e 73 0d 0a ; Cookie: mstshash=eltons
		01 00 08 00 00 00 00 00 ; RDP_NEG_REQ`
	confirm = `0e        ; LI
		d0        ; CC
		00 00     ; DST-REF
		12 34     ; SRC-REF
		00        ; class 0
		02 00 08 00 00 00 00 00 ; RDP_NEG_RSP`
)

func TestConnection(t *testing.T) {
	for name, listing := range map[string]string{"request": request, "confirm": confirm, "disconnect": "06 80 00 00 12 34 01"} {
		t.Run(name, func(t *testing.T) {
			pdutest.RoundTrip(t, pdutest.Hex(t, listing), x224.ParseConnection, x224.Connection.Append)
		})
	}
	got, err := x224.ParseConnection(pdutest.Hex(t, confirm))
	want := x224.Connection{Code: x224.ConnectionConfirm, Source: 0x1234, Variable: []byte("\x02\x00\x08\x00\x00\x00\x00\x00")}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestConnectionRefuses(t *testing.T) {
	for name, listing := range map[string]string{
		"a length that lies":  "0f d0 00 00 12 34 00 02 00 08 00 00 00 00 00",
		"a short header":      "05 d0 00 00 12 34 00",
		"bytes after the end": "06 d0 00 00 12 34 00 ff",
		"a data TPDU":         "02 f0 80 00 00 00 00",
		"the reserved length": "ff d0 00 00 12 34 00",
	} {
		if c, err := x224.ParseConnection(pdutest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted as %+v", name, c)
		}
	}
}

func TestData(t *testing.T) {
	b := append(x224.AppendData(nil), "data"...)
	if got, err := x224.ParseData(b); err != nil || string(got) != "data" {
		t.Errorf("data %q, %v", got, err)
	}
	pdutest.Cut(t, x224.AppendData(nil), func(b []byte) error { _, err := x224.ParseData(b); return err })
	if got := x224.CodeOf(b); got != x224.Data {
		t.Errorf("code %v", got)
	}
	if got := x224.CodeOf(b[:1]); got != 0 || got.String() != "unknown TPDU" {
		t.Errorf("code of one byte: %v", got)
	}
}

func TestLongVariablePartIsCut(t *testing.T) {
	b := x224.Connection{Code: x224.ConnectionRequest, Variable: make([]byte, 300)}.Append(nil)
	if c, err := x224.ParseConnection(b); err != nil || len(c.Variable) != x224.MaxVariable {
		t.Errorf("%d bytes, %v", len(c.Variable), err)
	}
}

func FuzzConnection(f *testing.F) {
	f.Add(pdutest.Hex(f, request))
	f.Add(pdutest.Hex(f, confirm))
	f.Add(append(x224.AppendData(nil), "data"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, x224.ParseConnection, x224.Connection.Append)
		pdutest.Same(t, b, x224.ParseData, func(data, b []byte) []byte { return append(x224.AppendData(b), data...) })
	})
}
