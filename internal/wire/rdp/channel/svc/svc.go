// SPDX-License-Identifier: Apache-2.0

// Package svc is the chunking of static virtual channels ([MS-RDPBCGR], sections 2.2.6.1 and
// 3.1.5.2): a message is cut into chunks of one size, each with a header of eight bytes.
//
//	length(4, of the whole message) flags(4) data
//
// [Append] cuts what is to be sent, and an [Assembler] joins what comes, of one channel. A chunk
// may be compressed in bulk, as [Compression] says; [AppendPlain] makes a plain one of it.
package svc

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags of a chunk (section 2.2.6.1.1).
const (
	FlagFirst        = 0x00000001
	FlagLast         = 0x00000002
	FlagShowProtocol = 0x00000010
	FlagSuspend      = 0x00000020
	FlagResume       = 0x00000040
	FlagCompressed   = 0x00200000

	// compressionShift is where the compression flags are, in the order of those of PDUs, and
	// compressionMask what they take.
	compressionShift = 16
	compressionMask  = 0xFF << compressionShift
)

const (
	headerSize = 8
	// ChunkSize is the size of chunks unless the server's capabilities say another.
	ChunkSize = 1600
	// MaxMessage bounds a message that is joined. File contents come in pieces well below it.
	MaxMessage = 16 << 20
)

// Append calls send with each chunk of a message. The chunk is valid during the call. An
// empty message is one chunk. Flags are added to each: FlagShowProtocol, where the channel
// was opened so.
func Append(message []byte, chunkSize int, flags uint32, send func(chunk []byte)) {
	if chunkSize <= 0 {
		chunkSize = ChunkSize
	}
	buffer := make([]byte, 0, headerSize+min(chunkSize, len(message)))
	total, flag := uint32(len(message)), flags|FlagFirst
	for {
		n := min(chunkSize, len(message))
		if n == len(message) {
			flag |= FlagLast
		}
		buffer = binary.LittleEndian.AppendUint32(buffer[:0], total)
		buffer = binary.LittleEndian.AppendUint32(buffer, flag)
		send(append(buffer, message[:n]...))
		if message = message[n:]; len(message) == 0 {
			return
		}
		flag = flags
	}
}

// Compression returns the compression flags of a chunk, as those of share data are, and the
// data that they are about: 0 and nothing for a chunk without a header.
func Compression(chunk []byte) (flags uint8, data []byte) {
	if len(chunk) < headerSize {
		return 0, nil
	}
	return uint8(binary.LittleEndian.Uint32(chunk[4:]) >> compressionShift), chunk[headerSize:]
}

// AppendPlain appends a chunk as it is before compression: with the header of the given one,
// without its compression flags, and with data.
func AppendPlain(b, chunk, data []byte) []byte {
	b = append(b, chunk[:4]...)
	b = binary.LittleEndian.AppendUint32(b, binary.LittleEndian.Uint32(chunk[4:])&^compressionMask)
	return append(b, data...)
}

// Assembler joins the chunks of one channel. The zero value is ready. It takes chunks that
// were decompressed before: all channels share one history with the rest of the connection.
type Assembler struct {
	message []byte
	total   int
	open    bool
}

// Add takes a chunk with its header. It returns the message and true once it is whole; the
// message is valid until the next call.
func (a *Assembler) Add(chunk []byte) (message []byte, whole bool, err error) {
	r := field.NewReader("svc: channel PDU", chunk)
	total := r.Length("length", MaxMessage)
	flags := r.U32("flags")
	data := r.Rest()
	if !a.open {
		a.message = a.message[:0]
	}
	switch {
	case r.Err() != nil:
	case flags&FlagCompressed != 0:
		r.Fail("flags", "0x%08X: the chunk is compressed", flags)
	case flags&(FlagSuspend|FlagResume) != 0 && len(data) == 0:
		return nil, false, nil
	case flags&FlagFirst != 0 == a.open:
		r.Fail("flags", "0x%08X with a message begun: %v", flags, a.open)
	case a.open && total != a.total:
		r.Fail("length", "%d within a message of %d", total, a.total)
	}
	if have := len(a.message) + len(data); r.Err() == nil && have > total {
		r.Fail("length", "%d bytes of a message of %d", have, total)
	}
	if r.Err() != nil {
		a.open = false
		return nil, false, r.Err()
	}
	return a.add(data, total, flags)
}

func (a *Assembler) add(data []byte, total int, flags uint32) ([]byte, bool, error) {
	if flags&FlagFirst != 0 && flags&FlagLast != 0 && len(data) == total {
		return data, true, nil
	}
	if !a.open {
		a.open, a.total = true, total
	}
	a.message = append(a.message, data...)
	if flags&FlagLast == 0 {
		return nil, false, nil
	}
	a.open = false
	if len(a.message) != total {
		return nil, false, &field.Error{PDU: "svc: channel PDU", Field: "length", Problem: fmt.Sprintf("the message has %d of %d bytes", len(a.message), total)}
	}
	return a.message, true, nil
}
