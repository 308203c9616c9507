// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// with runs f with out as the buffer to append to.
func (c *Connector) with(out []byte, f func()) []byte {
	kept := c.out
	c.out = out
	f()
	out, c.out = c.out, kept
	return out
}

// AppendData appends a share data PDU with data of the given type.
func (c *Connector) AppendData(out []byte, t pdu.DataType, data []byte) []byte {
	return c.with(out, func() { c.sendData(t, data) })
}

// AppendChannel appends a chunk, with its header, for the static channel of the given index
// in Config.Channels.
func (c *Connector) AppendChannel(out []byte, channel int, chunk []byte) []byte {
	return c.with(out, func() { c.send(c.Server.Network.Channels[channel], chunk) })
}

// AppendInput appends a fast-path input PDU of up to 15 events.
func (c *Connector) AppendInput(out []byte, number uint8, events []byte) []byte {
	frame := fastpath.Frame{NumberEvents: number, Data: events}
	if c.session != nil {
		frame.Flags = fastpath.FlagEncrypted
		if c.session.Salted && !c.session.FIPS() {
			frame.Flags |= fastpath.FlagSecureChecksum
		}
		frame.Data = c.session.SealFast(nil, events)
	}
	return frame.Append(out)
}

// AppendDisconnect appends the end of the connection.
func (c *Connector) AppendDisconnect(out []byte) []byte {
	return c.with(out, func() {
		c.sendDomain(mcs.DisconnectProviderUltimatum{Reason: mcs.UserRequested}.Append)
	})
}
