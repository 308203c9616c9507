// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// writeChunk is written under one deadline, so that a user must take this much within
	// Config.WriteTimeout.
	writeChunk = 64 << 10
	// keptBuffer is the largest buffer of a queue that is used again. An idle user keeps none.
	keptBuffer = 256 << 10
	// pacedBytes is how full the queue may be for a stream without acknowledgement to go on.
	pacedBytes = 256 << 10
)

// Send queues whole instructions for the user, without ever waiting. The user keeps b,
// which must not be changed afterwards. A user whose queue would overflow is dropped with
// CLIENT_OVERRUN. If b ends with sync, the user owes an answer from now on.
func (u *User) Send(b []byte) error {
	timestamp, isFrame := guac.TrailingSync(b)
	u.mu.Lock()
	defer u.mu.Unlock()
	if isFrame && !u.stopped {
		u.sync.sent = timestamp
		if u.sync.since.IsZero() {
			u.sync.since = time.Now()
			u.wakeWriter() // its timer must count the answer's time
		}
	}
	return u.enqueueLocked(b)
}

// enqueue queues instructions of the session itself.
func (u *User) enqueue(b []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	_ = u.enqueueLocked(b) // the user is gone, or being dropped
}

func (u *User) enqueueLocked(b []byte) error {
	if u.stopped {
		return errLeft
	}
	if u.out.bytes+u.writing+len(b) > u.session.cfg.QueueBytes {
		err := guac.Errorf(guac.ClientOverrun, "session: the client does not read fast enough")
		u.stopLocked(err)
		return err
	}
	u.out.add(b)
	u.wakeWriter()
	return nil
}

func (u *User) wakeWriter() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// write is the user's writer: it ends when the user is stopped and what was queued then
// is written, or cannot be.
func (u *User) write() {
	timer := time.NewTimer(u.session.cfg.NopInterval)
	defer timer.Stop()
	lastWrite := time.Now()
	var taken outQueue
	for {
		stopped := u.take(&taken)
		if taken.bytes == 0 && stopped {
			return
		}
		if taken.bytes > 0 {
			if err := u.writeAll(taken.buffers); err != nil {
				u.stop(err)
				return
			}
			lastWrite = time.Now()
			continue
		}
		timer.Reset(u.nextTick(lastWrite))
		select {
		case <-u.wake:
		case <-timer.C:
			taken = outQueue{}
			u.releaseBuffer()
			if err := u.syncExpired(); err != nil {
				u.stop(err)
			} else if time.Since(lastWrite) >= u.session.cfg.NopInterval {
				u.enqueue([]byte("3.nop;"))
			}
		}
	}
}

// take swaps what is queued with written, which has been written and is used again.
func (u *User) take(written *outQueue) (stopped bool) {
	written.clear()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.out.bytes > 0 {
		u.out, *written = *written, u.out
	}
	u.writing = written.bytes
	return u.stopped
}

// releaseBuffer gives the memory of an empty queue back.
func (u *User) releaseBuffer() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.out.bytes == 0 {
		u.out = outQueue{}
	}
}

// writeAll writes buffers in pieces, each with its own deadline.
func (u *User) writeAll(buffers [][]byte) error {
	for _, b := range buffers {
		for len(b) > 0 {
			n, err := u.writePiece(b[:min(len(b), writeChunk)])
			if err != nil {
				return err
			}
			if n == 0 {
				return nil // the connection is gone: the reader sees the same
			}
			b = b[n:]
		}
	}
	return nil
}

// writePiece writes b, or nothing if the connection is gone.
func (u *User) writePiece(b []byte) (int, error) {
	if err := u.syncExpired(); err != nil {
		return 0, err
	}
	u.mu.Lock()
	if !u.stopped { // stop has set the last deadline
		_ = u.conn.SetWriteDeadline(time.Now().Add(u.session.cfg.WriteTimeout))
	}
	u.mu.Unlock()
	n, err := u.conn.Write(b)
	u.wrote(n)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, guac.Errorf(guac.ClientTimeout, "session: the client does not read")
	case err != nil:
		return 0, nil
	}
	return n, nil
}

// wrote gives room in the queue to those who wait for it.
func (u *User) wrote(n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.writing -= n
	if u.drained != nil {
		close(u.drained)
		u.drained = nil
	}
}

// nextTick is how long the writer may sleep: until nop or a missing answer is due.
func (u *User) nextTick(lastWrite time.Time) time.Duration {
	cfg := &u.session.cfg
	next := cfg.NopInterval - time.Since(lastWrite)
	u.mu.Lock()
	if since := u.sync.since; !since.IsZero() {
		next = min(next, cfg.SyncTimeout-time.Since(since))
	}
	u.mu.Unlock()
	return max(next, time.Millisecond)
}

// syncExpired returns an error if the user owes an answer for too long.
func (u *User) syncExpired() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped || u.sync.since.IsZero() || time.Since(u.sync.since) < u.session.cfg.SyncTimeout {
		return nil
	}
	return guac.Errorf(guac.ClientTimeout, "session: the client does not answer frames")
}

// synced takes the user's answer to a frame.
func (u *User) synced(timestamp int64) {
	u.mu.Lock()
	if timestamp >= u.sync.sent {
		u.sync.since = time.Time{}
	} else if !u.sync.since.IsZero() {
		u.sync.since = time.Now() // slow, but answering
	}
	f := u.onSync
	u.mu.Unlock()
	if f != nil {
		f(timestamp)
	}
}

// waitRoom returns when the queue is short enough for a stream without acknowledgement.
func (u *User) waitRoom() error {
	for {
		u.mu.Lock()
		if u.stopped {
			u.mu.Unlock()
			return errLeft
		}
		if u.out.bytes+u.writing <= pacedBytes {
			u.mu.Unlock()
			return nil
		}
		if u.drained == nil {
			u.drained = make(chan struct{})
		}
		drained := u.drained
		u.mu.Unlock()
		select {
		case <-drained:
		case <-u.ctx.Done():
			return errLeft
		}
	}
}

// lingerTime is how long a closed connection is read from, so that the peer gets the last
// instruction: closing with unread input would reset a TCP connection.
const lingerTime = time.Second

// lingerBytes bounds what is read then.
const lingerBytes = 1 << 20

// closeConn ends the connection after the reader and the writer have ended.
func closeConn(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.CopyN(io.Discard, conn, lingerBytes)
	}
	_ = conn.Close()
}

// SendClipboard sends content of the remote clipboard. If an earlier content is still on
// its way, the newest one follows it and those between are dropped. data must not be
// changed afterwards.
func (u *User) SendClipboard(mimetype string, data []byte) {
	u.streams.sendClipboard(clipboard{mimetype, data})
}

// background runs f on a goroutine that Serve waits for, unless the user has left.
func (u *User) background(f func(ctx context.Context)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return
	}
	u.work.Go(func() {
		defer u.session.recovered()
		f(u.ctx)
	})
}
