// SPDX-License-Identifier: Apache-2.0

package bulk_test

import (
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bulk"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
)

// The examples of MS-RDPEGDI 3.1.8.1 and 4.7.
func TestExamplesOfTheSpecification(t *testing.T) {
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
		// the matches of the second one, without the second level
		got, err = d.Decompress(bulk.TypeXCRUSH|bulk.Compressed, codectest.Hex(t, `
			01                          ; Level1ComprFlags: compressed
			00                          ; Level2ComprFlags: none
			0200                        ; MatchCount
			0900 0500 03000000          ; MatchLength, MatchOutputOffset, MatchHistoryOffset
			0200 0F00 00000000
			6B6C6D6E6F 75               ; Literals: the rest go between and behind`))
		if err != nil || string(got) != "klmnodefghijklu"+"ab" {
			t.Errorf("%q, %v", got, err)
		}
	})
}
