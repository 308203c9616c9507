// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
)

// child is the supervisor's side of one session.
type child struct {
	supervisor *Supervisor
	id         string
	protocol   string
	started    time.Time
	log        *slog.Logger
	control    worker.Control
	// wait returns when the worker has ended, with an error if it failed; kill ends it by
	// force.
	wait func() error
	kill func()
	work sync.WaitGroup // requests

	mu       sync.Mutex             // guards what follows; comes after Supervisor.mu
	ended    bool                   // takes no more users
	members  map[string]*descriptor // by user id
	claims   claims
	requests map[uint64]context.CancelFunc // that are being served
	refusals int                           // that are being told
	killer   *time.Timer                   // set when the worker should be ending
	farewell *guac.Error                   // what sayGoodbye has told
}

// info describes the session.
func (c *child) info() SessionInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	return SessionInfo{ID: c.id, Protocol: c.protocol, Started: c.started, Users: len(c.members)}
}

// add hands a user's connection to the worker. If it returns an error, the connection is
// still the caller's.
func (c *child) add(conn net.Conn, owner bool, buffered []byte) error {
	conn, err := c.passable(conn)
	if err != nil {
		return err
	}
	kept := c.keep(conn)
	user := "@" + uuid.NewString()
	c.mu.Lock()
	if c.ended && c.farewell == nil && kept != nil {
		c.members[user] = kept // sayGoodbye will know why it ends
		c.mu.Unlock()
		closeConn(conn)
		return nil
	}
	if c.ended {
		reason := cmp.Or(c.farewell, errEnded)
		c.mu.Unlock()
		kept.close()
		worker.Refuse(conn, reason)
		return nil
	}
	c.members[user] = kept
	c.cancelKillLocked()
	c.mu.Unlock()
	err = c.control.Send(worker.Message{Kind: worker.KindUser, User: user, Owner: owner, Buffered: buffered}, conn)
	if err != nil {
		c.log.Info("user not handed over", "user", user, "error", err) // run tells the user
	}
	return nil
}

// run serves the worker until it has ended.
func (c *child) run() {
	for {
		m, handle, err := c.control.Receive()
		if err != nil {
			break
		}
		if handle != nil {
			_ = handle.Close() // workers send none
		}
		c.handle(m)
	}
	c.log.Debug("worker has closed its control socket")
	c.end()
	_ = c.control.Close()
	err := c.wait()
	if err != nil {
		c.log.Error("worker failed", "error", err)
	}
	c.work.Wait()
	c.supervisor.remove(c)
	c.sayGoodbye(err)
	c.log.Info("session ended")
}

// end marks the session as ended and lets nothing more begin.
func (c *child) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, cancel := range c.requests {
		cancel()
	}
	c.killLaterLocked()
}

// What users are told whose worker did not take leave of them.
var (
	errEnded  = guac.Errorf(guac.SessionClosed, "guacd: the connection has ended")
	errFailed = guac.Errorf(guac.ServerError, "guacd: the connection's process has failed")
)

// sayGoodbye tells the users that the worker did not take leave of why they end.
func (c *child) sayGoodbye(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelKillLocked()
	c.farewell = errEnded
	if err != nil {
		c.farewell = errFailed
	}
	for user, kept := range c.members {
		kept.finish(guac.AppendError(nil, c.farewell.Message, c.farewell.Status))
		kept.close()
		delete(c.members, user)
	}
}

// stop has the worker end the session with the status of err.
func (c *child) stop(err error) {
	m := worker.Message{Kind: worker.KindStop, Status: guac.StatusOf(err), Text: err.Error()}
	if err := c.control.Send(m, nil); err != nil {
		c.log.Debug("worker not told to stop", "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.killLaterLocked()
}

// killLaterLocked ends the worker by force if it does not end in time, unless it has ended.
func (c *child) killLaterLocked() {
	if c.killer == nil && c.farewell == nil {
		c.killer = time.AfterFunc(c.supervisor.cfg.StopGrace, func() {
			c.log.Warn("worker does not end, killing it")
			c.kill()
		})
	}
}

// cancelKillLocked takes killLaterLocked back.
func (c *child) cancelKillLocked() {
	if c.killer != nil {
		c.killer.Stop()
		c.killer = nil
	}
}

// handle acts on a message of the worker.
func (c *child) handle(m worker.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m.Kind {
	case worker.KindLeft:
		if kept, ok := c.members[m.User]; ok {
			kept.close()
			delete(c.members, m.User)
		}
		if len(c.members) == 0 {
			c.killLaterLocked() // it should be ending
		}
	case worker.KindReach:
		if c.claims.told {
			c.log.Warn("worker has told its reach again")
			return
		}
		c.claims.told, c.claims.reach = true, m.Reach
	case worker.KindDial, worker.KindDialNamed, worker.KindAccept, worker.KindWake, worker.KindCreate:
		c.requestLocked(m)
	case worker.KindCancel:
		if cancel, ok := c.requests[m.Request]; ok {
			cancel()
		}
	default:
		c.log.Warn("unexpected message of the worker", "kind", m.Kind)
	}
}

// startLocked starts the worker. It needs Supervisor.mu held.
func (c *child) startLocked() error {
	start := c.startProcess
	if c.supervisor.cfg.Isolation == IsolationNone {
		start = c.startGoroutine
	}
	if err := start(); err != nil {
		return err
	}
	err := c.control.Send(worker.Message{
		Kind: worker.KindStart, Session: c.id, Protocol: c.protocol, LogLevel: int(c.supervisor.cfg.LogLevel),
	}, nil)
	if err != nil {
		c.kill()
		_ = c.control.Close()
		_ = c.wait()
		return fmt.Errorf("guacd: start of the worker: %w", err)
	}
	c.log.Info("session started")
	return nil
}

// startGoroutine runs the worker in this process.
func (c *child) startGoroutine() error {
	ours, theirs := worker.Pipe()
	c.control = ours
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	cfg := c.supervisor.cfg
	c.supervisor.work.Go(func() {
		ended <- worker.Run(ctx, theirs, worker.Config{
			Registry: cfg.Registry, Logger: c.log, Session: cfg.Session, HandshakeTimeout: cfg.HandshakeTimeout,
		})
	})
	c.wait = func() error { return <-ended }
	c.kill = cancel
	return nil
}
