// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// ending takes a TPDU that ends the connection, as the server may at any time once it has
// confirmed it: servers answer connect initial so if they refuse the security protocol.
func (c *Connector) ending(tpdu []byte) (bool, error) {
	if x224.CodeOf(tpdu) == x224.DisconnectRequest {
		c.disconnected(mcs.ProviderInitiated)
		return true, nil
	}
	b, err := x224.ParseData(tpdu)
	if err != nil || len(b) == 0 || mcs.ChoiceOf(b) != mcs.ChoiceDisconnectProviderUltimatum {
		return false, nil //nolint:nilerr // it is for the state to tell
	}
	ultimatum, err := mcs.ParseDisconnectProviderUltimatum(b)
	if err == nil {
		c.disconnected(ultimatum.Reason)
	}
	return true, err
}

func (c *Connector) disconnected(reason mcs.Reason) {
	c.emit(Event{Kind: EventDisconnected, Reason: reason})
	c.closed = true
}

// data handles what comes after the client info: licensing first, then everything.
func (c *Connector) data(tpdu []byte) error {
	b, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	if len(b) == 0 { // weston sends empty ones
		return nil
	}
	sent, err := mcs.ParseSendData(b)
	if err != nil {
		return err
	}
	if sent.Choice != mcs.ChoiceSendDataIndication {
		return fmt.Errorf("connector: choice: a %v from the server", sent.Choice)
	}
	if m := c.Server.MessageChannel; m != nil && m.ChannelID != 0 && sent.Channel == m.ChannelID {
		return c.message(sent.Data)
	}
	if sent.Channel == c.Server.Network.IOChannel {
		return c.ioChannel(sent.Data)
	}
	return c.channel(sent)
}

func (c *Connector) channel(sent mcs.SendData) error {
	i := slices.Index(c.Server.Network.Channels, sent.Channel)
	if i < 0 {
		return nil // a channel nobody asked for
	}
	data, err := c.open(sent.Data)
	if err != nil {
		return err
	}
	if data, err = c.inflater.chunk(data); err == nil {
		c.emit(Event{Kind: EventChannel, Channel: i, Data: data})
	}
	return err
}

// errPlain is the error for a PDU that somebody may have put into the connection.
var errPlain = errors.New("connector: security header: the PDU is not encrypted, as the encryption level demands")

// demandsEncryption reports whether standard security encrypts what the server sends
// (section 5.3.1): level low encrypts the client's side only.
func (c *Connector) demandsEncryption() bool {
	return c.session != nil && c.Server.Security.Level > gcc.LevelLow
}

// openHeader reads a security header under standard security, and takes off what comes with
// it. Only licensing may come in the clear.
func (c *Connector) openHeader(b []byte) (sec.Flags, []byte, error) {
	flags, data, err := c.session.Open(b)
	if err == nil && flags&(sec.FlagEncrypt|sec.FlagLicense) == 0 && c.demandsEncryption() {
		err = errPlain
	}
	return flags, data, err
}

// open takes off what standard security puts around data.
func (c *Connector) open(b []byte) ([]byte, error) {
	if c.session == nil {
		return b, nil
	}
	_, data, err := c.openHeader(b)
	return data, err
}

// ioChannel handles licensing and, once it is done, share control PDUs. Until then every
// PDU has a security header.
func (c *Connector) ioChannel(b []byte) error {
	var flags sec.Flags
	var err error
	switch {
	case c.session != nil:
		flags, b, err = c.openHeader(b)
	case !c.licensed:
		flags, b, err = sec.ParseHeader(b)
	}
	if err != nil {
		return err
	}
	if flags&sec.FlagRedirection != 0 {
		r, err := pdu.ParseRedirection(bytes.Clone(b))
		return c.redirected(r, err)
	}
	if flags&sec.FlagLicense != 0 {
		return c.license(b)
	}
	if !c.licensed {
		return fmt.Errorf("connector: licensing: security header with flags 0x%04X", uint16(flags))
	}
	for len(b) > 0 && !c.closed {
		control, n, err := pdu.ParseShareControl(b)
		if err != nil {
			return err
		}
		if err := c.shareControl(control); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (c *Connector) license(b []byte) error {
	answer, done, err := c.licenses.Handle(b)
	if err != nil {
		return err
	}
	c.licensed = c.licensed || done
	if len(answer) > 0 {
		c.sendSecured(c.Server.Network.IOChannel, sec.FlagLicense, answer)
	}
	return nil
}

func (c *Connector) redirected(r pdu.Redirection, err error) error {
	if err != nil {
		return err
	}
	if r.Flags&pdu.RedirNoRedirect != 0 {
		return nil
	}
	if c.cfg.Hops >= maxHops {
		return fmt.Errorf("connector: server redirection: more than %d in a row", maxHops)
	}
	c.emit(Event{Kind: EventRedirect, Redirection: &r})
	c.closed = true
	return nil
}

func (c *Connector) shareControl(p pdu.ShareControl) error {
	switch p.Type {
	case pdu.TypeDemandActive:
		demand, err := pdu.ParseDemandActive(bytes.Clone(p.Body)) // the sets stay, the frame does not
		if err != nil {
			return err
		}
		c.activate(demand)
	case pdu.TypeDeactivateAll:
		c.ready, c.active = false, false
		c.emit(Event{Kind: EventDeactivated})
	case pdu.TypeServerRedirection:
		r, err := pdu.ParseEnhancedRedirection(bytes.Clone(p.Body))
		return c.redirected(r, err)
	case pdu.TypeData:
		return c.shareData(p.Body)
	}
	return nil
}

// sourceDescriptor is what Windows clients call themselves.
const sourceDescriptor = "MSTSC\x00"

// activate answers demand active and finishes the connection in one write (sections
// 2.2.1.13 to 2.2.1.18).
func (c *Connector) activate(demand pdu.DemandActive) {
	c.ShareID, c.Capabilities, c.active = demand.ShareID, demand.Capabilities, true
	general := pdu.Find[*pdu.General](demand.Capabilities)
	if c.session != nil {
		c.session.Salted = general != nil && general.ExtraFlags&pdu.EncSaltedChecksum != 0
	}
	confirm := pdu.ConfirmActive{
		ShareID: c.ShareID, OriginatorID: pdu.OriginatorID, SourceDescriptor: []byte(sourceDescriptor),
		Capabilities: c.cfg.Capabilities(demand.Capabilities),
	}
	c.send(c.Server.Network.IOChannel, pdu.ShareControl{Type: pdu.TypeConfirmActive, Source: c.User, Body: confirm.Append(nil)}.Append(nil))
	c.sendData(pdu.DataSynchronize, pdu.Synchronize{TargetUser: mcs.ServerChannel}.Append(nil))
	c.sendData(pdu.DataControl, pdu.Control{Action: pdu.ControlCooperate}.Append(nil))
	c.sendData(pdu.DataControl, pdu.Control{Action: pdu.ControlRequest}.Append(nil))
	c.sendData(pdu.DataFontList, pdu.EmptyFontList.Append(nil))
	c.emit(Event{Kind: EventConnected})
}

func (c *Connector) sendData(t pdu.DataType, data []byte) {
	c.send(c.Server.Network.IOChannel, pdu.AppendData(nil, c.User, c.ShareID, t, data))
}

// shareData tells what the server says; only the font map means something here. The other
// answers of finalization come in any order and say nothing.
func (c *Connector) shareData(body []byte) error {
	p, err := pdu.ParseShareData(body)
	if err != nil {
		return err
	}
	if err := c.inflater.shareData(&p); err != nil {
		return err
	}
	switch p.Type {
	case pdu.DataSynchronize, pdu.DataControl:
	case pdu.DataFontMap:
		if c.active && !c.ready {
			c.ready = true
			c.emit(Event{Kind: EventReady})
		}
	default:
		c.emit(Event{Kind: EventData, Type: p.Type, Data: p.Data})
	}
	return nil
}

// fastPath tells the updates of a fast-path PDU.
func (c *Connector) fastPath(b []byte) error {
	frame, err := fastpath.ParseFrame(b)
	if err != nil {
		return err
	}
	data := frame.Data
	if frame.Flags&fastpath.FlagEncrypted != 0 {
		if c.session == nil {
			return errors.New("connector: an encrypted fast-path PDU without standard security")
		}
		if data, err = c.session.OpenFast(data, frame.Flags&fastpath.FlagSecureChecksum != 0); err != nil {
			return err
		}
	} else if c.demandsEncryption() {
		return errPlain
	}
	for len(data) > 0 {
		var u fastpath.Update
		if u, data, err = fastpath.ReadUpdate(data); err != nil {
			return err
		}
		if err = c.inflater.update(&u); err != nil {
			return err
		}
		c.emit(Event{Kind: EventUpdate, Update: u})
	}
	return nil
}

// bandwidth is a measurement of autodetection: since when, and the bytes of all frames.
type bandwidth struct {
	since time.Time
	bytes uint32
}

// message answers what comes on the message channel: autodetect, multitransport, heartbeat.
func (c *Connector) message(b []byte) error {
	flags, data, err := sec.ParseHeader(b)
	if c.session != nil {
		flags, data, err = c.openHeader(b)
	}
	if err != nil {
		return err
	}
	switch {
	case flags&sec.FlagAutodetectRequest != 0:
		request, err := pdu.ParseAutodetect(data)
		if err != nil {
			return err
		}
		c.autodetect(request)
	case flags&sec.FlagTransportRequest != 0:
		request, err := pdu.ParseMultitransportRequest(data)
		if err != nil {
			return err
		}
		c.sendSecured(c.Server.MessageChannel.ChannelID, sec.FlagTransportResponse, request.Refuse().Append(nil))
	case flags&sec.FlagHeartbeat != 0:
		if _, err := pdu.ParseHeartbeat(data); err != nil {
			return err
		}
		c.emit(Event{Kind: EventHeartbeat})
	}
	return nil
}

func (c *Connector) autodetect(q pdu.Autodetect) {
	answer := pdu.Autodetect{Response: true, Sequence: q.Sequence}
	switch q.Type {
	case pdu.RTTRequestConnect, pdu.RTTRequestContinuous:
		answer.Type = pdu.RTTResponse
	case pdu.BandwidthStartConnect, pdu.BandwidthStartContinuous:
		c.bandwidth = bandwidth{since: c.now}
		return
	case pdu.BandwidthStopConnect, pdu.BandwidthStopContinuous:
		answer.Type = pdu.BandwidthResultContinuous
		if q.Type == pdu.BandwidthStopConnect {
			answer.Type = pdu.BandwidthResultConnect
		}
		answer.Values = []uint32{uint32(max(c.now.Sub(c.bandwidth.since).Milliseconds(), 1)), c.bandwidth.bytes}
	default: // payloads, which are counted as frames, and results, which are for the client to know
		return
	}
	c.sendSecured(c.Server.MessageChannel.ChannelID, sec.FlagAutodetectResponse, answer.Append(nil))
}
