// SPDX-License-Identifier: Apache-2.0

package rdpei_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpei"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

const (
	serverReady    = "0100 0a000000 01000100"
	serverReady300 = "0100 0e000000 00000300 01000000"
	clientReady    = "0200 10000000 01000000 01000100 0a00"
	suspend        = "0400 06000000"
	resume         = "0500 06000000"

	touchEvent = `0300 28000000 ; eventId, pduLength
		05 02 ; encodeTime, frameCount
		01 00 ; contactCount, frameOffset
		00 00 0a 2a 19 ; contactId, fieldsPresent, x = 10, y = -10, down in range in contact
		02 403a98 ; contactCount, frameOffset = 15000
		00 07 43e8 a10000 1a ; contactId, all fields, x = 1000, y = -65536, update in range in contact
		45 45 05 05 ; contactRect
		405a 4200 ; orientation = 90, pressure = 512
		01 00 00 00 04 ; contactId, fieldsPresent, x, y, up`
	penEvent = `0800 18000000 ; eventId, pduLength
		00 01 01 00 ; encodeTime, frameCount, contactCount, frameOffset
		07 1f 4064 40c8 1a ; deviceId, all fields, x = 100, y = 200, update in range in contact
		05 4400 8167 6d 2d ; penFlags, pressure, rotation = 359, tilts of -45 and 45`
)

func TestReadyPDUs(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, serverReady), rdpei.ParseServerReady, rdpei.ServerReady.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, serverReady300), rdpei.ParseServerReady, rdpei.ServerReady.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, clientReady), rdpei.ParseClientReady, rdpei.ClientReady.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, "0600 07000000 05"), rdpei.ParseDismiss, appendDismiss)
}

func appendDismiss(id uint8, b []byte) []byte { return rdpei.AppendDismiss(b, id) }

func ptr[T any](v T) *T { return &v }

func TestTouchEvent(t *testing.T) {
	b := pdutest.Hex(t, touchEvent)
	pdutest.RoundTrip(t, b, rdpei.ParseTouchEvent, rdpei.TouchEvent.Append)
	got, err := rdpei.ParseTouchEvent(b)
	want := rdpei.TouchEvent{EncodeTime: 5, Frames: []rdpei.Frame{
		{Contacts: []rdpei.Contact{{X: 10, Y: -10, Flags: rdpei.Down | rdpei.InRange | rdpei.InContact}}},
		{Offset: 15000, Contacts: []rdpei.Contact{
			{
				X: 1000, Y: -65536, Flags: rdpei.Update | rdpei.InRange | rdpei.InContact,
				Rect: &rdpei.Rect{Left: -5, Top: -5, Right: 5, Bottom: 5}, Orientation: ptr(uint32(90)), Pressure: ptr(uint32(512)),
			},
			{ID: 1, Flags: rdpei.Up},
		}},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestPenEvent(t *testing.T) {
	b := pdutest.Hex(t, penEvent)
	pdutest.RoundTrip(t, b, rdpei.ParsePenEvent, rdpei.PenEvent.Append)
	got, err := rdpei.ParsePenEvent(b)
	want := rdpei.PenEvent{Frames: []rdpei.PenFrame{{Pens: []rdpei.Pen{{
		Device: 7, X: 100, Y: 200, Flags: rdpei.Update | rdpei.InRange | rdpei.InContact, Pen: ptr(rdpei.PenBarrel | rdpei.PenInverted),
		Pressure: ptr(uint32(1024)), Rotation: ptr(uint16(359)), TiltX: ptr(int16(-45)), TiltY: ptr(int16(45)),
	}}}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestIntegers writes numbers of each length as the positions and the times of a frame.
func TestIntegers(t *testing.T) {
	for _, tc := range []struct {
		x    int32
		want string
	}{
		{0, "00"},
		{31, "1f"},
		{32, "4020"},
		{-32, "6020"},
		{0x1FFF, "5fff"},
		{0x2000, "802000"},
		{0x1A1B1C, "9a1b1c"},
		{-0x1A1B1C, "ba1b1c"},
		{0x200000, "c0200000"},
		{0x1FFFFFFF, "dfffffff"},
		{-0x1FFFFFFF, "ffffffff"},
		{0x20000000, "dfffffff"},
		{-1 << 31, "ffffffff"},
	} {
		b := rdpei.TouchEvent{Frames: []rdpei.Frame{{Contacts: []rdpei.Contact{{X: tc.x}}}}}.Append(nil)
		if got := b[12 : len(b)-2]; string(got) != string(pdutest.Hex(t, tc.want)) {
			t.Errorf("%d is %x, want %s", tc.x, got, tc.want)
		}
	}
	for _, tc := range []struct {
		offset uint64
		want   string
	}{
		{31, "1f"}, {32, "2020"}, {0x1FFFFFFFFFFFFFFF, "ffffffffffffffff"}, {1 << 63, "ffffffffffffffff"}, {0x0100000000, "8100000000"},
	} {
		b := rdpei.TouchEvent{Frames: []rdpei.Frame{{Offset: tc.offset}}}.Append(nil)
		if got := b[9:]; string(got) != string(pdutest.Hex(t, tc.want)) {
			t.Errorf("%d is %x, want %s", tc.offset, got, tc.want)
		}
	}
	// More bytes than it takes are read all the same.
	got, err := rdpei.ParseTouchEvent(pdutest.Hex(t, "0300 0e000000 c0000005 8001 00 00"))
	if err != nil || got.EncodeTime != 5 || len(got.Frames) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLiedLengths(t *testing.T) {
	parse := func(b []byte) error { _, err := rdpei.ParseTouchEvent(b); return err }
	pen := func(b []byte) error { _, err := rdpei.ParsePenEvent(b); return err }
	for name, tc := range map[string]struct {
		listing, field string
		parse          func([]byte) error
	}{
		"a PDU that is longer":        {"0300 09000000 00 00", "pduLength", parse},
		"a PDU that is shorter":       {"0300 07000000 00 00", "pduLength", parse},
		"frames that are not there":   {"0300 09000000 00 ffff", "contactCount", parse},
		"contacts beyond the limit":   {"0300 0b000000 00 01 8101 00", "contactCount", parse},
		"contacts that are not there": {"0300 0b000000 00 01 8100 00", "contactId", parse},
		"a number that is cut":        {"0300 07000000 c0", "encodeTime", parse},
		"pens beyond the limit":       {"0800 0b000000 00 01 8101 00", "contactCount", pen},
		"pens that are not there":     {"0800 0a000000 00 01 02 00", "deviceId", pen},
		"another event":               {"0800 08000000 00 00", "eventId", parse},
	} {
		err := tc.parse(pdutest.Hex(t, tc.listing))
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: error %v, want one that names %s", name, err, tc.field)
		}
	}
}

// watcher is a server that holds frames against the transitions of section 3.1.1.1.
type watcher struct {
	testing.TB
	states map[uint8]rdpei.State
	at     map[uint8][2]int32
}

// take checks a message of frames, and returns the contacts of its only frame.
func (w *watcher) take(b []byte) rdpei.Frame {
	w.Helper()
	e, err := rdpei.ParseTouchEvent(b)
	if err != nil || len(e.Frames) != 1 {
		w.Fatalf("%x: %+v, %v", b, e, err)
	}
	if w.states == nil {
		w.states, w.at = make(map[uint8]rdpei.State), make(map[uint8][2]int32)
	}
	seen := make(map[uint8]bool)
	for _, c := range e.Frames[0].Contacts {
		if seen[c.ID] || !c.Flags.Valid() {
			w.Fatalf("contact %d, seen %v, with the flags %#x", c.ID, seen[c.ID], c.Flags)
		}
		seen[c.ID] = true
		from, to := w.states[c.ID], rdpei.OutOfRange
		switch c.Flags {
		case rdpei.Down | rdpei.InRange | rdpei.InContact:
			to = rdpei.Engaged
			if from == rdpei.Engaged {
				w.Fatalf("contact %d is down twice", c.ID)
			}
		case rdpei.Update | rdpei.InRange | rdpei.InContact:
			to = rdpei.Engaged
			w.wantFrom(c, from, rdpei.Engaged)
		case rdpei.Update | rdpei.InRange:
			to = rdpei.Hovering
			if from == rdpei.Engaged {
				w.Fatalf("contact %d hovers without an up", c.ID)
			}
		case rdpei.Up | rdpei.InRange:
			to = rdpei.Hovering
			w.wantFrom(c, from, rdpei.Engaged)
		case rdpei.Up, rdpei.Up | rdpei.Canceled:
			w.wantFrom(c, from, rdpei.Engaged)
		default:
			w.wantFrom(c, from, rdpei.Hovering)
		}
		if from == rdpei.Engaged && to != rdpei.Engaged && w.at[c.ID] != [2]int32{c.X, c.Y} {
			w.Fatalf("contact %d moves from %v to %d,%d as it is lifted", c.ID, w.at[c.ID], c.X, c.Y)
		}
		w.states[c.ID], w.at[c.ID] = to, [2]int32{c.X, c.Y}
	}
	for id, state := range w.states {
		if state != rdpei.OutOfRange && !seen[id] {
			w.Fatalf("the active contact %d is not in the frame", id)
		}
	}
	return e.Frames[0]
}

func (w *watcher) wantFrom(c rdpei.Contact, from, want rdpei.State) {
	w.Helper()
	if from != want {
		w.Fatalf("contact %d has the flags %#x in the state %d", c.ID, c.Flags, from)
	}
}

func ready(t testing.TB, c *rdpei.Client) *rdpei.Client {
	if _, event, err := c.Handle(pdutest.Hex(t, serverReady), nil); err != nil || event != rdpei.EventReady {
		t.Fatal(event, err)
	}
	return c
}

func TestReady(t *testing.T) {
	for name, tc := range map[string]struct {
		client rdpei.Client
		server string
		want   rdpei.ClientReady
	}{
		"version 1.01":      {rdpei.Client{}, serverReady, rdpei.ClientReady{Version: rdpei.Version101, MaxContacts: 10}},
		"version 3":         {rdpei.Client{Visuals: true}, serverReady300, rdpei.ClientReady{Version: rdpei.Version300, MaxContacts: 10, Flags: rdpei.ReadyVisuals}},
		"a version to come": {rdpei.Client{MaxContacts: 1000}, "0100 0e000000 00000400 00000000", rdpei.ClientReady{Version: rdpei.Version300, MaxContacts: 256}},
	} {
		out, event, err := tc.client.Handle(pdutest.Hex(t, tc.server), nil)
		got, parseErr := rdpei.ParseClientReady(out)
		if err != nil || parseErr != nil || event != rdpei.EventReady || got != tc.want {
			t.Errorf("%s: %+v, %v, %v", name, got, event, err)
		}
	}
}

func TestOneFinger(t *testing.T) {
	c, w, now := ready(t, new(rdpei.Client)), &watcher{TB: t}, time.Unix(100, 0)
	for _, step := range []struct {
		name  string
		after time.Duration
		touch rdpei.Touch
		want  rdpei.Frame
	}{
		{"down", 0, rdpei.Touch{ID: 70, State: rdpei.Engaged, X: 10, Y: 20, RadiusX: 3, RadiusY: 4, Angle: 450, Pressure: 2000}, rdpei.Frame{Contacts: []rdpei.Contact{{
			X: 10, Y: 20, Flags: rdpei.Down | rdpei.InRange | rdpei.InContact,
			Rect: &rdpei.Rect{Left: -3, Top: -4, Right: 3, Bottom: 4}, Orientation: ptr(uint32(90)), Pressure: ptr(uint32(1024)),
		}}}},
		{"moved", 15 * time.Millisecond, rdpei.Touch{ID: 70, State: rdpei.Engaged, X: 11, Y: 21}, rdpei.Frame{Offset: 15000, Contacts: []rdpei.Contact{{
			X: 11, Y: 21, Flags: rdpei.Update | rdpei.InRange | rdpei.InContact,
		}}}},
		{"lifted elsewhere", time.Millisecond, rdpei.Touch{ID: 70, X: 90, Y: 90}, rdpei.Frame{Offset: 1000, Contacts: []rdpei.Contact{{
			X: 11, Y: 21, Flags: rdpei.Up,
		}}}},
		{"hovering", -time.Second, rdpei.Touch{ID: 71, State: rdpei.Hovering, X: 1}, rdpei.Frame{Contacts: []rdpei.Contact{{
			X: 1, Flags: rdpei.Update | rdpei.InRange,
		}}}},
		{"down from there", 0, rdpei.Touch{ID: 71, State: rdpei.Engaged, X: 2}, rdpei.Frame{Contacts: []rdpei.Contact{{
			X: 2, Flags: rdpei.Down | rdpei.InRange | rdpei.InContact,
		}}}},
		{"hovering again", 0, rdpei.Touch{ID: 71, State: rdpei.Hovering, X: 3}, rdpei.Frame{Contacts: []rdpei.Contact{{
			X: 2, Flags: rdpei.Up | rdpei.InRange,
		}}}},
		{"taken away", 0, rdpei.Touch{ID: 71, State: rdpei.Taken}, rdpei.Frame{Contacts: []rdpei.Contact{{
			X: 2, Flags: rdpei.Update | rdpei.Canceled,
		}}}},
	} {
		now = now.Add(step.after)
		if diff := cmp.Diff(step.want, w.take(c.Frame(nil, now, step.touch))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
	for _, state := range []rdpei.State{rdpei.OutOfRange, rdpei.Taken} {
		if out := c.Frame(nil, now, rdpei.Touch{ID: 71, State: state}); out != nil {
			t.Errorf("a contact that is gone goes again: %x", out)
		}
	}
	if n := c.Active(); n != 0 {
		t.Errorf("%d contacts are left", n)
	}
}

func TestFingersTogether(t *testing.T) {
	c, w, now := ready(t, &rdpei.Client{MaxContacts: 2}), &watcher{TB: t}, time.Unix(100, 0)
	flags := func(touches ...rdpei.Touch) []rdpei.Flags {
		var got []rdpei.Flags
		for _, contact := range w.take(c.Frame(nil, now, touches...)).Contacts {
			got = append(got, contact.Flags)
		}
		return got
	}
	const down, update = rdpei.Down | rdpei.InRange | rdpei.InContact, rdpei.Update | rdpei.InRange | rdpei.InContact
	engaged := func(id int) rdpei.Touch { return rdpei.Touch{ID: id, State: rdpei.Engaged} }
	for _, step := range []struct {
		name    string
		touches []rdpei.Touch
		want    []rdpei.Flags
	}{
		{"the first", []rdpei.Touch{engaged(1)}, []rdpei.Flags{down}},
		{"the second, and one too many", []rdpei.Touch{engaged(2), engaged(3)}, []rdpei.Flags{update, down}},
		{"none changes", nil, []rdpei.Flags{update, update}},
		{"one goes and another comes, for whom there is no slot in this frame", []rdpei.Touch{{ID: 1}, engaged(3)}, []rdpei.Flags{rdpei.Up, update}},
		{"now there is", []rdpei.Touch{engaged(3)}, []rdpei.Flags{down, update}},
		{"down and gone at once", []rdpei.Touch{{ID: 2}, engaged(2)}, []rdpei.Flags{update, update}},
		{"gone at last", []rdpei.Touch{engaged(2), {ID: 2, State: rdpei.Taken}}, []rdpei.Flags{update, rdpei.Up | rdpei.Canceled}},
	} {
		if diff := cmp.Diff(step.want, flags(step.touches...)); diff != "" {
			t.Errorf("%s: flags (-want +got):\n%s", step.name, diff)
		}
	}
}

func TestSuspension(t *testing.T) {
	c, now := new(rdpei.Client), time.Unix(100, 0)
	touch := rdpei.Touch{ID: 1, State: rdpei.Engaged}
	if out := c.Frame(nil, now, touch); out != nil {
		t.Errorf("sent before the server is ready: %x", out)
	}
	ready(t, c)
	(&watcher{TB: t}).take(c.Frame(nil, now, touch))
	if _, event, err := c.Handle(pdutest.Hex(t, suspend), nil); err != nil || event != rdpei.EventSuspended || c.Active() != 0 {
		t.Fatalf("%v, %v", event, err)
	}
	if out := c.Frame(nil, now, touch); out != nil {
		t.Errorf("sent while suspended: %x", out)
	}
	if _, event, err := c.Handle(pdutest.Hex(t, resume), nil); err != nil || event != rdpei.EventResumed {
		t.Fatalf("%v, %v", event, err)
	}
	// The finger that is still there comes down anew.
	if f := (&watcher{TB: t}).take(c.Frame(nil, now, touch)); f.Contacts[0].Flags&rdpei.Down == 0 {
		t.Errorf("frame %+v", f)
	}
	if string(rdpei.AppendSuspend(nil)) != string(pdutest.Hex(t, suspend)) || string(rdpei.AppendResume(nil)) != string(pdutest.Hex(t, resume)) {
		t.Error("suspend and resume are written otherwise")
	}
}

func TestDismiss(t *testing.T) {
	c, now := ready(t, new(rdpei.Client)), time.Unix(100, 0)
	c.Frame(nil, now, rdpei.Touch{ID: 1, State: rdpei.Engaged}, rdpei.Touch{ID: 2, State: rdpei.Hovering})
	if out := c.Dismiss(nil, 1); out != nil {
		t.Errorf("a contact that touches is dismissed: %x", out)
	}
	if id, err := rdpei.ParseDismiss(c.Dismiss(nil, 2)); err != nil || id != 1 {
		t.Errorf("%d, %v", id, err)
	}
	if out := c.Dismiss(nil, 2); out != nil || c.Active() != 1 {
		t.Errorf("dismissed twice: %x", out)
	}
}

func TestHandleRefuses(t *testing.T) {
	for name, listing := range map[string]string{
		"an unknown event":   "0900 06000000",
		"a client's message": clientReady,
		"a lied length":      "0400 07000000",
		"a short ready":      "0100 0a000000 00000300",
	} {
		if out, event, err := new(rdpei.Client).Handle(pdutest.Hex(t, listing), nil); err == nil || out != nil || event != 0 {
			t.Errorf("%s: %x, %v", name, out, event)
		}
	}
	for _, listing := range []string{serverReady, serverReady300, suspend, resume} {
		pdutest.Cut(t, pdutest.Hex(t, listing), func(b []byte) error { _, _, err := new(rdpei.Client).Handle(b, nil); return err })
	}
}

func FuzzPDUs(f *testing.F) {
	for _, listing := range []string{serverReady, serverReady300, clientReady, suspend, "0600 07000000 05", touchEvent, penEvent} {
		f.Add(pdutest.Hex(f, listing))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, rdpei.ParseServerReady, rdpei.ServerReady.Append)
		pdutest.Same(t, b, rdpei.ParseClientReady, rdpei.ClientReady.Append)
		pdutest.Same(t, b, rdpei.ParseTouchEvent, rdpei.TouchEvent.Append)
		pdutest.Same(t, b, rdpei.ParsePenEvent, rdpei.PenEvent.Append)
		pdutest.Same(t, b, rdpei.ParseDismiss, appendDismiss)
	})
}

// FuzzClient moves contacts at random, four bytes a change, and holds what is sent against
// the transitions that there are.
func FuzzClient(f *testing.F) {
	f.Add([]byte{0, 2, 1, 1, 1, 2, 5, 5, 0, 0, 1, 1, 0x80, 0, 0, 0, 1, 1, 2, 2, 1, 3, 0, 0})
	f.Add([]byte{0, 1, 1, 1, 0x81, 0, 0, 0, 0, 2, 1, 1, 0x82, 0, 0, 0, 0, 2, 1, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		c, w, now := ready(t, &rdpei.Client{MaxContacts: 3}), &watcher{TB: t}, time.Unix(100, 0)
		var changes []rdpei.Touch
		for ; len(script) >= 4; script = script[4:] {
			switch id := script[0]; {
			case id == 0x81:
				c.Handle(pdutest.Hex(t, suspend), nil)
				c.Handle(pdutest.Hex(t, resume), nil)
				w = &watcher{TB: t}
			case id == 0x82:
				if out := c.Dismiss(nil, int(script[1]%8)); out != nil {
					dismissed, err := rdpei.ParseDismiss(out)
					if err != nil || w.states[dismissed] != rdpei.Hovering {
						t.Fatalf("%d is dismissed, %v", dismissed, err)
					}
					delete(w.states, dismissed)
				}
			case id >= 0x80:
				if out := c.Frame(nil, now, changes...); out != nil {
					w.take(out)
				}
				now, changes = now.Add(time.Millisecond), nil
			default:
				changes = append(changes, rdpei.Touch{
					ID: int(id % 8), State: rdpei.State(script[1]), X: int32(script[2]), Y: int32(script[3]), RadiusX: int16(script[2]), RadiusY: 1,
				})
			}
		}
		if n := c.Active(); n > 3 {
			t.Fatalf("%d contacts of 3", n)
		}
	})
}
