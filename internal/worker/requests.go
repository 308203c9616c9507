// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// requests is the engine.Dialer and the engine.Files of a worker: it has the supervisor do
// what engines ask for.
type requests struct {
	control Control

	mu      sync.Mutex // guards what follows
	last    uint64
	waiting map[uint64]chan<- parcel // one slot each
}

func newRequests(control Control) *requests {
	return &requests{control: control, waiting: make(map[uint64]chan<- parcel)}
}

// DialContext implements engine.Dialer.
func (r *requests) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return answerOf[net.Conn](r.ask(ctx, Message{Kind: KindDial, Network: network, Address: address}))
}

// DialNamed implements engine.Dialer.
func (r *requests) DialNamed(ctx context.Context, network, address string) (net.Conn, error) {
	return answerOf[net.Conn](r.ask(ctx, Message{Kind: KindDialNamed, Network: network, Address: address}))
}

// Accept implements engine.Dialer.
func (r *requests) Accept(ctx context.Context, port int) (net.Conn, error) {
	return answerOf[net.Conn](r.ask(ctx, Message{Kind: KindAccept, Port: port}))
}

// Wake implements engine.Dialer.
func (r *requests) Wake(ctx context.Context, address string, mac net.HardwareAddr) error {
	p, err := r.ask(ctx, Message{Kind: KindWake, Address: address, MAC: mac})
	closeHandle(p.handle)
	return err
}

// Create implements engine.Files.
func (r *requests) Create(ctx context.Context, file engine.File) (*os.File, error) {
	return answerOf[*os.File](r.ask(ctx, Message{Kind: KindCreate, File: file}))
}

// ask has the supervisor do something and waits for its answer.
func (r *requests) ask(ctx context.Context, request Message) (parcel, error) {
	if deadline, ok := ctx.Deadline(); ok {
		request.Timeout = max(time.Until(deadline), time.Millisecond)
	}
	answer := make(chan parcel, 1)
	r.mu.Lock()
	r.last++
	request.Request = r.last
	r.waiting[request.Request] = answer
	r.mu.Unlock()

	if err := r.control.Send(request, nil); err != nil {
		r.forget(request.Request)
		return parcel{}, guac.Errorf(guac.ServerError, "worker: supervisor is gone: %w", err)
	}
	select {
	case p := <-answer:
		return p.result()
	case <-ctx.Done():
	}
	if !r.forget(request.Request) {
		p := <-answer // it came at the same time
		closeHandle(p.handle)
	}
	_ = r.control.Send(Message{Kind: KindCancel, Request: request.Request}, nil)
	err := context.Cause(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return parcel{}, guac.Errorf(guac.UpstreamTimeout, "worker: no answer to %s %s: %w", request.Kind, request.Target(), err)
	}
	return parcel{}, err
}

// result is what an answer tells.
func (p parcel) result() (parcel, error) {
	if p.m.Status != guac.Success {
		closeHandle(p.handle)
		return parcel{}, &guac.Error{Status: p.m.Status, Message: p.m.Text}
	}
	return p, nil
}

// answerOf is the answer to a request for a T.
func answerOf[T io.Closer](p parcel, err error) (T, error) {
	handle, ok := p.handle.(T)
	if err == nil && !ok {
		closeHandle(p.handle)
		err = guac.Errorf(guac.ServerError, "worker: the supervisor sent something else")
	}
	return handle, err
}

// forget gives a request up; false if its answer has come.
func (r *requests) forget(number uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, waiting := r.waiting[number]
	delete(r.waiting, number)
	return waiting
}

// answer takes the answer to a request.
func (r *requests) answer(m Message, handle io.Closer) {
	r.mu.Lock()
	answer := r.waiting[m.Request]
	delete(r.waiting, m.Request)
	r.mu.Unlock()
	if answer == nil {
		closeHandle(handle)
		return
	}
	answer <- parcel{m, handle}
}
