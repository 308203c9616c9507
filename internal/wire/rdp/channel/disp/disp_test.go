// SPDX-License-Identifier: Apache-2.0

package disp_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/disp"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// capabilities is what a server of 16 monitors says.
const capabilities = "05000000 14000000 10000000 00100000 00080000"

func appendLayout(m []disp.Monitor, b []byte) []byte { return disp.AppendLayout(b, m) }

func TestPDUs(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, capabilities), disp.ParseCapabilities, disp.Capabilities.Append)
	two := append(disp.Single(1920, 1080), disp.Monitor{Left: -1280, Top: 20, Width: 1280, Height: 1024, Orientation: 90})
	pdutest.RoundTrip(t, disp.AppendLayout(nil, two), disp.ParseLayout, appendLayout)
	if _, err := disp.ParseLayout(append(disp.AppendLayout(nil, two), 0)); err == nil {
		t.Error("bytes after the layout are accepted")
	}
}

func TestSizesAreThoseThatServersTake(t *testing.T) {
	for _, tc := range [][4]int{{1281, 801, 1280, 801}, {1, 1, 200, 200}, {10_000, 9000, 8192, 8192}} {
		m := disp.Single(tc[0], tc[1])[0]
		if int(m.Width) != tc[2] || int(m.Height) != tc[3] {
			t.Errorf("%dx%d becomes %dx%d", tc[0], tc[1], m.Width, m.Height)
		}
	}
}

func TestClientPaces(t *testing.T) {
	c, now := new(disp.Client), time.Unix(0, 0)
	next := func(what string, send bool, wait time.Duration) {
		t.Helper()
		message, again, err := c.Next(now)
		if err != nil || (message != nil) != send {
			t.Fatalf("%s: %x, %v", what, message, err)
		}
		if want := now.Add(wait); wait > 0 && !again.Equal(want) || wait == 0 && !again.IsZero() {
			t.Errorf("%s: again at %v, want in %v", what, again, wait)
		}
	}
	c.Want(disp.Single(1000, 800))
	next("before the capabilities", false, 0)
	if err := c.Handle(pdutest.Hex(t, capabilities)); err != nil {
		t.Fatal(err)
	}
	next("with them", true, 0)
	next("nothing new", false, 0)
	now = now.Add(100 * time.Millisecond)
	c.Want(disp.Single(1100, 800))
	next("while the first has no effect", false, 4900*time.Millisecond)
	c.Took()
	next("too soon", false, 400*time.Millisecond)
	c.Want(disp.Single(1200, 800))
	now = now.Add(400 * time.Millisecond)
	message, _, err := c.Next(now)
	got, _ := disp.ParseLayout(message)
	if diff := cmp.Diff(disp.Single(1200, 800), got); diff != "" || err != nil {
		t.Errorf("%v: the last wins (-want +got):\n%s", err, diff)
	}
	c.Want(disp.Single(1200, 800))
	next("the same size", false, 0)
	c.Want(disp.Single(1300, 800))
	now = now.Add(5 * time.Second)
	next("after a layout without effect", true, 0)
}

func TestClientRefuses(t *testing.T) {
	c := new(disp.Client)
	if err := c.Handle([]byte{2}); err == nil {
		t.Error("another PDU is accepted")
	}
	caps := disp.Capabilities{MaxMonitors: 1, FactorA: 1000, FactorB: 1000}
	if err := c.Handle(caps.Append(nil)); err != nil {
		t.Fatal(err)
	}
	for name, layout := range map[string][]disp.Monitor{
		"two monitors": append(disp.Single(200, 200), disp.Single(200, 200)...),
		"too large":    disp.Single(2000, 1000),
		"an odd width": {{Width: 501, Height: 500}},
		"no pixels":    {{}},
	} {
		c.Want(layout)
		if message, _, err := c.Next(time.Time{}); err == nil {
			t.Errorf("%s: sent as %x", name, message)
		}
	}
}

func FuzzPDUs(f *testing.F) {
	f.Add(pdutest.Hex(f, capabilities))
	f.Add(disp.AppendLayout(nil, disp.Single(1000, 800)))
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, disp.ParseCapabilities, disp.Capabilities.Append)
		pdutest.Same(t, b, disp.ParseLayout, appendLayout)
	})
}
