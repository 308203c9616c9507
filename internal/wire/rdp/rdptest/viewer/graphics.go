// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/drdynvc"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx/gfxtest"
)

// Graphics is the graphics pipeline, which is drawn beside the Screen.
type Graphics struct {
	gfxtest.Painter
	// Client has what was negotiated.
	Client rdpgfx.Client
	// Confirms counts how often the server has confirmed capabilities.
	Confirms int

	id uint32
}

// handle takes what happens to the channel, and acknowledges frames at once.
func (g *Graphics) handle(c *Client, event drdynvc.Event) error {
	switch event.Kind {
	case drdynvc.EventOpened:
		g.id, g.Client = event.ID, rdpgfx.Client{}
		return c.Advertise(*c.cfg.Graphics)
	case drdynvc.EventClosed:
		return nil
	}
	operations, err := g.Client.Handle(event.Data)
	for _, o := range operations {
		if err := g.Do(o); err != nil {
			return err
		}
		switch o := o.(type) {
		case rdpgfx.CapsConfirm:
			g.Confirms++
		case rdpgfx.EndFrame:
			c.sendGraphics(g.Client.Acknowledge(nil, o.FrameID, rdpgfx.QueueDepthUnavailable))
		}
	}
	return err
}

// Advertise tells the server what the viewer can do now.
func (c *Client) Advertise(s rdpgfx.Support) error {
	message, err := c.Graphics.Client.Advertise(nil, s)
	if err == nil {
		c.sendGraphics(message)
	}
	return err
}

func (c *Client) sendGraphics(message []byte) {
	drdynvc.Send(c.Graphics.id, message, func(pdu []byte) { c.channels.send(c, pdu) })
}
