// SPDX-License-Identifier: Apache-2.0

package zgfx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bitreader"
)

// Values of the descriptor of RDP_SEGMENTED_DATA (MS-RDPEGFX, section 2.2.5.1).
const (
	segmentedSingle    = 0xE0
	segmentedMultipart = 0xE1
)

// Header of RDP8_BULK_ENCODED_DATA (section 2.2.5.3).
const (
	packetComprTypeRDP8 = 0x04
	packetCompressed    = 0x20
	typeMask            = 0x0F

	// packetComprTypeRDP8Lite is that of the variant for dynamic channels (MS-RDPEDYC, section
	// 2.2.3.3).
	packetComprTypeRDP8Lite = 0x06
)

// Sizes of the history: that of RDP 8.0 and that of its variant for dynamic channels
// (MS-RDPEDYC, section 3.1.5.1.4).
const (
	historySize     = 2500000
	liteHistorySize = 8192
)

const (
	// maxSegment is the most that a segment may hold (section 2.2.5.3).
	maxSegment = 65535
	// maxLiteSegment is the same for the variant for dynamic channels (MS-RDPEDYC, section
	// 2.2.3.3).
	maxLiteSegment = 8192
	// MaxOutput bounds what one RDP_SEGMENTED_DATA may say: a picture of 4096 × 4096 pixels.
	MaxOutput = 64 << 20
)

// Decompressor is the state of one channel.
type Decompressor struct {
	history []byte // a ring
	at      int    // where it is written next
	most    int    // bytes of a segment
	kind    byte   // compression type
}

// New returns the decompressor of a graphics channel.
func New() *Decompressor {
	return &Decompressor{history: make([]byte, historySize), most: maxSegment, kind: packetComprTypeRDP8}
}

// NewLite returns the decompressor of a dynamic channel with RDP 8.0 Lite, whose PDUs have one
// segment each.
func NewLite() *Decompressor {
	return &Decompressor{history: make([]byte, liteHistorySize), most: maxLiteSegment, kind: packetComprTypeRDP8Lite}
}

// Append appends what an RDP_SEGMENTED_DATA holds to dst. Give a slice that is used again,
// and nothing is allocated.
func (d *Decompressor) Append(dst, src []byte) ([]byte, error) {
	if len(src) < 1 {
		return dst, errors.New("zgfx: no descriptor")
	}
	switch {
	case src[0] == segmentedSingle:
		return d.segment(dst, src[1:])
	case src[0] == segmentedMultipart && d.kind == packetComprTypeRDP8:
		return d.multipart(dst, src[1:])
	}
	return dst, fmt.Errorf("zgfx: descriptor %#x", src[0])
}

// multipart takes segmentCount, uncompressedSize and RDP_DATA_SEGMENTs (section 2.2.5.2),
// each of which is a size and the segment.
func (d *Decompressor) multipart(dst, src []byte) ([]byte, error) {
	if len(src) < 6 {
		return dst, errors.New("zgfx: no segmentCount and uncompressedSize")
	}
	count, size := int(binary.LittleEndian.Uint16(src)), binary.LittleEndian.Uint32(src[2:])
	if size > MaxOutput {
		return dst, fmt.Errorf("zgfx: uncompressedSize %d", size)
	}
	src = src[6:]
	start := len(dst)
	for i := range count {
		if len(src) < 4 {
			return dst, fmt.Errorf("zgfx: segment %d of %d has no size", i, count)
		}
		n := binary.LittleEndian.Uint32(src)
		if src = src[4:]; uint64(n) > uint64(len(src)) {
			return dst, fmt.Errorf("zgfx: segment %d has %d bytes of which %d are there", i, n, len(src))
		}
		var err error
		if dst, err = d.segment(dst, src[:n]); err != nil {
			return dst, err
		}
		if len(dst)-start > int(size) {
			return dst, fmt.Errorf("zgfx: segments have more than the uncompressedSize of %d", size)
		}
		src = src[n:]
	}
	if len(dst)-start != int(size) {
		return dst, fmt.Errorf("zgfx: segments have %d bytes, uncompressedSize is %d", len(dst)-start, size)
	}
	return dst, nil
}

// segment takes an RDP8_BULK_ENCODED_DATA.
func (d *Decompressor) segment(dst, src []byte) ([]byte, error) {
	if len(src) < 1 {
		return dst, errors.New("zgfx: a segment without header")
	}
	header, src := src[0], src[1:]
	if header&typeMask != d.kind {
		return dst, fmt.Errorf("zgfx: compression type %d", header&typeMask)
	}
	start := len(dst)
	if header&packetCompressed == 0 {
		if len(src) > d.most {
			return dst, fmt.Errorf("zgfx: a segment of %d bytes", len(src))
		}
		dst = append(dst, src...)
	} else {
		var err error
		if dst, err = d.decode(dst, src); err != nil {
			return dst, err
		}
	}
	d.remember(dst[start:])
	return dst, nil
}

// remember puts a segment's output into the history.
func (d *Decompressor) remember(b []byte) {
	if over := len(b) - len(d.history); over > 0 {
		b = b[over:]
	}
	n := copy(d.history[d.at:], b)
	copy(d.history, b[n:])
	if d.at += len(b); d.at >= len(d.history) {
		d.at -= len(d.history)
	}
}

// decode decodes the tokens of a segment (section 3.1.9.1.2). The last byte counts the
// unused bits of the one before it.
func (d *Decompressor) decode(dst, src []byte) ([]byte, error) {
	if len(src) < 1 {
		return dst, errors.New("zgfx: a compressed segment without data")
	}
	unused := int(src[len(src)-1])
	r := bitreader.New(src[:len(src)-1])
	r.Left -= unused
	if unused > 7 || r.Left < 0 {
		return dst, fmt.Errorf("zgfx: %d unused bits in %d bytes", unused, len(src)-1)
	}
	start := len(dst)
	dst = slices.Grow(dst, d.most)
	out := dst[start : start+d.most]
	n := 0
	for r.Left > 0 {
		t := &tokens[r.Peek(9)]
		if t.bits == 0 {
			return dst, errors.New("zgfx: an undefined token")
		}
		if t.literal {
			if n == len(out) {
				return dst, errLong
			}
			out[n] = t.value
			n++
			r.Skip(int(t.bits))
			continue
		}
		m, err := d.match(out, n, t, &r)
		if err != nil {
			return dst, err
		}
		n += m
	}
	if r.Left < 0 {
		return dst, errShort
	}
	return dst[:start+n], nil
}

var (
	errLong  = errors.New("zgfx: a segment has more bytes than it may hold")
	errShort = errors.New("zgfx: a segment ends within a token")
)

// match decodes a match, or the unencoded bytes that a distance of 0 stands for, to out[n:].
func (d *Decompressor) match(out []byte, n int, t *token, r *bitreader.Reader) (int, error) {
	r.Skip(int(t.bits))
	distance := int(t.base) + int(r.Take(int(t.valueBits)))
	if distance == 0 {
		count := int(r.Take(15))
		if count > len(out)-n {
			return 0, errLong
		}
		if !r.Bytes(out[n : n+count]) {
			return 0, errShort
		}
		return count, nil
	}
	if distance > len(d.history) {
		return 0, fmt.Errorf("zgfx: a distance of %d", distance)
	}
	length := count(r)
	if r.Left < 0 {
		return 0, errShort
	}
	if length > len(out)-n {
		return 0, errLong
	}
	d.copyMatch(out, n, distance, length)
	return length, nil
}

// copyMatch copies from the history and then from the output, which a match may overlap.
func (d *Decompressor) copyMatch(out []byte, n, distance, count int) {
	to, end := n, n+count
	if old := distance - n; old > 0 { // it begins before this segment
		from := d.at - old
		if from < 0 {
			from += len(d.history)
		}
		m := min(old, count)
		k := copy(out[to:to+m], d.history[from:])
		copy(out[to+k:to+m], d.history)
		to += m
	}
	if distance == 1 && to < end {
		b := out[to-1]
		for i := range out[to:end] {
			out[to+i] = b
		}
		return
	}
	for to < end {
		to += copy(out[to:end], out[to-distance:to])
	}
}
