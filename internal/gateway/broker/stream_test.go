// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// diverted is a tunnel whose browser side is read all the time.
type diverted struct {
	*fixture
	tunnel *broker.Tunnel
	peer   *gatewaytest.Peer
	shown  chan string // instructions that the browser gets
}

func newDiverted(t *testing.T) *diverted {
	t.Helper()
	f := newFixture(t, connection("1", nil))
	tunnel, peer := f.open(f.login("alice"), broker.Connection, "1")
	d := &diverted{fixture: f, tunnel: tunnel, peer: peer, shown: make(chan string, 1000)}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(d.shown)
		for {
			batch, err := tunnel.ReadBatch(nil)
			if err != nil {
				return
			}
			var ins guac.Instruction
			for len(batch) > 0 {
				n, err := guac.ConsumeInstruction(batch, &ins, guac.HandshakeLimits)
				if err != nil || n == 0 {
					t.Errorf("batch ends with %q: %v", batch, err)
					return
				}
				d.shown <- string(batch[:n])
				batch = batch[n:]
			}
		}
	})
	t.Cleanup(func() {
		tunnel.Close(nil)
		reading.Wait()
	})
	return d
}

func (d *diverted) wantShown(instruction string) {
	d.t.Helper()
	select {
	case got := <-d.shown:
		if got != instruction {
			d.t.Fatalf("browser got %q, want %q", got, instruction)
		}
	case <-time.After(10 * time.Second):
		d.t.Fatalf("browser got nothing, want %q", instruction)
	}
}

// later runs f and returns a channel with its error.
func later(f func() error) <-chan error {
	result := make(chan error, 1)
	go func() { result <- f() }()
	return result
}

// wantResult waits for the error of later.
func (d *diverted) wantResult(result <-chan error) error {
	d.t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(10 * time.Second):
		d.t.Fatal("the stream does not end")
		return nil
	}
}

func blobOf(stream int, text string) string {
	return string(guac.Begin(nil, guac.OpBlob).Int(stream).Base64([]byte(text)).End())
}

func TestDownloadDivertsBlobsAndAcknowledgesThem(t *testing.T) {
	// Features: CLI-36
	d := newDiverted(t)
	d.peer.Send("4.file,1.2,10.text/plain,5.a.txt;")
	d.wantShown("4.file,1.2,10.text/plain,5.a.txt;")
	var body bytes.Buffer
	result := later(func() error { return d.tunnel.Download(t.Context(), 2, &body) })
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	d.peer.Send(blobOf(2, "first "))
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	// The first blob after a frame is shown empty, and the browser acknowledges it.
	d.peer.Send("4.sync,1.7;" + blobOf(2, "second "))
	d.wantShown("4.sync,1.7;")
	d.wantShown("4.blob,1.2,0.;")
	if _, err := d.tunnel.Send([]byte("3.ack,1.2,2.OK,1.0;"), nil); err != nil {
		t.Fatal(err)
	}
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	d.peer.Send(blobOf(9, "other") + blobOf(2, "third") + "3.end,1.2;")
	d.wantShown(blobOf(9, "other"))
	d.wantShown("3.end,1.2;")
	if err := d.wantResult(result); err != nil {
		t.Errorf("download = %v", err)
	}
	if got, want := body.String(), "first second third"; got != want {
		t.Errorf("body = %q, want %q", got, want)
	}
}

func TestDownloadEndsQuietlyWithTheTunnel(t *testing.T) {
	d := newDiverted(t)
	result := later(func() error { return d.tunnel.Download(t.Context(), 2, io.Discard) })
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	d.peer.Close()
	if err := d.wantResult(result); err != nil {
		t.Errorf("download = %v, want nil", err)
	}
}

func TestAbandonedDownloadTellsTheRemoteSide(t *testing.T) {
	d := newDiverted(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := later(func() error { return d.tunnel.Download(ctx, 2, io.Discard) })
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	cancel()
	if err := d.wantResult(result); !errors.Is(err, context.Canceled) {
		t.Errorf("download = %v, want context.Canceled", err)
	}
	d.peer.Want("3.ack,1.2,14.download ended,3.518;")
	d.peer.Send(blobOf(2, "late"))
	d.wantShown(blobOf(2, "late"))
}

// blocked is a response that takes nothing until it is released.
type blocked struct{ release chan struct{} }

func (b blocked) Write(p []byte) (int, error) {
	<-b.release
	return len(p), nil
}

func TestRemoteSideThatDoesNotWaitIsCutOff(t *testing.T) {
	d := newDiverted(t)
	slow := blocked{release: make(chan struct{})}
	result := later(func() error { return d.tunnel.Download(t.Context(), 2, slow) })
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	d.peer.Send(strings.Repeat(blobOf(2, "x"), 200) + "4.sync,1.7;")
	// The session itself is not held up; blobs beyond the limit are no longer diverted.
	for got := range d.shown {
		if got == "4.sync,1.7;" {
			break
		}
	}
	close(slow.release)
	err := d.wantResult(result)
	if failure, ok := errors.AsType[*broker.StreamError](err); !ok || failure.Status != guac.ClientOverrun {
		t.Errorf("download = %v, want CLIENT_OVERRUN", err)
	}
}

func TestUploadSendsBlobsAsTheyAreAcknowledged(t *testing.T) {
	// Features: CLI-33
	d := newDiverted(t)
	text := strings.Repeat("x", guac.MaxBlob) + "rest"
	result := later(func() error { return d.tunnel.Upload(t.Context(), 3, strings.NewReader(text)) })
	d.peer.Want(blobOf(3, text[:guac.MaxBlob]))
	d.peer.Send("3.ack,1.3,2.OK,1.0;")
	d.wantShown("3.ack,1.3,2.OK,1.0;")
	d.peer.Want(blobOf(3, "rest"))
	d.peer.Send("3.ack,1.3,2.OK,1.0;")
	if err := d.wantResult(result); err != nil {
		t.Errorf("upload = %v", err)
	}
}

func TestUploadReportsTheStatusOfTheRemoteSide(t *testing.T) {
	d := newDiverted(t)
	result := later(func() error { return d.tunnel.Upload(t.Context(), 3, strings.NewReader("data")) })
	d.peer.Want(blobOf(3, "data"))
	d.peer.Send("3.ack,1.3,9.disk full,3.512;")
	err := d.wantResult(result)
	if failure, ok := errors.AsType[*broker.StreamError](err); !ok || failure.Status != guac.ServerError || failure.Message != "disk full" {
		t.Errorf("upload = %v, want SERVER_ERROR", err)
	}
}

func TestUploadEndsQuietlyWithTheTunnel(t *testing.T) {
	d := newDiverted(t)
	result := later(func() error { return d.tunnel.Upload(t.Context(), 3, strings.NewReader("data")) })
	d.peer.Want(blobOf(3, "data"))
	d.peer.Close()
	if err := d.wantResult(result); err != nil {
		t.Errorf("upload = %v, want nil", err)
	}
}

func TestStreamHasOneRequestAtATime(t *testing.T) {
	d := newDiverted(t)
	result := later(func() error { return d.tunnel.Download(t.Context(), 2, io.Discard) })
	d.peer.Want("3.ack,1.2,2.OK,1.0;")
	if err := d.tunnel.Download(t.Context(), 2, io.Discard); guac.StatusOf(err) != guac.ResourceConflict {
		t.Errorf("second download of the stream = %v, want RESOURCE_CONFLICT", err)
	}
	d.peer.Send("3.end,1.2;")
	if err := d.wantResult(result); err != nil {
		t.Errorf("first download = %v", err)
	}
}
