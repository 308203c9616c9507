// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"encoding/base64"
	"sync"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// maxStreamIndex bounds the indices of streams in both directions, as guacd does.
	maxStreamIndex = 512
	// maxOpenStreams bounds the streams that are open at a time in each direction, and so
	// the memory of a user.
	maxOpenStreams = 64
	// maxObjects bounds the objects of a user, as guacd does.
	maxObjects = 64
)

// streams are the open streams and objects of one user.
type streams struct {
	user *User

	mu      sync.Mutex // guards what follows; comes before User.mu
	in      map[int]*InStream
	out     map[int]*OutStream
	nextOut int // where the search for a free index begins
	objects map[int]Object

	gets int // requests to objects that are being answered

	sending   bool       // a clipboard is on its way
	clipboard *clipboard // follows it
}

// clipboard is content for the user's clipboard.
type clipboard struct {
	mimetype string
	data     []byte
}

// refuse answers a stream that is not wanted.
func (s *streams) refuse(index int, status guac.Status, message string) {
	s.user.enqueue(guac.AppendAck(nil, index, message, status))
}

// begin opens a stream from the user and has it handled on a goroutine of its own.
func (s *streams) begin(in *InStream, handle func(*InStream)) {
	if in.index < 0 || in.index >= maxStreamIndex {
		s.refuse(in.index, guac.ClientBadRequest, "bad stream index")
		return
	}
	s.mu.Lock()
	if s.in == nil {
		s.in = make(map[int]*InStream)
	}
	old := s.in[in.index]
	full := old == nil && len(s.in) >= maxOpenStreams
	if !full {
		in.more, in.room = make(chan struct{}, 1), make(chan struct{}, 1)
		s.in[in.index] = in
	}
	s.mu.Unlock()
	if full {
		s.refuse(in.index, guac.ClientTooMany, "too many streams")
		return
	}
	if old != nil {
		old.finish(errReplaced)
	}
	s.user.background(func(context.Context) {
		defer in.close()
		handle(in)
	})
}

// input returns an open stream from the user, nil if there is none.
func (s *streams) input(index int) *InStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in[index]
}

// forget removes a stream from the user, unless another has taken its index.
func (s *streams) forget(in *InStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in[in.index] == in {
		delete(s.in, in.index)
	}
}

// blob takes data of a stream from the user.
func (s *streams) blob(index int, text []byte) {
	in := s.input(index)
	if in == nil {
		s.refuse(index, guac.ResourceClosed, "no such stream")
		return
	}
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		in.Refuse(guac.ClientBadRequest, "bad base64")
		return
	}
	in.put(data)
}

// end takes the end of a stream from the user.
func (s *streams) end(index int) {
	if in := s.input(index); in != nil {
		s.forget(in)
		in.finish(errEOF)
	}
}

// ack takes the user's answer to a stream. Those of the display are of streams that are not
// known here, and so are late ones.
func (s *streams) ack(index int, message string, status guac.Status) {
	s.mu.Lock()
	out := s.out[index]
	s.mu.Unlock()
	if out != nil {
		out.acked(message, status)
		return
	}
	s.user.mu.Lock()
	refused := s.user.refused
	s.user.mu.Unlock()
	if refused != nil && status != guac.Success {
		refused(index, status)
	}
}

// open takes a free index for a stream to the user and announces the stream.
func (s *streams) open(flow Flow, announce func(index int) []byte) (*OutStream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.out) >= maxOpenStreams {
		return nil, guac.Errorf(guac.ClientTooMany, "session: too many streams to the client")
	}
	if s.out == nil {
		s.out = make(map[int]*OutStream)
	}
	// A late answer to a closed stream must not meet a new one, so indices are used in turn.
	for s.out[s.nextOut] != nil {
		s.nextOut = (s.nextOut + outStep) % outIndices
	}
	out := &OutStream{user: s.user, index: s.nextOut, flow: flow, changed: make(chan struct{}, 1)}
	s.nextOut = (s.nextOut + outStep) % outIndices
	s.user.mu.Lock()
	defer s.user.mu.Unlock()
	if err := s.user.enqueueLocked(announce(out.index)); err != nil {
		return nil, err
	}
	s.out[out.index] = out
	return out, nil
}

// Indices of streams to the user: even ones, as guacd has them.
const (
	outStep    = 2
	outIndices = outStep * maxStreamIndex
)

// free gives the index of a stream back.
func (s *streams) free(out *OutStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.out, out.index)
}

// sendClipboard sends c, after the content that is on its way.
func (s *streams) sendClipboard(c clipboard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clipboard = &c
	if s.sending {
		return
	}
	s.sending = true
	s.user.background(func(context.Context) {
		for c := s.nextClipboard(); c != nil; c = s.nextClipboard() {
			out, err := s.user.OpenStream(FlowQueue, guac.OpClipboard, c.mimetype)
			if err == nil {
				_, err = out.Write(c.data)
				_ = out.Close()
			}
			if err != nil {
				s.user.cfg.logger.Debug("clipboard not sent", "error", err)
			}
		}
	})
}

func (s *streams) nextClipboard() *clipboard {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clipboard
	s.clipboard, s.sending = nil, c != nil
	return c
}
