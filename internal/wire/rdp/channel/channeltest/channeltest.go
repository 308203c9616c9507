// SPDX-License-Identifier: Apache-2.0

// Package channeltest connects to a real server, so that tests can run a virtual channel with
// it. The desktop is not looked at.
//
//   - [Dial] connects over TLS, with a name and a password in the client info packet.
//   - [Client.Until] reads until a condition holds, and passes each whole message of a static
//     channel to its Handle. Nothing happens outside of it, and nothing at the same time.
//   - [Client.Send] sends messages.
package channeltest

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// Patience bounds the wait for a condition: on a busy machine servers take seconds.
const Patience = 15 * time.Second

// The desktop, and the American keyboard.
const (
	width, height = 640, 480
	keyboard      = 0x409
)

// Channel is a static channel.
type Channel struct {
	Name string
	// Handle takes a whole message, which it may keep.
	Handle func(message []byte)
}

// Config says what to connect to and what to announce.
type Config struct {
	Address, User, Password string
	Channels                []Channel
	// Info are further flags of the client info packet.
	Info pdu.InfoFlags
	// Capabilities are further capability sets.
	Capabilities []pdu.CapabilitySet
}

// Client is a connection. It is not for concurrent use.
type Client struct {
	tb        testing.TB
	cfg       Config
	conn      net.Conn
	connector *connector.Connector
	in        []byte
	join      []svc.Assembler
}

// Dial connects. What the server says is read by Until.
func Dial(tb testing.TB, cfg Config) *Client {
	tb.Helper()
	c := &Client{tb: tb, cfg: cfg, join: make([]svc.Assembler, len(cfg.Channels))}
	conn, err := net.DialTimeout("tcp", cfg.Address, Patience)
	if err != nil {
		tb.Fatal(err)
	}
	c.conn = conn
	tb.Cleanup(func() { c.conn.Close() })
	settings := connector.Config{
		Protocols: nego.ProtocolSSL,
		Core: gcc.ClientCore{
			Version: gcc.Version5, DesktopWidth: width, DesktopHeight: height, ColorDepth: gcc.ColorDepth8BPP, PostBeta2ColorDepth: gcc.ColorDepth8BPP,
			HighColorDepth: 16, SupportedColorDepths: gcc.SupportsDepth16, KeyboardLayout: keyboard, KeyboardType: 4, ClientName: "palta",
			EarlyCapabilityFlags: gcc.SupportErrInfoPDU,
		},
		Info: pdu.ClientInfo{
			Flags: pdu.InfoNormal | pdu.InfoAutologon | cfg.Info, UserName: cfg.User, Password: field.UTF16(cfg.Password),
			Extended: &pdu.ExtendedInfo{AddressFamily: pdu.AddressINET, Address: "127.0.0.1", Dir: `C:\`},
		},
		MachineName: "palta", Capabilities: c.capabilities, Rand: rand.Reader,
	}
	for _, ch := range cfg.Channels {
		settings.Channels = append(settings.Channels, gcc.Channel{Name: ch.Name, Options: gcc.ChannelInitialized | gcc.ChannelEncryptRDP})
	}
	c.connector = connector.New(settings)
	c.step()
	return c
}

func (c *Client) capabilities([]pdu.CapabilitySet) []pdu.CapabilitySet {
	return append([]pdu.CapabilitySet{
		&pdu.General{OSMajorType: 1, OSMinorType: 3, ProtocolVersion: pdu.CapsProtocolVersion, ExtraFlags: pdu.LongCredentialsSupported | pdu.FastPathOutputSupported},
		&pdu.Bitmap{
			PreferredBitsPerPixel: 16, DesktopWidth: width, DesktopHeight: height, DesktopResizeFlag: 1, BitmapCompressionFlag: 1, MultipleRectangleSupport: 1,
		},
		&pdu.Order{
			DesktopSaveXGranularity: 1, DesktopSaveYGranularity: 20, MaximumOrderLevel: 1,
			OrderFlags: pdu.OrderNegotiate | pdu.OrderZeroBoundsDelta | pdu.OrderColorIndex,
		},
		new(pdu.BitmapCache), &pdu.Pointer{ColorPointerFlag: 1, ColorPointerCacheSize: 25, PointerCacheSize: 25},
		&pdu.Input{InputFlags: pdu.InputScancodes, KeyboardLayout: keyboard, KeyboardType: 4},
		new(pdu.Brush), new(pdu.GlyphCache), new(pdu.OffscreenCache), new(pdu.VirtualChannel), new(pdu.Sound),
		&pdu.Font{FontSupportFlags: pdu.FontSupportFontList},
	}, c.cfg.Capabilities...)
}

// Until reads until a condition holds.
func (c *Client) Until(what string, condition func() bool) {
	c.tb.Helper()
	deadline := time.Now().Add(Patience)
	buf := make([]byte, 32<<10)
	for !condition() {
		if time.Now().After(deadline) {
			c.tb.Fatalf("gave up waiting for %s", what)
		}
		if err := c.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			c.tb.Fatal(err)
		}
		n, err := c.conn.Read(buf)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			c.tb.Fatalf("%s: %v", what, err)
		}
		c.in = append(c.in, buf[:n]...)
		c.step()
	}
}

// Send sends the messages on a channel and resets them.
func (c *Client) Send(channel string, out *svc.Messages) {
	c.tb.Helper()
	index := slices.IndexFunc(c.cfg.Channels, func(ch Channel) bool { return ch.Name == channel })
	if index < 0 {
		c.tb.Fatalf("no channel %q", channel)
	}
	out.Each(func(message []byte) {
		svc.Append(message, svc.ChunkSize, 0, func(chunk []byte) { c.write(c.connector.AppendChannel(nil, index, chunk)) })
	})
	out.Reset()
}

func (c *Client) step() {
	c.tb.Helper()
	for n := 1; n > 0; {
		var out []byte
		var events []connector.Event
		var err error
		n, out, events, err = c.connector.Step(time.Now(), c.in, nil)
		if err != nil {
			c.tb.Fatal(err)
		}
		c.write(out)
		for _, e := range events {
			c.event(e)
		}
		c.in = c.in[n:]
	}
}

func (c *Client) write(b []byte) {
	c.tb.Helper()
	if len(b) == 0 {
		return
	}
	if _, err := c.conn.Write(b); err != nil {
		c.tb.Fatal(err)
	}
}

func (c *Client) event(e connector.Event) {
	c.tb.Helper()
	switch e.Kind {
	case connector.EventStartTLS:
		c.startTLS()
	case connector.EventDisconnected:
		c.tb.Fatalf("disconnected: %v", e.Reason)
	case connector.EventChannel:
		message, whole, err := c.join[e.Channel].Add(e.Data)
		if err != nil {
			c.tb.Fatal(err)
		}
		if whole {
			c.cfg.Channels[e.Channel].Handle(slices.Clone(message))
		}
	}
}

func (c *Client) startTLS() {
	c.tb.Helper()
	conn := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // a test server's certificate
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		c.tb.Fatal(err)
	}
	if err := conn.Handshake(); err != nil {
		c.tb.Fatal(err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		c.tb.Fatal(err)
	}
	c.conn = conn
	key, err := credssp.SubjectPublicKey(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	if err != nil {
		c.tb.Fatal(err)
	}
	out, err := c.connector.StartedTLS(key, nil)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.write(out)
}
