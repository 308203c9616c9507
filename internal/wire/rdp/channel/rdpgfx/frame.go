// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// StartFrame is RDPGFX_START_FRAME_PDU (section 2.2.2.11).
type StartFrame struct {
	// Timestamp is when the server took the picture: hour, minute, second and milliseconds
	// from the high bits to the low ones.
	Timestamp uint32
	FrameID   uint32
}

// Command implements PDU.
func (StartFrame) Command() Command { return CmdStartFrame }

// Time returns the timestamp as the time of day.
func (p StartFrame) Time() time.Duration {
	t := p.Timestamp
	return time.Duration(t>>22)*time.Hour + time.Duration(t>>16&0x3F)*time.Minute +
		time.Duration(t>>10&0x3F)*time.Second + time.Duration(t&0x3FF)*time.Millisecond
}

func readStartFrame(r *field.Reader) PDU {
	return StartFrame{Timestamp: r.U32("timestamp"), FrameID: r.U32("frameId")}
}

func (p StartFrame) appendBody(b []byte) []byte { return appendU32s(b, p.Timestamp, p.FrameID) }

// EndFrame is RDPGFX_END_FRAME_PDU (section 2.2.2.12).
type EndFrame struct{ FrameID uint32 }

// Command implements PDU.
func (EndFrame) Command() Command { return CmdEndFrame }

func readEndFrame(r *field.Reader) PDU { return EndFrame{FrameID: r.U32("frameId")} }

func (p EndFrame) appendBody(b []byte) []byte { return appendU32s(b, p.FrameID) }

// Values of FrameAcknowledge.QueueDepth; those between them are bytes that wait.
const (
	QueueDepthUnavailable      = 0
	SuspendFrameAcknowledgment = 0xFFFFFFFF
)

// FrameAcknowledge is RDPGFX_FRAME_ACKNOWLEDGE_PDU (section 2.2.2.13).
type FrameAcknowledge struct {
	QueueDepth         uint32
	FrameID            uint32
	TotalFramesDecoded uint32
}

// Command implements PDU.
func (FrameAcknowledge) Command() Command { return CmdFrameAcknowledge }

func readFrameAcknowledge(r *field.Reader) PDU {
	return FrameAcknowledge{QueueDepth: r.U32("queueDepth"), FrameID: r.U32("frameId"), TotalFramesDecoded: r.U32("totalFramesDecoded")}
}

func (p FrameAcknowledge) appendBody(b []byte) []byte {
	return appendU32s(b, p.QueueDepth, p.FrameID, p.TotalFramesDecoded)
}

// QoEFrameAcknowledge is RDPGFX_QOE_FRAME_ACKNOWLEDGE_PDU (section 2.2.2.21), which tells how
// long a frame took.
type QoEFrameAcknowledge struct {
	FrameID uint32
	// Timestamp is in milliseconds since the client's system started, or what else it counts
	// from.
	Timestamp uint32
	// TimeDiffSE is the milliseconds between start and end of the frame, TimeDiffEDR those
	// between its end and the end of drawing.
	TimeDiffSE, TimeDiffEDR uint16
}

// Command implements PDU.
func (QoEFrameAcknowledge) Command() Command { return CmdQoEFrameAcknowledge }

func readQoEFrameAcknowledge(r *field.Reader) PDU {
	return QoEFrameAcknowledge{
		FrameID: r.U32("frameId"), Timestamp: r.U32("timestamp"), TimeDiffSE: r.U16("timeDiffSE"), TimeDiffEDR: r.U16("timeDiffEDR"),
	}
}

func (p QoEFrameAcknowledge) appendBody(b []byte) []byte {
	return appendU16s(appendU32s(b, p.FrameID, p.Timestamp), p.TimeDiffSE, p.TimeDiffEDR)
}
