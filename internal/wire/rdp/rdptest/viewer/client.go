// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/input"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

// Config says what to connect to and what to offer.
type Config struct {
	Address string
	// Protocols are the security protocols to offer; none is standard RDP security.
	Protocols nego.Protocol
	// Encryption are the methods of standard security to offer, all if zero.
	Encryption     gcc.EncryptionMethods
	User, Password string
	// Width, Height and Depth are those of the desktop to ask for: 800x600 and 32 bits if zero.
	Width, Height, Depth int
	// Surfaces offers surface commands, with the codecs RemoteFX and NSCodec if these are set.
	Surfaces, RemoteFX, NSCodec bool
	// SlowPath offers no fast-path output.
	SlowPath bool
	// DisplayControl offers the channel that Resize needs.
	DisplayControl bool
	// Graphics offers the graphics pipeline, to a viewer that can do so much.
	Graphics *rdpgfx.Support
	// Compression is offered.
	Compression connector.Compression
}

const allMethods = gcc.Encryption40Bit | gcc.Encryption56Bit | gcc.Encryption128Bit | gcc.EncryptionFIPS

func (cfg Config) withDefaults() Config {
	if cfg.Width == 0 {
		cfg.Width, cfg.Height = 800, 600
	}
	if cfg.Depth == 0 {
		cfg.Depth = 32
	}
	if cfg.Encryption == 0 {
		cfg.Encryption = allMethods
	}
	return cfg
}

// Client is a connection. It is not for concurrent use.
type Client struct {
	Screen *Screen
	// Graphics is what came in the graphics pipeline.
	Graphics Graphics
	// Connector has what was negotiated.
	Connector *connector.Connector
	// Salted says that the server's capabilities have salted MACs.
	Salted bool
	// ErrorInfo is what the server said last about why it ends the connection.
	ErrorInfo pdu.ErrorInfo
	// Frames counts what was received, Received its bytes.
	Frames, Received int

	cfg       Config
	conn      net.Conn
	in        []byte
	assembler fastpath.Assembler
	channels  channels
	ready     bool
	ended     bool
}

// Dial connects and returns once input may be sent.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	c := &Client{cfg: cfg.withDefaults(), assembler: fastpath.Assembler{Limit: maxUpdate}}
	c.Screen = &Screen{Counts: map[string]int{}, acknowledge: func(frame uint32) {
		c.write(c.Connector.AppendData(nil, pdu.DataFrameAcknowledge, pdu.FrameAcknowledge{FrameID: frame}.Append(nil)))
	}}
	c.Connector = connector.New(c.config())
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, err
	}
	c.conn = conn
	err = c.step()
	if err == nil {
		err = c.Until(ctx, func() bool { return c.ready })
	}
	if err != nil {
		return nil, errors.Join(err, c.conn.Close())
	}
	return c, nil
}

func (c *Client) config() connector.Config {
	cfg := connector.Config{
		Token: nego.Cookie(c.cfg.User), Protocols: c.cfg.Protocols, Core: c.cfg.core(), Encryption: c.cfg.Encryption,
		Cluster:     &gcc.ClientCluster{Flags: gcc.RedirectionSupported | gcc.RedirectionVersion4},
		MachineName: "palta", Capabilities: c.capabilities, Rand: rand.Reader,
		Info: pdu.ClientInfo{
			CodePage: usLayout, Flags: pdu.InfoNormal | pdu.InfoLogonNotify | pdu.InfoLogonErrors | pdu.InfoMouseHasWheel,
			UserName: c.cfg.User, Password: field.UTF16(c.cfg.Password),
			Extended: &pdu.ExtendedInfo{AddressFamily: pdu.AddressINET, Address: "127.0.0.1", Dir: `C:\`},
		},
	}
	cfg.Compression = c.cfg.Compression
	if c.cfg.Password != "" {
		cfg.Info.Flags |= pdu.InfoAutologon
	}
	if c.cfg.DisplayControl || c.cfg.Graphics != nil {
		cfg.Channels = []gcc.Channel{{Name: "drdynvc", Options: gcc.ChannelInitialized | gcc.ChannelEncryptRDP}}
	}
	cfg.CredSSP = func(key []byte, early bool) *credssp.Client {
		return credssp.NewClient(credssp.Config{
			Mechanism: ntlm.NewClient(ntlm.Config{
				User: c.cfg.User, Password: field.UTF16(c.cfg.Password), Workstation: "palta", TargetName: "TERMSRV/localhost",
				ChannelBindings: c.bindings(), Now: time.Now(), Rand: rand.Reader,
			}),
			PublicKey: key, User: c.cfg.User, Password: field.UTF16(c.cfg.Password), EarlyUserAuth: early, Rand: rand.Reader,
		})
	}
	return cfg
}

// bindings binds NTLM to the TLS connection.
func (c *Client) bindings() []byte {
	conn, ok := c.conn.(*tls.Conn)
	if !ok {
		return nil
	}
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	return ntlm.ChannelBindings(sum[:])
}

// Until reads and draws until a condition holds, which it asks for whenever something came and
// every now and then.
func (c *Client) Until(ctx context.Context, condition func() bool) error {
	for !condition() {
		if c.ended {
			return c.end()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.read(); err != nil {
			return err
		}
	}
	return nil
}

// ErrEnded is the error for a connection that the server has ended.
var ErrEnded = errors.New("viewer: the server has ended the connection")

func (c *Client) end() error {
	if c.ErrorInfo != pdu.ErrorNone {
		return fmt.Errorf("%w: %w", ErrEnded, c.ErrorInfo)
	}
	return ErrEnded
}

const (
	// readSize is how much is read at once: a TLS record has less.
	readSize = 32 << 10
	// handshakeTimeout bounds the TLS handshake.
	handshakeTimeout = 10 * time.Second
	// patience is how long a read waits for something.
	patience = 50 * time.Millisecond
)

func (c *Client) read() error {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	buf := make([]byte, readSize)
	n, err := c.conn.Read(buf)
	c.in = append(c.in, buf[:n]...)
	c.Received += n
	switch {
	case n > 0:
		return c.step()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET):
		return c.Connector.Closed()
	}
	return err
}

// step gives the connector what was received, as long as it gets anywhere.
func (c *Client) step() error {
	for {
		n, out, events, err := c.Connector.Step(time.Now(), c.in, nil)
		if err != nil {
			return err
		}
		c.write(out)
		for _, e := range events {
			if err := c.event(e); err != nil {
				return err
			}
		}
		c.in = c.in[n:]
		if n == 0 {
			return nil
		}
		c.Frames++
	}
}

// write sends. What goes wrong with it shows when reading.
func (c *Client) write(b []byte) {
	if len(b) > 0 {
		_, _ = c.conn.Write(b)
	}
}

func (c *Client) event(e connector.Event) error {
	switch e.Kind {
	case connector.EventStartTLS:
		return c.startTLS()
	case connector.EventReady:
		c.ready = true
	case connector.EventDeactivated:
		c.ready = false
	case connector.EventUpdate:
		u, whole, err := c.assembler.Add(e.Update)
		if err != nil || !whole {
			return err
		}
		c.Screen.count("fast path")
		return c.Screen.draw(u.Code, u.Data)
	case connector.EventData:
		return c.data(e.Type, e.Data)
	case connector.EventChannel:
		return c.channels.handle(c, e.Data)
	case connector.EventDisconnected:
		c.ended = true
	case connector.EventRedirect:
		return errors.New("viewer: the server redirects")
	}
	return nil
}

func (c *Client) startTLS() error {
	if err := c.conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	conn := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // a test server's certificate
	if err := conn.Handshake(); err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	c.conn = conn
	key, err := credssp.SubjectPublicKey(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	if err != nil {
		return err
	}
	out, err := c.Connector.StartedTLS(key, nil)
	c.write(out)
	return err
}

func (c *Client) data(t pdu.DataType, data []byte) (err error) {
	var code fastpath.UpdateCode
	switch t {
	case pdu.DataUpdate:
		code, data, err = update.ParseSlow(data)
	case pdu.DataPointer:
		code, data, err = update.ParseSlowPointer(data)
	case pdu.DataSetErrorInfo:
		c.ErrorInfo, err = pdu.ParseErrorInfo(data)
		return err
	default:
		c.Screen.count("data 0x%02X", uint8(t))
		return nil
	}
	if err != nil {
		return err
	}
	c.Screen.count("slow path")
	return c.Screen.draw(code, data)
}

// Send sends input.
func (c *Client) Send(events ...input.Event) {
	for len(events) > 0 {
		n := min(len(events), input.MaxFast)
		c.write(c.Connector.AppendInput(nil, uint8(n), input.AppendFast(nil, events[:n]...)))
		events = events[n:]
	}
}

// SendSlow sends input in the slow path.
func (c *Client) SendSlow(events ...input.Event) {
	c.write(c.Connector.AppendData(nil, pdu.DataInput, input.AppendSlow(nil, events...)))
}

// Close ends the connection.
func (c *Client) Close() error {
	c.write(c.Connector.AppendDisconnect(nil))
	return c.conn.Close()
}
