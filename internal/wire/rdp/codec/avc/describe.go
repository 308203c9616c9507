// SPDX-License-Identifier: Apache-2.0

package avc

import (
	"bytes"
	"math/bits"
	"slices"
)

// Describe returns the stream with what its sequence parameter sets leave out and decoders
// would guess (VUI parameters, H.264, annex E): that the colours are BT.709 in full range,
// as RDP's are (MS-RDPEGFX, section 3.3.8.3.1), and, where there are no such parameters at
// all, that pictures come in the order in which they are coded, so that a decoder need not
// keep one back. All else stays as it is, sets that are not understood included.
func Describe(stream []byte) []byte {
	var out []byte
	done := 0
	for u := range NALUnits(stream) {
		if u.Type() != nalSPS {
			continue
		}
		described, ok := describe(u.Data)
		if !ok {
			continue
		}
		_, body := startCode(stream, u.Start)
		out = append(out, stream[done:body]...)
		out = append(out, described...)
		done = body + len(u.Data)
	}
	if done == 0 {
		return stream
	}
	return append(out, stream[done:]...)
}

// describe returns a sequence parameter set with a video signal type; false if it has one,
// or is broken.
func describe(unit []byte) ([]byte, bool) {
	payload := bytes.ReplaceAll(unit, []byte{0, 0, 3}, []byte{0, 0})
	r := &bitReader{data: payload}
	references := r.skipSPS()
	hasVUI := r.bit() == 1 // vui_parameters_present_flag
	if hasVUI {
		r.skipToSignal()
		if r.bit() == 1 { // video_signal_type_present_flag
			return nil, false
		}
	}
	if r.failed {
		return nil, false
	}
	w := bitWriter{data: slices.Clone(payload), at: r.at - 1}
	if !hasVUI {
		w.bits(1, 1) // vui_parameters_present_flag
		w.bits(0, 2) // no aspect ratio, no overscan
	}
	w.signal()
	if !hasVUI {
		w.bits(0, 5) // no chroma location, timing, HRD parameters, pic_struct
		w.restriction(references)
	}
	for end := r.end(); r.at < end; {
		w.bits(r.bit(), 1)
	}
	return w.unit(), true
}

// skipToSignal reads vui_parameters (section E.1.1) up to video_signal_type_present_flag.
func (r *bitReader) skipToSignal() {
	if r.bit() == 1 && r.bits(8) == 255 { // aspect_ratio_info_present_flag, aspect_ratio_idc
		r.skip(32) // sar_width, sar_height
	}
	if r.bit() == 1 { // overscan_info_present_flag
		r.skip(1)
	}
}

// signal writes the video signal type: BT.709 in full range.
func (w *bitWriter) signal() {
	w.bits(1, 1) // video_signal_type_present_flag
	w.bits(5, 3) // video_format: unspecified
	w.bits(1, 1) // video_full_range_flag
	w.bits(1, 1) // colour_description_present_flag
	for range 3 {
		w.bits(1, 8) // colour_primaries, transfer_characteristics, matrix_coefficients
	}
}

// restriction writes the bitstream restriction: nothing is reordered.
func (w *bitWriter) restriction(references uint32) {
	w.bits(1, 1)      // bitstream_restriction_flag
	w.bits(1, 1)      // motion_vectors_over_pic_boundaries_flag
	w.exp(0)          // max_bytes_per_pic_denom: no limit
	w.exp(0)          // max_bits_per_mb_denom: no limit
	w.exp(16)         // log2_max_mv_length_horizontal
	w.exp(16)         // log2_max_mv_length_vertical
	w.exp(0)          // max_num_reorder_frames
	w.exp(references) // max_dec_frame_buffering
}

// skipSPS reads seq_parameter_set_data (section 7.3.2.1.1) up to its last flag, and returns
// max_num_ref_frames.
func (r *bitReader) skipSPS() (references uint32) {
	r.skip(8) // the header of the unit
	profile := r.bits(8)
	r.skip(16) // constraints, level
	r.exp()    // seq_parameter_set_id
	if hasChroma(profile) {
		r.skipChroma()
	}
	r.exp()          // log2_max_frame_num_minus4
	switch r.exp() { // pic_order_cnt_type
	case 0:
		r.exp() // log2_max_pic_order_cnt_lsb_minus4
	case 1:
		r.skip(1) // delta_pic_order_always_zero_flag
		r.exp()   // offset_for_non_ref_pic
		r.exp()   // offset_for_top_to_bottom_field
		for range min(r.exp(), 255) {
			r.exp() // offset_for_ref_frame
		}
	}
	references = r.exp()
	r.skip(1)         // gaps_in_frame_num_value_allowed_flag
	r.exp()           // pic_width_in_mbs_minus1
	r.exp()           // pic_height_in_map_units_minus1
	if r.bit() == 0 { // frame_mbs_only_flag
		r.skip(1) // mb_adaptive_frame_field_flag
	}
	r.skip(1)         // direct_8x8_inference_flag
	if r.bit() == 1 { // frame_cropping_flag
		for range 4 {
			r.exp()
		}
	}
	return references
}

// hasChroma reports the profiles whose parameter sets tell the format of chroma.
func hasChroma(profile uint32) bool {
	return slices.Contains([]uint32{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}, profile)
}

func (r *bitReader) skipChroma() {
	lists := 8
	if r.exp() == 3 { // chroma_format_idc
		lists = 12
		r.skip(1) // separate_colour_plane_flag
	}
	r.exp()   // bit_depth_luma_minus8
	r.exp()   // bit_depth_chroma_minus8
	r.skip(1) // qpprime_y_zero_transform_bypass_flag
	if r.bit() == 0 {
		return // no seq_scaling_matrix
	}
	for i := range lists {
		if r.bit() == 0 {
			continue
		}
		if i < 6 {
			r.skipScalingList(16)
		} else {
			r.skipScalingList(64)
		}
	}
}

// skipScalingList reads scaling_list (section 7.3.2.1.1.1).
func (r *bitReader) skipScalingList(size int) {
	last := uint8(8)
	for range size {
		last += uint8(r.signed()) // modulo 256
		if last == 0 {
			return // the rest is as the value before
		}
	}
}

// bitReader reads the bits of a payload, the highest first. It fails at the end.
type bitReader struct {
	data   []byte
	at     int
	failed bool
}

func (r *bitReader) bit() uint32 {
	if r.at >= 8*len(r.data) {
		r.failed = true
		return 0
	}
	b := r.data[r.at/8] >> (7 - r.at%8) & 1
	r.at++
	return uint32(b)
}

func (r *bitReader) bits(n int) (v uint32) {
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

func (r *bitReader) skip(n int) { r.bits(n) }

// end returns where the last bit that is set ends, which is rbsp_stop_one_bit.
func (r *bitReader) end() int {
	n := len(r.data)
	for n > 0 && r.data[n-1] == 0 {
		n--
	}
	if n == 0 {
		return 0
	}
	return 8*n - bits.TrailingZeros8(r.data[n-1])
}

// exp reads an Exp-Golomb code (section 9.1).
func (r *bitReader) exp() uint32 {
	zeros := 0
	for r.bit() == 0 {
		if zeros++; zeros > 31 || r.failed {
			r.failed = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// signed reads a signed Exp-Golomb code (section 9.1.1).
func (r *bitReader) signed() int {
	v := int(r.exp())
	if v%2 == 0 {
		return -v / 2
	}
	return (v + 1) / 2
}

// bitWriter writes bits after the first at bits of data, which it cuts there.
type bitWriter struct {
	data []byte
	at   int
}

func (w *bitWriter) bits(v uint32, n int) {
	w.data = w.data[:(w.at+7)/8]
	if w.at%8 > 0 {
		w.data[w.at/8] &^= 0xFF >> (w.at % 8)
	}
	for i := n - 1; i >= 0; i-- {
		if w.at%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[w.at/8] |= uint8(v>>i&1) << (7 - w.at%8)
		w.at++
	}
}

func (w *bitWriter) exp(v uint32) {
	n := bits.Len32(v + 1)
	w.bits(0, n-1)
	w.bits(v+1, n)
}

// unit returns what was written as a unit: no three bytes in it look like a start code
// (section 7.4.1.1).
func (w *bitWriter) unit() []byte {
	out := make([]byte, 0, len(w.data)+4)
	zeros := 0
	for _, b := range w.data {
		if zeros == 2 && b <= 3 {
			out = append(out, 3)
			zeros = 0
		}
		out = append(out, b)
		if zeros++; b != 0 {
			zeros = 0
		}
	}
	return out
}
