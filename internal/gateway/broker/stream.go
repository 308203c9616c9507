// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Bounds of diverted streams.
const (
	maxQueuedBlobs = 64 // of one download, waiting for the HTTP response: about 400 kB
	maxDiverted    = 64 // streams of one tunnel at a time
)

// StreamError is the failure of a diverted stream: the status that the remote side gave it, or the gateway.
type StreamError struct {
	Status  guac.Status
	Message string
}

// Error returns status and message.
func (e *StreamError) Error() string {
	return fmt.Sprintf("broker: stream: %s: %s", e.Status, e.Message)
}

// streams diverts streams of a tunnel into HTTP requests: blobs of the remote side into the response of a download, the body
// of an upload into blobs. Acknowledgements drive both, so neither runs ahead of the slower side.
type streams struct {
	active    atomic.Int32 // len(downloads) + len(uploads), to be cheap for tunnels without any
	mu        sync.Mutex
	downloads map[int]*download
	uploads   map[int]*upload
}

// download is a stream from the remote side.
type download struct {
	blobs chan blob
	// err is why blobs was closed; nil at the regular end.
	err error
	// afterSync marks that the next blob is the first of a frame. Only the goroutine that reads the tunnel uses it.
	afterSync bool
}

type blob struct {
	data []byte
	// ack says that the gateway is to acknowledge it, because the browser does not.
	ack bool
}

// upload is a stream to the remote side.
type upload struct {
	acks chan StreamError
}

// filter appends what the browser is to see of an instruction from the remote side. It never blocks.
func (s *streams) filter(out []byte, ins *guac.Instruction, raw []byte) []byte {
	if s.active.Load() == 0 {
		return append(out, raw...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch string(ins.Opcode) {
	case guac.OpSync:
		for _, d := range s.downloads {
			d.afterSync = true
		}
	case guac.OpBlob:
		if index, err := ins.Int(0); err == nil && s.downloads[index] != nil {
			return s.blobLocked(out, index, ins)
		}
	case guac.OpEnd:
		if index, err := ins.Int(0); err == nil && s.downloads[index] != nil {
			s.finishLocked(index, nil)
		}
	case guac.OpAck:
		s.ackLocked(ins)
	}
	return append(out, raw...)
}

// blobLocked takes a blob for a download. The browser sees an empty one for the first of each frame, and acknowledges it when it has shown the
// frame: that ties the speed of the download to the display. It does not see it while the response lags behind.
func (s *streams) blobLocked(out []byte, index int, ins *guac.Instruction) []byte {
	d := s.downloads[index]
	data, err := base64.StdEncoding.AppendDecode(nil, ins.Arg(1))
	if err != nil {
		s.finishLocked(index, &StreamError{guac.ServerError, "blob is not base64"})
		return out
	}
	shown := d.afterSync && len(d.blobs) == 0
	select {
	case d.blobs <- blob{data: data, ack: !shown}:
	default:
		s.finishLocked(index, &StreamError{guac.ClientOverrun, "remote side does not wait for acknowledgements"})
		return out
	}
	if shown {
		d.afterSync = false
		out = guac.Begin(out, guac.OpBlob).Int(index).Str("").End()
	}
	return out
}

// ackLocked hands an acknowledgement to the upload that waits for it; the browser sees it too.
func (s *streams) ackLocked(ins *guac.Instruction) {
	index, err := ins.Int(0)
	if err != nil || s.uploads[index] == nil {
		return
	}
	select {
	case s.uploads[index].acks <- StreamError{Status: guac.ParseStatus(ins.Arg(2)), Message: ins.Text(1)}:
	default: // the remote side acknowledges what was not sent
	}
}

// finishLocked ends a download.
func (s *streams) finishLocked(index int, err error) {
	d := s.downloads[index]
	d.err = err
	delete(s.downloads, index)
	s.active.Add(-1)
	close(d.blobs)
}

// endAll ends every download when the tunnel does, without an error: that is what clients expect.
func (s *streams) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for index := range s.downloads {
		s.finishLocked(index, nil)
	}
}

func (s *streams) addDownload(index int) (*download, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.roomLocked(s.downloads[index] != nil); err != nil {
		return nil, err
	}
	if s.downloads == nil {
		s.downloads = make(map[int]*download)
	}
	d := &download{blobs: make(chan blob, maxQueuedBlobs)}
	s.downloads[index] = d
	s.active.Add(1)
	return d, nil
}

// dropDownload ends a download that the browser gave up, unless it has ended.
func (s *streams) dropDownload(index int, d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.downloads[index] == d {
		s.finishLocked(index, nil)
	}
}

func (s *streams) addUpload(index int) (*upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.roomLocked(s.uploads[index] != nil); err != nil {
		return nil, err
	}
	if s.uploads == nil {
		s.uploads = make(map[int]*upload)
	}
	u := &upload{acks: make(chan StreamError, 1)}
	s.uploads[index] = u
	s.active.Add(1)
	return u, nil
}

func (s *streams) removeUpload(index int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uploads, index)
	s.active.Add(-1)
}

func (s *streams) roomLocked(taken bool) error {
	switch {
	case taken:
		return guac.Errorf(guac.ResourceConflict, "broker: another request uses the stream")
	case len(s.downloads)+len(s.uploads) >= maxDiverted:
		return guac.Errorf(guac.ClientTooMany, "broker: too many streams at a time")
	}
	return nil
}

// Download writes what the remote side sends on a stream to w until the stream or the tunnel ends. The stream must be open, and the browser
// must not have acknowledged it yet: that is done here.
func (t *Tunnel) Download(ctx context.Context, index int, w io.Writer) error {
	d, err := t.streams.addDownload(index)
	if err != nil {
		return err
	}
	if err := t.write(guac.AppendAck(nil, index, "OK", guac.Success)); err != nil {
		t.streams.dropDownload(index, d)
		return nil // the tunnel has ended
	}
	err = t.copyBlobs(ctx, index, d, w)
	if err != nil {
		t.streams.dropDownload(index, d)
		// Whoever sends should stop; a tunnel that has ended meanwhile needs no telling.
		_ = t.write(guac.AppendAck(nil, index, "download ended", statusOf(err)))
	}
	return err
}

// statusOf is guac.StatusOf for this package's errors too.
func statusOf(err error) guac.Status {
	if failure, ok := errors.AsType[*StreamError](err); ok {
		return failure.Status
	}
	return guac.ResourceClosed
}

func (t *Tunnel) copyBlobs(ctx context.Context, index int, d *download, w io.Writer) error {
	for {
		select {
		case b, ok := <-d.blobs:
			if !ok {
				return d.err
			}
			if _, err := w.Write(b.data); err != nil {
				return fmt.Errorf("broker: download was abandoned: %w", err)
			}
			if !b.ack {
				continue
			}
			if err := t.write(guac.AppendAck(nil, index, "OK", guac.Success)); err != nil {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("broker: download was abandoned: %w", ctx.Err())
		}
	}
}

// Upload sends r on a stream that the browser has opened and the remote side has accepted. It returns once all of it is
// acknowledged, or the tunnel has ended. It does not end the stream: the browser does, perhaps after further uploads on it.
func (t *Tunnel) Upload(ctx context.Context, index int, r io.Reader) error {
	u, err := t.streams.addUpload(index)
	if err != nil {
		return err
	}
	defer t.streams.removeUpload(index)
	data := make([]byte, guac.MaxBlob)
	var out []byte
	for {
		n, readErr := io.ReadFull(r, data)
		if n > 0 {
			out = guac.AppendBlobs(out[:0], index, data[:n])
			if err := t.sendBlob(ctx, u, out); err != nil {
				return ignoreEnd(err)
			}
		}
		switch {
		case errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) && n > 0:
			return nil
		case readErr != nil:
			return fmt.Errorf("broker: upload was abandoned: %w", readErr)
		}
	}
}

// errTunnelEnded ends an upload quietly.
var errTunnelEnded = errors.New("broker: tunnel has ended")

func ignoreEnd(err error) error {
	if errors.Is(err, errTunnelEnded) {
		return nil
	}
	return err
}

func (t *Tunnel) sendBlob(ctx context.Context, u *upload, instruction []byte) error {
	if err := t.write(instruction); err != nil {
		return errTunnelEnded
	}
	select {
	case ack := <-u.acks:
		if ack.Status != guac.Success {
			return &ack
		}
		return nil
	case <-t.ended:
		return errTunnelEnded
	case <-ctx.Done():
		return fmt.Errorf("broker: upload was abandoned: %w", ctx.Err())
	}
}
