// SPDX-License-Identifier: Apache-2.0

package bulk_test

import (
	"encoding/binary"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bulk"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// The examples of MS-RDPBCGR 3.1.8 and of MS-RDPEGDI 3.1.8.1 and 4.7.
func TestExamplesOfTheSpecification(t *testing.T) {
	for name, tc := range map[string]struct {
		kind    uint8
		listing string
	}{
		// literals, then copies with an offset and a length; "." and the letters are below 0x80
		"MPPC, 8 KB":  {bulk.Type8K, "666F722E77686F6D2E7468652E62656C6C2E746F6C6C732C F4372E66FA1F199484"},
		"MPPC, 64 KB": {bulk.Type64K, "666F722E77686F6D2E7468652E62656C6C2E746F6C6C732C FA1B97337E87E3329080"},
	} {
		t.Run(name, func(t *testing.T) {
			var d bulk.Decompressor
			got, err := d.Decompress(tc.kind|bulk.Compressed, codectest.Hex(t, tc.listing))
			if want := "for.whom.the.bell.tolls,.the.bell.tolls.for.thee!"; err != nil || string(got) != want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("NCRUSH", func(t *testing.T) {
		var d bulk.Decompressor
		got, err := d.Decompress(bulk.TypeNCRUSH|bulk.Compressed, codectest.Hex(t, `
			FB1D7EE4DAC71D70F8A16B1F7DC0BE6BEFB5EF2187D0C5E18571D41016E7DAFB
			1D7EE4DA471FB0EFBEBDFF2F`))
		if want := "for.whom.the.bell.tolls,.the.bell.tolls.for.thee!"; err != nil || string(got) != want {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("XCRUSH", func(t *testing.T) {
		var d bulk.Decompressor
		got, err := d.Decompress(bulk.TypeXCRUSH|bulk.Compressed, codectest.Hex(t, `
			16                          ; Level1ComprFlags: at front, no compression, inner
			80                          ; Level2ComprFlags: flushed
			6162636465666768696A        ; Literals`))
		if err != nil || string(got) != "abcdefghij" {
			t.Errorf("%q, %v", got, err)
		}
		// the second one, which goes on in the same history
		got, err = d.Decompress(bulk.TypeXCRUSH|bulk.Compressed, codectest.Hex(t, `
			11                          ; Level1ComprFlags: compressed, inner compression
			21                          ; Level2ComprFlags: compressed with 64 KB, whose literals are the bytes themselves
			0200                        ; MatchCount
			0900 0500 03000000          ; MatchLength, MatchOutputOffset, MatchHistoryOffset
			0400 0E00 00000000
			6B6C6D6E6F 75               ; Literals: the rest go between and behind`))
		if err != nil || string(got) != "klmno"+"defghijkl"+"abcd"+"u" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// island is the text of other people's examples.
const island = "No man is an island entire of itself; every man is a piece of the continent, a part of the main; " +
	"if a clod be washed away by the sea, Europe is the less, as well as if a promontory were, aswell as any manner of thy friends " +
	"or of thine own were; any man's death diminishes me, because I am involved in mankind. And therefore never send to know " +
	"for whom the bell tolls; it tolls for thee."

func TestTextsOfVectors(t *testing.T) {
	bells := "for.whom.the.bell.tolls,.the.bell.tolls.for.thee!"
	all := pdutest.Vectors(t)
	for key, tc := range map[string]struct {
		kind uint8
		want string
	}{
		"mppc/test_data.rs::TEST_MPPC_BELLS_RDP4":      {bulk.Type8K, bells},
		"mppc/test_data.rs::TEST_MPPC_BELLS_RDP5":      {bulk.Type64K, bells},
		"mppc/test_data.rs::TEST_ISLAND_DATA_RDP5":     {bulk.Type64K, island},
		"ncrush/test_data.rs::TEST_BELLS_NCRUSH":       {bulk.TypeNCRUSH, bells},
		"xcrush/test_data.rs::TEST_ISLAND_DATA_XCRUSH": {bulk.TypeXCRUSH, island},
	} {
		src, ok := all["ironrdp-bulk/src/"+key]
		if !ok {
			continue
		}
		var d bulk.Decompressor
		if got, err := d.Decompress(tc.kind|bulk.Compressed, src); err != nil || string(got) != tc.want {
			t.Errorf("%s: %q, %v", key, got, err)
		}
	}
}

// TestNCRUSHCodesOfVectors compares the codes, which are made from lengths here.
func TestNCRUSHCodesOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	vector := func(name string) []byte { return all["ironrdp-bulk/src/ncrush/tables.rs::"+name] }
	literal, length := bulk.NCRUSHCodes()
	sizes, codes := vector("HuffLengthLEC"), vector("HuffCodeLEC")
	for i, size := range sizes {
		code := binary.LittleEndian.Uint16(codes[2*i:])
		if got, want := literal[i], uint32(size)<<16|uint32(code); got != want {
			t.Errorf("symbol %d has 0x%X, want 0x%X", i, got, want)
		}
	}
	for i, size := range vector("HuffLengthLOM") {
		if got := length[i] >> 16; got != uint32(size) {
			t.Errorf("length %d has %d bits, want %d", i, got, size)
		}
	}
}
