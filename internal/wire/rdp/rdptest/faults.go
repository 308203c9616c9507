// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"bytes"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

// Outcome is how a client has to take a fault.
type Outcome uint8

// The outcomes.
const (
	// Refused: the client ends with an error, which Fault.Want is in.
	Refused Outcome = iota
	// Tolerated: the client is ready all the same.
	Tolerated
	// Awaited: the client is not ready, and waits for what does not come.
	Awaited
	// Ended: the client says that the server has ended the connection.
	Ended
)

// Fault is one way of a server to break a rule, or to use up what the rules leave open.
type Fault struct {
	Name    string
	Outcome Outcome
	// Want is in the client's error: the PDU and the field that is wrong.
	Want string
	// Server is broken with Break.
	Server Server
}

// tls is the server of most faults: TLS, with a message channel, and nothing encrypted else.
func tls() Server {
	return Server{
		Response: nego.Response{Negotiated: true, Flags: nego.ExtendedClientDataSupported, Protocol: nego.ProtocolSSL}, Messages: true,
	}
}

func refused(name string, step Step, f func([]byte) []byte, want string) Fault {
	return fault(name, Refused, step, f, want)
}

func tolerated(name string, step Step, f func([]byte) []byte) Fault {
	return fault(name, Tolerated, step, f, "")
}

func awaited(name string, step Step, f func([]byte) []byte) Fault {
	return fault(name, Awaited, step, f, "")
}

func fault(name string, outcome Outcome, step Step, f func([]byte) []byte, want string) Fault {
	s := tls()
	s.Break = At(step, f)
	return Fault{Name: name, Outcome: outcome, Want: want, Server: s}
}

// Faults returns all of them, for servers without encryption. A client of a fault has two
// static channels and offers TLS but not RDSTLS.
func Faults() []Fault {
	return slices.Concat(frameFaults(), negotiationFaults(), settingsFaults(), joinFaults(), licenseFaults(), activationFaults(), drawingFaults())
}

// frameFaults break what is around every PDU.
func frameFaults() []Fault {
	return []Fault{
		refused("a frame of neither kind", StepConnectionConfirm, Set(0, 0x05), "tpkt: frame: action"),
		refused("a TPKT packet shorter than its header", StepConnectResponse, Set(2, 0, 3), "tpkt: frame: length"),
		awaited("a TPKT packet that never ends", StepConnectResponse, Set(2, 0xFF, 0xFF)),
		refused("a TPKT packet that is its header", StepConnectResponse, TPKT(Cut(0)), "x224: data TPDU: LI"),
		refused("a fast-path PDU shorter than its header", StepFontMap, Instead([]byte{0, 1}), "tpkt: frame: length"),
		awaited("a fast-path PDU that never ends", StepFontMap, Instead([]byte{0, 0xFF, 0xFF})),
		refused("a fast-path PDU while connecting", StepAttachUserConfirm, Instead([]byte{0, 5, 5, 0, 0}), "connector: a fast-path PDU while connecting"),
		refused("another protocol", StepConnectionConfirm, Instead([]byte("HTTP/1.1 400 Bad Request\r\n")), "connector: a fast-path PDU while connecting, which begins with 0x48"),
		refused("a data TPDU where the connection is confirmed", StepConnectionConfirm, Instead([]byte{3, 0, 0, 7, 2, 0xF0, 0x80}), "x224: connection TPDU: LI"),
		refused("a TPDU of an unknown kind", StepConnectionConfirm, TPKT(Set(1, 0x70)), "x224: connection TPDU: code"),
		refused("a TPDU header longer than the TPDU", StepConnectionConfirm, TPKT(Set(0, 200)), "x224: connection TPDU: variable part"),
		refused("a data TPDU in pieces", StepConnectResponse, TPKT(Set(2, 0)), "x224: data TPDU: EOT"),
		refused("a connection confirm amid the connection", StepLicense, TPKT(Instead([]byte{6, 0xD0, 0, 0, 0, 0, 0})), "x224: data TPDU: LI"),
		tolerated("an empty data TPDU", StepLicense, func(b []byte) []byte { return append([]byte{3, 0, 0, 7, 2, 0xF0, 0x80}, b...) }),
		{Name: "a disconnect request", Outcome: Ended, Server: broken(StepDemandActive, TPKT(Instead([]byte{6, 0x80, 0, 0, 0, 0, 0})))},
		{Name: "an ultimatum", Outcome: Ended, Server: broken(StepDemandActive, Domain(Instead([]byte{0x21, 0x80})))},
		refused("more after the ultimatum", StepDemandActive, func(b []byte) []byte {
			return append(Domain(Instead([]byte{0x21, 0x80}))(bytes.Clone(b)), b...)
		}, "connector: the connection has ended"),
	}
}

func broken(step Step, f func([]byte) []byte) Server {
	s := tls()
	s.Break = At(step, f)
	return s
}

// negotiationFaults break the connection confirm.
func negotiationFaults() []Fault {
	const step = StepConnectionConfirm
	return []Fault{
		refused("a protocol that was not offered", step, Confirm(Set(4, 0x04)), "connector: the server selects a security protocol that was not offered"),
		refused("two protocols", step, Confirm(Set(4, 0x03)), "nego: RDP_NEG_RSP: selectedProtocol"),
		refused("a protocol of the future", step, Confirm(Set(7, 0x80, 0)), "nego: RDP_NEG_RSP: selectedProtocol"),
		refused("a failure of the negotiation", step, Confirm(Set(0, 3)), "nego: the server requires TLS"),
		refused("a failure of no kind", step, Confirm(Instead([]byte{3, 0, 8, 0, 0, 0, 0, 0})), "nego: RDP_NEG_RSP: type"),
		refused("negotiation data of another type", step, Confirm(Set(0, 9)), "nego: RDP_NEG_RSP: type"),
		refused("negotiation data of another length", step, Confirm(Set(2, 9)), "nego: RDP_NEG_RSP: length"),
		refused("negotiation data that is cut", step, Confirm(Cut(5)), "nego: RDP_NEG_RSP: selectedProtocol"),
		refused("negotiation data twice", step, Confirm(Twice), "nego: RDP_NEG_RSP: selectedProtocol"),
		refused("two connection confirms", step, Twice, "x224: data TPDU: LI"),
		awaited("no connection confirm", step, Drop),
	}
}

// settingsFaults break the connect response.
func settingsFaults() []Fault {
	const step = StepConnectResponse
	server := func(name string, f func(*gcc.ServerData), want string) Fault {
		return refused(name, step, Settings(f), want)
	}
	block := func(kind gcc.BlockType, content ...byte) func([]byte) []byte {
		return userData(func(b []byte) []byte {
			return append(b, append([]byte{byte(kind), byte(kind >> 8), byte(len(content) + 4), 0}, content...)...)
		})
	}
	return []Fault{
		refused("a connect response that refuses", step, response(func(p *mcs.ConnectResponse) { p.Result = 14 }), "connector: connect response: rt-unspecified-failure"),
		refused("a connect response of an unknown result", step, response(func(p *mcs.ConnectResponse) { p.Result = 99 }), "mcs: connect response: result"),
		refused("a connect response of another kind", step, Domain(Set(1, 0x65)), "mcs: connect response: "),
		refused("a connect response that is cut", step, Domain(Cut(-20)), "mcs: connect response: "),
		refused("another conference", step, userKey("McXX"), "gcc: conference create response: h221NonStandard"),
		refused("no settings", step, userData(Cut(0)), "gcc: server data: SC_CORE"),
		refused("a block shorter than its header", step, userData(Set(2, 3, 0)), "gcc: server data: block content"),
		refused("a block longer than the settings", step, userData(Set(2, 0xFF, 0xFF)), "gcc: server data: block content"),
		refused("a block that ends in its header", step, userData(func(b []byte) []byte { return append(b, 2, 0x0C) }), "gcc: server data: block length"),
		refused("too many channels", step, block(gcc.SCNet, 0xEB, 3, 0xFF, 0xFF), "gcc: server network data: channelCount"),
		refused("a random of absurd length", step, block(gcc.SCSecurity, 1, 0, 0, 0, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0), "gcc: server security data: serverRandomLen"),
		refused("a certificate of absurd length", step, block(gcc.SCSecurity, 1, 0, 0, 0, 1, 0, 0, 0, 32, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF), "gcc: server security data: serverCertLen"),
		server("fewer channels than asked for", func(d *gcc.ServerData) { d.Network.Channels = d.Network.Channels[:1] }, "connector: server network data: channelCount"),
		server("more channels than asked for", func(d *gcc.ServerData) { d.Network.Channels = append(d.Network.Channels, 1099) }, "connector: server network data: channelCount"),
		server("encryption inside TLS", func(d *gcc.ServerData) { d.Security.Method, d.Security.Level = gcc.Encryption128Bit, gcc.LevelHigh }, "gcc: server security data: serverRandomLen"),
		tolerated("blocks of unknown types", step, block(0x0CFF, 1, 2, 3)),
		refused("two connect responses", step, Twice, "mcs: attach user confirm: choice"),
		awaited("no connect response", step, Drop),
	}
}

// joinFaults break how channels are joined.
func joinFaults() []Fault {
	const user, join = StepAttachUserConfirm, StepChannelJoinConfirm
	joined := func(f func(*mcs.ChannelJoinConfirm)) func([]byte) []byte {
		return Domain(func(b []byte) []byte {
			p, err := mcs.ParseChannelJoinConfirm(b)
			if err != nil {
				panic("rdptest: " + err.Error()) // the server wrote it
			}
			f(&p)
			return p.Append(nil)
		})
	}
	return []Fault{
		refused("no user", user, Domain(Instead([]byte{0x2C, 0x00})), "connector: attach user confirm: "),
		refused("a user that is refused", user, Domain(Instead(mcs.AttachUserConfirm{Result: 8}.Append(nil))), "connector: attach user confirm: rt-parameters-unacceptable"),
		refused("a user beyond 65535", user, Domain(Set(2, 0xFF, 0xFF)), "mcs: attach user confirm: initiator"),
		refused("more after the user", user, Domain(With([]byte{0})), "mcs: attach user confirm: initiator"),
		refused("two users", user, Twice, "mcs: channel join confirm: choice"),
		refused("a join confirm without a user", user, Domain(Instead(mcs.ChannelJoinConfirm{Initiator: UserChannel, Requested: 1, Channel: 1}.Append(nil))), "mcs: attach user confirm: choice"),
		refused("a channel that cannot be joined", join, joined(func(p *mcs.ChannelJoinConfirm) { p.Result, p.Channel = 4, 0 }), "connector: channel join confirm: requested"),
		refused("an answer to another join", join, joined(func(p *mcs.ChannelJoinConfirm) { p.Requested = 1099 }), "connector: channel join confirm: requested"),
		refused("another channel joined", join, joined(func(p *mcs.ChannelJoinConfirm) { p.Channel = 1099 }), "connector: channel join confirm: channelId"),
		refused("no channel joined", join, joined(func(p *mcs.ChannelJoinConfirm) { p.Channel = 0 }), "connector: channel join confirm: channelId"),
		refused("each join confirmed twice", join, Twice, "connector: channel join confirm: requested"),
		refused("a license instead of a join", join, Instead(licenseAlert()), "mcs: channel join confirm: choice"),
		awaited("no join confirmed", join, Drop),
	}
}

func licenseAlert() []byte {
	s := new(Server)
	s.license(license.TypeErrorAlert, license.ErrorAlert{Code: license.ValidClient, Transition: license.NoTransition}.Append(nil))
	return s.out
}

// licenseFaults break licensing and what comes on the message channel before it.
func licenseFaults() []Fault {
	const step = StepLicense
	message := func(t license.Type, body []byte) func([]byte) []byte {
		return Data(Instead(append(sec.AppendHeader(nil, sec.FlagLicense), license.Message{Type: t, Flags: 3, Body: body}.Append(nil)...)))
	}
	challenge := license.PlatformChallenge{Encrypted: make([]byte, 32_000), MAC: make([]byte, 16)}
	return []Fault{
		refused("no license server", step, message(license.TypeErrorAlert, license.ErrorAlert{Code: license.NoLicenseServer, Transition: license.TotalAbort}.Append(nil)), "license: no license server is available"),
		refused("a licensing message of an unknown type", step, message(0x55, nil), "license: a message of type 0x55"),
		refused("a licensing message longer than its PDU", step, Data(Set(6, 0xFF, 0xFF)), "license: message: wMsgSize"),
		refused("a licensing message shorter than its preamble", step, Data(Set(6, 3, 0)), "license: message: wMsgSize"),
		refused("a challenge before the request", step, message(license.TypePlatformChallenge, license.PlatformChallenge{MAC: make([]byte, 16)}.Append(nil)), "license: platform challenge before the license request"),
		refused("a challenge of absurd size", step, message(license.TypePlatformChallenge, challenge.Append(nil)), "license: platform challenge: EncryptedPlatformChallenge wBlobLen"),
		refused("a license before the request", step, message(license.TypeNewLicense, license.NewLicense{MAC: make([]byte, 16)}.Append(nil)), "license: new license before the license request"),
		refused("a license request of absurd size", step, message(license.TypeLicenseRequest, bytes.Repeat([]byte{0xFF}, 32_000)), "license: request: "),
		refused("a license request without a key", step, message(license.TypeLicenseRequest, license.Request{ServerRandom: serverRandom}.Append(nil)), "license: request: ServerCertificate"),
		refused("a license request with half a certificate", step, message(license.TypeLicenseRequest, license.Request{ServerRandom: serverRandom, Certificate: []byte{1, 0, 0, 0, 1}}.Append(nil)), "license: request: sec: server certificate: "),
		refused("no licensing", step, Drop, "connector: licensing: security header"),
		refused("licensing without a security header", step, Data(Cut(2)), "sec: security header: flagsHi"),
		refused("an autodetect request of another size", StepMessage, Data(Set(4, 0x60)), "pdu: autodetect: headerLength"),
		refused("half a message on the message channel", StepMessage, Data(Cut(5)), "pdu: autodetect: "),
		refused("half a security header on the message channel", StepMessage, Data(Cut(3)), "sec: security header: flagsHi"),
		tolerated("every message twice", StepMessage, Twice),
		refused("licensing twice", step, Twice, "pdu: share control header: totalLength"),
	}
}

// activationFaults break capabilities and finalization.
func activationFaults() []Fault {
	const step = StepDemandActive
	demand := func(f func(*pdu.DemandActive)) func([]byte) []byte {
		return Body(func(b []byte) []byte {
			p, err := pdu.ParseDemandActive(b)
			if err != nil {
				panic("rdptest: " + err.Error()) // the server wrote it
			}
			f(&p)
			return p.Append(nil)
		})
	}
	const source, sets, first = 4, 12, 16 // offsets of lengthSourceDescriptor, numberCapabilities, the first set
	return []Fault{
		refused("65535 capability sets", step, Body(Set(sets, 0xFF, 0xFF)), "pdu: demand active: numberCapabilities"),
		refused("a capability set that is not there", step, Body(Set(sets, 200, 0)), "pdu: demand active: capability"),
		refused("a capability set shorter than its header", step, Body(Set(first+2, 3, 0)), "pdu: demand active: capabilityData"),
		refused("a capability set longer than the PDU", step, Body(Set(first+2, 0xFF, 0xFF)), "pdu: demand active: capabilityData"),
		refused("a source descriptor longer than the PDU", step, Body(Set(source, 0xFF, 0xFF)), "pdu: demand active: sourceDescriptor"),
		refused("half a demand active", step, Body(Cut(3)), "pdu: demand active: shareId"),
		refused("a share control PDU shorter than its header", step, Data(Set(0, 5, 0)), "pdu: share control header: totalLength"),
		refused("a share control PDU longer than what carries it", step, Data(Set(0, 0xFF, 0x7F)), "pdu: share control header: totalLength"),
		refused("half a share control header", step, Data(Cut(3)), "pdu: share control header: pduType"),
		refused("a send data request from a server", step, Sent(func(p *mcs.SendData) { p.Choice = mcs.ChoiceSendDataRequest }), "connector: choice"),
		refused("a domain PDU of an unknown kind", step, Domain(Set(0, 0xFC)), "mcs: send data: choice"),
		refused("data longer than its PDU", step, Domain(Set(6, 0xFF, 0xFF)), "mcs: send data: userData"),
		refused("bitmap codecs that are cut", step, demand(func(p *pdu.DemandActive) {
			p.Capabilities = append(p.Capabilities, &pdu.UnknownCapability{Type: pdu.CapabilityBitmapCodecs, Data: []byte{200}})
		}), "pdu: demand active: capabilityData"),
		tolerated("capability sets with absurd values", step, demand(func(p *pdu.DemandActive) {
			for t := range pdu.CapabilityFrameAcknowledge {
				if t != pdu.CapabilityBitmapCodecs-1 {
					p.Capabilities = append(p.Capabilities, &pdu.UnknownCapability{Type: t + 1, Data: bytes.Repeat([]byte{0xFF}, 100)})
				}
			}
		})),
		tolerated("empty capability sets", step, demand(func(p *pdu.DemandActive) {
			for t := range pdu.CapabilityType(200) {
				p.Capabilities = append(p.Capabilities, &pdu.UnknownCapability{Type: t})
			}
			p.Capabilities = slices.DeleteFunc(p.Capabilities, func(c pdu.CapabilitySet) bool { return c.CapabilityType() == pdu.CapabilityBitmapCodecs })
		})),
		tolerated("no capability sets", step, demand(func(p *pdu.DemandActive) { p.Capabilities = nil })),
		tolerated("demand active twice", step, Twice),
		tolerated("a flow PDU", step, func(b []byte) []byte {
			return append(Data(Instead([]byte{0, 0x80, 0x41, 0, 0, 0, 0, 0}))(bytes.Clone(b)), b...)
		}),
		tolerated("a share control PDU of an unknown type", step, func(b []byte) []byte {
			return append(Share(func(p *pdu.ShareControl) { p.Type = 12 })(bytes.Clone(b)), b...)
		}),
		awaited("demand active on a channel nobody joined", step, Sent(func(p *mcs.SendData) { p.Channel = 1099 })),
		awaited("no demand active", step, Drop),
		tolerated("synchronize twice", StepSynchronize, Twice),
		tolerated("no synchronize", StepSynchronize, Drop),
		tolerated("control not granted", StepGrantedControl, Drop),
		tolerated("the font map twice", StepFontMap, Twice),
		tolerated("another share's font map", StepFontMap, Body(Set(0, 0xFF, 0xFF, 0xFF, 0xFF))),
		tolerated("a data PDU of an unknown type", StepGrantedControl, Body(Set(8, 0xEE))),
		refused("half a share data header", StepFontMap, Body(Cut(9)), "pdu: share data header: compressedType"),
		awaited("no font map", StepFontMap, Drop),
	}
}

// endless is how many fragments make an update larger than any client takes.
const endless = 200

// drawingFaults break what is drawn. The client joins fragments, goes through surface
// commands and bitmaps, and checks their sizes.
func drawingFaults() []Fault {
	const step = StepUpdate
	frame := func(updates ...fastpath.Update) func([]byte) []byte {
		var b []byte
		for _, u := range updates {
			b = fastpath.Frame{Data: u.Append(nil)}.Append(b)
		}
		return Instead(b)
	}
	part := func(f fastpath.Fragmentation, n int) fastpath.Update {
		return fastpath.Update{Code: fastpath.UpdateSurfaceCommands, Fragmentation: f, Data: make([]byte, n)}
	}
	commands := func(b []byte) func([]byte) []byte {
		return frame(fastpath.Update{Code: fastpath.UpdateSurfaceCommands, Data: b})
	}
	flood := append([]fastpath.Update{part(fastpath.First, 30_000)}, slices.Repeat([]fastpath.Update{part(fastpath.Next, 30_000)}, endless)...)
	bitmap := update.Bitmap{Right: 3, Bottom: 3, Width: 4, Height: 4, BitsPerPixel: 24, Data: make([]byte, 48)}
	huge := bitmap
	huge.Width, huge.Height = 0xFFFF, 0xFFFF
	wrongWay := bitmap
	wrongWay.Left = 9
	return []Fault{
		refused("an update longer than its PDU", step, Set(3, 0xFF, 0x7F), "fastpath: update: updateData"),
		refused("an encrypted fast-path PDU inside TLS", step, Set(0, 0x80), "connector: an encrypted fast-path PDU"),
		refused("endless fragments", step, frame(flood...), "fastpath: update: fragmentation"),
		tolerated("fragments that never end", step, frame(part(fastpath.First, 1000), part(fastpath.Next, 1000))),
		refused("fragments without a beginning", step, frame(part(fastpath.Next, 10)), "fastpath: update: fragmentation"),
		refused("an update within another", step, frame(part(fastpath.First, 10), part(fastpath.Single, 10)), "fastpath: update: fragmentation"),
		refused("surface commands of an unknown type", step, commands([]byte{9, 0}), "update: surface commands: cmdType"),
		refused("a frame marker of an unknown action", step, commands([]byte{4, 0, 7, 0, 0, 0, 0, 0}), "update: surface commands: frameAction"),
		refused("surface bits of absurd size", step, commands(Set(18, 0xFF, 0xFF, 0xFF, 0xFF)(update.SurfaceBits{}.Append(nil))), "update: surface commands: bitmapData"),
		refused("a bitmap longer than its update", step, frame(fastpath.Update{Code: fastpath.UpdateBitmap, Data: Set(20, 0xFF, 0xFF)(update.AppendBitmap(nil, bitmap))}), "update: bitmap: bitmapDataStream"),
		refused("an empty rectangle", step, frame(fastpath.Update{Code: fastpath.UpdateBitmap, Data: update.AppendBitmap(nil, wrongWay)}), "update: bitmap: destRight"),
		refused("a bitmap of 65535 × 65535 pixels", step, frame(fastpath.Update{Code: fastpath.UpdateBitmap, Data: update.AppendBitmap(nil, huge)}), "update: bitmap: width"),
		refused("65535 rectangles that are not there", step, frame(fastpath.Update{Code: fastpath.UpdateBitmap, Data: []byte{1, 0, 0xFF, 0xFF}}), "update: bitmap: destLeft"),
	}
}
