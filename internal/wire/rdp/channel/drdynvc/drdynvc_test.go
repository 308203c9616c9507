// SPDX-License-Identifier: Apache-2.0

package drdynvc_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/drdynvc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func manager() *drdynvc.Manager {
	return &drdynvc.Manager{Accept: func(name string) bool { return name != "camera" }}
}

// The examples of [MS-RDPEDYC], section 4.
const (
	capabilities = "58 00 0200 3333 1111 3d0a a704"
	version3     = "5c 00 0300 3333 1111 3d0a a704"
	createTest   = "10 03 7465737464766300" // testdvc
)

func TestChannelsLife(t *testing.T) {
	m := manager()
	for _, tc := range []struct {
		name, in, answer string
		event            *drdynvc.Event
	}{
		{"capabilities", capabilities, "50 00 0200", nil},
		{"capabilities of version 1", "50 00 0100", "50 00 0100", nil},
		{"capabilities of version 3", version3, "50 00 0300", nil},
		{"capabilities of version 4", "5c 00 0400 3333 1111 3d0a a704", "50 00 0300", nil},
		{"create", createTest, "10 03 00000000", &drdynvc.Event{Kind: drdynvc.EventOpened, ID: 3, Name: "testdvc"}},
		{"create an ID that is open", "11 0300 63616d657261 00", "", nil},
		{"data", "30 03 717171", "", &drdynvc.Event{Kind: drdynvc.EventData, ID: 3, Name: "testdvc", Data: []byte("qqq")}},
		{"data first", "24 03 0500 6162", "", nil},
		{"data in between", "30 03 63", "", nil},
		{"the last data", "30 03 6465", "", &drdynvc.Event{Kind: drdynvc.EventData, ID: 3, Name: "testdvc", Data: []byte("abcde")}},
		{"all in data first", "20 03 02 6162", "", &drdynvc.Event{Kind: drdynvc.EventData, ID: 3, Name: "testdvc", Data: []byte("ab")}},
		{"data of a channel that is not open", "30 09 717171", "", nil},
		{"close", "40 03", "40 03", &drdynvc.Event{Kind: drdynvc.EventClosed, ID: 3, Name: "testdvc"}},
		{"close again", "40 03", "", nil},
		{"create again", createTest, "10 03 00000000", &drdynvc.Event{Kind: drdynvc.EventOpened, ID: 3, Name: "testdvc"}},
	} {
		answer, event, ok, err := m.Handle(pdutest.Hex(t, tc.in), nil)
		if tc.name == "create an ID that is open" {
			if err == nil {
				t.Error("an ID that is open is taken again")
			}
			continue
		}
		if err != nil || !bytes.Equal(answer, pdutest.Hex(t, tc.answer)) || ok != (tc.event != nil) {
			t.Fatalf("%s: %x, %v, %v", tc.name, answer, ok, err)
		}
		if ok && cmp.Diff(*tc.event, event) != "" {
			t.Errorf("%s: event (-want +got):\n%s", tc.name, cmp.Diff(*tc.event, event))
		}
	}
	if answer, _, ok, err := m.Handle(pdutest.Hex(t, "11 0400 63616d657261 00"), nil); err != nil || ok || !bytes.Equal(answer, pdutest.Hex(t, "11 0400 010000c0")) {
		t.Errorf("a channel that is not taken: %x, %v, %v", answer, ok, err)
	}
	if got := m.Close(3, nil); !bytes.Equal(got, []byte{0x40, 3}) || m.Close(3, nil) != nil {
		t.Errorf("our close %x", got)
	}
}

func TestHandleRefuses(t *testing.T) {
	for name, listing := range map[string]string{
		"an unknown command":           "90 03",
		"compressed data":              "70 03 e0 06 61",
		"compressed data first":        "60 03 01 e0 06 61",
		"soft-sync":                    "80 00 08000000 0100 0000",
		"a width of 3":                 "33 03000000 61",
		"a name without an end":        "10 04 6162",
		"version 0":                    "50 00 0000",
		"a message of absurd size":     "28 03 ffffffff 61",
		"more data than was announced": "20 03 01 6162",
	} {
		m := manager()
		m.Handle(pdutest.Hex(t, createTest), nil)
		if _, event, _, err := m.Handle(pdutest.Hex(t, listing), nil); err == nil {
			t.Errorf("%s: accepted as %+v", name, event)
		}
	}
	m := manager()
	for _, listing := range []string{createTest, "20 03 05 6162"} {
		if _, _, _, err := m.Handle(pdutest.Hex(t, listing), nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, listing := range map[string]string{"a message within a message": "20 03 05 6162", "too much data": "30 03 61626364"} {
		if _, _, _, err := m.Handle(pdutest.Hex(t, listing), nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, listing := range []string{capabilities, createTest, "40 03"} {
		pdutest.Cut(t, pdutest.Hex(t, listing), func(b []byte) error { _, _, _, err := manager().Handle(b, nil); return err })
	}
}

func TestVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	if b, ok := all["tests/dvc/capabilities.rs::REQ_V2_ENCODED"]; ok {
		if answer, _, _, err := manager().Handle(b, nil); err != nil || len(answer) != 4 {
			t.Errorf("capabilities: %x, %v", answer, err)
		}
	}
	if b, ok := all["tests/dvc/create.rs::REQ_ENCODED"]; ok {
		if _, event, ok, err := manager().Handle(b, nil); err != nil || !ok || event.Name == "" {
			t.Errorf("create: %+v, %v", event, err)
		}
	}
}

func TestSentMessagesComeBackWhole(t *testing.T) {
	for _, id := range []uint32{3, 300, 70_000} {
		for _, n := range []int{0, 1, 1590, 1597, 1598, 1599, 5000, 70_000} {
			m, message := manager(), []byte(strings.Repeat("x", n))
			create := []byte{0x12, byte(id), byte(id >> 8), byte(id >> 16), 0, 'a', 0}
			if _, _, ok, err := m.Handle(create, nil); err != nil || !ok {
				t.Fatal(err)
			}
			var got []byte
			whole := 0
			drdynvc.Send(id, message, func(pdu []byte) {
				if len(pdu) > 1600 {
					t.Errorf("a PDU of %d bytes", len(pdu))
				}
				_, event, ok, err := m.Handle(pdu, nil)
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					whole, got = whole+1, bytes.Clone(event.Data)
				}
			})
			if whole != 1 || !bytes.Equal(got, message) {
				t.Errorf("%d bytes on channel %d: %d messages, the last of %d bytes", n, id, whole, len(got))
			}
		}
	}
}

func FuzzManager(f *testing.F) {
	for _, listing := range []string{
		capabilities, version3, createTest, "24 03 0500 6162", "30 03 63", "40 03", "60 03 05 e0 06 6162", "70 03 e0 26 20 80 07", softSync,
	} {
		f.Add(pdutest.Hex(f, listing), pdutest.Hex(f, "30 03 616263"))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		m := manager()
		m.Handle(pdutest.Hex(t, version3), nil)
		m.Handle(pdutest.Hex(t, createTest), nil)
		for _, b := range [][]byte{one, two, one, two} {
			answer, event, ok, err := m.Handle(b, nil)
			if err != nil {
				return
			}
			if len(answer) > 16 || ok && len(event.Data) > 4*8192+len(one)*2+len(two)*2 {
				t.Fatalf("answer %x, event of %d bytes", answer, len(event.Data))
			}
		}
	})
}
