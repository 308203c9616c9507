// SPDX-License-Identifier: Apache-2.0

// Package disp is the client's side of the display control channel ([MS-RDPEDISP]), by which
// a client asks for another size of the desktop:
//
//	server: capabilities                 client: monitor layout, as often as the size changes
//
// A [Client] holds the last layout back until the server can take it: before the
// capabilities came, within MinInterval of the one before, and while that one has not taken
// effect. Bursts of layouts have crashed servers.
package disp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// ChannelName is the name of the dynamic channel.
const ChannelName = "Microsoft::Windows::RDS::DisplayControl"

// PDU types (section 2.2.1.1).
const (
	typeMonitorLayout = 2
	typeCapabilities  = 5

	headerSize        = 8
	monitorSize       = 40
	maxLayoutMonitors = 1024
)

// Limits of a monitor's sides (section 2.2.2.2.1).
const (
	MinSide = 200
	MaxSide = 8192
)

// MonitorPrimary marks the primary monitor, whose corner is the origin.
const MonitorPrimary = 1

// MinInterval is the shortest time between two layouts.
const MinInterval = 500 * time.Millisecond

// effectTimeout is how long a layout is waited for that has no effect: a server may find
// that nothing changes.
const effectTimeout = 5 * time.Second

// Capabilities is DISPLAYCONTROL_CAPS_PDU (section 2.2.2.1).
type Capabilities struct {
	MaxMonitors uint32
	FactorA     uint32
	FactorB     uint32
}

// MaxArea is the most pixels of all monitors together.
func (c Capabilities) MaxArea() uint64 {
	return uint64(c.MaxMonitors) * uint64(min(c.FactorA, MaxSide)) * uint64(min(c.FactorB, MaxSide))
}

func readHeader(r *field.Reader, want uint32, size int) {
	r.Expect("Type", uint64(r.U32("Type")), uint64(want))
	r.Expect("Length", uint64(r.U32("Length")), uint64(size))
}

// ParseCapabilities reads the PDU.
func ParseCapabilities(b []byte) (Capabilities, error) {
	r := field.NewReader("disp: capabilities", b)
	readHeader(r, typeCapabilities, headerSize+12)
	c := Capabilities{
		MaxMonitors: uint32(r.Length("MaxNumMonitors", maxLayoutMonitors)), FactorA: r.U32("MaxMonitorAreaFactorA"), FactorB: r.U32("MaxMonitorAreaFactorB"),
	}
	return c, r.Err()
}

// Append appends the PDU.
func (c Capabilities) Append(b []byte) []byte {
	for _, v := range []uint32{typeCapabilities, headerSize + 12, c.MaxMonitors, c.FactorA, c.FactorB} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// Monitor is DISPLAYCONTROL_MONITOR_LAYOUT (section 2.2.2.2.1).
type Monitor struct {
	Flags          uint32
	Left, Top      int32
	Width, Height  uint32
	PhysicalWidth  uint32
	PhysicalHeight uint32
	Orientation    uint32
	// DesktopScale is 100 to 500 percent and DeviceScale 100, 140 or 180; servers ignore both
	// if one is something else.
	DesktopScale uint32
	DeviceScale  uint32
}

// Single returns a layout of one monitor, of a size that servers take: even in width, and
// within the limits.
func Single(width, height int) []Monitor {
	side := func(n int) uint32 { return uint32(min(max(n, MinSide), MaxSide)) }
	return []Monitor{{Flags: MonitorPrimary, Width: side(width) &^ 1, Height: side(height), DesktopScale: 100, DeviceScale: 100}}
}

// AppendLayout appends DISPLAYCONTROL_MONITOR_LAYOUT_PDU (section 2.2.2.2).
func AppendLayout(b []byte, monitors []Monitor) []byte {
	for _, v := range []int{typeMonitorLayout, headerSize + 8 + monitorSize*len(monitors), monitorSize, len(monitors)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	for _, m := range monitors {
		for _, v := range []uint32{
			m.Flags, uint32(m.Left), uint32(m.Top), m.Width, m.Height, m.PhysicalWidth, m.PhysicalHeight, m.Orientation, m.DesktopScale, m.DeviceScale,
		} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	return b
}

// ParseLayout reads the PDU.
func ParseLayout(b []byte) ([]Monitor, error) {
	r := field.NewReader("disp: monitor layout", b)
	r.Expect("Type", uint64(r.U32("Type")), typeMonitorLayout)
	size := r.U32("Length")
	r.Expect("MonitorLayoutSize", uint64(r.U32("MonitorLayoutSize")), monitorSize)
	n := r.Length("NumMonitors", maxLayoutMonitors)
	r.Expect("Length", uint64(size), uint64(headerSize+8+monitorSize*n))
	var monitors []Monitor
	for range n {
		m := Monitor{
			Flags: r.U32("Flags"), Left: int32(r.U32("Left")), Top: int32(r.U32("Top")), Width: r.U32("Width"), Height: r.U32("Height"),
			PhysicalWidth: r.U32("PhysicalWidth"), PhysicalHeight: r.U32("PhysicalHeight"), Orientation: r.U32("Orientation"),
			DesktopScale: r.U32("DesktopScaleFactor"), DeviceScale: r.U32("DeviceScaleFactor"),
		}
		if r.Err() != nil {
			return nil, r.Err()
		}
		monitors = append(monitors, m)
	}
	r.End("Monitors")
	return monitors, r.Err()
}

// Client paces layouts. The zero value is ready.
type Client struct {
	// Capabilities are the server's, once it has said them.
	Capabilities *Capabilities

	wanted  []Monitor
	sent    []Monitor
	at      time.Time
	waiting bool
}

// Handle takes a message of the server.
func (c *Client) Handle(b []byte) error {
	caps, err := ParseCapabilities(b)
	if err == nil {
		c.Capabilities = &caps
	}
	return err
}

// Want asks for a layout; the last one wins.
func (c *Client) Want(monitors []Monitor) { c.wanted = slices.Clone(monitors) }

// Took tells that the desktop has a new size: the layout before has taken effect.
func (c *Client) Took() { c.waiting = false }

// Next returns the message to send now, or nil, and when to ask again: the zero time says
// after the next event.
func (c *Client) Next(now time.Time) (message []byte, again time.Time, err error) {
	if c.Capabilities == nil || c.wanted == nil {
		return nil, time.Time{}, nil
	}
	if slices.Equal(c.wanted, c.sent) {
		c.wanted = nil
		return nil, time.Time{}, nil
	}
	if err := c.check(); err != nil {
		c.wanted = nil
		return nil, time.Time{}, err
	}
	if c.sent != nil {
		earliest := c.at.Add(MinInterval)
		if c.waiting {
			earliest = c.at.Add(effectTimeout)
		}
		if now.Before(earliest) {
			return nil, earliest, nil
		}
	}
	c.sent, c.wanted, c.at, c.waiting = c.wanted, nil, now, true
	return AppendLayout(nil, c.sent), time.Time{}, nil
}

func (c *Client) check() error {
	area := uint64(0)
	for _, m := range c.wanted {
		if m.Width < MinSide || m.Width > MaxSide || m.Width%2 != 0 || m.Height < MinSide || m.Height > MaxSide {
			return fmt.Errorf("disp: a monitor of %dx%d pixels", m.Width, m.Height)
		}
		area += uint64(m.Width) * uint64(m.Height)
	}
	if n := len(c.wanted); n > int(c.Capabilities.MaxMonitors) || area > c.Capabilities.MaxArea() {
		return fmt.Errorf("disp: %d monitors with %d pixels are more than the server takes", n, area)
	}
	return nil
}
