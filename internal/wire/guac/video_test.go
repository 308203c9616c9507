// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// videoHeader has a key frame of 5 bytes with its corner at -3, 256 and two regions.
const videoHeader = "01" + "00" + "0002" + "fffffffd" + "00000100" + "00000005" +
	"0000" + "0000" + "0010" + "0020" + "0010" + "0000" + "0001" + "0002"

func TestVideoHeader(t *testing.T) {
	b, err := hex.DecodeString(videoHeader)
	if err != nil {
		t.Fatal(err)
	}
	want := VideoHeader{
		Key: true, Origin: image.Pt(-3, 256), Length: 5,
		Regions: []image.Rectangle{image.Rect(0, 0, 16, 32), image.Rect(16, 0, 17, 2)},
	}
	got, n, err := ConsumeVideoHeader(append(b, "unit"...))
	if err != nil || n != len(b) {
		t.Fatalf("%d bytes, %v, want %d", n, err, len(b))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if again := AppendVideoHeader(nil, &got); !bytes.Equal(again, b) {
		t.Errorf("written as %x, want %x", again, b)
	}
	for i := range b {
		if _, n, err := ConsumeVideoHeader(b[:i]); n != 0 || err != nil {
			t.Errorf("of %d bytes: %d, %v, want to be asked for more", i, n, err)
		}
	}
}

func TestBadVideoHeadersAreRefusedBeforeTheirRegionsCome(t *testing.T) {
	for name, text := range map[string]string{
		"unknown flag":     "02000000000000000000000000000001",
		"unknown view":     "00010000000000000000000000000001",
		"too many regions": "00001001000000000000000000000001",
		"empty unit":       "00000000000000000000000000000000",
		"unit too long":    "00000000000000000000000000800001",
	} {
		b, _ := hex.DecodeString(text)
		if _, _, err := ConsumeVideoHeader(b); !errors.Is(err, errVideoHeader) {
			t.Errorf("%s: %v, want %v", name, err, errVideoHeader)
		}
	}
}

func FuzzConsumeVideoHeader(f *testing.F) {
	b, _ := hex.DecodeString(videoHeader)
	f.Add(b)
	f.Add(b[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := ConsumeVideoHeader(b)
		if err != nil || n == 0 {
			return
		}
		if h.Length < 1 || h.Length > MaxVideoUnit || len(h.Regions) > MaxVideoRegions {
			t.Fatalf("unit of %d bytes, %d regions", h.Length, len(h.Regions))
		}
		if got := AppendVideoHeader(nil, &h); !bytes.Equal(got, b[:n]) {
			t.Fatalf("written as %x, was %x", got, b[:n])
		}
	})
}
