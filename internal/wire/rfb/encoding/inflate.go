// SPDX-License-Identifier: Apache-2.0

package encoding

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// maxLeftOver bounds the compressed bytes that a rectangle may leave for the next one of
// its stream: a sync flush leaves a handful.
const maxLeftOver = 64 << 10

var errShortStream = errors.New("compressed data ends before the rectangle is complete")

// inflater is one zlib stream that goes on from rectangle to rectangle, each bringing a
// counted chunk of it.
type inflater struct {
	z     io.ReadCloser
	chunk chunkReader
}

// next begins the chunk of n bytes that r brings.
func (f *inflater) next(r Reader, n int) error {
	if err := f.chunk.keepRest(); err != nil {
		return err
	}
	f.chunk.r, f.chunk.left = r, n
	if f.z != nil {
		return nil
	}
	z, err := zlib.NewReader(&f.chunk)
	if err != nil {
		return fmt.Errorf("zlib stream: %w", err)
	}
	f.z = z
	return nil
}

// Read inflates.
func (f *inflater) Read(p []byte) (int, error) {
	n, err := f.z.Read(p)
	if n == 0 && errors.Is(err, io.EOF) {
		err = errShortStream
	}
	return n, err
}

// reset ends the stream: the next chunk begins a new one.
func (f *inflater) reset() { *f = inflater{} }

// finish takes the rest of the chunk off its reader.
func (f *inflater) finish() error { return f.chunk.keepRest() }

// chunkReader reads what was left of earlier chunks, then the current one.
type chunkReader struct {
	rest []byte
	r    Reader
	left int
}

func (c *chunkReader) ReadByte() (byte, error) {
	if len(c.rest) > 0 {
		b := c.rest[0]
		c.rest = c.rest[1:]
		return b, nil
	}
	if c.left == 0 {
		return 0, errShortStream
	}
	c.left--
	b, err := c.r.ReadByte()
	return b, noEOF(err)
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	if c.left == 0 {
		return 0, errShortStream
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, noEOF(err)
}

// keepRest moves what the chunk still has into rest.
func (c *chunkReader) keepRest() error {
	if c.left+len(c.rest) > maxLeftOver {
		return fmt.Errorf("%d bytes of compressed data are left over", c.left+len(c.rest))
	}
	if c.left == 0 {
		return nil
	}
	rest := make([]byte, len(c.rest)+c.left)
	n := copy(rest, c.rest)
	if _, err := io.ReadFull(c.r, rest[n:]); err != nil {
		return noEOF(err)
	}
	c.rest, c.left = rest, 0
	return nil
}
