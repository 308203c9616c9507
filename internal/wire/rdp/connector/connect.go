// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"bytes"
	"fmt"
	"io"

	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// sendDomain appends a TPKT packet with a domain PDU that f appends.
func (c *Connector) sendDomain(f func([]byte) []byte) {
	at := len(c.out)
	c.out = tpkt.End(f(x224.AppendData(tpkt.Begin(c.out))), at)
}

// connectInitial sends the client's data blocks (section 2.2.1.3).
func (c *Connector) connectInitial() {
	data := gcc.ClientData{
		Core: c.cfg.Core, Cluster: c.cfg.Cluster, Security: &gcc.ClientSecurity{EncryptionMethods: c.cfg.Encryption},
	}
	data.Core.ServerSelectedProtocol = uint32(c.Response.Protocol)
	if c.Response.Protocol != nego.ProtocolRDP {
		data.Security.EncryptionMethods = 0
	}
	if len(c.cfg.Channels) > 0 {
		data.Network = &gcc.ClientNetwork{Channels: c.cfg.Channels}
	}
	if c.Response.Flags&nego.ExtendedClientDataSupported != 0 {
		data.Monitors = c.cfg.Monitors
		data.MessageChannel = new(gcc.ClientMessageChannel)
		data.Multitransport = new(gcc.Multitransport)
	}
	request := gcc.AppendConferenceCreateRequest(nil, data.Append(nil))
	c.sendDomain(mcs.NewConnectInitial(request).Append)
	c.state = (*Connector).connectResponse
}

// connectResponse reads the server's data blocks (section 2.2.1.4).
func (c *Connector) connectResponse(tpdu []byte) error {
	data, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	response, err := mcs.ParseConnectResponse(data)
	if err != nil {
		return err
	}
	if response.Result != mcs.Successful {
		return fmt.Errorf("connector: connect response: %v", response.Result)
	}
	blocks, err := gcc.ParseConferenceCreateResponse(response.UserData)
	if err != nil {
		return err
	}
	if c.Server, err = gcc.ParseServerData(bytes.Clone(blocks)); err != nil { // it stays, the frame does not
		return err
	}
	if err := c.checkServerData(); err != nil {
		return err
	}
	c.sendDomain(mcs.ErectDomainRequest{}.Append)
	c.sendDomain(mcs.AppendAttachUserRequest)
	c.state = (*Connector).attachUserConfirm
	return nil
}

func (c *Connector) checkServerData() error {
	s := &c.Server
	if s.Network == nil {
		s.Network = &gcc.ServerNetwork{IOChannel: mcs.IOChannel}
	}
	if s.Security == nil {
		s.Security = new(gcc.ServerSecurity)
	}
	if got, want := len(s.Network.Channels), len(c.cfg.Channels); got != want {
		return fmt.Errorf("connector: server network data: channelCount: %d, want %d", got, want)
	}
	if m := s.Security.Method; c.Response.Protocol == nego.ProtocolRDP && m&^c.cfg.Encryption != 0 {
		return fmt.Errorf("connector: server security data: encryptionMethod: 0x%X was not offered", uint32(m))
	}
	return nil
}

// attachUserConfirm learns the user channel and joins all channels, or none if both sides
// can skip that.
func (c *Connector) attachUserConfirm(tpdu []byte) error {
	data, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	confirm, err := mcs.ParseAttachUserConfirm(data)
	if err != nil {
		return err
	}
	if confirm.Result != mcs.Successful || confirm.Initiator == 0 {
		return fmt.Errorf("connector: attach user confirm: %v", confirm.Result)
	}
	c.User = confirm.Initiator
	skip := c.cfg.Core.EarlyCapabilityFlags&gcc.SupportSkipChannelJoin != 0 &&
		c.Server.Core.EarlyCapabilityFlags&gcc.ServerSkipChannelJoinSupported != 0
	if skip {
		return c.secure()
	}
	c.joins = append([]uint16{c.User, c.Server.Network.IOChannel}, c.Server.Network.Channels...)
	if m := c.Server.MessageChannel; m != nil && m.ChannelID != 0 {
		c.joins = append(c.joins, m.ChannelID)
	}
	c.join()
	return nil
}

func (c *Connector) join() {
	c.sendDomain(mcs.ChannelJoinRequest{Initiator: c.User, Channel: c.joins[0]}.Append)
	c.state = (*Connector).channelJoinConfirm
}

func (c *Connector) channelJoinConfirm(tpdu []byte) error {
	data, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	confirm, err := mcs.ParseChannelJoinConfirm(data)
	if err != nil {
		return err
	}
	if confirm.Result != mcs.Successful || confirm.Requested != c.joins[0] {
		return fmt.Errorf("connector: channel join confirm: requested: %v for channel %d, want %d", confirm.Result, confirm.Requested, c.joins[0])
	}
	if confirm.Channel != confirm.Requested {
		return fmt.Errorf("connector: channel join confirm: channelId: %d, want %d", confirm.Channel, confirm.Requested)
	}
	if c.joins = c.joins[1:]; len(c.joins) > 0 {
		c.join()
		return nil
	}
	return c.secure()
}

// secure sends the security exchange, under standard security, and the client info.
func (c *Connector) secure() error {
	c.random = make([]byte, sec.RandomSize)
	if s := c.Server.Security; s.Method != 0 {
		key, err := sec.ParseCertificate(s.ServerCertificate)
		if err != nil {
			return err
		}
		c.serverKey = &key
		if _, err := io.ReadFull(c.cfg.Rand, c.random); err != nil {
			return fmt.Errorf("connector: random: %w", err)
		}
		exchange := sec.Exchange{EncryptedClientRandom: key.Encrypt(c.random)}
		c.sendRaw(c.Server.Network.IOChannel, exchange.Append(nil))
		if c.session, err = sec.NewSession(s.Method, sec.Client, c.random, s.ServerRandom); err != nil {
			return err
		}
	}
	if err := c.sendInfo(); err != nil {
		return err
	}
	c.licenses = license.Client{
		UserName: c.cfg.Info.UserName, MachineName: c.cfg.MachineName, HardwareID: c.cfg.HardwareID,
		ServerKey: c.serverKey, Rand: c.cfg.Rand,
	}
	c.state = (*Connector).data
	return nil
}

// maxInfo leaves room for security headers in an MCS PDU. The parts of the client info have
// at most 512 bytes each on most servers; a redirection may name longer ones.
const maxInfo = mcs.MaxData - 64

func (c *Connector) sendInfo() error {
	info := c.cfg.Info
	info.Flags |= c.cfg.Compression.infoFlags()
	if c.cfg.AutoReconnect != nil && info.Extended != nil {
		extended := *info.Extended
		extended.AutoReconnectCookie = c.cfg.AutoReconnect.Answer(c.random).Append(nil)
		info.Extended = &extended
	}
	data := info.Append(nil)
	if len(data) > maxInfo {
		return fmt.Errorf("connector: client info: %d bytes are above the limit of %d", len(data), maxInfo)
	}
	c.sendSecured(c.Server.Network.IOChannel, sec.FlagInfo, data)
	return nil
}

// sendRaw sends data as it is.
func (c *Connector) sendRaw(channel uint16, data []byte) {
	c.sendDomain(mcs.SendData{Choice: mcs.ChoiceSendDataRequest, Initiator: c.User, Channel: channel, Data: data}.Append)
}

// sendSecured sends data with a security header, which some PDUs have under TLS too.
func (c *Connector) sendSecured(channel uint16, flags sec.Flags, data []byte) {
	if c.session != nil {
		c.sendRaw(channel, c.session.Seal(nil, flags, data))
		return
	}
	c.sendRaw(channel, append(sec.AppendHeader(nil, flags), data...))
}

// send sends data with a security header only if PDUs are encrypted.
func (c *Connector) send(channel uint16, data []byte) {
	if c.session != nil {
		c.sendSecured(channel, 0, data)
		return
	}
	c.sendRaw(channel, data)
}
