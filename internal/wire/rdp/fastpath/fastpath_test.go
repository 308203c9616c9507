// SPDX-License-Identifier: Apache-2.0

package fastpath_test

import (
	"bytes"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func readWhole(b []byte) (fastpath.Update, error) {
	u, _, err := fastpath.ReadUpdate(b)
	return u, err
}

func TestFrame(t *testing.T) {
	for name, b := range map[string][]byte{
		"short":     pdutest.Hex(t, "c0 05 616263"),
		"long":      fastpath.Frame{Flags: fastpath.FlagEncrypted, Data: make([]byte, 1000)}.Append(nil),
		"of events": pdutest.Hex(t, "08 04 0000"),
	} {
		t.Run(name, func(t *testing.T) { pdutest.RoundTrip(t, b, fastpath.ParseFrame, fastpath.Frame.Append) })
	}
	f, err := fastpath.ParseFrame([]byte("\xc8\x05abc"))
	if err != nil || f.Flags != fastpath.FlagEncrypted|fastpath.FlagSecureChecksum || f.NumberEvents != 2 || string(f.Data) != "abc" {
		t.Errorf("%+v, %v", f, err)
	}
	for _, listing := range []string{"01 05 616263", "00 06 616263", "00 04 616263"} {
		if f, err := fastpath.ParseFrame(pdutest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted as %+v", listing, f)
		}
	}
}

func TestUpdate(t *testing.T) {
	for name, listing := range map[string]string{
		"plain": "01 0300 616263", "compressed": "84 21 0300 616263", "fragment": "24 0300 616263", "empty": "05 0000",
	} {
		t.Run(name, func(t *testing.T) { pdutest.RoundTrip(t, pdutest.Hex(t, listing), readWhole, fastpath.Update.Append) })
	}
	u, rest, err := fastpath.ReadUpdate(pdutest.Hex(t, "84 21 0200 6162 05 0000"))
	if err != nil || u.Code != fastpath.UpdateSurfaceCommands || !u.Compressed || u.CompressionFlags != 0x21 || len(rest) != 3 {
		t.Errorf("%+v, rest %x, %v", u, rest, err)
	}
	all := pdutest.Vectors(t)
	if b, ok := all["basic_output/fast_path/tests.rs::FAST_PATH_UPDATE_PDU_BUFFER"]; ok {
		pdutest.RoundTrip(t, b, readWhole, fastpath.Update.Append)
	}
	if b, ok := all["basic_output/fast_path/tests.rs::FAST_PATH_PALETTE_BUFFER"]; ok {
		pdutest.RoundTrip(t, b, readWhole, fastpath.Update.Append)
	}
	if b, ok := all["basic_output/fast_path/tests.rs::FAST_PATH_UPDATE_PDU_WITH_LONG_LEN_BUFFER"]; ok {
		if u, err := readWhole(b); err == nil {
			t.Errorf("a length that lies is accepted as %+v", u)
		}
	}
	if got := fastpath.UpdateCode(7).String(); got != "update 7" || fastpath.UpdateBitmap.String() != "bitmap" {
		t.Errorf("names %q", got)
	}
}

func TestAssembler(t *testing.T) {
	a := fastpath.Assembler{Limit: 6}
	part := func(f fastpath.Fragmentation, code fastpath.UpdateCode, data string) fastpath.Update {
		return fastpath.Update{Code: code, Fragmentation: f, Data: []byte(data)}
	}
	for range 2 {
		for i, u := range []fastpath.Update{part(fastpath.First, 4, "ab"), part(fastpath.Next, 4, "cd"), part(fastpath.Last, 4, "ef")} {
			whole, ok, err := a.Add(u)
			if err != nil || ok != (i == 2) || ok && string(whole.Data) != "abcdef" {
				t.Fatalf("part %d: %+v, %v, %v", i, whole, ok, err)
			}
		}
	}
	if whole, ok, err := a.Add(part(fastpath.Single, 1, "longer than the limit")); err != nil || !ok || whole.Code != 1 {
		t.Errorf("single: %+v, %v, %v", whole, ok, err)
	}
	for name, parts := range map[string][]fastpath.Update{
		"no beginning":       {part(fastpath.Next, 4, "a")},
		"an end alone":       {part(fastpath.Last, 4, "a")},
		"a second beginning": {part(fastpath.First, 4, "a"), part(fastpath.First, 4, "a")},
		"a single within":    {part(fastpath.First, 4, "a"), part(fastpath.Single, 4, "a")},
		"another code":       {part(fastpath.First, 4, "a"), part(fastpath.Next, 1, "a")},
		"endless fragments":  {part(fastpath.First, 4, "abcd"), part(fastpath.Next, 4, "efg")},
	} {
		a := fastpath.Assembler{Limit: 6}
		for i, u := range parts {
			if _, _, err := a.Add(u); (err != nil) != (i == len(parts)-1) {
				t.Errorf("%s: part %d: %v", name, i, err)
			}
		}
	}
}

func TestReadingDoesNotAllocate(t *testing.T) {
	b := fastpath.Frame{Data: fastpath.Update{Code: 4, Data: make([]byte, 1000)}.Append(nil)}.Append(nil)
	if n := testing.AllocsPerRun(100, func() {
		f, err := fastpath.ParseFrame(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = fastpath.ReadUpdate(f.Data); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(fastpath.Frame{Data: fastpath.Update{Code: 4, Fragmentation: fastpath.First, Data: []byte("x")}.Append(nil)}.Append(nil))
	f.Add(pdutest.Hex(f, "00 0b 94 21 0200 6162 05 0000"))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "basic_output/", "pdu/input.rs::")
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, fastpath.ParseFrame, fastpath.Frame.Append)
		frame, err := fastpath.ParseFrame(b)
		if err != nil {
			return
		}
		a := fastpath.Assembler{Limit: 100}
		for rest := frame.Data; len(rest) > 0; {
			u, after, err := fastpath.ReadUpdate(rest)
			if err != nil {
				return
			}
			if wire := u.Append(nil); !bytes.HasPrefix(rest, wire) && rest[0]&0x40 == 0 {
				t.Fatalf("%x writes back as %x", rest, wire)
			}
			if whole, ok, err := a.Add(u); err == nil && ok && u.Fragmentation != fastpath.Single && len(whole.Data) > a.Limit {
				t.Fatalf("%d bytes joined", len(whole.Data))
			}
			rest = after
		}
	})
}
