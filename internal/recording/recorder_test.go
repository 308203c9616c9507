// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// disk is a file that blocks, fails, or takes what it is given.
type disk struct {
	mu     sync.Mutex
	buf    bytes.Buffer
	err    error
	free   chan struct{} // if not nil, writes wait for it
	closed bool
}

func (d *disk) Write(b []byte) (int, error) {
	if d.free != nil {
		<-d.free
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return 0, d.err
	}
	return d.buf.Write(b)
}

func (d *disk) Close() error {
	d.closed = true
	return nil
}

func (d *disk) text() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.String()
}

// record starts a recorder whose log is in a buffer.
func record(d *disk, cfg Config) (*Recorder, *bytes.Buffer) {
	log := new(bytes.Buffer)
	cfg.File, cfg.Logger = d, slog.New(slog.NewTextHandler(log, nil))
	return New(cfg), log
}

const frame = "4.sync,2.17;"

func TestRecordingHasWhatIsSentInOrder(t *testing.T) {
	// Part of: COM-01, COM-02
	synctest.Test(t, func(t *testing.T) {
		d := new(disk)
		r, log := record(d, Config{Input: []string{"mouse"}})
		var synced []int64
		_ = r.Send([]byte("4.size,1.0,1.1,1.1;4.sync,2.16;"))
		synctest.Wait()
		r.OnSync(func(timestamp int64) { synced = append(synced, timestamp) })
		_ = r.Send([]byte(frame))
		r.Output([]byte("4.name,1.x;"))
		r.Input("mouse", []byte("5.mouse,1.1,1.1,1.0,2.18;"))
		r.Input("key", []byte("3.key,2.65,1.1,2.19;"))
		r.Close()
		if want := "4.size,1.0,1.1,1.1;4.sync,2.16;" + frame + "4.name,1.x;5.mouse,1.1,1.1,1.0,2.18;"; d.text() != want {
			t.Errorf("file has %s\nwant %s", d.text(), want)
		}
		if len(synced) != 2 || synced[0] != 16 || synced[1] != 17 {
			t.Errorf("frames %v were told of, want 16 and 17", synced)
		}
		if !d.closed || log.Len() > 0 {
			t.Errorf("closed %v, log %s", d.closed, log)
		}
		if err := r.Send([]byte(frame)); err == nil {
			t.Error("Send after the end succeeded")
		}
	})
}

func TestRecordingOfInputAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(disk)
		r, _ := record(d, Config{NoOutput: true, Input: []string{"key"}})
		r.Output([]byte("4.name,1.x;"))
		r.Input("key", []byte("3.key,2.65,1.1,2.19;"))
		r.Close()
		if want := "3.key,2.65,1.1,2.19;"; d.text() != want {
			t.Errorf("file has %s, want %s", d.text(), want)
		}
	})
}

// TestFilesThatDoNotTakeTheRecording asserts that nobody waits for one, and that the
// recording ends with a line in the log.
func TestFilesThatDoNotTakeTheRecording(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error // of a write; nil for one that blocks
		do   func(t *testing.T, r *Recorder)
		want string
	}{
		{"full", syscall.ENOSPC, func(*testing.T, *Recorder) {}, "no space left"},
		{"stalled", nil, func(*testing.T, *Recorder) { time.Sleep(stallTime + time.Second) }, "in 30s"},
		{"stalled, and much is to be recorded", nil, func(t *testing.T, r *Recorder) {
			chunk := make([]byte, 1<<20)
			for n := 0; r.Send(chunk) == nil; n++ {
				if n > maxQueue>>20 {
					t.Fatal("the queue has no bound")
				}
			}
		}, "does not take"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &disk{err: tc.err}
				if tc.err == nil {
					d.free = make(chan struct{})
				}
				r, log := record(d, Config{})
				began := time.Now()
				if err := r.Send([]byte(frame)); err != nil {
					t.Fatal(err)
				}
				r.Output([]byte(frame))
				if time.Since(began) > 0 {
					t.Errorf("Send waited for %v", time.Since(began))
				}
				synctest.Wait()
				tc.do(t, r)
				synctest.Wait()
				if err := r.Send([]byte(frame)); err == nil {
					t.Error("the recording goes on")
				}
				if got := log.String(); !strings.Contains(got, "recording has ended early") || !strings.Contains(got, tc.want) {
					t.Errorf("log %q does not tell %q", got, tc.want)
				}
				if d.free != nil {
					close(d.free)
				}
				r.Close()
				if strings.Count(log.String(), "\n") != 1 || !d.closed {
					t.Errorf("closed %v, log %s", d.closed, log)
				}
			})
		})
	}
}

func TestEndDoesNotWaitForAFileThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{free: make(chan struct{})}
		r, log := record(d, Config{})
		_ = r.Send([]byte(frame))
		began := time.Now()
		r.Close()
		if took := time.Since(began); took != closeTime || !d.closed || !strings.Contains(log.String(), "ended early") {
			t.Errorf("Close took %v, closed %v, log %s", took, d.closed, log)
		}
		close(d.free)
	})
}
