// SPDX-License-Identifier: Apache-2.0

package avc_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
)

// The fields of sequence parameter sets of 640x480 as bits, after profile and level.
const (
	// seq_parameter_set_id, log2_max_frame_num, pic_order_cnt_type 2, one reference, no
	// gaps, 40 and 30 macroblocks, frames only, direct_8x8_inference, no cropping.
	frame = "1 1 011 010 0 00000101000 000011110 1 1 0 "
	// BT.709 in full range; no chroma location, timing, HRD, pic_struct; the restriction.
	signal      = "1 101 1 1 00000001 00000001 00000001 "
	restriction = "00000 1 1 1 1 000010001 000010001 1 010 "
	stop        = "1"
	// Of the High profile: 4:2:0, 8 bits, no bypass, a scaling list that ends at once.
	chroma = "1 010 1 1 0 1 1 000010001 0000000 "
	// A VUI with an aspect ratio of its own and timing.
	aspect = "1 1 11111111 0000000000000001 0000000000000001 0 "
	timing = "0 1 00000000000000000000000000000001 00000000000000000000000000111100 1 0 0 0 0 "
)

// sps writes a sequence parameter set of a profile, with emulation prevention.
func sps(profile byte, bits string) []byte {
	bits = strings.ReplaceAll(bits, " ", "")
	payload := []byte{0x67, profile, 0, 0x1E}
	for len(bits) > 0 {
		bits += strings.Repeat("0", max(0, 8-len(bits)))
		var b byte
		for _, c := range bits[:8] {
			b = b<<1 | byte(c-'0')
		}
		payload, bits = append(payload, b), bits[8:]
	}
	out := bytes.ReplaceAll(payload, []byte{0, 0, 0}, []byte{0, 0, 3, 0})
	return bytes.ReplaceAll(out, []byte{0, 0, 1}, []byte{0, 0, 3, 1})
}

func TestDescribeAddsWhatIsMissing(t *testing.T) {
	for name, tc := range map[string]struct{ sps, want []byte }{
		"no VUI":             {sps(66, frame+"0"+stop), sps(66, frame+"1 00"+signal+restriction+stop)},
		"High, no VUI":       {sps(100, "1"+chroma[1:]+frame[1:]+"0"+stop), sps(100, "1"+chroma[1:]+frame[1:]+"1 00"+signal+restriction+stop)},
		"no signal type":     {sps(66, frame+aspect+"0"+timing+stop), sps(66, frame+aspect+signal+timing+stop)},
		"described already":  {sps(66, frame+"1 00"+signal+restriction+stop), sps(66, frame+"1 00"+signal+restriction+stop)},
		"another signal":     {sps(66, frame+"1 00 1 101 0 0 00000 0"+stop), sps(66, frame+"1 00 1 101 0 0 00000 0"+stop)},
		"cut off":            {sps(66, "1 1 011 010 0 000001"), sps(66, "1 1 011 010 0 000001")},
		"an endless code":    {sps(66, strings.Repeat("0", 90)+"1"), sps(66, strings.Repeat("0", 90)+"1")},
		"nothing but a type": {[]byte{0x67}, []byte{0x67}},
	} {
		t.Run(name, func(t *testing.T) {
			after := codectest.Hex(t, "00000001 68 11 000001 65 88 40")
			stream := slices.Concat([]byte{0, 0, 0, 1}, tc.sps, after)
			before := slices.Clone(stream)
			if got, want := avc.Describe(stream), slices.Concat([]byte{0, 0, 0, 1}, tc.want, after); !bytes.Equal(got, want) {
				t.Errorf("%x, want %x", got, want)
			}
			if !bytes.Equal(stream, before) {
				t.Error("the stream was changed")
			}
		})
	}
	inter := codectest.Hex(t, "00000001 41 9A")
	if got := avc.Describe(inter); &got[0] != &inter[0] {
		t.Error("a stream without parameter sets was copied")
	}
}

func FuzzDescribe(f *testing.F) {
	for _, set := range [][]byte{
		sps(66, frame+"0"+stop), sps(66, frame+aspect+"0"+timing+stop), sps(100, "1"+chroma[1:]+frame[1:]+"0"+stop),
	} {
		f.Add(slices.Concat([]byte{0, 0, 0, 1}, set, []byte{0, 0, 1, 0x65, 0x88, 0x40}))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out := avc.Describe(src)
		if again := avc.Describe(out); !bytes.Equal(again, out) {
			t.Fatalf("%x described again is %x", out, again)
		}
		before, after := slices.Collect(avc.NALUnits(src)), slices.Collect(avc.NALUnits(out))
		if len(before) != len(after) {
			t.Fatalf("%d units, were %d", len(after), len(before))
		}
		for i := range before {
			if before[i].Type() != after[i].Type() || before[i].Type() != 7 && !bytes.Equal(before[i].Data, after[i].Data) {
				t.Fatalf("unit %d is %x, was %x", i, after[i].Data, before[i].Data)
			}
		}
	})
}
