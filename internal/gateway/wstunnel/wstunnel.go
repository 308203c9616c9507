// SPDX-License-Identifier: Apache-2.0

// Package wstunnel carries a session over a WebSocket, the way browsers prefer.
//
// The WebSocket opens whatever is asked for; what goes wrong is told by its close frame, whose reason is the decimal guac.Status:
//
//	browser                                      gateway
//	upgrade, subprotocol guacamole, parameters ->        broker.ParseRequest
//	                                  <- 0.,36.UUID;     the tunnel is open
//	instructions ->                                      guacd
//	                                  <- batches of whole instructions
//	0.,4.ping,13.TIME; ->             <- the same        the browser measures
//	                                  <- close, 1000 "0" guacd has ended
//
// Nothing is queued here: while a browser does not read, guacd's stream is not read either, and guacd paces or drops that user.
// A browser that takes nothing for as long as writeTimeout is given up.
//
// The request is not bound to an origin by default: its proof of a login is the token in its parameters, which a foreign page
// does not have, and no cookie is ever looked at. [Config.Origins] narrows it for those who want that.
package wstunnel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// subprotocol is what clients offer.
	subprotocol = "guacamole"
	// maxMessage bounds a message of the browser; upstream's is 8192 characters, one instruction.
	maxMessage = 64 << 10
	// writeTimeout is how long a browser may take for one batch.
	writeTimeout = 30 * time.Second
	// maxKept is the largest buffer that is kept between batches.
	maxKept = 64 << 10
	// unauthorizedReason is why a session ends whose token was refused while connecting.
	unauthorizedReason = "unauthorized while connecting"
)

// Config is what a [Handler] is made of.
type Config struct {
	Logins *login.Store
	Broker *broker.Broker
	// Origins are host patterns of pages that may connect; empty means all.
	Origins []string
	// Logger is told of odd ends; nil discards.
	Logger *slog.Logger
}

// Handler serves the WebSocket tunnel.
type Handler struct{ cfg Config }

// New returns a handler.
func New(cfg Config) *Handler {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Handler{cfg: cfg}
}

// ServeHTTP opens a tunnel and relays until either side ends it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, InsecureSkipVerify: len(h.cfg.Origins) == 0, OriginPatterns: h.cfg.Origins,
		CompressionMode: websocket.CompressionDisabled, // pictures are compressed already
	})
	if err != nil {
		h.cfg.Logger.DebugContext(r.Context(), "websocket was not opened", "error", err)
		return
	}
	conn.SetReadLimit(maxMessage)
	// The request's context must not end the relay: net/http does not watch the connection after the upgrade.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	relay := &relay{conn: conn, gone: make(chan struct{}), greeted: make(chan struct{})}
	go relay.receive(ctx)
	err = h.serve(ctx, relay, r)
	h.cfg.Logger.DebugContext(ctx, "websocket closes", "status", guac.StatusOf(err).String(), "error", err)
	status := guac.StatusOf(err)
	// A browser that has gone already makes this fail, and needs no telling.
	_ = conn.Close(websocket.StatusCode(status.WebSocket()), strconv.Itoa(int(status)))
	cancel()
	_ = conn.CloseNow()
	<-relay.gone
}

// serve opens the tunnel and sends until it ends. Its error is what the browser is told; nil is an ordinary end.
func (h *Handler) serve(ctx context.Context, relay *relay, r *http.Request) error {
	req, err := broker.ParseRequest(r.URL.Query())
	if err != nil {
		return err
	}
	session, err := h.cfg.Logins.Lookup(ctx, req.Token)
	if errors.Is(err, directory.NotFound) {
		return guac.Errorf(guac.ClientUnauthorized, "Permission Denied.")
	}
	if err != nil {
		return err
	}
	t, err := h.open(ctx, relay, session, req)
	if err != nil {
		if guac.StatusOf(err) == guac.ClientUnauthorized {
			if err := h.cfg.Logins.End(ctx, session, unauthorizedReason); err != nil {
				h.cfg.Logger.WarnContext(ctx, "login was not ended", "error", err)
			}
		}
		return err
	}
	defer t.Close(nil)
	// What the browser sends upon its first message must find the tunnel, and no answer may come before that message.
	relay.attach(t)
	err = relay.write(ctx, guac.Append(nil, guac.OpInternal, t.UUID()))
	close(relay.greeted)
	if err != nil {
		return nil // the browser has gone
	}
	return relay.send(ctx, t)
}

// open abandons the attempt if the browser goes meanwhile.
func (h *Handler) open(
	ctx context.Context, relay *relay, session *login.Login, req broker.Request,
) (*broker.Tunnel, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-relay.gone:
			cancel()
		case <-stop:
		}
	}()
	return h.cfg.Broker.Open(ctx, session, req)
}

// relay moves messages between a browser and a tunnel.
type relay struct {
	conn *websocket.Conn
	// gone is closed when nothing more comes from the browser.
	gone chan struct{}
	// greeted is closed when the browser has been told of the tunnel.
	greeted chan struct{}
	tunnel  atomic.Pointer[broker.Tunnel]
}

// attach gives what the browser sends from now on to the tunnel. What it sent before is lost, as it is upstream.
func (y *relay) attach(t *broker.Tunnel) {
	y.tunnel.Store(t)
	select {
	case <-y.gone:
		t.Close(nil)
	default:
	}
}

// receive passes on what the browser sends until it goes, and then ends the tunnel.
func (y *relay) receive(ctx context.Context) {
	defer func() {
		close(y.gone)
		if t := y.tunnel.Load(); t != nil {
			t.Close(nil)
		}
	}()
	var message bytes.Buffer
	var answer []byte
	for {
		_, r, err := y.conn.Reader(ctx)
		if err != nil {
			return
		}
		message.Reset()
		if _, err := message.ReadFrom(r); err != nil {
			return
		}
		t := y.tunnel.Load()
		if t == nil {
			continue
		}
		<-y.greeted
		answer, err = t.Send(message.Bytes(), answer[:0])
		if guac.StatusOf(err) == guac.ClientBadRequest {
			t.Close(err)
		}
		if len(answer) == 0 {
			continue
		}
		if err := y.write(ctx, answer); err != nil {
			return
		}
	}
}

// send passes on what guacd sends until the tunnel ends.
func (y *relay) send(ctx context.Context, t *broker.Tunnel) error {
	var batch []byte
	for {
		var err error
		batch, err = t.ReadBatch(batch[:0])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := y.write(ctx, batch); err != nil {
			return nil // the browser has gone
		}
		if cap(batch) > maxKept {
			batch = nil
		}
	}
}

// write sends one message. It may be called by several goroutines.
func (y *relay) write(ctx context.Context, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return y.conn.Write(ctx, websocket.MessageText, message)
}
