// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// Builder appends one instruction to a byte slice, element by element:
//
//	b = guac.Begin(b, guac.OpSize).Int(0).Int(1024).Int(768).End()
type Builder []byte

// Begin starts an instruction at the end of b.
func Begin(b []byte, opcode string) Builder {
	return appendElement(b, opcode)
}

// Append appends a whole instruction whose arguments are text.
func Append(b []byte, opcode string, args ...string) []byte {
	out := Begin(b, opcode)
	for _, arg := range args {
		out = out.Str(arg)
	}
	return out.End()
}

// Str appends a text argument.
func (b Builder) Str(s string) Builder { return appendElement(append(b, ','), s) }

// Bytes appends a text argument given as bytes.
func (b Builder) Bytes(p []byte) Builder {
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(utf8.RuneCount(p)), 10)
	b = append(b, '.')
	return append(b, p...)
}

// Int appends a decimal integer.
func (b Builder) Int(n int) Builder { return b.Int64(int64(n)) }

// Int64 appends a decimal integer of 64 bits.
func (b Builder) Int64(n int64) Builder {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(len(text)), 10)
	b = append(b, '.')
	return append(b, text...)
}

// Float appends a number in the shortest form that reads back the same.
func (b Builder) Float(f float64) Builder {
	var digits [32]byte
	return b.Bytes(strconv.AppendFloat(digits[:0], f, 'g', -1, 64))
}

// Base64 appends data as base64 text.
func (b Builder) Base64(data []byte) Builder {
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(base64.StdEncoding.EncodedLen(len(data))), 10)
	b = append(b, '.')
	return base64.StdEncoding.AppendEncode(b, data)
}

// End closes the instruction and returns the slice.
func (b Builder) End() []byte { return append(b, ';') }

func appendElement(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(utf8.RuneCountInString(s)), 10)
	b = append(b, '.')
	return append(b, s...)
}

// AppendBlobs appends data to stream as blobs of at most MaxBlob bytes. It does not end
// the stream.
func AppendBlobs(b []byte, stream int, data []byte) []byte {
	for len(data) > 0 {
		n := min(len(data), MaxBlob)
		b = Begin(b, OpBlob).Int(stream).Base64(data[:n]).End()
		data = data[n:]
	}
	return b
}

// AppendAck appends the answer to stream.
func AppendAck(b []byte, stream int, message string, status Status) []byte {
	return Begin(b, OpAck).Int(stream).Str(message).Int(int(status)).End()
}

// AppendEnd appends the end of stream.
func AppendEnd(b []byte, stream int) []byte { return Begin(b, OpEnd).Int(stream).End() }

// AppendSync appends the end of a frame; timestamp is in milliseconds of any clock that
// does not go back.
func AppendSync(b []byte, timestamp int64) []byte {
	return Begin(b, OpSync).Int64(timestamp).End()
}

// AppendError appends the instruction that ends a session with an error.
func AppendError(b []byte, message string, status Status) []byte {
	return Begin(b, OpError).Str(message).Int(int(status)).End()
}
