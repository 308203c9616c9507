// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"io"

	"github.com/pkg/sftp"
)

// body is a file that is being read ahead: several requests are on their way while the user takes what came.
type body struct {
	*io.PipeReader
	done chan struct{}
}

func newBody(file *sftp.File) *body {
	r, w := io.Pipe()
	b := &body{PipeReader: r, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		_, err := file.WriteTo(w)
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		_ = w.CloseWithError(wrap("read", err)) // nil is io.EOF
	}()
	return b
}

// Close ends the reading and waits until the server's file is closed.
func (b *body) Close() error {
	err := b.PipeReader.Close()
	<-b.done
	return err
}
