// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// RedirectionFlags say which fields a redirection has.
type RedirectionFlags uint32

// The flags (section 2.2.13.1, RedirFlags).
const (
	RedirTargetNetAddress      RedirectionFlags = 0x00000001
	RedirLoadBalanceInfo       RedirectionFlags = 0x00000002
	RedirUserName              RedirectionFlags = 0x00000004
	RedirDomain                RedirectionFlags = 0x00000008
	RedirPassword              RedirectionFlags = 0x00000010
	RedirDontStoreUserName     RedirectionFlags = 0x00000020
	RedirSmartcardLogon        RedirectionFlags = 0x00000040
	RedirNoRedirect            RedirectionFlags = 0x00000080
	RedirTargetFQDN            RedirectionFlags = 0x00000100
	RedirTargetNetBIOSName     RedirectionFlags = 0x00000200
	RedirTargetNetAddresses    RedirectionFlags = 0x00000800
	RedirClientTSVURL          RedirectionFlags = 0x00001000
	RedirServerTSVCapable      RedirectionFlags = 0x00002000
	RedirPasswordIsPKEncrypted RedirectionFlags = 0x00004000
	RedirRedirectionGUID       RedirectionFlags = 0x00008000
	RedirTargetCertificate     RedirectionFlags = 0x00010000
)

const (
	redirectionMarker = 0x0400
	// maxRedirectionField bounds one field; certificates are the largest.
	maxRedirectionField = 32 << 10
	// maxRedirectionAddresses bounds the list of addresses.
	maxRedirectionAddresses = 64
)

// Redirection is the server redirection packet (section 2.2.13.1). Which fields are there
// is in Flags.
type Redirection struct {
	SessionID        uint32
	Flags            RedirectionFlags
	TargetNetAddress string
	LoadBalanceInfo  []byte
	UserName         string
	Domain           string
	// Password is UTF-16 as it came, or encrypted for RDSTLS.
	Password          []byte
	TargetFQDN        string
	TargetNetBIOSName string
	ClientTSVURL      []byte
	// GUID is TARGET_REDIRECTION_GUID as it came: base64 in UTF-16.
	GUID []byte
	// Certificate is the target's, in base64 in UTF-16.
	Certificate        []byte
	TargetNetAddresses []string
}

// ParseRedirection reads the packet. Around it the enhanced-security PDU has the header of
// share control, two bytes of padding, and at the end another.
func ParseRedirection(b []byte) (Redirection, error) {
	var p Redirection
	r := field.NewReader("pdu: server redirection", b)
	r.Expect("Flags", uint64(r.U16("Flags")), redirectionMarker)
	n := int(r.U16("Length"))
	if r.Err() == nil && n > len(b) {
		r.Fail("Length", "%d of %d bytes are there", len(b), n)
	}
	p.SessionID = r.U32("SessionID")
	p.Flags = RedirectionFlags(r.U32("RedirFlags"))
	for _, f := range p.fields() {
		if p.Flags&f.flag != 0 {
			f.set(r.Bytes(f.name, r.Length(f.name+" length", maxRedirectionField)))
		}
	}
	if p.Flags&RedirTargetNetAddresses != 0 {
		r.Length("TargetNetAddresses length", maxRedirectionField)
		for range r.Length("addressCount", maxRedirectionAddresses) {
			address := r.UTF16("address", r.Length("addressLength", maxRedirectionField))
			p.TargetNetAddresses = append(p.TargetNetAddresses, address)
		}
	}
	return p, r.Err()
}

// redirectionField is one of the fields that are a length and bytes.
type redirectionField struct {
	name string
	flag RedirectionFlags
	set  func([]byte)
	get  func() []byte
}

// fields lists the fields in their order, save the list of addresses that comes last.
func (p *Redirection) fields() []redirectionField {
	text := func(name string, flag RedirectionFlags, dst *string) redirectionField {
		return redirectionField{
			name, flag, func(b []byte) { *dst = field.DecodeUTF16(b) },
			func() []byte { return append(field.UTF16(*dst), 0, 0) },
		}
	}
	opaque := func(name string, flag RedirectionFlags, dst *[]byte) redirectionField {
		return redirectionField{name, flag, func(b []byte) { *dst = b }, func() []byte { return *dst }}
	}
	return []redirectionField{
		text("TargetNetAddress", RedirTargetNetAddress, &p.TargetNetAddress),
		opaque("LoadBalanceInfo", RedirLoadBalanceInfo, &p.LoadBalanceInfo),
		text("UserName", RedirUserName, &p.UserName),
		text("Domain", RedirDomain, &p.Domain),
		opaque("Password", RedirPassword, &p.Password),
		text("TargetFQDN", RedirTargetFQDN, &p.TargetFQDN),
		text("TargetNetBiosName", RedirTargetNetBIOSName, &p.TargetNetBIOSName),
		opaque("TsvUrl", RedirClientTSVURL, &p.ClientTSVURL),
		opaque("RedirectionGuid", RedirRedirectionGUID, &p.GUID),
		opaque("TargetCertificate", RedirTargetCertificate, &p.Certificate),
	}
}

// Append appends the packet.
func (p Redirection) Append(b []byte) []byte {
	le, start := binary.LittleEndian, len(b)
	b = le.AppendUint16(b, redirectionMarker)
	b = append(b, 0, 0)
	b = le.AppendUint32(b, p.SessionID)
	b = le.AppendUint32(b, uint32(p.Flags))
	for _, f := range p.fields() {
		if p.Flags&f.flag != 0 {
			value := f.get()
			b = append(le.AppendUint32(b, uint32(len(value))), value...)
		}
	}
	if p.Flags&RedirTargetNetAddresses != 0 {
		var list []byte
		for _, address := range p.TargetNetAddresses {
			value := append(field.UTF16(address), 0, 0)
			list = append(le.AppendUint32(list, uint32(len(value))), value...)
		}
		b = le.AppendUint32(b, uint32(len(list)+4))
		b = append(le.AppendUint32(b, uint32(len(p.TargetNetAddresses))), list...)
	}
	le.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}

// redirectionPad is the padding before the packet in the enhanced-security PDU.
const redirectionPad = 2

// ParseEnhancedRedirection reads the body of a share control PDU of TypeServerRedirection
// (section 2.2.13.3.1).
func ParseEnhancedRedirection(body []byte) (Redirection, error) {
	if len(body) < redirectionPad {
		return Redirection{}, &field.Error{PDU: "pdu: server redirection", Field: "pad2Octets", Problem: "is cut"}
	}
	return ParseRedirection(body[redirectionPad:])
}

// AppendEnhanced appends the body of a share control PDU of TypeServerRedirection.
func (p Redirection) AppendEnhanced(b []byte) []byte {
	return append(p.Append(append(b, 0, 0)), 0)
}
