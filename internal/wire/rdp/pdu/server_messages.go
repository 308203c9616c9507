// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
)

// StatusInfo is the server status info PDU (section 2.2.5.2): what a broker is doing while
// the user waits.
type StatusInfo struct {
	Code uint32
}

// ParseStatusInfo reads the data of a share data PDU.
func ParseStatusInfo(b []byte) (StatusInfo, error) {
	r := field.NewReader("pdu: status info", b)
	return StatusInfo{Code: r.U32("statusCode")}, r.Err()
}

// Append appends the data.
func (p StatusInfo) Append(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, p.Code) }

// maxLayoutMonitors bounds a monitor layout: some servers have more monitors than a client
// may announce.
const maxLayoutMonitors = 64

// MonitorLayout is the monitor layout PDU (section 2.2.12.1).
type MonitorLayout struct {
	Monitors []gcc.Monitor
}

// ParseMonitorLayout reads the data of a share data PDU.
func ParseMonitorLayout(b []byte) (MonitorLayout, error) {
	var p MonitorLayout
	r := field.NewReader("pdu: monitor layout", b)
	for range r.Length("monitorCount", maxLayoutMonitors) {
		p.Monitors = append(p.Monitors, gcc.ReadMonitor(r))
	}
	return p, r.Err()
}

// Append appends the data.
func (p MonitorLayout) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Monitors)))
	for _, m := range p.Monitors {
		b = m.Append(b)
	}
	return b
}

// The lock keys as the set keyboard indicators PDU and synchronize events have them.
const (
	LockScroll = 1
	LockNum    = 2
	LockCaps   = 4
	LockKana   = 8
)

// KeyboardIndicators is the set keyboard indicators PDU (section 2.2.8.2.1.1).
type KeyboardIndicators struct {
	UnitID   uint16
	LEDFlags uint16
}

// ParseKeyboardIndicators reads the data of a share data PDU.
func ParseKeyboardIndicators(b []byte) (KeyboardIndicators, error) {
	r := field.NewReader("pdu: set keyboard indicators", b)
	return KeyboardIndicators{UnitID: r.U16("unitId"), LEDFlags: r.U16("ledFlags")}, r.Err()
}

// Append appends the data.
func (p KeyboardIndicators) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, p.UnitID), p.LEDFlags)
}

// PlaySound is the play sound PDU (section 2.2.9.1.1.5.1): a beep.
type PlaySound struct {
	// Duration is in milliseconds, Frequency in hertz.
	Duration  uint32
	Frequency uint32
}

// ParsePlaySound reads the data of a share data PDU.
func ParsePlaySound(b []byte) (PlaySound, error) {
	r := field.NewReader("pdu: play sound", b)
	return PlaySound{Duration: r.U32("duration"), Frequency: r.U32("frequency")}, r.Err()
}

// Append appends the data.
func (p PlaySound) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, p.Duration), p.Frequency)
}
