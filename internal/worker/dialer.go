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

// dialer is the engine.Dialer of a worker: it has the supervisor dial.
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
	request := Message{Kind: KindDial, Network: network, Address: address}
	if deadline, ok := ctx.Deadline(); ok {
		request.Timeout = max(time.Until(deadline), time.Millisecond)
	}
	answer := make(chan parcel, 1)
	d.mu.Lock()
	d.last++
	request.Dial = d.last
	d.waiting[request.Dial] = answer
	d.mu.Unlock()

	if err := d.link.Send(request, nil); err != nil {
		d.forget(request.Dial)
		return nil, guac.Errorf(guac.ServerError, "worker: supervisor is gone: %w", err)
	}
	select {
	case p := <-answer:
		return p.result()
	case <-ctx.Done():
	}
	if !d.forget(request.Dial) {
		p := <-answer // it came at the same time
		closeConn(p.conn)
	}
	_ = d.link.Send(Message{Kind: KindCancel, Dial: request.Dial}, nil)
	err := context.Cause(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, guac.Errorf(guac.UpstreamTimeout, "worker: no answer from %s: %w", address, err)
	}
	return nil, err
}

// result is what a dialed message tells.
func (p parcel) result() (net.Conn, error) {
	if p.m.Status != guac.Success || p.conn == nil {
		closeConn(p.conn)
		return nil, &guac.Error{Status: p.m.Status, Message: p.m.Text}
	}
	return p.conn, nil
}

// forget gives a request up; false if its answer has come.
func (d *dialer) forget(number uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, waiting := d.waiting[number]
	delete(d.waiting, number)
	return waiting
}

// answer takes a dialed message.
func (d *dialer) answer(m Message, conn net.Conn) {
	d.mu.Lock()
	answer := d.waiting[m.Dial]
	delete(d.waiting, m.Dial)
	d.mu.Unlock()
	if answer == nil {
		closeConn(conn)
		return
	}
	answer <- parcel{m, conn}
}
