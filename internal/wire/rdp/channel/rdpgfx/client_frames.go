// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import "fmt"

// frame is one that has ended and waits to be acknowledged.
type frame struct {
	id    uint32
	total uint32 // the frames up to it
}

// frames is the state of frames and their acknowledgements.
type frames struct {
	open      bool
	current   uint32
	total     uint32
	ended     []frame
	suspended bool
}

func (c *Client) startFrame(p StartFrame) error {
	if c.frames.open {
		return fmt.Errorf("rdpgfx: start frame: frameId: %d while frame %d is open", p.FrameID, c.frames.current)
	}
	c.frames.open, c.frames.current = true, p.FrameID
	c.emit(p)
	return nil
}

func (c *Client) endFrame(p EndFrame) error {
	f := &c.frames
	if !f.open || f.current != p.FrameID {
		return fmt.Errorf("rdpgfx: end frame: frameId: %d, with frame %d open: %v", p.FrameID, f.current, f.open)
	}
	f.open = false
	f.total++
	if f.suspended || len(f.ended) == maxUnacknowledged {
		f.ended = f.ended[1:]
	}
	f.ended = append(f.ended, frame{p.FrameID, f.total})
	c.emit(p)
	return nil
}

// Unacknowledged returns how many frames have ended and are not acknowledged.
func (c *Client) Unacknowledged() int {
	if c.frames.suspended {
		return 0
	}
	return len(c.frames.ended)
}

// Acknowledge appends the acknowledgements of all frames up to the given one, oldest first,
// and nothing for frames that are acknowledged already. A server sends few frames more than
// are acknowledged, and fewer if queueDepth says how many bytes wait.
//
// With SuspendFrameAcknowledgment the server is told not to wait for any more, and nothing is
// due until a call with another queueDepth, which ends that.
func (c *Client) Acknowledge(out []byte, frameID, queueDepth uint32) []byte {
	f := &c.frames
	n := len(f.ended)
	for n > 0 && f.ended[n-1].id != frameID {
		n--
	}
	if n == 0 {
		return out
	}
	suspend := queueDepth == SuspendFrameAcknowledgment
	if suspend && f.suspended {
		return out
	}
	due := f.ended[:n]
	if suspend || f.suspended { // one says it all
		due = due[n-1:]
	}
	for _, e := range due {
		out = Append(out, FrameAcknowledge{QueueDepth: queueDepth, FrameID: e.id, TotalFramesDecoded: e.total})
	}
	if f.suspended = suspend; suspend {
		f.ended = f.ended[len(f.ended)-1:] // the one to resume with, should no other come
		return out
	}
	f.ended = append(f.ended[:0], f.ended[n:]...)
	return out
}

// AcknowledgeQoE appends how long a frame took, if the server takes that: from version 10.0 on.
func (c *Client) AcknowledgeQoE(out []byte, p QoEFrameAcknowledge) []byte {
	if c.confirmed.Version < Version10 {
		return out
	}
	return Append(out, p)
}
