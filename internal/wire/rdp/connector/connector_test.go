// SPDX-License-Identifier: Apache-2.0

package connector_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/credssptest"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdstls"
)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return k
})

func config() connector.Config {
	return connector.Config{
		Token:      nego.Cookie("user"),
		Protocols:  nego.ProtocolSSL | nego.ProtocolHybrid | nego.ProtocolHybridEx,
		Core:       gcc.ClientCore{Version: gcc.Version5, DesktopWidth: 1024, DesktopHeight: 768, EarlyCapabilityFlags: gcc.SupportSkipChannelJoin},
		Encryption: gcc.Encryption40Bit | gcc.Encryption56Bit | gcc.Encryption128Bit | gcc.EncryptionFIPS,
		Channels:   []gcc.Channel{{Name: "rdpdr"}, {Name: "cliprdr"}},
		Info: pdu.ClientInfo{
			Flags: pdu.InfoUnicode, UserName: "User", Domain: "Domain", Password: field.UTF16("Password"), Extended: new(pdu.ExtendedInfo),
		},
		CredSSP: func(publicKey []byte, early bool) *credssp.Client {
			return credssp.NewClient(credssp.Config{
				Mechanism: ntlm.NewClient(ntlm.Config{User: "User", Domain: "Domain", Password: field.UTF16("Password"), Rand: rand.Reader}),
				PublicKey: publicKey, User: "User", Domain: "Domain", Password: field.UTF16("Password"), EarlyUserAuth: early, Rand: rand.Reader,
			})
		},
		MachineName: "palta",
		Capabilities: func([]pdu.CapabilitySet) []pdu.CapabilitySet {
			return []pdu.CapabilitySet{new(pdu.General), new(pdu.Order)}
		},
		Rand: rand.Reader,
	}
}

func nla() *credssptest.Server {
	return &credssptest.Server{
		NTLM:      ntlm.Server{User: "User", Domain: "Domain", Password: field.UTF16("Password"), Challenge: []byte("12345678")},
		PublicKey: []byte("the key"), Version: 6, Status: credssp.LogonFailure,
	}
}

func negotiated(p nego.Protocol) nego.Response {
	return nego.Response{Negotiated: true, Flags: nego.ExtendedClientDataSupported, Protocol: p}
}

const picture = `update bitmap "pixels"`

func TestConnections(t *testing.T) {
	for _, tc := range []struct {
		name   string
		server func(s *rdptest.Server)
		client func(cfg *connector.Config)
		want   []string
	}{
		{name: "an old server without encryption", want: []string{"connected", "ready", "data 0x26", picture}},
		{name: "40 bits, low", server: standard(gcc.Encryption40Bit, gcc.LevelLow), want: []string{"connected", "ready", "data 0x26", picture}},
		{name: "56 bits", server: standard(gcc.Encryption56Bit, gcc.LevelClientCompatible), want: []string{"connected", "ready", "data 0x26", picture}},
		{name: "128 bits", server: standard(gcc.Encryption128Bit, gcc.LevelHigh), want: []string{"connected", "ready", "data 0x26", picture}},
		{name: "FIPS", server: standard(gcc.EncryptionFIPS, gcc.LevelFIPS), want: []string{"connected", "ready", "data 0x26", picture}},
		{name: "salted MACs", server: func(s *rdptest.Server) {
			standard(gcc.Encryption128Bit, gcc.LevelHigh)(s)
			s.ExtraFlags = pdu.EncSaltedChecksum
		}, want: []string{"connected", "ready", "data 0x26", picture}},
		{
			name: "TLS", server: func(s *rdptest.Server) { s.Response = negotiated(nego.ProtocolSSL) },
			want: []string{"TLS", "connected", "ready", "data 0x26", picture},
		},
		{
			name: "NLA", server: func(s *rdptest.Server) { s.Response, s.CredSSP = negotiated(nego.ProtocolHybrid), nla() },
			want: []string{"TLS", "connected", "ready", "data 0x26", picture},
		},
		{name: "NLA with early user authorization", server: func(s *rdptest.Server) {
			s.Response, s.CredSSP, s.EarlyResult = negotiated(nego.ProtocolHybridEx), nla(), make([]byte, 4)
		}, want: []string{"TLS", "connected", "ready", "data 0x26", picture}},
		{
			name: "RDSTLS", client: func(cfg *connector.Config) {
				cfg.Protocols |= nego.ProtocolRDSTLS
				cfg.RDSTLS = rdstls.Credentials{UserName: "u", Password: []byte("p")}
			}, server: func(s *rdptest.Server) { s.Response = negotiated(nego.ProtocolRDSTLS) },
			want: []string{"TLS", "connected", "ready", "data 0x26", picture},
		},
		{
			name: "a preconnection PDU before the negotiation",
			client: func(cfg *connector.Config) {
				cfg.Preconnection = &nego.Preconnection{Version: nego.PreconnectionV2, ID: 7, Blob: "pool"}
			},
			server: func(s *rdptest.Server) {
				s.Response, s.CredSSP, s.Preconnected = negotiated(nego.ProtocolHybrid), nla(), true
			},
			want: []string{"TLS", "connected", "ready", "data 0x26", picture},
		},
		{
			name: "Hyper-V: a preconnection PDU, NLA, and the negotiation inside",
			client: func(cfg *connector.Config) {
				cfg.Preconnection = &nego.Preconnection{Version: nego.PreconnectionV2, Blob: "30F0A3BD"}
				cfg.Direct, cfg.Protocols = nego.ProtocolHybrid, nego.ProtocolHybrid|nego.ProtocolSSL
			},
			server: func(s *rdptest.Server) {
				s.Response, s.CredSSP, s.Preconnected, s.Direct = negotiated(nego.ProtocolHybrid), nla(), true, nego.ProtocolHybrid
			},
			want: []string{"TLS", "connected", "ready", "data 0x26", picture},
		},
		{
			name: "TLS before the negotiation, which then selects nothing",
			client: func(cfg *connector.Config) {
				cfg.Preconnection = &nego.Preconnection{Version: nego.PreconnectionV1, ID: 9}
				cfg.Direct, cfg.Protocols = nego.ProtocolSSL, nego.ProtocolSSL
			},
			server: func(s *rdptest.Server) { s.Preconnected, s.Direct = true, nego.ProtocolSSL },
			want:   []string{"TLS", "connected", "ready", "data 0x26", picture},
		},
		{
			name: "channel joins skipped", server: func(s *rdptest.Server) { s.SkipJoin = true },
			want: []string{"connected", "ready", "data 0x26", picture},
		},
		{
			name: "a new license", server: func(s *rdptest.Server) { s.NewLicense, s.Key = true, key() },
			want: []string{"connected", "ready", "data 0x26", picture},
		},
		{name: "reactivations, drawing before the end", server: func(s *rdptest.Server) {
			s.Reactivations = 2
			s.Early = fastpath.Frame{Data: fastpath.Update{Code: fastpath.UpdatePointerHidden}.Append(nil)}.Append(nil)
		}, want: []string{
			"connected", `update pointer hidden ""`, "ready", "deactivated", "connected", `update pointer hidden ""`, "ready", "deactivated",
			"connected", `update pointer hidden ""`, "ready", "data 0x26", picture,
		}},
		{
			name: "a message channel", server: func(s *rdptest.Server) { s.Response, s.Messages = negotiated(nego.ProtocolSSL), true },
			want: []string{"TLS", "heartbeat", "connected", "ready", "data 0x26", picture},
		},
	} {
		for _, piece := range []int{1, 1 << 20} {
			t.Run(fmt.Sprintf("%s, %d bytes at once", tc.name, piece), func(t *testing.T) {
				cfg, s := config(), new(rdptest.Server)
				if tc.client != nil {
					tc.client(&cfg)
				}
				if tc.server != nil {
					tc.server(s)
				}
				d := &rdptest.Dialogue{Client: connector.New(cfg), Server: s, Piece: piece}
				if err := d.Run(); err != nil {
					t.Fatalf("%v after %q", err, d.Log)
				}
				if diff := cmp.Diff(tc.want, d.Log); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
				check(t, d)
			})
		}
	}
}

func standard(method gcc.EncryptionMethods, level gcc.EncryptionLevel) func(*rdptest.Server) {
	return func(s *rdptest.Server) { s.Method, s.Level, s.Key = method, level, key() }
}

// check tells whether the server understood the client, and both go on to talk.
func check(t *testing.T, d *rdptest.Dialogue) {
	t.Helper()
	s := d.Server
	if s.Info.UserName != "User" || !bytes.Equal(s.Info.Password, field.UTF16("Password")) {
		t.Errorf("client info %+v", s.Info)
	}
	selected := s.Response.Protocol
	if !s.Response.Negotiated {
		selected = s.Direct
	}
	if s.Client.Core.ServerSelectedProtocol != uint32(selected) {
		t.Errorf("the selected protocol is echoed as %d", s.Client.Core.ServerSelectedProtocol)
	}
	if s.SkipJoin != (len(s.Joined) == 0) {
		t.Errorf("joined %v", s.Joined)
	}
	if len(s.Confirms) != s.Reactivations+1 || s.Confirms[s.Reactivations].ShareID != rdptest.ShareID+uint32(s.Reactivations) {
		t.Errorf("confirmed %+v", s.Confirms)
	}
	if s.Messages && (len(s.Detected) != 2 || s.Detected[1].Values[1] < 200 || len(s.Refused) != 1 || s.Refused[0].HResult != pdu.MultitransportAbort) {
		t.Errorf("detected %+v, refused %+v", s.Detected, s.Refused)
	}
	d.Log = nil
	d.Say(d.Client.AppendChannel(nil, 1, []byte("chunk")))
	d.Say(d.Client.AppendInput(nil, 1, []byte{0, 0x1E}))
	d.Say(d.Client.AppendData(nil, pdu.DataSuppressOutput, pdu.SuppressOutput{}.Append(nil)))
	d.Say(d.Client.AppendDisconnect(nil))
	if err := d.Run(); err != nil || !s.Ended {
		t.Errorf("%v, ended %v", err, s.Ended)
	}
	if diff := cmp.Diff([]string{`channel 1 "chunk"`}, d.Log); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	wrong := nla()
	wrong.NTLM.Password = field.UTF16("other")
	middle := nla()
	middle.PublicKey = []byte("another key")
	for _, tc := range []struct {
		name   string
		server rdptest.Server
		want   error
	}{
		{"NLA required", rdptest.Server{Response: nego.Response{Negotiated: true, Failure: nego.HybridRequiredByServer}}, nego.HybridRequiredByServer},
		{"a protocol that was not offered", rdptest.Server{Response: negotiated(nego.ProtocolRDSAAD)}, connector.ErrProtocol},
		{"a wrong password", rdptest.Server{Response: negotiated(nego.ProtocolHybrid), CredSSP: wrong}, credssp.LogonFailure},
		{"a man in the middle", rdptest.Server{Response: negotiated(nego.ProtocolHybrid), CredSSP: middle}, credssptest.ErrClosed},
		{"no right to log on", rdptest.Server{Response: negotiated(nego.ProtocolHybridEx), CredSSP: nla(), EarlyResult: []byte{5, 0, 0, 0}}, credssp.ErrAccessDenied},
	} {
		d := &rdptest.Dialogue{Client: connector.New(config()), Server: &tc.server, Piece: 1}
		if err := d.Run(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestRefusedSelections(t *testing.T) {
	for _, tc := range []struct {
		name   string
		client func(cfg *connector.Config)
		server rdptest.Server
		want   error
	}{
		{"standard security without a method to offer", func(cfg *connector.Config) { cfg.Encryption = 0 }, rdptest.Server{}, connector.ErrProtocol},
		{
			"standard security inside TLS", func(cfg *connector.Config) { cfg.Direct = nego.ProtocolSSL },
			rdptest.Server{Direct: nego.ProtocolSSL, Response: negotiated(nego.ProtocolRDP)},
			connector.ErrProtocol,
		},
		{
			"protocols that do not fit what runs", func(cfg *connector.Config) { cfg.Direct = nego.ProtocolSSL },
			rdptest.Server{Direct: nego.ProtocolSSL, Response: nego.Response{Negotiated: true, Failure: nego.InconsistentFlags}},
			nego.InconsistentFlags,
		},
	} {
		for _, piece := range []int{0, 1} {
			cfg, s := config(), tc.server
			tc.client(&cfg)
			d := &rdptest.Dialogue{Client: connector.New(cfg), Server: &s, Piece: piece}
			if err := d.Run(); !errors.Is(err, tc.want) {
				t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
			}
		}
	}
}

func TestRedirectionsEnd(t *testing.T) {
	cfg, hops := config(), 0
	for ; hops < 100; hops++ {
		s := &rdptest.Server{Response: negotiated(nego.ProtocolSSL), Redirect: &pdu.Redirection{Flags: pdu.RedirLoadBalanceInfo, LoadBalanceInfo: []byte("round")}}
		d := &rdptest.Dialogue{Client: connector.New(cfg), Server: s}
		if err := d.Run(); err != nil {
			if !strings.Contains(err.Error(), "connector: server redirection: more than 5 in a row") {
				t.Error(err)
			}
			break
		}
		cfg = cfg.Redirect(*d.Redirect)
	}
	if hops != 5 {
		t.Errorf("%d redirections, want 5", hops)
	}
}

func TestNothingComesAfterTheEnd(t *testing.T) {
	d := &rdptest.Dialogue{Client: connector.New(config()), Server: &rdptest.Server{Redirect: new(pdu.Redirection)}}
	if err := d.Run(); err != nil || d.Redirect == nil {
		t.Fatal(err)
	}
	if n, _, events, err := d.Client.Step(time.Unix(0, 0), []byte("\x00\x05\x05\x00\x00"), nil); !errors.Is(err, connector.ErrClosed) {
		t.Errorf("%d bytes taken, %v, %v", n, events, err)
	}
}

func TestRoutingTokenThatNoRequestHolds(t *testing.T) {
	for n, want := range map[int]bool{nego.MaxToken: true, nego.MaxToken + 1: false, 20_000: false} {
		cfg := config().Redirect(pdu.Redirection{Flags: pdu.RedirLoadBalanceInfo, LoadBalanceInfo: bytes.Repeat([]byte("a"), n)})
		d := &rdptest.Dialogue{Client: connector.New(cfg), Server: &rdptest.Server{Response: negotiated(nego.ProtocolSSL)}}
		err := d.Run()
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "connector: routing token: ") {
			t.Errorf("%d bytes: %v", n, err)
		}
		if want && d.Server.Request.Protocols != cfg.Protocols {
			t.Errorf("%d bytes: the request has protocols %v", n, d.Server.Request.Protocols)
		}
	}
}

func TestClientInfoThatNoPDUHolds(t *testing.T) {
	long := strings.Repeat("a", 20_000)
	cfg := config().Redirect(pdu.Redirection{Flags: pdu.RedirUserName | pdu.RedirDomain, UserName: long, Domain: long})
	d := &rdptest.Dialogue{Client: connector.New(cfg), Server: &rdptest.Server{Response: negotiated(nego.ProtocolSSL)}}
	if err := d.Run(); err == nil || !strings.Contains(err.Error(), "connector: client info: ") {
		t.Error(err)
	}
}

func TestRedirection(t *testing.T) {
	r := pdu.Redirection{
		SessionID: 4, UserName: "target", Domain: "farm", Password: []byte("blob"), GUID: []byte("guid"), LoadBalanceInfo: []byte("tsv://farm\r\n"),
		Flags: pdu.RedirLoadBalanceInfo | pdu.RedirUserName | pdu.RedirDomain | pdu.RedirPassword | pdu.RedirPasswordIsPKEncrypted | pdu.RedirRedirectionGUID,
	}
	for _, first := range []*rdptest.Server{
		{Response: negotiated(nego.ProtocolSSL), Redirect: &r},
		{Method: gcc.Encryption128Bit, Level: gcc.LevelHigh, Key: key(), Redirect: &r},
	} {
		d := &rdptest.Dialogue{Client: connector.New(config()), Server: first, Piece: 1}
		if err := d.Run(); err != nil || d.Redirect == nil {
			t.Fatalf("%v after %q", err, d.Log)
		}
		cfg := config().Redirect(*d.Redirect)
		second := &rdptest.Server{Response: negotiated(nego.ProtocolRDSTLS)}
		d = &rdptest.Dialogue{Client: connector.New(cfg), Server: second, Piece: 1}
		if err := d.Run(); err != nil || second.Ready != 1 {
			t.Fatalf("%v after %q", err, d.Log)
		}
		want := rdstls.Credentials{RedirectionGUID: []byte("guid"), UserName: "target", Domain: "farm", Password: []byte("blob")}
		if diff := cmp.Diff(want, second.Credentials); diff != "" {
			t.Errorf("credentials (-want +got):\n%s", diff)
		}
		if string(second.Request.Token) != "tsv://farm" || second.Client.Cluster.RedirectedSessionID != 4 {
			t.Errorf("token %q, cluster %+v", second.Request.Token, second.Client.Cluster)
		}
	}
	cookie := config().Redirect(pdu.Redirection{Flags: pdu.RedirPassword, Password: []byte("c\x00\x00\x00")})
	if string(cookie.Info.Password) != "c\x00" || cookie.Info.Flags&pdu.InfoAutologon == 0 {
		t.Errorf("password cookie %q, flags %x", cookie.Info.Password, cookie.Info.Flags)
	}
}

func TestAutoReconnect(t *testing.T) {
	cookie := pdu.ServerAutoReconnect{LogonID: 7, Random: [16]byte{1, 2, 3}}
	for _, s := range []*rdptest.Server{
		{Response: negotiated(nego.ProtocolSSL)}, {Method: gcc.Encryption128Bit, Level: gcc.LevelHigh, Key: key()},
	} {
		cfg := config()
		cfg.AutoReconnect = &cookie
		d := &rdptest.Dialogue{Client: connector.New(cfg), Server: s, Piece: 100}
		if err := d.Run(); err != nil {
			t.Fatal(err)
		}
		random := s.ClientRandom
		if random == nil {
			random = make([]byte, 32)
		}
		if want := cookie.Answer(random).Append(nil); !bytes.Equal(s.Info.Extended.AutoReconnectCookie, want) {
			t.Errorf("cookie %x, want %x", s.Info.Extended.AutoReconnectCookie, want)
		}
	}
}

// recorded is what a server without encryption sends in a whole connection.
func recorded(tb testing.TB) []byte {
	d := &rdptest.Dialogue{Client: connector.New(config()), Server: &rdptest.Server{Reactivations: 1}}
	if err := d.Run(); err != nil {
		tb.Fatal(err)
	}
	return d.Received
}

// feed gives a client a stream in pieces, and returns how many events came of it and the
// first error.
func feed(stream []byte, piece int) (events int, err error) {
	cfg := config()
	cfg.Rand = zeros{}
	c := connector.New(cfg)
	rest, in := bytes.Clone(stream), []byte(nil)
	for begun := false; ; begun = true {
		n, _, es, err := c.Step(time.Unix(0, 0), in, nil)
		events += len(es)
		for _, e := range es {
			if e.Kind == connector.EventStartTLS && err == nil {
				_, err = c.StartedTLS([]byte(rdptest.PublicKey), nil)
			}
		}
		if err != nil {
			return events, err
		}
		in = in[n:]
		if n > 0 || !begun {
			continue
		}
		if len(rest) == 0 {
			return events, nil
		}
		take := min(piece, len(rest))
		in, rest = append(in[:len(in):len(in)], rest[:take]...), rest[take:]
	}
}

// zeros is a source of randomness that has none.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestChangedBytesNeverPanic(t *testing.T) {
	stream := recorded(t)
	if _, err := feed(stream, len(stream)); err != nil || len(stream) < 500 {
		t.Fatalf("%d bytes, %v", len(stream), err)
	}
	for i := range stream {
		for _, change := range []byte{0x01, 0x80, 0xFF} {
			b := bytes.Clone(stream)
			b[i] ^= change
			if _, err := feed(b, len(b)); err != nil && !strings.Contains(err.Error(), ": ") {
				t.Errorf("byte %d: error %q", i, err)
			}
		}
	}
}

func FuzzConnector(f *testing.F) {
	f.Add(recorded(f), uint16(100))
	f.Add([]byte("\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00"), uint16(1))
	f.Add([]byte{0, 0}, uint16(0)) // no fast-path PDU, and none is due
	for _, s := range []*rdptest.Server{
		{Response: negotiated(nego.ProtocolSSL), Messages: true, SkipJoin: true},
		{Response: negotiated(nego.ProtocolSSL), NewLicense: true, Key: key()},
		{Response: negotiated(nego.ProtocolSSL), Redirect: &pdu.Redirection{Flags: pdu.RedirUserName, UserName: "target"}},
		{Response: negotiated(nego.ProtocolHybridEx), CredSSP: nla(), EarlyResult: make([]byte, 4)},
		{Method: gcc.Encryption128Bit, Level: gcc.LevelLow, Key: key()},
		{Method: gcc.EncryptionFIPS, Level: gcc.LevelFIPS, Key: key()},
	} {
		d := &rdptest.Dialogue{Client: connector.New(config()), Server: s}
		if err := d.Run(); err != nil {
			f.Fatal(err)
		}
		f.Add(d.Received, uint16(7))
	}
	for _, fault := range rdptest.Faults() {
		d := &rdptest.Dialogue{Client: connector.New(config()), Server: &fault.Server}
		_ = d.Run() // how it ends is the business of another test
		if len(d.Received) < 1<<16 {
			f.Add(d.Received, uint16(1000))
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece uint16) {
		events, whole := feed(stream, len(stream))
		again, pieces := feed(stream, int(piece)+1)
		if fmt.Sprint(whole) != fmt.Sprint(pieces) || events != again {
			t.Fatalf("the stream gives %d events and %v, in pieces %d and %v", events, whole, again, pieces)
		}
	})
}
