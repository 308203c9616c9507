// SPDX-License-Identifier: Apache-2.0

package mcs

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Channel IDs of fixed meaning.
const (
	// BaseChannel is what user IDs are counted from (T.125, UserId).
	BaseChannel = 1001
	// ServerChannel is the user channel of the server.
	ServerChannel = 1002
	// IOChannel is where servers put the I/O channel.
	IOChannel = 1003
)

func choose(r *field.Reader, want Choice) (options uint8) {
	c := r.U8("choice")
	if r.Err() == nil && Choice(c>>2) != want {
		r.Fail("choice", "%v, want %v", Choice(c>>2), want)
	}
	return c & 3
}

func readUser(r *field.Reader) uint16 {
	id := r.BigU16("initiator")
	if r.Err() == nil && id > 0xFFFF-BaseChannel {
		r.Fail("initiator", "0x%04X is no user", id)
	}
	return id + BaseChannel
}

func appendUser(b []byte, id uint16) []byte {
	return binary.BigEndian.AppendUint16(b, id-BaseChannel)
}

// readResult reads an enumeration of four bits that begins in the lowest bit of the first
// byte. Deviation: some servers put a failure in the low bits of the second byte.
func readResult(r *field.Reader, options uint8) Result {
	second := r.U8("result")
	if result := Result(options&1<<3 | second>>5); result != 0 {
		return result
	}
	return Result(second & 0x0F)
}

// ErectDomainRequest (section 2.2.1.5).
type ErectDomainRequest struct {
	SubHeight, SubInterval uint32
}

// ParseErectDomainRequest reads the PDU.
func ParseErectDomainRequest(b []byte) (ErectDomainRequest, error) {
	var p ErectDomainRequest
	r := field.NewReader("mcs: erect domain request", b)
	choose(r, ChoiceErectDomainRequest)
	p.SubHeight = perInteger(r, "subHeight")
	p.SubInterval = perInteger(r, "subInterval")
	r.End("subInterval")
	return p, r.Err()
}

// Append appends the PDU.
func (p ErectDomainRequest) Append(b []byte) []byte {
	b = append(b, byte(ChoiceErectDomainRequest)<<2)
	return appendPERInteger(appendPERInteger(b, p.SubHeight), p.SubInterval)
}

func perInteger(r *field.Reader, name string) uint32 {
	n := int(r.U8(name + " length"))
	if n == 0 || n > 4 {
		r.Fail(name, "an integer of %d bytes", n)
	}
	var v uint32
	for _, c := range r.Bytes(name, n) {
		v = v<<8 | uint32(c)
	}
	return v
}

func appendPERInteger(b []byte, v uint32) []byte {
	switch {
	case v < 1<<8:
		return append(b, 1, byte(v))
	case v < 1<<16:
		return append(b, 2, byte(v>>8), byte(v))
	default:
		return append(b, 4, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
}

// AppendAttachUserRequest appends an attach user request (section 2.2.1.6), which is one byte.
func AppendAttachUserRequest(b []byte) []byte { return append(b, byte(ChoiceAttachUserRequest)<<2) }

// AttachUserConfirm (section 2.2.1.7).
type AttachUserConfirm struct {
	Result Result
	// Initiator is the user channel, 0 if none was given.
	Initiator uint16
}

// ParseAttachUserConfirm reads the PDU.
func ParseAttachUserConfirm(b []byte) (AttachUserConfirm, error) {
	var p AttachUserConfirm
	r := field.NewReader("mcs: attach user confirm", b)
	options := choose(r, ChoiceAttachUserConfirm)
	p.Result = readResult(r, options)
	if options&2 != 0 {
		p.Initiator = readUser(r)
	}
	r.End("initiator")
	return p, r.Err()
}

// Append appends the PDU.
func (p AttachUserConfirm) Append(b []byte) []byte {
	b = append(b, byte(ChoiceAttachUserConfirm)<<2|byte(p.Result)>>3&1, byte(p.Result)<<5)
	if p.Initiator == 0 {
		return b
	}
	b[len(b)-2] |= 2
	return appendUser(b, p.Initiator)
}

// ChannelJoinRequest (section 2.2.1.8).
type ChannelJoinRequest struct {
	Initiator uint16
	Channel   uint16
}

// ParseChannelJoinRequest reads the PDU.
func ParseChannelJoinRequest(b []byte) (ChannelJoinRequest, error) {
	r := field.NewReader("mcs: channel join request", b)
	choose(r, ChoiceChannelJoinRequest)
	p := ChannelJoinRequest{Initiator: readUser(r), Channel: r.BigU16("channelId")}
	r.End("channelId")
	return p, r.Err()
}

// Append appends the PDU.
func (p ChannelJoinRequest) Append(b []byte) []byte {
	b = appendUser(append(b, byte(ChoiceChannelJoinRequest)<<2), p.Initiator)
	return binary.BigEndian.AppendUint16(b, p.Channel)
}

// ChannelJoinConfirm (section 2.2.1.9).
type ChannelJoinConfirm struct {
	Result    Result
	Initiator uint16
	Requested uint16
	// Channel is the channel joined, 0 if none was.
	Channel uint16
}

// ParseChannelJoinConfirm reads the PDU.
func ParseChannelJoinConfirm(b []byte) (ChannelJoinConfirm, error) {
	var p ChannelJoinConfirm
	r := field.NewReader("mcs: channel join confirm", b)
	options := choose(r, ChoiceChannelJoinConfirm)
	p.Result = readResult(r, options)
	p.Initiator = readUser(r)
	p.Requested = r.BigU16("requested")
	if options&2 != 0 {
		p.Channel = r.BigU16("channelId")
	}
	r.End("channelId")
	return p, r.Err()
}

// Append appends the PDU.
func (p ChannelJoinConfirm) Append(b []byte) []byte {
	options := byte(p.Result) >> 3 & 1
	if p.Channel != 0 {
		options |= 2
	}
	b = append(b, byte(ChoiceChannelJoinConfirm)<<2|options, byte(p.Result)<<5)
	b = appendUser(b, p.Initiator)
	b = binary.BigEndian.AppendUint16(b, p.Requested)
	if p.Channel != 0 {
		b = binary.BigEndian.AppendUint16(b, p.Channel)
	}
	return b
}

// DisconnectProviderUltimatum ends the connection (section 2.2.2.3).
type DisconnectProviderUltimatum struct {
	Reason Reason
}

// ParseDisconnectProviderUltimatum reads the PDU.
func ParseDisconnectProviderUltimatum(b []byte) (DisconnectProviderUltimatum, error) {
	r := field.NewReader("mcs: disconnect provider ultimatum", b)
	high := choose(r, ChoiceDisconnectProviderUltimatum)
	low := r.U8("reason")
	return DisconnectProviderUltimatum{Reason: Reason(high<<1 | low>>7)}, r.Err()
}

// Append appends the PDU.
func (p DisconnectProviderUltimatum) Append(b []byte) []byte {
	return append(b, byte(ChoiceDisconnectProviderUltimatum)<<2|byte(p.Reason)>>1&3, byte(p.Reason)<<7)
}
