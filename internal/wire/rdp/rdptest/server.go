// SPDX-License-Identifier: Apache-2.0

// Package rdptest is a fake RDP server for tests: the other side of the connection sequence
// as a state machine without I/O, which can leave out, refuse or change each part.
//
// A test hands the bytes of the client to [Server.Handle] and those of the server back, or
// lets a [Dialogue] do so, in pieces of any size. TLS is left out: StartTLS says when a real
// server would begin it, and nothing is encrypted. [ParseStream] reads a captured session,
// which the server then plays. [Faults] and [LogonFaults] list the ways to break the rules,
// and what a client has to say to each.
package rdptest

import (
	"bytes"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/credssptest"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdstls"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// Channel IDs of the fake server.
const (
	UserChannel    = 1007
	MessageChannel = 1020
	firstChannel   = 1004
	// ShareID is that of the first activation; each later one counts one up.
	ShareID = 0x103EA
)

// Server is one connection. The zero value selects standard security without encryption
// and says that the client's license is valid.
type Server struct {
	// Preconnected says that a preconnection PDU comes first.
	Preconnected bool
	// Direct is the security protocol that is run before the negotiation, SSL or HYBRID.
	Direct nego.Protocol
	// Response answers the negotiation; its zero value is a server without negotiation.
	Response nego.Response
	// Method is that of standard security, with Level and Key.
	Method gcc.EncryptionMethods
	Level  gcc.EncryptionLevel
	Key    *rsa.PrivateKey
	// CredSSP answers NLA, and EarlyResult follows it under HYBRID_EX.
	CredSSP     *credssptest.Server
	EarlyResult []byte
	// RDSTLS is the result of RDSTLS.
	RDSTLS rdstls.ResultCode
	// SkipJoin lets clients skip the channel joins.
	SkipJoin bool
	// Messages makes a message channel, on which the server asks everything there is.
	Messages bool
	// NewLicense issues a license.
	NewLicense bool
	// ExtraFlags are those of the general capability set.
	ExtraFlags pdu.ExtraFlags
	// Redirect is sent instead of demand active.
	Redirect *pdu.Redirection
	// Reactivations is how often the server deactivates and activates again.
	Reactivations int
	// Early is sent before the answers of finalization: servers draw before they are ready.
	Early []byte
	// Updates is what is drawn once the client is ready, nil for a placeholder.
	Updates []fastpath.Update
	// Slow sends the updates that exist in the slow path on that.
	Slow bool
	// Fragment is the largest number of bytes of an update in one fast-path PDU: longer ones
	// come in fragments. Zero stands for what a PDU holds.
	Fragment int
	// Compress compresses in bulk what the server sends, if the client takes MPPC of 64 KB.
	Compress bool
	// Break is given each packet with its header before it is sent, and what it returns is
	// sent instead: nothing, the packet changed, or more than it.
	Break func(step Step, packet []byte) []byte

	// What the client said.
	Preconnection nego.Preconnection
	Request       nego.Request
	Client        gcc.ClientData
	Info          pdu.ClientInfo
	Credentials   rdstls.Credentials
	Confirms      []pdu.ConfirmActive
	Joined        []uint16
	Detected      []pdu.Autodetect
	Refused       []pdu.MultitransportResponse
	LicenseUser   string
	ClientRandom  []byte
	// Ready counts the activations that were finished.
	Ready int
	// StartTLS is set when the client may start TLS; the test clears it.
	StartTLS bool
	// Ended is set when the client has disconnected.
	Ended bool

	state      func(s *Server, tpdu []byte) error
	raw        func(s *Server, in []byte) (int, error)
	session    *sec.Session
	keys       license.Keys
	compressor compressor
	shareID    uint32
	out        []byte
}

// serverRandom is the server's random in everything.
var serverRandom = bytes.Repeat([]byte{0x5A}, sec.RandomSize)

// Handle takes the bytes received and returns how many it consumed, 0 if it needs more, and
// the answer.
func (s *Server) Handle(in []byte) (n int, out []byte, err error) {
	s.out = nil
	if s.state == nil {
		s.begin()
	}
	if s.raw != nil {
		n, err = s.raw(s, in)
		return n, s.out, err
	}
	kind, n, err := tpkt.Next(in)
	if err != nil || n == 0 || n > len(in) {
		return 0, nil, err
	}
	if kind == tpkt.Fast {
		return n, nil, s.input(bytes.Clone(in[:n]))
	}
	payload, err := tpkt.Payload(bytes.Clone(in[:n]))
	if err == nil {
		err = s.state(s, payload)
	}
	return n, s.out, err
}

func (s *Server) begin() {
	s.state, s.shareID = (*Server).connectionRequest, ShareID
	switch {
	case s.Preconnected:
		s.raw = (*Server).preconnection
	case s.Direct != 0:
		s.secure(s.Direct)
	}
}

func (s *Server) preconnection(in []byte) (n int, err error) {
	if len(in) < 4 || len(in) < int(binary.LittleEndian.Uint32(in)) {
		return 0, nil
	}
	n = int(binary.LittleEndian.Uint32(in))
	if s.Preconnection, err = nego.ParsePreconnection(in[:n]); err != nil {
		return 0, err
	}
	s.raw = nil
	if s.Direct != 0 {
		s.secure(s.Direct)
	}
	return n, nil
}

// secure awaits TLS and what a security protocol does in it.
func (s *Server) secure(p nego.Protocol) {
	s.StartTLS = p != nego.ProtocolRDP
	switch p {
	case nego.ProtocolHybrid, nego.ProtocolHybridEx:
		s.raw = (*Server).nla
	case nego.ProtocolRDSTLS:
		s.raw = (*Server).redirected
	}
}

func (s *Server) connectionRequest(tpdu []byte) error {
	c, err := x224.ParseConnection(tpdu)
	if err != nil {
		return err
	}
	if s.Request, err = nego.ParseRequest(c.Variable); err != nil {
		return err
	}
	confirm := x224.Connection{Code: x224.ConnectionConfirm, Source: 0x1234, Variable: s.Response.Append(nil)}
	s.emit(StepConnectionConfirm, tpkt.End(confirm.Append(tpkt.Begin(nil)), 0))
	s.state = (*Server).connectInitial
	if s.Direct == 0 {
		s.secure(s.Response.Protocol)
	}
	return nil
}

// TLSStarted returns what the server says first once TLS is up.
func (s *Server) TLSStarted() []byte {
	s.StartTLS = false
	if s.Direct == 0 && s.Response.Protocol == nego.ProtocolRDSTLS {
		return s.broken(StepRDSTLSCapabilities, rdstls.AppendCapabilities(nil))
	}
	return nil
}

func (s *Server) nla(in []byte) (int, error) {
	n, out, done, err := s.CredSSP.Handle(in)
	if len(out) > 0 {
		step := StepNegoTokens
		if q, err := credssp.ParseRequest(out); err == nil && q.PubKeyAuth != nil {
			step = StepPubKeyAuth
		}
		s.emit(step, out)
	}
	if done {
		s.raw = nil
		if s.Direct == 0 && s.Response.Protocol == nego.ProtocolHybridEx {
			s.emit(StepEarlyUserAuthorization, bytes.Clone(s.EarlyResult))
		}
	}
	return n, err
}

func (s *Server) redirected(in []byte) (n int, err error) {
	if s.Credentials, err = rdstls.ParseCredentials(in); err != nil {
		return 0, nil //nolint:nilerr // it is not whole yet
	}
	s.raw = nil
	s.emit(StepRDSTLSResponse, rdstls.AppendResponse(nil, s.RDSTLS))
	return len(in), nil
}

// emit sends a packet, broken if the test says so.
func (s *Server) emit(step Step, packet []byte) {
	s.out = append(s.out, s.broken(step, packet)...)
}

func (s *Server) broken(step Step, packet []byte) []byte {
	if s.Break == nil {
		return packet
	}
	return s.Break(step, packet)
}

func (s *Server) domain(step Step, f func([]byte) []byte) {
	s.emit(step, tpkt.End(f(x224.AppendData(tpkt.Begin(nil))), 0))
}

func (s *Server) connectInitial(tpdu []byte) error {
	data, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	initial, err := mcs.ParseConnectInitial(data)
	if err != nil {
		return err
	}
	blocks, err := gcc.ParseConferenceCreateRequest(initial.UserData)
	if err != nil {
		return err
	}
	if s.Client, err = gcc.ParseClientData(blocks); err != nil {
		return err
	}
	answer := gcc.ServerData{
		Core:     gcc.ServerCore{Version: gcc.Version5, ClientRequestedProtocols: uint32(s.Request.Protocols)},
		Network:  &gcc.ServerNetwork{IOChannel: mcs.IOChannel},
		Security: &gcc.ServerSecurity{Method: s.Method, Level: s.Level},
	}
	if s.SkipJoin {
		answer.Core.EarlyCapabilityFlags = gcc.ServerSkipChannelJoinSupported
	}
	if s.Client.Network != nil {
		for i := range s.Client.Network.Channels {
			answer.Network.Channels = append(answer.Network.Channels, uint16(firstChannel+i))
		}
	}
	if s.Method != 0 {
		answer.Security.ServerRandom = serverRandom
		answer.Security.ServerCertificate = s.publicKey().AppendProprietary(nil)
	}
	if s.Messages && s.Client.MessageChannel != nil {
		answer.MessageChannel = &gcc.ServerMessageChannel{ChannelID: MessageChannel}
	}
	s.domain(StepConnectResponse, mcs.NewConnectResponse(gcc.AppendConferenceCreateResponse(nil, answer.Append(nil))).Append)
	s.state = (*Server).join
	return nil
}

func (s *Server) publicKey() sec.PublicKey {
	return sec.PublicKey{Exponent: uint32(s.Key.E), Modulus: s.Key.N}
}

func (s *Server) join(tpdu []byte) error {
	b, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	switch choice := mcs.ChoiceOf(b); choice {
	case mcs.ChoiceErectDomainRequest:
		_, err = mcs.ParseErectDomainRequest(b)
	case mcs.ChoiceAttachUserRequest:
		s.domain(StepAttachUserConfirm, mcs.AttachUserConfirm{Initiator: UserChannel}.Append)
	case mcs.ChoiceChannelJoinRequest:
		var p mcs.ChannelJoinRequest
		if p, err = mcs.ParseChannelJoinRequest(b); err == nil {
			s.Joined = append(s.Joined, p.Channel)
			s.domain(StepChannelJoinConfirm, mcs.ChannelJoinConfirm{Initiator: p.Initiator, Requested: p.Channel, Channel: p.Channel}.Append)
		}
	case mcs.ChoiceSendDataRequest:
		s.state = (*Server).exchange
		return s.exchange(tpdu)
	default:
		err = fmt.Errorf("rdptest: %v while channels are joined", choice)
	}
	return err
}

func sent(tpdu []byte) (mcs.SendData, error) {
	b, err := x224.ParseData(tpdu)
	if err != nil {
		return mcs.SendData{}, err
	}
	return mcs.ParseSendData(b)
}

// exchange takes the security exchange, if there is one, and then the client info.
func (s *Server) exchange(tpdu []byte) error {
	p, err := sent(tpdu)
	if err != nil {
		return err
	}
	if s.Method != 0 && s.session == nil {
		e, err := sec.ParseExchange(p.Data)
		if err != nil {
			return err
		}
		s.ClientRandom = s.decrypt(e.EncryptedClientRandom, sec.RandomSize)
		s.session, err = sec.NewSession(s.Method, sec.Server, s.ClientRandom, serverRandom)
		return err
	}
	flags, data, err := s.open(p.Data)
	if err != nil {
		return err
	}
	if flags&sec.FlagInfo == 0 {
		return fmt.Errorf("rdptest: client info with flags 0x%X", uint16(flags))
	}
	if s.Info, err = pdu.ParseClientInfo(data); err != nil {
		return err
	}
	s.state = (*Server).active
	s.ask()
	if s.NewLicense {
		q := license.Request{ServerRandom: serverRandom, Version: 0x60000, CompanyName: "Palta", ProductID: "A02", Certificate: s.publicKey().AppendProprietary(nil)}
		s.license(license.TypeLicenseRequest, q.Append(nil))
		return nil
	}
	s.license(license.TypeErrorAlert, license.ErrorAlert{Code: license.ValidClient, Transition: license.NoTransition}.Append(nil))
	s.demand()
	return nil
}

func (s *Server) decrypt(b []byte, size int) []byte {
	c := slices.Clone(b)
	slices.Reverse(c)
	m := new(big.Int).Exp(new(big.Int).SetBytes(c), s.Key.D, s.Key.N).FillBytes(make([]byte, size))
	slices.Reverse(m)
	return m
}

func (s *Server) open(b []byte) (sec.Flags, []byte, error) {
	if s.session != nil {
		return s.session.Open(b)
	}
	return sec.ParseHeader(b)
}

// seal puts a security header before data; the server encrypts above level low only.
func (s *Server) seal(flags sec.Flags, data []byte) []byte {
	if s.session != nil && s.Level > gcc.LevelLow {
		return s.session.Seal(nil, flags, data)
	}
	return append(sec.AppendHeader(nil, flags), data...)
}

func (s *Server) send(step Step, channel uint16, data []byte) {
	s.domain(step, mcs.SendData{Choice: mcs.ChoiceSendDataIndication, Initiator: mcs.ServerChannel, Channel: channel, Data: data}.Append)
}

func (s *Server) license(t license.Type, body []byte) {
	s.send(StepLicense, mcs.IOChannel, s.seal(sec.FlagLicense, license.Message{Type: t, Flags: 3, Body: body}.Append(nil)))
}

// ask sends everything that the message channel can carry.
func (s *Server) ask() {
	if !s.Messages || s.Client.MessageChannel == nil {
		return
	}
	for i, t := range []pdu.AutodetectType{pdu.RTTRequestConnect, pdu.BandwidthStartConnect, pdu.BandwidthPayload, pdu.BandwidthStopConnect} {
		s.send(StepMessage, MessageChannel, s.seal(sec.FlagAutodetectRequest, pdu.Autodetect{Sequence: uint16(i), Type: t, Payload: make([]byte, 100)}.Append(nil)))
	}
	result := pdu.Autodetect{Sequence: 9, Type: pdu.NetworkResultAll, Values: []uint32{1, 2, 3}}
	s.send(StepMessage, MessageChannel, s.seal(sec.FlagAutodetectRequest, result.Append(nil)))
	s.send(StepMessage, MessageChannel, s.seal(sec.FlagTransportRequest, pdu.MultitransportRequest{RequestID: 5, Protocol: 1}.Append(nil)))
	s.send(StepMessage, MessageChannel, s.seal(sec.FlagHeartbeat, pdu.Heartbeat{Period: 10, Warning: 3, Reconnect: 5}.Append(nil)))
}

// share sends a share control PDU: with a security header only under standard security.
func (s *Server) share(step Step, b []byte) {
	b = s.packShare(b)
	if s.session != nil {
		b = s.seal(0, b)
	}
	s.send(step, mcs.IOChannel, b)
}

// demand sends demand active, or the redirection.
func (s *Server) demand() {
	if s.Redirect != nil {
		if s.session != nil {
			s.send(StepRedirection, mcs.IOChannel, s.seal(sec.FlagRedirection, s.Redirect.Append(nil)))
			return
		}
		s.share(StepRedirection, pdu.ShareControl{Type: pdu.TypeServerRedirection, Source: mcs.ServerChannel, Body: s.Redirect.AppendEnhanced(nil)}.Append(nil))
		return
	}
	demand := pdu.DemandActive{ShareID: s.shareID, SourceDescriptor: []byte("RDP\x00"), Capabilities: []pdu.CapabilitySet{
		&pdu.General{ProtocolVersion: pdu.CapsProtocolVersion, ExtraFlags: s.ExtraFlags},
		&pdu.Bitmap{PreferredBitsPerPixel: 32, DesktopWidth: 1024, DesktopHeight: 768, DesktopResizeFlag: 1},
		&pdu.VirtualChannel{VCChunkSize: 1600},
	}}
	s.share(StepDemandActive, pdu.ShareControl{Type: pdu.TypeDemandActive, Source: mcs.ServerChannel, Body: demand.Append(nil)}.Append(nil))
}
