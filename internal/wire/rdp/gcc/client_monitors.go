// SPDX-License-Identifier: Apache-2.0

package gcc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// MaxMonitors is the most monitors that a client has (section 2.2.1.3.6).
const MaxMonitors = 16

// monitorAttributesSize is the size of TS_MONITOR_ATTRIBUTES.
const monitorAttributesSize = 20

// MonitorPrimary marks the monitor whose upper left corner is the origin.
const MonitorPrimary = 1

// Monitor is TS_MONITOR_DEF (section 2.2.1.3.6.1). Right and Bottom are inclusive.
type Monitor struct {
	Left, Top, Right, Bottom int32
	Flags                    uint32
}

// ReadMonitor reads a monitor, which the monitor layout PDU has too.
func ReadMonitor(r *field.Reader) Monitor {
	return Monitor{
		Left: int32(r.U32("left")), Top: int32(r.U32("top")), Right: int32(r.U32("right")), Bottom: int32(r.U32("bottom")),
		Flags: r.U32("flags"),
	}
}

// Append appends the monitor.
func (m Monitor) Append(b []byte) []byte {
	for _, v := range []uint32{uint32(m.Left), uint32(m.Top), uint32(m.Right), uint32(m.Bottom), m.Flags} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// ClientMonitors is TS_UD_CS_MONITOR (section 2.2.1.3.6).
type ClientMonitors struct {
	Flags    uint32
	Monitors []Monitor
}

// ParseClientMonitors reads the block's content.
func ParseClientMonitors(b []byte) (ClientMonitors, error) {
	r := field.NewReader("gcc: client monitor data", b)
	c := ClientMonitors{Flags: r.U32("flags")}
	for range r.Length("monitorCount", MaxMonitors) {
		c.Monitors = append(c.Monitors, ReadMonitor(r))
	}
	return c, r.Err()
}

// Append appends the block's content.
func (c ClientMonitors) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, c.Flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Monitors)))
	for _, m := range c.Monitors {
		b = m.Append(b)
	}
	return b
}

// MonitorAttributes is TS_MONITOR_ATTRIBUTES (section 2.2.1.3.9.1).
type MonitorAttributes struct {
	PhysicalWidth      uint32
	PhysicalHeight     uint32
	Orientation        uint32
	DesktopScaleFactor uint32
	DeviceScaleFactor  uint32
}

// ClientMonitorsEx is TS_UD_CS_MONITOR_EX (section 2.2.1.3.9): the attributes of the
// monitors, in their order.
type ClientMonitorsEx struct {
	Flags    uint32
	Monitors []MonitorAttributes
}

// ParseClientMonitorsEx reads the block's content.
func ParseClientMonitorsEx(b []byte) (ClientMonitorsEx, error) {
	r := field.NewReader("gcc: client monitor extended data", b)
	c := ClientMonitorsEx{Flags: r.U32("flags")}
	r.Expect("monitorAttributeSize", uint64(r.U32("monitorAttributeSize")), monitorAttributesSize)
	for range r.Length("monitorCount", MaxMonitors) {
		c.Monitors = append(c.Monitors, MonitorAttributes{
			PhysicalWidth: r.U32("physicalWidth"), PhysicalHeight: r.U32("physicalHeight"), Orientation: r.U32("orientation"),
			DesktopScaleFactor: r.U32("desktopScaleFactor"), DeviceScaleFactor: r.U32("deviceScaleFactor"),
		})
	}
	return c, r.Err()
}

// Append appends the block's content.
func (c ClientMonitorsEx) Append(b []byte) []byte {
	for _, v := range []uint32{c.Flags, monitorAttributesSize, uint32(len(c.Monitors))} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, m := range c.Monitors {
		for _, v := range []uint32{m.PhysicalWidth, m.PhysicalHeight, m.Orientation, m.DesktopScaleFactor, m.DeviceScaleFactor} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	return b
}
