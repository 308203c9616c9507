// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// bufferSize is how much output or input is taken at a time.
const bufferSize = 32 << 10

// Host is a remote host: Read is its output, Write its input. Close ends both, and whatever of them is under way.
type Host interface {
	io.ReadWriteCloser
	// Resize tells the host a new size. It is not called for the size that the terminal has at the beginning, nor
	// by two goroutines at a time; an error means that the host will not listen to more.
	Resize(size Size) error
}

// Serve lets the users work on a host until its output ends or ctx does, has them see the last of it, and closes the
// host. The error is nil if the output ended by io.EOF, that of Read if it is a guac.Error, such as for a login that the
// host refused, and has the status UPSTREAM_ERROR otherwise.
func (c *Console) Serve(ctx context.Context, host Host) error {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = host.Close()
	})
	defer func() {
		cancel()
		<-closed
	}()

	work.Go(func() {
		_, _ = io.CopyBuffer(struct{ io.Writer }{host}, struct{ io.Reader }{c.term}, make([]byte, bufferSize))
	})
	work.Go(func() { c.sendSizes(ctx, host) })
	_, err := io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{host}, make([]byte, bufferSize))

	c.finish(ctx)
	var known *guac.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return guac.Errorf(guac.UpstreamError, "%s: the connection to the host broke: %w", c.cfg.Session.Protocol(), err)
}

// sendSizes tells the host the newest size, until ctx ends.
func (c *Console) sendSizes(ctx context.Context, host Host) {
	for {
		select {
		case <-ctx.Done():
			return
		case size := <-c.resized:
			if err := host.Resize(size); err != nil {
				c.log.Debug("host not told of a size", "error", err)
				return
			}
		}
	}
}

// finish ends the host's pipe and lets the users see the last output, which may be all there was.
func (c *Console) finish(ctx context.Context) {
	c.output.Lock()
	c.pipe.close()
	c.output.Unlock()
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := c.disp.Settle(ctx); err != nil {
		c.log.Debug("a user may not have seen the last output", "error", err)
	}
	_ = c.term.Close() // ends the reading of what users type
}
