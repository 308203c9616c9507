// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Limits of files.
const (
	// MaxRange is the most of a file in one answer: it fits a message of svc.
	MaxRange = 8 << 20
	// MaxStreams bounds the requests under way, of either side.
	MaxStreams = 1024
	// maxLocks bounds the locks of the host.
	maxLocks = 64
)

// stream is a request of this side for a file of the host.
type stream struct {
	size   bool
	length int
}

// wanted is a request of the host for a file of this side.
type wanted struct {
	offer  uint32
	length int
}

// RequestFiles asks for the host's list of files and locks it, if the host can, so that the
// files can be had even when something else is copied. The lock is for RequestSize and
// RequestRange, and is let go with Unlock. It is 0 if there is none.
func (c *Client) RequestFiles(out *svc.Messages) (lock uint32, err error) {
	if c.ready && c.remote.ids[KindFiles] != nil && c.flags&CanLockClipData != 0 {
		c.remote.lock++
		if c.remote.lock == 0 {
			c.remote.lock = 1
		}
		lock = c.remote.lock
		out.Add(Lock{ID: lock}.Append)
	}
	return lock, c.Request(out, KindFiles)
}

// Unlock lets the files of a lock go.
func (c *Client) Unlock(out *svc.Messages, lock uint32) {
	if c.ready && lock != 0 {
		out.Add(Unlock{ID: lock}.Append)
	}
}

// RequestSize asks for the size of a file and returns the stream of the answer.
func (c *Client) RequestSize(out *svc.Messages, index int, lock uint32) (uint32, error) {
	return c.requestFile(out, FileContentsRequest{Operation: fileContentsSize, Length: fileSizeLength}, index, lock)
}

// RequestRange asks for a part of a file, which has MaxRange bytes at most, and returns the
// stream of the answer.
func (c *Client) RequestRange(out *svc.Messages, index int, offset uint64, length int, lock uint32) (uint32, error) {
	if length < 0 || length > MaxRange {
		return 0, fmt.Errorf("cliprdr: a range of %d bytes", length)
	}
	if offset > math.MaxUint32 && c.flags&HugeFileSupport == 0 {
		return 0, fmt.Errorf("cliprdr: the host has no files with an offset of %d", offset)
	}
	return c.requestFile(out, FileContentsRequest{Operation: fileContentsRange, Offset: offset, Length: uint32(length)}, index, lock)
}

func (c *Client) requestFile(out *svc.Messages, p FileContentsRequest, index int, lock uint32) (uint32, error) {
	switch {
	case !c.ready:
		return 0, errNotReady
	case !c.CanFiles():
		return 0, errNotOffered
	case index < 0 || index >= MaxFiles:
		return 0, fmt.Errorf("cliprdr: file %d", index)
	case len(c.remote.streams) >= MaxStreams:
		return 0, fmt.Errorf("cliprdr: %d requests for files are under way", MaxStreams)
	}
	for {
		c.remote.stream++
		if _, taken := c.remote.streams[c.remote.stream]; !taken {
			break
		}
	}
	p.Stream, p.Index, p.Lock, p.Locked = c.remote.stream, int32(index), lock, lock != 0
	if c.remote.streams == nil {
		c.remote.streams = map[uint32]stream{}
	}
	c.remote.streams[p.Stream] = stream{size: p.Operation == fileContentsSize, length: int(p.Length)}
	out.Add(p.Append)
	return p.Stream, nil
}

// Forget gives up a request for a file. Its answer is dropped should it come.
func (c *Client) Forget(stream uint32) { delete(c.remote.streams, stream) }

// fileCame takes the answer to one of our requests.
func (c *Client) fileCame(p FileContentsResponse) (Event, error) {
	s, ok := c.remote.streams[p.Stream]
	if !ok {
		return nil, nil
	}
	delete(c.remote.streams, p.Stream)
	event := FileContents{Stream: p.Stream, OK: p.OK}
	wrong := p.OK && (s.size && len(p.Data) < fileSizeLength || !s.size && len(p.Data) > s.length)
	switch {
	case wrong:
		event.OK = false
		return event, &field.Error{
			PDU: "cliprdr: file contents response", Field: "requestedFileContentsData",
			Problem: fmt.Sprintf("%d bytes, %d were asked for", len(p.Data), s.length),
		}
	case !p.OK:
	case s.size:
		event.Size = binary.LittleEndian.Uint64(p.Data)
	default:
		event.Data = p.Data
	}
	return event, nil
}

// hostLocked keeps the files of the present offer for the host.
func (c *Client) hostLocked(p Lock) {
	if c.local.offer == nil || c.flags&CanLockClipData == 0 || len(c.local.locks) >= maxLocks {
		return
	}
	if c.local.locks == nil {
		c.local.locks = map[uint32]*offer{}
	}
	c.local.locks[p.ID] = &offer{number: c.local.offer.number, files: c.local.offer.files}
}

func (c *Client) hostUnlocked(p Unlock) Event {
	o := c.local.locks[p.ID]
	if o == nil {
		return nil
	}
	delete(c.local.locks, p.ID)
	return Unlocked{Offer: o.number}
}

// fileWanted takes a request of the host. Sizes and what lies beyond the end are answered at
// once, and so is what cannot be had.
func (c *Client) fileWanted(out *svc.Messages, p FileContentsRequest) Event {
	o := c.local.offer
	if p.Locked && c.flags&CanLockClipData != 0 {
		o = c.local.locks[p.Lock]
	}
	_, taken := c.local.wanted[p.Stream]
	if o == nil || !c.CanFiles() || taken || len(c.local.wanted) >= MaxStreams {
		out.Add(FileContentsResponse{Stream: p.Stream}.Append)
		return nil
	}
	d, ok := o.file(p.Index)
	switch {
	case !ok:
		out.Add(FileContentsResponse{Stream: p.Stream}.Append)
	case p.Operation == fileContentsSize:
		out.Add(FileContentsResponse{OK: true, Stream: p.Stream, Data: binary.LittleEndian.AppendUint64(nil, d.Size)}.Append)
	case p.Operation != fileContentsRange:
		out.Add(FileContentsResponse{Stream: p.Stream}.Append)
	case p.Offset >= d.Size || p.Length == 0:
		out.Add(FileContentsResponse{OK: true, Stream: p.Stream}.Append)
	default:
		length := int(min(uint64(p.Length), d.Size-p.Offset, MaxRange))
		if c.local.wanted == nil {
			c.local.wanted = map[uint32]wanted{}
		}
		c.local.wanted[p.Stream] = wanted{offer: o.number, length: length}
		return FileRequest{Stream: p.Stream, Offer: o.number, Index: int(p.Index), Offset: p.Offset, Length: length}
	}
	return nil
}

// AnswerFile answers a FileRequest. Less than was asked for says that the file ends there.
func (c *Client) AnswerFile(out *svc.Messages, stream uint32, data []byte) error {
	w, ok := c.local.wanted[stream]
	if !ok {
		return fmt.Errorf("cliprdr: no request for a file on stream %d", stream)
	}
	if len(data) > w.length {
		return fmt.Errorf("cliprdr: %d bytes of a file where %d are wanted", len(data), w.length)
	}
	delete(c.local.wanted, stream)
	out.Add(FileContentsResponse{OK: true, Stream: stream, Data: data}.Append)
	return nil
}

// RefuseFile answers a FileRequest with a failure.
func (c *Client) RefuseFile(out *svc.Messages, stream uint32) {
	if _, ok := c.local.wanted[stream]; !ok {
		return
	}
	delete(c.local.wanted, stream)
	out.Add(FileContentsResponse{Stream: stream}.Append)
}
