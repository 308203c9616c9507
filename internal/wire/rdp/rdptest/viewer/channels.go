// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"context"
	"errors"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/disp"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/drdynvc"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

// channels has display control and the graphics pipeline, which are dynamic channels.
type channels struct {
	static  svc.Assembler
	dynamic drdynvc.Manager
	display disp.Client
	id      uint32 // of display control, 0 while it is closed
}

// handle takes a chunk of drdynvc, the only static channel.
func (ch *channels) handle(c *Client, chunk []byte) error {
	message, whole, err := ch.static.Add(chunk)
	if err != nil || !whole {
		return err
	}
	ch.dynamic.Accept = func(name string) bool {
		return name == disp.ChannelName || name == rdpgfx.ChannelName && c.cfg.Graphics != nil
	}
	answer, event, ok, err := ch.dynamic.Handle(message, nil)
	if err != nil {
		return err
	}
	if len(answer) > 0 {
		ch.send(c, answer)
	}
	switch {
	case !ok:
	case event.Name == rdpgfx.ChannelName:
		return c.Graphics.handle(c, event)
	case event.Kind == drdynvc.EventOpened:
		ch.id = event.ID
	case event.Kind == drdynvc.EventClosed:
		ch.id = 0
	case event.Kind == drdynvc.EventData:
		return ch.display.Handle(event.Data)
	}
	return nil
}

func (ch *channels) send(c *Client, message []byte) {
	svc.Append(message, svc.ChunkSize, 0, func(chunk []byte) {
		c.write(c.Connector.AppendChannel(nil, 0, chunk))
	})
}

// Resize asks for another size of the desktop, and returns once the server has taken it.
func (c *Client) Resize(ctx context.Context, width, height int) error {
	ch := &c.channels
	if err := c.Until(ctx, func() bool { return ch.id != 0 && ch.display.Capabilities != nil }); err != nil {
		return err
	}
	ch.display.Want(disp.Single(width, height))
	var message []byte
	var wrong error
	err := c.Until(ctx, func() bool {
		message, _, wrong = ch.display.Next(time.Now())
		return message != nil || wrong != nil
	})
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	drdynvc.Send(ch.id, message, func(pdu []byte) { ch.send(c, pdu) })
	defer ch.display.Took()
	return c.Until(ctx, func() bool {
		size := c.Screen.Image.Rect.Size()
		return c.ready && size.X == width && size.Y == height
	})
}
