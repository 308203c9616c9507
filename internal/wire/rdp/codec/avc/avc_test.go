// SPDX-License-Identifier: Apache-2.0

package avc_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// part is a stream of a frame in the description of a public vector.
type part struct {
	Offset, Length int
	File           string
	Regions        []struct {
		Rect    [4]int
		QP      uint8
		Quality uint8
	}
}

type description struct {
	Files  map[string]json.RawMessage
	Frames []struct {
		Kind    string
		LC      string
		StreamA *part `json:"stream_a"`
		StreamB *part `json:"stream_b"`
	}
}

func TestPublicVectors(t *testing.T) {
	vectors := append(codectest.Vectors(t, "avc420"), codectest.Vectors(t, "avc444")...)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			var d description
			if err := json.Unmarshal(v.Bytes(t, v.Meta), &d); err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{}
			for key, value := range d.Files {
				var name string
				if json.Unmarshal(value, &name) == nil {
					files[key] = v.Bytes(t, name)
				}
			}
			pictures := map[string][][]byte{}
			for i, frame := range d.Frames {
				parts := []*part{frame.StreamA, frame.StreamB}
				for _, p := range parts {
					if p == nil || p.Length == 0 {
						continue
					}
					if p.File == "" {
						p.File = "a"
					}
					data := files[p.File][p.Offset : p.Offset+p.Length]
					checkWrapped(t, p, data)
					pictures[p.File] = append(pictures[p.File], data)
				}
				if frame.StreamA != nil && frame.StreamB != nil && frame.StreamB.Length > 0 {
					check444(t, frame.StreamA, frame.StreamB, files)
				}
				if i == 0 && frame.StreamA != nil {
					p := frame.StreamA
					info := avc.Inspect(files[p.File][p.Offset : p.Offset+p.Length])
					if !info.Key || !strings.HasPrefix(info.Codec, "avc1.") {
						t.Errorf("the first frame: %+v", info)
					}
				}
			}
			for file, want := range pictures {
				got := slices.Collect(avc.AccessUnits(files[file]))
				if len(got) != len(want) {
					t.Errorf("%s has %d access units, want %d", file, len(got), len(want))
					continue
				}
				for i := range got {
					if !bytes.Equal(got[i], want[i]) {
						t.Errorf("%s: access unit %d has %d bytes, want %d", file, i, len(got[i]), len(want[i]))
					}
				}
			}
		})
	}
}

// wrap writes the metablock and the stream.
func wrap(p *part, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(p.Regions)))
	for _, r := range p.Regions {
		for _, v := range r.Rect {
			out = binary.LittleEndian.AppendUint16(out, uint16(v))
		}
	}
	for _, r := range p.Regions {
		out = append(out, r.QP, r.Quality)
	}
	return append(out, data...)
}

func checkWrapped(t *testing.T, p *part, data []byte) {
	t.Helper()
	var b avc.Bitmap420
	if err := b.Parse(wrap(p, data)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Stream, data) || len(b.Regions) != len(p.Regions) {
		t.Fatalf("%d bytes and %d regions, want %d and %d", len(b.Stream), len(b.Regions), len(data), len(p.Regions))
	}
	for i, r := range p.Regions {
		want := avc.Region{Rect: image.Rect(r.Rect[0], r.Rect[1], r.Rect[2], r.Rect[3]), QP: r.QP, Quality: r.Quality}
		if b.Regions[i] != want {
			t.Errorf("region %d is %+v, want %+v", i, b.Regions[i], want)
		}
	}
}

func check444(t *testing.T, one, two *part, files map[string][]byte) {
	t.Helper()
	dataOne := files[one.File][one.Offset : one.Offset+one.Length]
	dataTwo := files[two.File][two.Offset : two.Offset+two.Length]
	first := wrap(one, dataOne)
	src := binary.LittleEndian.AppendUint32(nil, uint32(len(first)))
	src = append(append(src, first...), wrap(two, dataTwo)...)
	var b avc.Bitmap444
	if err := b.Parse(src); err != nil {
		t.Fatal(err)
	}
	if b.LC != avc.LumaAndChroma || !bytes.Equal(b.First.Stream, dataOne) || !bytes.Equal(b.Second.Stream, dataTwo) {
		t.Errorf("LC %d, streams of %d and %d bytes", b.LC, len(b.First.Stream), len(b.Second.Stream))
	}
}

const metablock = `
	02000000                ; numRegionRects
	0000 0000 4000 4000     ; left, top, right, bottom
	4000 0000 8000 4000
	16 64                   ; qpVal, qualityVal
	96 32                   ; progressive
`

func TestMetablock(t *testing.T) {
	src := codectest.Hex(t, metablock+" 00000001 65 88")
	var b avc.Bitmap420
	if err := b.Parse(src); err != nil {
		t.Fatal(err)
	}
	want := []avc.Region{
		{Rect: image.Rect(0, 0, 64, 64), QP: 22, Quality: 100},
		{Rect: image.Rect(64, 0, 128, 64), QP: 22, Progressive: true, Quality: 50},
	}
	if !slices.Equal(b.Regions, want) || len(b.Stream) != 6 {
		t.Errorf("%+v, %x", b.Regions, b.Stream)
	}
	codectest.Cut(t, codectest.Hex(t, metablock), b.Parse)
}

func TestAVC444(t *testing.T) {
	one := codectest.Hex(t, metablock)
	for _, lc := range []avc.LC{avc.LumaAndChroma, avc.LumaOnly, avc.ChromaOnly} {
		src := binary.LittleEndian.AppendUint32(nil, uint32(lc)<<30|uint32(len(one)))
		src = append(src, one...)
		if lc == avc.LumaAndChroma {
			src = append(src, one...)
		}
		var b avc.Bitmap444
		if err := b.Parse(src); err != nil {
			t.Fatal(err)
		}
		if b.LC != lc || len(b.First.Regions) != 2 || (len(b.Second.Regions) == 2) != (lc == avc.LumaAndChroma) {
			t.Errorf("LC %d: %+v", lc, b)
		}
		codectest.Cut(t, src, b.Parse)
	}
}

func TestRefused(t *testing.T) {
	for name, listing := range map[string]string{
		"numRegionRects of 4 G": "FFFFFFFF 0000",
		"empty rectangle":       "01000000 0500 0000 0500 0100 00 00",
		"rectangle upside down": "01000000 0500 0500 0600 0100 00 00",
	} {
		if err := new(avc.Bitmap420).Parse(codectest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, listing := range map[string]string{
		"LC 3":                  "000000C0 00000000",
		"first stream too long": "05000000 00000000",
	} {
		if err := new(avc.Bitmap444).Parse(codectest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAccessUnits(t *testing.T) {
	const (
		sps    = "00000001 67 42C01E 00"
		pps    = "000001 68 11"
		idr    = "000001 65 88 40"
		second = "000001 65 40 40" // first_mb_in_slice is not 0
		inter  = "00000001 41 9A"
	)
	tests := map[string][]string{
		"each picture alone":         {inter, inter, inter},
		"slices of one picture":      {idr + second, inter},
		"parameter sets come before": {sps + pps + idr, sps + pps + idr, inter},
		"nothing":                    {},
		"no start code":              {"010203"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			stream := codectest.Hex(t, strings.Join(want, " "))
			var got []string
			for unit := range avc.AccessUnits(stream) {
				got = append(got, string(unit))
			}
			for i := range want {
				want[i] = string(codectest.Hex(t, want[i]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%x, want %x", got, want)
			}
		})
	}
	if got := avc.Inspect(codectest.Hex(t, sps+pps+idr)); got != (avc.Info{Key: true, Codec: "avc1.42C01E"}) {
		t.Errorf("%+v", got)
	}
	if got := avc.Inspect(codectest.Hex(t, inter)); got != (avc.Info{}) {
		t.Errorf("%+v", got)
	}
}

// checkBitmap demands what holds for whatever was accepted.
func checkBitmap(t *testing.T, b *avc.Bitmap420, src []byte) {
	t.Helper()
	if len(b.Regions)*10+len(b.Stream) > len(src) {
		t.Errorf("%d regions and %d bytes of %d", len(b.Regions), len(b.Stream), len(src))
	}
	for _, r := range b.Regions {
		if r.Rect.Empty() || r.QP > 63 {
			t.Errorf("region %+v", r)
		}
	}
	n := 0
	for unit := range avc.AccessUnits(b.Stream) {
		n += len(unit)
	}
	if n != len(b.Stream) {
		t.Errorf("access units of %d bytes of %d", n, len(b.Stream))
	}
	avc.Inspect(b.Stream)
}

func TestCutAndSpoilt(t *testing.T) {
	one := codectest.Hex(t, metablock+" 00000001 67 42C01E 00 00000001 65 88 40 00000001 41 9A")
	size := []byte{byte(len(one)), 0, 0, 0}
	both := slices.Concat(size, one, one)
	only := slices.Concat([]byte{0, 0, 0, 0x40}, one)
	for name, src := range map[string][]byte{"AVC444": both, "AVC444 of luma only": only} {
		parse := func(b []byte) error {
			var p avc.Bitmap444
			err := p.Parse(b)
			if err == nil {
				checkBitmap(t, &p.First, b)
				checkBitmap(t, &p.Second, b)
			}
			return err
		}
		if err := parse(src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for n := range src {
			if err := parse(src[:n:n]); err != nil && !strings.HasPrefix(err.Error(), "avc: ") {
				t.Errorf("%s cut to %d bytes: %v", name, n, err)
			}
		}
		codectest.EachByte(src, func(b []byte) { _ = parse(b) })
		codectest.Spoil(src, 2000, func(b []byte) { _ = parse(b) })
	}
	head := codectest.Hex(t, metablock) // without a stream nothing may be missing
	codectest.Cut(t, head, func(b []byte) error { return new(avc.Bitmap420).Parse(b) })
}

func FuzzBitmap(f *testing.F) {
	f.Add(codectest.Hex(f, metablock))
	f.Add(codectest.Hex(f, "00000000 00000000 00000001 65 88 000001 41 9A"))
	for _, codec := range []string{"avc420", "avc444"} {
		for _, v := range codectest.Vectors(f, codec) {
			var d description
			if err := json.Unmarshal(v.Bytes(f, v.Meta), &d); err != nil {
				f.Fatal(err)
			}
			for _, value := range d.Files {
				var name string
				if json.Unmarshal(value, &name) == nil {
					stream := v.Bytes(f, name)
					f.Add(append(codectest.Hex(f, metablock), stream[:min(len(stream), 4096)]...))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var b avc.Bitmap444
		_ = b.Parse(src)
		var whole []byte
		for unit := range avc.AccessUnits(src) {
			whole = append(whole, unit...)
		}
		if !bytes.Equal(whole, src) {
			t.Fatalf("access units make %x", whole)
		}
		if b.First.Parse(src) != nil {
			return
		}
		p := &part{}
		for _, r := range b.First.Regions {
			p.Regions = append(p.Regions, struct {
				Rect    [4]int
				QP      uint8
				Quality uint8
			}{[4]int{r.Rect.Min.X, r.Rect.Min.Y, r.Rect.Max.X, r.Rect.Max.Y}, r.QP, r.Quality})
		}
		var again avc.Bitmap420
		if err := again.Parse(wrap(p, b.First.Stream)); err != nil || !bytes.Equal(again.Stream, b.First.Stream) {
			t.Fatalf("does not survive writing: %v", err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	src := codectest.Hex(b, metablock+" 00000001 65 88"+strings.Repeat("11", 20000))
	var bitmap avc.Bitmap420
	_ = bitmap.Parse(src)
	b.ReportAllocs()
	for b.Loop() {
		if err := bitmap.Parse(src); err != nil {
			b.Fatal(err)
		}
		if !avc.Inspect(bitmap.Stream).Key {
			b.Fatal("no key")
		}
	}
}

// TestVectorsOfOneView has the length of the first view as it should be and as some write
// it: 0, since there is no other view behind it.
func TestVectorsOfOneView(t *testing.T) {
	all := pdutest.Vectors(t)
	for _, key := range []string{"AVC_444_MESSAGE_CORRECT_LEN", "AVC_444_MESSAGE_INCORRECT_LEN"} {
		src, ok := all["graphics_messages.rs::"+key]
		if !ok {
			continue
		}
		var b avc.Bitmap444
		if err := b.Parse(src); err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		want := []avc.Region{{Rect: image.Rect(1792, 1056, 1808, 1072), QP: 22, Quality: 100}}
		if b.LC != avc.ChromaOnly || !slices.Equal(b.First.Regions, want) || !bytes.Equal(b.First.Stream, src[18:]) || len(b.Second.Stream) != 0 {
			t.Errorf("%s: %+v", key, b)
		}
	}
}
