// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// maxQueue bounds what waits for the file; it is more than two of the largest frames.
	maxQueue = 64 << 20
	// stallTime is how long the file may take for a frame.
	stallTime = 30 * time.Second
	// closeTime is how long the file may take for what is left in the end.
	closeTime = time.Second
)

// Config is what a Recorder is made of.
type Config struct {
	// File is closed with the recorder.
	File io.WriteCloser
	// NoOutput leaves out what users are sent, so that only their input is recorded.
	NoOutput bool
	// Input has the opcodes of users' instructions that are recorded, such as guac.OpMouse.
	Input  []string
	Logger *slog.Logger
}

// Recorder writes a recording. Its methods are safe for concurrent use, and none but Close
// waits for the file.
type Recorder struct {
	cfg  Config
	wake chan struct{} // one slot
	done chan struct{} // closed when the writer has ended

	mu      sync.Mutex // guards what follows
	queue   [][]byte
	size    int // bytes in queue, and in the hands of the writer
	closing bool
	failed  error
	synced  int64 // timestamp of the newest frame in the file
	onSync  func(timestamp int64)
}

// New starts a recording. The file is locked against other writers, where that is
// possible, until the recording ends.
func New(cfg Config) *Recorder {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Recorder{cfg: cfg, wake: make(chan struct{}, 1), done: make(chan struct{})}
	if err := lock(cfg.File); err != nil {
		cfg.Logger.Debug("recording is not locked", "error", err)
	}
	go r.write()
	return r
}

// OnSync sets what is called with the timestamp of each frame that the file has.
func (r *Recorder) OnSync(f func(timestamp int64)) {
	r.mu.Lock()
	r.onSync = f
	synced := r.synced
	r.mu.Unlock()
	if synced != 0 {
		f(synced)
	}
}

// Send records whole instructions. b must not be changed afterwards. It fails if the
// recording has ended.
func (r *Recorder) Send(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil || r.closing {
		return errEnded
	}
	if r.size+len(b) > maxQueue {
		r.failLocked(errors.New("recording: the file does not take what is to be recorded"))
		return r.failed
	}
	r.queue = append(r.queue, b)
	r.size += len(b)
	r.wakeWriter()
	return nil
}

// Output records what all users are sent.
func (r *Recorder) Output(b []byte) {
	if !r.cfg.NoOutput {
		_ = r.Send(b)
	}
}

// Input records an instruction of a user, if it is of a kind that is to be recorded.
func (r *Recorder) Input(opcode string, b []byte) {
	if slices.Contains(r.cfg.Input, opcode) {
		_ = r.Send(b)
	}
}

var errEnded = errors.New("recording: the recording has ended")

// Close ends the recording: it writes what waits for the file, but not for ever, and
// closes the file, which ends a write that hangs where the system can end it.
func (r *Recorder) Close() {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	r.wakeWriter()
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		r.fail(fmt.Errorf("recording: the file took longer than %v in the end", closeTime))
	}
	_ = r.cfg.File.Close()
}

// fail ends the recording before the session ends.
func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failLocked(err)
}

func (r *Recorder) failLocked(err error) {
	if r.failed == nil {
		r.failed, r.queue = err, nil
		r.cfg.Logger.Warn("recording has ended early", "error", err)
		r.wakeWriter()
	}
}

func (r *Recorder) wakeWriter() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// write is the goroutine that writes the file.
func (r *Recorder) write() {
	defer close(r.done)
	for {
		b, ended := r.next()
		if ended {
			return
		}
		if b == nil {
			<-r.wake
			continue
		}
		if err := r.writeFile(b); err != nil {
			r.fail(fmt.Errorf("recording: %w", err))
			return
		}
		r.written(b)
	}
}

// next takes the first of the queue, nil if there is none.
func (r *Recorder) next() (b []byte, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil || len(r.queue) == 0 {
		return nil, r.failed != nil || r.closing
	}
	b = r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	return b, false
}

// writeFile writes to the file, and gives the recording up if that takes too long.
func (r *Recorder) writeFile(b []byte) error {
	timer := time.AfterFunc(stallTime, func() {
		r.fail(fmt.Errorf("recording: the file did not take %d bytes in %v", len(b), stallTime))
	})
	defer timer.Stop()
	_, err := r.cfg.File.Write(b)
	return err
}

// written makes room in the queue, and has the view go on whose frame is in the file.
func (r *Recorder) written(b []byte) {
	timestamp, isFrame := guac.TrailingSync(b)
	r.mu.Lock()
	r.size -= len(b)
	if isFrame {
		r.synced = timestamp
	}
	onSync := r.onSync
	r.mu.Unlock()
	if isFrame && onSync != nil {
		onSync(timestamp)
	}
}
