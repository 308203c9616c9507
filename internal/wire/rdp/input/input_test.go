// SPDX-License-Identifier: Apache-2.0

package input_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/input"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

var events = []input.Event{
	{Kind: input.Scancode, Code: 0x1E},
	{Kind: input.Scancode, Keys: input.KeyRelease | input.KeyExtended, Code: 0x1D},
	{Kind: input.Scancode, Keys: input.KeyExtended1, Code: 0x1D},
	{Kind: input.Unicode, Code: 0x20AC},
	{Kind: input.Mouse, Pointer: input.PointerMove, X: 100, Y: 200},
	{Kind: input.Mouse, Pointer: input.PointerDown | input.PointerButton1, X: 1, Y: 2},
	{Kind: input.ExtendedMouse, Pointer: input.PointerXDown | input.PointerXButton2, X: 3, Y: 4},
	{Kind: input.RelativeMouse, Pointer: input.PointerMove, X: 0xFFFF, Y: 1},
	{Kind: input.Synchronize, Keys: 6},
	{Kind: input.QoETimestamp, Timestamp: 12345},
}

func TestFast(t *testing.T) {
	want := pdutest.Hex(t, "00 1e  03 1d  04 1d  80 ac20  20 0008 6400 c800  20 0090 0100 0200  40 0280 0300 0400  a0 0008 ffff 0100  66  c0 39300000")
	b := input.AppendFast(nil, events...)
	// A synchronize event has its lock keys in the header: code 3, flags 6.
	if !bytes.Equal(b, want) {
		t.Errorf("events %x, want %x", b, want)
	}
	got, err := input.ParseFast(uint8(len(events)), b)
	if diff := cmp.Diff(events, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	counted, err := input.ParseFast(0, append([]byte{byte(len(events))}, b...))
	if err != nil || len(counted) != len(events) {
		t.Errorf("a number in the data: %d events, %v", len(counted), err)
	}
	pdutest.Cut(t, b, func(b []byte) error { _, err := input.ParseFast(uint8(len(events)), b); return err })
}

func TestFastVector(t *testing.T) {
	b, ok := pdutest.Vectors(t)["pdu/input.rs::FASTPATH_INPUT_MESSAGE"]
	if !ok {
		b = pdutest.Hex(t, "18 2c 20 0090 1a00 2604 20 0008 1b00 2604 20 0010 1b00 2604 20 0008 1a00 2704 20 0008 1900 2704 20 0008 1900 2804")
	}
	frame, err := fastpath.ParseFrame(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := input.ParseFast(frame.NumberEvents, frame.Data)
	if err != nil || len(got) != 6 || got[0].Pointer != input.PointerDown|input.PointerButton1 || got[0].X != 26 || got[0].Y != 1062 {
		t.Fatalf("%+v, %v", got, err)
	}
	frame.Data = input.AppendFast(nil, got...)
	if !bytes.Equal(frame.Append(nil), b) {
		t.Errorf("writes back as %x, want %x", frame.Append(nil), b)
	}
}

func TestSlow(t *testing.T) {
	b := input.AppendSlow(nil, events...)
	got, err := input.ParseSlow(b)
	if diff := cmp.Diff(events[:len(events)-1], got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	pdutest.Cut(t, b, func(b []byte) error { _, err := input.ParseSlow(b); return err })
	if _, err := input.ParseSlow(pdutest.Hex(t, "0100 0000 00000000 0300 000000000000")); err == nil {
		t.Error("an unknown message is accepted")
	}
}

func TestWheel(t *testing.T) {
	for _, turn := range []int{input.WheelNotch, -input.WheelNotch, 700, -700, 255, -255} {
		sum := 0
		for _, e := range input.Wheel(turn, turn > 0, 1, 2) {
			sum += e.Turn()
			if e.Pointer&input.PointerHWheel != 0 != (turn > 0) || e.X != 1 {
				t.Errorf("event %+v of a turn of %d", e, turn)
			}
		}
		if sum != turn {
			t.Errorf("a turn of %d is sent as %d", turn, sum)
		}
	}
	if got := input.Wheel(-120, false, 0, 0)[0].Pointer; got != 0x0388 {
		t.Errorf("a notch downwards: %#x", uint16(got))
	}
}

func TestCoalesceKeepsAllButMoves(t *testing.T) {
	move := func(x uint16) input.Event { return input.Event{Kind: input.Mouse, Pointer: input.PointerMove, X: x} }
	press := input.Event{Kind: input.Mouse, Pointer: input.PointerDown | input.PointerButton1}
	var got []input.Event
	for _, e := range []input.Event{move(1), move(2), press, move(3), move(4), press, press, events[0], move(5)} {
		got = input.Coalesce(got, e)
	}
	want := []input.Event{move(2), press, move(4), press, press, events[0], move(5)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzInput(f *testing.F) {
	f.Add(uint8(len(events)), input.AppendFast(nil, events...))
	f.Add(uint8(0), input.AppendSlow(nil, events...))
	pdutest.Seeds(f, func(b []byte) { f.Add(uint8(6), b[2:]) }, "pdu/input.rs::")
	f.Fuzz(func(t *testing.T, number uint8, b []byte) {
		if got, err := input.ParseFast(number, b); err == nil {
			if again, err := input.ParseFast(uint8(len(got)), input.AppendFast(nil, got...)); len(got) > 0 && (err != nil || !cmp.Equal(got, again)) {
				t.Fatalf("%+v reads back as %+v, %v", got, again, err)
			}
		}
		if got, err := input.ParseSlow(b); err == nil {
			if again, err := input.ParseSlow(input.AppendSlow(nil, got...)); err != nil || !cmp.Equal(got, again) {
				t.Fatalf("%+v reads back as %+v, %v", got, again, err)
			}
		}
	})
}
