// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"io"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// DefineObject shows the user a filesystem and returns its index.
func (u *User) DefineObject(name string, o Object) (int, error) {
	s := &u.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects == nil {
		s.objects = make(map[int]Object)
	}
	for index := range maxObjects {
		if s.objects[index] == nil {
			s.objects[index] = o
			u.enqueue(guac.Begin(nil, guac.OpFilesystem).Int(index).Str(name).End())
			return index, nil
		}
	}
	return 0, guac.Errorf(guac.ClientTooMany, "session: too many objects")
}

// UndefineObject takes a filesystem away again. Transfers that have begun go on.
func (u *User) UndefineObject(index int) {
	s := &u.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects[index] != nil {
		delete(s.objects, index)
		u.enqueue(guac.Begin(nil, guac.OpUndefine).Int(index).End())
	}
}

func (s *streams) object(index int) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[index]
}

// get sends a stream of an object. The protocol has no answer for one that does not
// exist; it is logged.
func (u *User) get(index int, path string) {
	object := u.streams.object(index)
	if object == nil {
		return
	}
	if !u.streams.startGet() {
		u.cfg.logger.Warn("too many requests to objects at a time", "path", path)
		return
	}
	u.background(func(ctx context.Context) {
		defer u.streams.endGet()
		if err := u.sendBody(ctx, object, index, path); err != nil {
			u.cfg.logger.Info("stream of object not sent", "path", path, "error", err)
		}
	})
}

// startGet counts a request, false if there are too many.
func (s *streams) startGet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gets >= maxOpenStreams {
		return false
	}
	s.gets++
	return true
}

func (s *streams) endGet() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets--
}

func (u *User) sendBody(ctx context.Context, object Object, index int, path string) error {
	mimetype, body, err := object.Get(ctx, u, path)
	if err != nil {
		return err
	}
	defer body.Close()
	out, err := u.streams.open(FlowAck, func(stream int) []byte {
		return guac.Begin(nil, guac.OpBody).Int(index).Int(stream).Str(mimetype).Str(path).End()
	})
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(out, struct{ io.Reader }{body}, make([]byte, guac.MaxBlob))
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}

// put stores a stream of the user in an object.
func (u *User) put(index, stream int, mimetype, path string) {
	object := u.streams.object(index)
	switch {
	case u.cfg.ReadOnly:
		u.streams.refuse(stream, guac.ClientForbidden, "the user can only watch")
		return
	case object == nil:
		u.streams.refuse(stream, guac.ResourceNotFound, "no such object")
		return
	}
	in := &InStream{user: u, index: stream, mimetype: mimetype, name: path}
	u.streams.begin(in, func(in *InStream) {
		if err := object.Put(u.ctx, u, path, mimetype, in); err != nil {
			u.cfg.logger.Info("stream of user not stored", "path", path, "error", err)
			in.Refuse(guac.StatusOf(err), guac.MessageOf(err))
		}
	})
}
