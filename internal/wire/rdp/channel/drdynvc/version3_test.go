// SPDX-License-Identifier: Apache-2.0

package drdynvc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/drdynvc"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// softSync is a request that moves a channel to a tunnel.
const softSync = `
	80 00                ; header: Soft-Sync Request; Pad
	12000000 0300 0100   ; Length, Flags: TCP flushed, channel lists present; NumberOfTunnels
	01000000 0100        ; TunnelType: UDPFECR, NumberOfDVCs
	03030000             ; ListOfDVCIds`

// three returns a manager of version 3 with the channels 3 and 4 open.
func three(t *testing.T) *drdynvc.Manager {
	t.Helper()
	m := manager()
	for _, listing := range []string{version3, createTest, "10 04 7465737464766300"} {
		if _, _, _, err := m.Handle(pdutest.Hex(t, listing), nil); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestCompressedData(t *testing.T) {
	m := three(t)
	for _, step := range []struct {
		name, listing, want string
		whole               bool
	}{
		{"a segment that is not compressed", "70 03 e0 06 6162", "ab", true},
		// 10001 and five bits: a match at distance 2; 10 and two bits: four bytes; two unused
		{"a match in the channel's history", "70 03 e0 26 88 a0 02", "abab", true},
		{"the beginning of a message", "60 03 08 e0 06 6162", "", false},
		{"what comes between in another channel", "70 04 e0 06 7a7a", "zz", true},
		{"a part that is compressed", "70 03 e0 26 88 a0 02", "", false},
		{"the last part, which is not", "30 03 6364", "abababcd", true},
		{"a whole message in its first PDU", "64 04 0200 e0 06 7979", "yy", true},
		{"the other channel's history", "70 04 e0 26 88 a0 02", "yyyy", true},
		{"a channel that is closed", "70 09 e0 26 88 a0 02", "", false},
	} {
		_, event, ok, err := m.Handle(pdutest.Hex(t, step.listing), nil)
		if err != nil || ok != step.whole || string(event.Data) != step.want {
			t.Fatalf("%s: %q, %v, %v", step.name, event.Data, ok, err)
		}
	}
}

func TestHistoryEndsWithTheChannel(t *testing.T) {
	m := three(t)
	for _, listing := range []string{"70 03 e0 06 6162", "40 03", createTest} {
		if _, _, _, err := m.Handle(pdutest.Hex(t, listing), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, event, _, err := m.Handle(pdutest.Hex(t, "70 03 e0 26 88 a0 02"), nil); err != nil || string(event.Data) == "abab" {
		t.Errorf("%q, %v: it is as the channel before has left it", event.Data, err)
	}
}

func TestCompressedDataIsBounded(t *testing.T) {
	large := append([]byte{0x70, 3, 0xE0, 6}, bytes.Repeat([]byte{1}, 8193)...)
	for name, b := range map[string][]byte{
		"more than 8 KB":               large,
		"several segments":             pdutest.Hex(t, "70 03 e1 0100 01000000 02000000 06 61"),
		"the type of graphics":         pdutest.Hex(t, "70 03 e0 04 61"),
		"no segment":                   pdutest.Hex(t, "70 03"),
		"a token that is cut":          pdutest.Hex(t, "70 03 e0 26 88 00"),
		"more data than was announced": pdutest.Hex(t, "60 03 01 e0 06 6162"),
		"a message of absurd size":     pdutest.Hex(t, "68 03 ffffffff e0 06 61"),
	} {
		var wrong *field.Error
		if _, _, _, err := three(t).Handle(b, nil); !errors.As(err, &wrong) || wrong.Field != "Data" && wrong.Field != "Length" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestSoftSync(t *testing.T) {
	for name, listing := range map[string]string{"a channel": softSync, "no channel": "80 00 08000000 0100 0000", "no lists": "80 00 08000000 0100 0100"} {
		answer, _, ok, err := three(t).Handle(pdutest.Hex(t, listing), nil)
		if err != nil || ok || !bytes.Equal(answer, pdutest.Hex(t, "90 00 00000000")) {
			t.Errorf("%s: answer %x, %v, %v", name, answer, ok, err)
		}
	}
	pdutest.Cut(t, pdutest.Hex(t, softSync), func(b []byte) error { _, _, _, err := three(t).Handle(b, nil); return err })
	whole := pdutest.Hex(t, softSync)
	for n := 10; n < len(whole); n++ { // lists cut, with a length that says so
		b := bytes.Clone(whole[:n])
		binary.LittleEndian.PutUint32(b[2:], uint32(n-2))
		if _, _, _, err := three(t).Handle(b, nil); err == nil || !strings.Contains(err.Error(), "drdynvc: PDU: ") {
			t.Errorf("%d bytes: error %v", n, err)
		}
	}
	for name, listing := range map[string]string{
		"TCP goes on":          "80 00 08000000 0000 0000",
		"bytes after it":       "80 00 09000000 0100 0000 00",
		"65535 channels":       "80 00 0e000000 0300 0100 01000000 ffff",
		"a length that is off": "80 00 09000000 0100 0000",
	} {
		if _, _, _, err := three(t).Handle(pdutest.Hex(t, listing), nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if b, ok := pdutest.Vectors(t)["tests/dvc/soft_sync.rs::REQUEST_ENCODED"]; ok && !bytes.Equal(b, whole) {
		t.Errorf("the public example is %x", b)
	}
}
