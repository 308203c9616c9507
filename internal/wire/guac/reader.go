// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"errors"
	"io"
)

// readerBuffer is the first size of a Reader's buffer; an idle user costs no more.
const readerBuffer = 4096

// Reader reads instructions from a stream. It is for one goroutine.
type Reader struct {
	r      io.Reader
	limits Limits
	buf    []byte // buf[start:end] is read and not yet returned
	start  int
	end    int
	ins    Instruction
	raw    []byte
}

// NewReader returns a Reader on r with the given limits.
func NewReader(r io.Reader, limits Limits) *Reader {
	return &Reader{r: r, limits: limits}
}

// SetLimits changes the limits from the next instruction on.
func (r *Reader) SetLimits(limits Limits) { r.limits = limits }

// Next returns the next instruction, which is valid until the following call. At the
// end of the stream it returns io.EOF, or io.ErrUnexpectedEOF within an instruction.
// Errors of the protocol wrap ErrMalformed.
func (r *Reader) Next() (*Instruction, error) {
	for {
		if r.start < r.end {
			n, err := ConsumeInstruction(r.buf[r.start:r.end], &r.ins, r.limits)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				r.raw = r.buf[r.start : r.start+n]
				r.start += n
				return &r.ins, nil
			}
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

// Raw returns the bytes of the instruction that Next returned last.
func (r *Reader) Raw() []byte { return r.raw }

// Buffered returns what was read beyond that instruction. It is valid until the next call
// of Next.
func (r *Reader) Buffered() []byte { return r.buf[r.start:r.end] }

// Ready reports whether a whole instruction is buffered, so that Next will not block.
func (r *Reader) Ready() bool {
	var ins Instruction
	n, err := ConsumeInstruction(r.Buffered(), &ins, r.limits)
	return n > 0 || err != nil
}

// fill reads once into the free part of the buffer, making room first.
func (r *Reader) fill() error {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, max(readerBuffer, len(r.buf)))...)
	}
	n, err := r.r.Read(r.buf[r.end:])
	r.end += n
	switch {
	case n > 0:
		return nil
	case err == nil:
		return io.ErrNoProgress
	case errors.Is(err, io.EOF) && r.end > 0:
		return io.ErrUnexpectedEOF
	default:
		return err
	}
}
