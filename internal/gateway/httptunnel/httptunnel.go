// SPDX-License-Identifier: Apache-2.0

// Package httptunnel carries a session over plain HTTP requests, for where WebSockets do not get through.
//
//	POST tunnel?connect              parameters as a form      -> the UUID; header Guacamole-Tunnel-Token
//	GET  tunnel?read:UUID:N          header with that token    -> a stream of instructions, ended by 0.;
//	POST tunnel?write:UUID           instructions              -> nothing
//
// The tunnel token alone selects the tunnel; UUID and N only defeat caches. Reads are served one after the other: a read delivers at least one batch
// and ends as soon as another one waits, so a client with two reads under way misses nothing. A tunnel without a request for [idleTimeout] is closed.
//
// A response that cannot be written leaves a gap that nothing can mend, so it ends the tunnel.
package httptunnel

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	tokenHeader   = "Guacamole-Tunnel-Token"
	statusHeader  = "Guacamole-Status-Code"
	messageHeader = "Guacamole-Error-Message"

	tokenBytes = 33
	// maxForm bounds the parameters of connect, maxWrite what one write request carries.
	maxForm  = 64 << 10
	maxWrite = 1 << 20
	// idleTimeout closes a tunnel that no request uses.
	idleTimeout = 15 * time.Second
	// writeTimeout is how long a browser may take for one batch, readTimeout for sending a request's body.
	writeTimeout = 30 * time.Second
	readTimeout  = 30 * time.Second
)

// endOfStream closes every answer to a read.
var endOfStream = []byte("0.;")

// Config is what a [Handler] is made of.
type Config struct {
	Logins *login.Store
	Broker *broker.Broker
	// Logger is told of failures; nil discards.
	Logger *slog.Logger
}

// Handler serves the HTTP tunnel. It is safe for concurrent use.
type Handler struct {
	cfg Config

	mu      sync.Mutex
	tunnels map[string]*client
}

// client is one tunnel as HTTP requests see it.
type client struct {
	token  string
	tunnel *broker.Tunnel
	turns  turns
	writes sync.Mutex

	mu    sync.Mutex
	inUse int
	last  time.Time
}

// New returns a handler without tunnels.
func New(cfg Config) *Handler {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Handler{cfg: cfg, tunnels: make(map[string]*client)}
}

// Run closes idle tunnels until ctx ends.
func (h *Handler) Run(ctx context.Context) error {
	ticker := time.NewTicker(idleTimeout / 3)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			h.sweep(now)
		case <-ctx.Done():
			return nil
		}
	}
}

func (h *Handler) sweep(now time.Time) {
	h.mu.Lock()
	var idle []*client
	for _, c := range h.tunnels {
		if c.idle(now.Add(-idleTimeout)) {
			idle = append(idle, c)
		}
	}
	h.mu.Unlock()
	for _, c := range idle {
		h.remove(c)
	}
}

// ServeHTTP serves one request of a tunnel.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.serve(w, r)
	if err == nil {
		return
	}
	status := guac.StatusOf(err)
	message := "Internal server error."
	if e, ok := errors.AsType[*guac.Error](err); ok && status.HTTP() < http.StatusInternalServerError {
		message = e.Message
	}
	h.cfg.Logger.DebugContext(r.Context(), "http tunnel request failed", "status", status.String(), "error", err)
	w.Header().Set(statusHeader, strconv.Itoa(int(status)))
	w.Header().Set(messageHeader, headerText(message))
	http.Error(w, message, status.HTTP())
}

// headerText keeps what a header may hold.
func headerText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	operation, _, _ := strings.Cut(r.URL.RawQuery, ":")
	switch {
	case r.URL.RawQuery == "":
		return guac.Errorf(guac.ClientBadRequest, "No query string provided.")
	case r.URL.RawQuery == "connect":
		return h.connect(w, r)
	case operation != "read" && operation != "write":
		return guac.Errorf(guac.ClientBadRequest, "Invalid tunnel operation: %.40s", r.URL.RawQuery)
	}
	c, err := h.lookup(r.Header.Get(tokenHeader))
	if err != nil {
		return err
	}
	defer c.leave()
	if operation == "read" {
		return h.read(w, r, c)
	}
	return h.write(w, r, c)
}

// connect opens a tunnel.
func (h *Handler) connect(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return guac.Errorf(guac.ClientBadRequest, "connect is a POST request")
	}
	done := readDeadline(w)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	done()
	if err != nil {
		return guac.Errorf(guac.ClientBadRequest, "bad form: %w", err)
	}
	req, err := broker.ParseRequest(r.PostForm)
	if err != nil {
		return err
	}
	session, err := h.cfg.Logins.Lookup(r.Context(), req.Token)
	if errors.Is(err, directory.NotFound) {
		return guac.Errorf(guac.ClientUnauthorized, "Permission Denied.")
	}
	if err != nil {
		return err
	}
	t, err := h.cfg.Broker.Open(r.Context(), session, req)
	if err != nil {
		if guac.StatusOf(err) == guac.ClientUnauthorized {
			if err := h.cfg.Logins.End(r.Context(), session, "unauthorized while connecting"); err != nil {
				h.cfg.Logger.WarnContext(r.Context(), "login was not ended", "error", err)
			}
		}
		return err
	}
	c := h.add(t)
	w.Header().Set(tokenHeader, c.token)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(w, t.UUID()); err != nil { //nolint:gosec // made by the broker
		h.remove(c)
	}
	return nil
}

func (h *Handler) add(t *broker.Tunnel) *client {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // never fails
	c := &client{token: base64.StdEncoding.EncodeToString(random), tunnel: t, last: time.Now()}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tunnels[c.token] = c
	return c
}

// lookup finds a tunnel and notes that a request uses it.
func (h *Handler) lookup(token string) (*client, error) {
	if token == "" {
		return nil, guac.Errorf(guac.ClientBadRequest,
			"The HTTP tunnel session token is required for all requests after connecting.")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.tunnels[token]
	if !ok {
		return nil, guac.Errorf(guac.ResourceNotFound, "No such tunnel.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inUse++
	return c, nil
}

// remove closes a tunnel and forgets it.
func (h *Handler) remove(c *client) {
	h.mu.Lock()
	delete(h.tunnels, c.token)
	h.mu.Unlock()
	c.tunnel.Close(nil)
}

func (c *client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inUse--
	c.last = time.Now()
}

func (c *client) idle(limit time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inUse == 0 && c.last.Before(limit)
}

// read streams instructions until another read waits or the tunnel ends.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, c *client) error {
	if err := c.turns.take(r.Context()); err != nil {
		return nil // the client has gone while it waited
	}
	defer c.turns.pass()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Accel-Buffering", "no")
	var batch []byte
	for first := true; ; first = false {
		var err error
		batch, err = c.tunnel.ReadBatch(batch[:0])
		if err != nil {
			h.remove(c)
			if !errors.Is(err, io.EOF) && first {
				return err
			}
			_ = flush(w, endOfStream) // nobody may be left to read it
			return nil
		}
		last := c.turns.waiting()
		if last {
			batch = append(batch, endOfStream...)
		}
		if err := flush(w, batch); err != nil {
			h.remove(c)
			return nil
		}
		if last {
			return nil
		}
	}
}

// flush writes and sends at once.
func flush(w http.ResponseWriter, b []byte) error {
	control := http.NewResponseController(w)
	// Writers that know no deadlines are bounded by their own.
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := w.Write(b); err != nil {
		return err
	}
	return control.Flush()
}

// readDeadline gives the body of a request its own deadline; done takes it off again, since it would end the request while it is served.
func readDeadline(w http.ResponseWriter) (done func()) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readTimeout)) // as in flush
	return func() { _ = control.SetReadDeadline(time.Time{}) }
}

// write passes on the instructions of one request, after those of the request before.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, c *client) error {
	if r.Method != http.MethodPost {
		return guac.Errorf(guac.ClientBadRequest, "write is a POST request")
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	done := readDeadline(w)
	defer done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWrite))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return guac.Errorf(guac.ClientOverrun, "a write request has at most %d bytes", maxWrite)
		}
		return guac.Errorf(guac.ClientBadRequest, "request broke off: %w", err)
	}
	if _, err := c.tunnel.Send(body, nil); err != nil {
		if guac.StatusOf(err) == guac.ClientBadRequest {
			return err
		}
		return guac.Errorf(guac.ResourceNotFound, "Tunnel is closed.")
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", "0")
	return nil
}
