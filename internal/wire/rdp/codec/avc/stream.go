// SPDX-License-Identifier: Apache-2.0

package avc

import (
	"bytes"
	"fmt"
	"iter"
)

// Types of NAL units (H.264, table 7-1).
const (
	nalSlice       = 1
	nalPartitionA  = 2
	nalIDR         = 5
	nalSEI         = 6
	nalSPS         = 7
	nalDelimiter   = 9
	nalPrefixFirst = 14 // 14 to 18 also begin an access unit
	nalPrefixLast  = 18
)

// NALUnit is a unit of a byte stream (H.264, annex B).
type NALUnit struct {
	Start int    // where its start code begins
	Data  []byte // from the header byte on
}

// Type returns nal_unit_type.
func (u NALUnit) Type() uint8 { return u.Data[0] & 0x1F }

// NALUnits returns the units of an Annex B stream. Bytes before the first start code, and
// empty units, are left out.
func NALUnits(stream []byte) iter.Seq[NALUnit] {
	return func(yield func(NALUnit) bool) {
		start, body := startCode(stream, 0)
		for start >= 0 {
			next, nextBody := startCode(stream, body)
			end := next
			if next < 0 {
				end = len(stream)
			}
			if data := stream[body:end:end]; len(data) > 0 && !yield(NALUnit{start, data}) {
				return
			}
			start, body = next, nextBody
		}
	}
}

// startCode finds the next start code of three or four bytes, and what follows it.
func startCode(stream []byte, from int) (start, body int) {
	i := bytes.Index(stream[from:], []byte{0, 0, 1})
	if i < 0 {
		return -1, -1
	}
	start, body = from+i, from+i+3
	if start > from && stream[start-1] == 0 {
		start--
	}
	return start, body
}

// AccessUnits returns the pictures of an Annex B stream, each with the parameter sets and
// other units that come before it (H.264, section 7.4.1.2.3). What follows a start code
// belongs to the unit; bytes before the first one to the first.
func AccessUnits(stream []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		from, picture := 0, false
		for u := range NALUnits(stream) {
			if picture && begins(u) {
				if !yield(stream[from:u.Start:u.Start]) {
					return
				}
				from, picture = u.Start, false
			}
			picture = picture || isSlice(u.Type())
		}
		if from < len(stream) {
			yield(stream[from:])
		}
	}
}

func isSlice(kind uint8) bool { return kind >= nalSlice && kind <= nalIDR }

// begins reports whether a unit that follows a picture begins the next one.
func begins(u NALUnit) bool {
	switch kind := u.Type(); {
	case kind >= nalSEI && kind <= nalDelimiter, kind >= nalPrefixFirst && kind <= nalPrefixLast:
		return true
	case kind == nalSlice, kind == nalPartitionA, kind == nalIDR:
		// first_mb_in_slice is 0 if its Exp-Golomb code is a single bit
		return len(u.Data) > 1 && u.Data[1]&0x80 != 0
	}
	return false
}

// Info is what a video decoder has to be told of a stream.
type Info struct {
	Key   bool   // it begins with a picture that needs no other: decoding can start here
	Codec string // "avc1.42C01E", of the first sequence parameter set; empty if there is none
}

// Inspect reads the headers of the units of a stream.
func Inspect(stream []byte) Info {
	var info Info
	for u := range NALUnits(stream) {
		switch u.Type() {
		case nalIDR:
			info.Key = true
		case nalSPS: // profile_idc, constraint flags, level_idc
			if info.Codec == "" && len(u.Data) >= 4 {
				info.Codec = fmt.Sprintf("avc1.%02X%02X%02X", u.Data[1], u.Data[2], u.Data[3])
			}
		}
	}
	return info
}
