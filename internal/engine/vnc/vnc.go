// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"context"
	"errors"
	"image"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/engine/record"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

const (
	// stallTimeout bounds how long a server may pause within a message, and how long it
	// may leave ours unread.
	stallTimeout = 30 * time.Second
	// defaultEncodings prefers what costs least in all: Tight's JPEG goes to the browser
	// as it came.
	defaultEncodings = "tight copyrect zrle hextile raw"
	// defaultQuality and defaultCompression are used where the connection does not say.
	defaultQuality     = 8
	defaultCompression = 1
)

// client is one connection to a server.
type client struct {
	cfg  engine.Config
	log  *slog.Logger
	conn net.Conn
	init rfb.ServerInit
	disp *display.Display
	out  sender

	// mu guards what both the reading goroutine and users' goroutines look at.
	mu         sync.Mutex
	views      map[*session.User]*display.View
	size       image.Point
	screen     rfb.Screen
	resizable  bool                 // the server takes SetDesktopSize
	clipboard  string               // what users copied last, for a server that asks for it
	server     rfb.ClipboardMessage // what the server can do of the Extended Clipboard
	odd        map[string]bool      // what was passed over and is in the log
	continuous bool                 // the server sends unasked
}

// run connects, draws, and serves until the server ends or ctx does.
func run(ctx context.Context, cfg engine.Config) error {
	conn, err := engine.ConnectAwake(ctx, cfg, func(ctx context.Context) (net.Conn, error) { return connect(ctx, cfg) })
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	init, rest, err := handshake(ctx, conn, cfg)
	if err != nil {
		return engine.Ended(ctx, err)
	}
	c := &client{
		cfg: cfg, log: cfg.Logger, conn: conn, init: init, out: sender{conn: conn}, views: map[*session.User]*display.View{},
		size: rfb.Visible(init.Width, init.Height).Max, odd: map[string]bool{},
	}
	c.log.Info("connected to the VNC server", slog.String("desktop", init.Name))
	screen{c}.noteCut(init.Width, init.Height)
	return engine.Ended(ctx, c.serve(ctx, rest))
}

// serve draws what the server sends; rest is what was read beyond the handshake.
func (c *client) serve(ctx context.Context, rest []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	c.disp = display.New(display.Config{
		Width: c.size.X, Height: c.size.Y, Lossless: c.cfg.Params.Bool("force-lossless"), Logger: c.log,
	})
	var pump sync.WaitGroup
	pump.Go(func() { _ = c.disp.Run(ctx) })
	defer pump.Wait()
	defer cancel()
	defer record.Start(ctx, c.cfg, c.disp)()

	if c.cfg.Params.String("cursor") == "remote" {
		c.disp.SetStandardCursor(display.CursorDot)
	}
	c.cfg.Session.SetHandler(input{c})
	if name := c.init.Name; name != "" {
		c.cfg.Session.Broadcast(guac.Append(nil, guac.OpName, name))
	}

	format := pixelFormat(c.cfg.Params)
	b := rfb.AppendSetPixelFormat(nil, format)
	b = rfb.AppendSetEncodings(b, encodings(c.cfg.Params, c.log))
	b = rfb.AppendFramebufferUpdateRequest(b, false, image.Rectangle{Max: c.size})
	if err := c.out.send(b); err != nil {
		return err
	}
	in := &stallReader{conn: c.conn, rest: rest}
	d := rfb.NewDecoder(in, c.init, format, c.cfg.Params.Bool("swap-red-blue"), screen{c})
	for {
		in.mayStall(true)
		if err := d.Wait(); err != nil {
			return readError(err)
		}
		in.mayStall(false)
		if err := d.Message(); err != nil {
			return readError(err)
		}
		if err := c.out.err(); err != nil {
			return err
		}
	}
}

// readError gives an error of reading the status for users.
func readError(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return guac.Errorf(guac.UpstreamError, "vnc: the server closed the connection: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return guac.Errorf(guac.UpstreamTimeout, "vnc: the server stopped in the middle of a message: %w", err)
	default:
		return guac.Errorf(guac.UpstreamError, "vnc: %w", err)
	}
}

// pixelFormat returns the format to ask for.
func pixelFormat(p engine.Values) encoding.PixelFormat {
	if !p.Has("color-depth") {
		return encoding.RGBX
	}
	switch p.Int("color-depth") {
	case 8:
		return encoding.BGR233
	case 16:
		return encoding.RGB565
	default:
		return encoding.RGBX
	}
}

// encodingNames are the encodings that the parameter can name.
var encodingNames = map[string]encoding.Type{
	"raw": encoding.Raw, "copyrect": encoding.CopyRect, "hextile": encoding.Hextile, "tight": encoding.Tight, "zrle": encoding.ZRLE,
}

// encodings returns what to offer, in order of preference.
func encodings(p engine.Values, log *slog.Logger) []encoding.Type {
	var types []encoding.Type
	for _, name := range strings.Fields(p.String("encodings")) {
		t, ok := encodingNames[strings.ToLower(name)]
		if !ok {
			log.Debug("encoding is not supported and was not offered", slog.String("encoding", name))
			continue
		}
		types = append(types, t)
	}
	types = append(types,
		rfb.PseudoDesktopSize, rfb.PseudoExtendedDesktopSize, rfb.PseudoDesktopName, rfb.PseudoLastRect,
		rfb.PseudoFence, rfb.PseudoContinuousUpdates, rfb.PseudoExtendedClipboard)
	if p.String("cursor") != "remote" {
		types = append(types, rfb.PseudoCursorWithAlpha, rfb.PseudoCursor)
	}
	if quality := level(p, "quality-level", defaultQuality); !p.Bool("force-lossless") {
		types = append(types, rfb.PseudoQuality(quality))
	}
	return append(types, rfb.PseudoCompression(level(p, "compress-level", defaultCompression)))
}

func level(p engine.Values, name string, def int) int {
	if n := p.Int(name); n >= 0 {
		return n
	}
	return def
}

// stallReader reads from the server. Between messages the server may be silent for as
// long as it likes, within one it must go on.
type stallReader struct {
	conn  net.Conn
	rest  []byte
	stall bool
}

func (r *stallReader) mayStall(v bool) { r.stall = v }

func (r *stallReader) Read(p []byte) (int, error) {
	if len(r.rest) > 0 {
		n := copy(p, r.rest)
		r.rest = r.rest[n:]
		return n, nil
	}
	deadline := time.Time{}
	if !r.stall {
		deadline = time.Now().Add(stallTimeout)
	}
	if err := r.conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return r.conn.Read(p)
}

// sender writes messages to the server, from any goroutine, in whole.
type sender struct {
	conn net.Conn

	mu     sync.Mutex
	failed error
}

func (s *sender) send(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	err := s.conn.SetWriteDeadline(time.Now().Add(stallTimeout))
	if err == nil {
		_, err = s.conn.Write(b)
	}
	if err != nil {
		s.failed = guac.Errorf(guac.UpstreamTimeout, "vnc: the server does not take what is sent: %w", err)
		_ = s.conn.Close() // ends the reading, which reports the failure
	}
	return s.failed
}

func (s *sender) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}
