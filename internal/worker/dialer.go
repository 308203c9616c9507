// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// dialer is the engine.Dialer of a worker: it has the supervisor do what engines ask for.
type dialer struct {
	link Link

	mu      sync.Mutex // guards what follows
	last    uint64
	waiting map[uint64]chan<- parcel // one slot each
}

func newDialer(link Link) *dialer {
	return &dialer{link: link, waiting: make(map[uint64]chan<- parcel)}
}

// DialContext implements engine.Dialer.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return connection(d.ask(ctx, Message{Kind: KindDial, Network: network, Address: address}))
}

// DialNamed implements engine.Dialer.
func (d *dialer) DialNamed(ctx context.Context, network, address string) (net.Conn, error) {
	return connection(d.ask(ctx, Message{Kind: KindDialNamed, Network: network, Address: address}))
}

// Accept implements engine.Dialer.
func (d *dialer) Accept(ctx context.Context, port int) (net.Conn, error) {
	return connection(d.ask(ctx, Message{Kind: KindAccept, Port: port}))
}

// Wake implements engine.Dialer.
func (d *dialer) Wake(ctx context.Context, address string, mac net.HardwareAddr) error {
	p, err := d.ask(ctx, Message{Kind: KindWake, Address: address, MAC: mac})
	closeConn(p.conn)
	return err
}

// ask has the supervisor do something and waits for its answer.
func (d *dialer) ask(ctx context.Context, request Message) (parcel, error) {
	if deadline, ok := ctx.Deadline(); ok {
		request.Timeout = max(time.Until(deadline), time.Millisecond)
	}
	answer := make(chan parcel, 1)
	d.mu.Lock()
	d.last++
	request.Request = d.last
	d.waiting[request.Request] = answer
	d.mu.Unlock()

	if err := d.link.Send(request, nil); err != nil {
		d.forget(request.Request)
		return parcel{}, guac.Errorf(guac.ServerError, "worker: supervisor is gone: %w", err)
	}
	select {
	case p := <-answer:
		return p.result()
	case <-ctx.Done():
	}
	if !d.forget(request.Request) {
		p := <-answer // it came at the same time
		closeConn(p.conn)
	}
	_ = d.link.Send(Message{Kind: KindCancel, Request: request.Request}, nil)
	err := context.Cause(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return parcel{}, guac.Errorf(guac.UpstreamTimeout, "worker: no answer to %s %s: %w", request.Kind, request.Target(), err)
	}
	return parcel{}, err
}

// result is what an answer tells.
func (p parcel) result() (parcel, error) {
	if p.m.Status != guac.Success {
		closeConn(p.conn)
		return parcel{}, &guac.Error{Status: p.m.Status, Message: p.m.Text}
	}
	return p, nil
}

// connection is the answer to a request for one.
func connection(p parcel, err error) (net.Conn, error) {
	if err == nil && p.conn == nil {
		err = guac.Errorf(guac.ServerError, "worker: the supervisor sent no connection")
	}
	return p.conn, err
}

// forget gives a request up; false if its answer has come.
func (d *dialer) forget(number uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, waiting := d.waiting[number]
	delete(d.waiting, number)
	return waiting
}

// answer takes the answer to a request.
func (d *dialer) answer(m Message, conn net.Conn) {
	d.mu.Lock()
	answer := d.waiting[m.Request]
	delete(d.waiting, m.Request)
	d.mu.Unlock()
	if answer == nil {
		closeConn(conn)
		return
	}
	answer <- parcel{m, conn}
}
