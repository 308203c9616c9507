// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
)

const (
	// maxRequests bounds what is served for one worker at a time.
	maxRequests = 16
	// defaultRequestTime holds if the engine names no deadline, maxRequestTime if it names
	// a later one.
	defaultRequestTime = 30 * time.Second
	maxRequestTime     = time.Hour
)

// requestLocked serves a worker's request on a goroutine of its own, if it may be served.
// Either is written to the log.
func (c *child) requestLocked(m worker.Message) {
	if c.refusals >= maxRequests {
		return // to a worker that does not read the answers
	}
	var err error
	if len(c.requests) >= maxRequests {
		err = guac.Errorf(guac.ServerBusy, "guacd: the connection asks for too much at a time")
	} else {
		err = c.supervisor.cfg.Policy.permit(&c.claims, m)
	}
	if err != nil {
		c.refusals++
		c.work.Go(func() {
			c.logRequest(m, err)
			c.answer(m.Request, nil, err)
			c.mu.Lock()
			c.refusals--
			c.mu.Unlock()
		})
		return
	}
	timeout := min(m.Timeout, maxRequestTime)
	if timeout <= 0 {
		timeout = defaultRequestTime
	}
	ctx, cancel := context.WithTimeout(c.supervisor.ctx, timeout)
	c.requests[m.Request] = cancel
	c.work.Go(func() {
		defer cancel()
		handle, err := c.serve(ctx, m)
		c.mu.Lock()
		delete(c.requests, m.Request)
		c.claims.served(m, err)
		c.mu.Unlock()
		c.logRequest(m, err)
		c.answer(m.Request, handle, err)
	})
}

// serve does what a request asks for that is permitted. Its errors are guac.Errors.
func (c *child) serve(ctx context.Context, m worker.Message) (io.Closer, error) {
	p := c.supervisor.cfg.Policy
	switch m.Kind {
	case worker.KindAccept:
		return p.accept(ctx, c.log, m.Port)
	case worker.KindWake:
		return nil, p.wake(ctx, m.Address, m.MAC)
	case worker.KindCreate:
		return c.create(ctx, m.File)
	default:
		return p.dial(ctx, m.Kind, m.Network, m.Address)
	}
}

// create creates a file. A file system that hangs is left behind: the system cannot end
// what it does.
func (c *child) create(ctx context.Context, f engine.File) (io.Closer, error) {
	type result struct {
		file *os.File
		err  error
	}
	results := make(chan result, 1)
	go func() {
		file, err := create(f)
		results <- result{file, err}
	}()
	select {
	case r := <-results:
		if r.err != nil {
			return nil, r.err
		}
		c.log.Info("file created", "file", r.file.Name())
		return r.file, nil
	case <-ctx.Done():
		go func() {
			if r := <-results; r.file != nil {
				_ = r.file.Close()
			}
		}()
		return nil, &guac.Error{Status: guac.ServerError, Message: "file is not created in time", Err: ctx.Err()}
	}
}

// logRequest writes what has become of a request.
func (c *child) logRequest(m worker.Message, err error) {
	log := c.log.With("kind", m.Kind, "target", m.Target())
	switch status := guac.StatusOf(err); status {
	case guac.Success:
		log.Info("request allowed")
	case guac.ClientForbidden, guac.ServerBusy:
		log.Warn("request refused", "error", err)
	default:
		log.Info("request allowed, and failed", "status", status, "error", err, "cause", errors.Unwrap(err))
	}
}

// answer answers a request.
func (c *child) answer(number uint64, handle io.Closer, err error) {
	m := worker.Message{Kind: worker.KindAnswer, Request: number, Status: guac.StatusOf(err)}
	if err != nil {
		m.Text = err.Error()
	}
	if err := c.control.Send(m, handle); err != nil && !errors.Is(err, net.ErrClosed) {
		c.log.Debug("worker not told of its request", "error", err)
	}
}
