// SPDX-License-Identifier: Apache-2.0

package zgfx_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/zgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// The examples of MS-RDPEGFX 4.2.1.
func TestExamplesOfTheSpecification(t *testing.T) {
	const fox = "The quick brown fox jumps over the lazy dog"
	tests := map[string]struct{ src, want string }{
		"a run of ABC": {`
			E0                       ; descriptor: single
			24                       ; header: compressed, RDP 8.0
			20 90 88 71 1F B2        ; tokens
			01                       ; unused bits`, strings.Repeat("ABC", 20)},
		"not compressed": {`
			E0                       ; descriptor: single
			04                       ; header: RDP 8.0
			54686520717569636B2062726F776E20666F78206A756D7073206F76657220746865206C617A7920646F67`, fox},
		"multipart": {`
			E1                       ; descriptor: multipart
			0300 2B000000            ; segmentCount, uncompressedSize
			11000000                 ; size of the first segment
			04 54686520717569636B2062726F776E20
			0E000000
			04 666F78206A756D7073206F7665
			10000000
			24 39080E91F8D8613D1E440643799C 02`, fox},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src := codectest.Hex(t, tt.src)
			got, err := zgfx.New().Append(nil, src)
			if err != nil || string(got) != tt.want {
				t.Errorf("%q, %v", got, err)
			}
			for n := range src {
				if got, err := zgfx.New().Append(nil, src[:n:n]); err == nil && !strings.HasPrefix(tt.want, string(got)) {
					t.Errorf("cut to %d bytes: %q", n, got)
				}
			}
		})
	}
}

// TestControlMessagesOfVectors decodes what others have as messages.
func TestControlMessagesOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	if len(all) == 0 {
		return
	}
	const folder = "ironrdp-graphics/src/zgfx/control_messages.rs::"
	got, err := zgfx.New().Append(nil, all[folder+"MULTIPART_SEGMENTED_DATA_PDU_BUFFER"])
	if want := "The quick brown fox jumps over the lazy dog"; err != nil || string(got) != want {
		t.Errorf("multipart: %q, %v", got, err)
	}
	want := append([]byte{0x13, 0, 0, 0, 20, 0, 0, 0}, all["graphics_messages.rs::CAPABILITIES_CONFIRM_BUFFER"]...)
	if got, err = zgfx.New().Append(nil, all[folder+"SINGLE_SEGMENTED_DATA_PDU_BUFFER"]); err != nil || !bytes.Equal(got, want) {
		t.Errorf("single: %x, %v, want %x", got, err, want)
	}
	if got, err = zgfx.New().Append(nil, all["tests/dvc/data_first.rs::EDGE_CASE_DATA"]); err != nil || len(got) != 3388 {
		t.Errorf("a message of a session: %d bytes, %v", len(got), err)
	}
}
