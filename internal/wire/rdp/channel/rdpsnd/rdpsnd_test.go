// SPDX-License-Identifier: Apache-2.0

package rdpsnd_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpsnd"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

var (
	pcm  = rdpsnd.Format{Tag: rdpsnd.TagPCM, Channels: 2, SamplesPerSec: 44100, AvgBytesPerSec: 176400, BlockAlign: 4, BitsPerSample: 16}
	opus = rdpsnd.Format{Tag: rdpsnd.TagOpus, Channels: 2, SamplesPerSec: 48000, Data: []byte("head")}
)

func server(version uint16) []byte {
	return rdpsnd.Formats{Version: version, LastBlockConfirmed: 0xFF, Formats: []rdpsnd.Format{opus, pcm}}.Append(nil)
}

func client(t testing.TB) *rdpsnd.Client {
	c := &rdpsnd.Client{Accept: func(f rdpsnd.Format) bool { return f.Tag == rdpsnd.TagPCM }}
	if _, _, _, err := c.Handle(server(8), nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFormats(t *testing.T) {
	pdutest.RoundTrip(t, server(8), rdpsnd.ParseFormats, rdpsnd.Formats.Append)
	for version, messages := range map[uint16]int{5: 1, 8: 2} {
		c := &rdpsnd.Client{Accept: func(f rdpsnd.Format) bool { return f.Tag == rdpsnd.TagPCM }}
		out, ends, event, err := c.Handle(server(version), nil)
		if err != nil || len(ends) != messages || ends[len(ends)-1] != len(out) || event.Kind != 0 {
			t.Fatalf("version %d: %x, %v, %v", version, out, ends, err)
		}
		ours, err := rdpsnd.ParseFormats(out[:ends[0]])
		if err != nil || ours.Version != 8 || len(ours.Formats) != 1 || ours.Formats[0].Tag != rdpsnd.TagPCM {
			t.Errorf("our formats %+v, %v", ours, err)
		}
		if messages == 2 && !bytes.Equal(out[ends[0]:], pdutest.Hex(t, "0c 00 0400 0200 0000")) {
			t.Errorf("quality mode %x", out[ends[0]:])
		}
	}
}

func TestPlaying(t *testing.T) {
	c := client(t)
	out, ends, _, err := c.Handle(pdutest.Hex(t, "06 00 0400 0102 0004"), nil)
	if err != nil || len(ends) != 1 || !bytes.Equal(out, pdutest.Hex(t, "06 00 0400 0102 0004")) {
		t.Errorf("training confirm %x, %v", out, err)
	}
	for name, messages := range map[string][]string{
		"wave info and wave": {"02 00 1000 1234 0000 07 000000 61626364", "00000000 65666768"},
		"wave2":              {"0d 00 1400 1234 0000 07 000000 00000000 6162636465666768"},
	} {
		var event rdpsnd.Event
		for _, m := range messages {
			if _, _, event, err = c.Handle(pdutest.Hex(t, m), nil); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		want := rdpsnd.Event{Kind: rdpsnd.EventWave, Wave: rdpsnd.Wave{Timestamp: 0x3412, Block: 7, Format: pcm, Data: []byte("abcdefgh")}}
		if diff := cmp.Diff(want, event); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := rdpsnd.AppendConfirm(nil, event.Wave, 5*time.Millisecond); !bytes.Equal(got, pdutest.Hex(t, "05 00 0400 1734 07 00")) {
			t.Errorf("%s: confirm %x", name, got)
		}
	}
	if _, _, e, err := c.Handle(pdutest.Hex(t, "03 00 0400 00800040"), nil); err != nil || e.Kind != rdpsnd.EventVolume || e.Left != 0x8000 || e.Right != 0x4000 {
		t.Errorf("volume %+v, %v", e, err)
	}
	if _, _, e, err := c.Handle(pdutest.Hex(t, "01 00 0000"), nil); err != nil || e.Kind != rdpsnd.EventClosed {
		t.Errorf("close %+v, %v", e, err)
	}
}

func TestHandleRefuses(t *testing.T) {
	for name, listing := range map[string]string{
		"an unknown message":          "63 00 0000",
		"a format that was not taken": "0d 00 1000 1234 0100 07 000000 00000000 61626364",
		"a wave of no size":           "02 00 0800 1234 0000 07 000000 61626364",
		"a wave2 of no size":          "0d 00 0400 1234 0000 07 000000 00000000",
	} {
		if _, _, e, err := client(t).Handle(pdutest.Hex(t, listing), nil); err == nil || e.Kind != 0 {
			t.Errorf("%s: accepted as %+v", name, e)
		}
	}
	for _, listing := range []string{"06 00 0400 0102 0004", "02 00 1000 1234 0000 07 000000 61626364", "0d 00 1000 1234 0000 07 000000 00000000 61626364", "03 00 0400 00800040"} {
		pdutest.Cut(t, pdutest.Hex(t, listing), func(b []byte) error { _, _, _, err := client(t).Handle(b, nil); return err })
	}
	c := client(t)
	c.Handle(pdutest.Hex(t, "02 00 1000 1234 0000 07 000000 61626364"), nil)
	if _, _, e, err := c.Handle(pdutest.Hex(t, "00000000 656667"), nil); err == nil {
		t.Errorf("a wave that is cut is accepted as %+v", e)
	}
}

func FuzzClient(f *testing.F) {
	f.Add(server(8), pdutest.Hex(f, "0d 00 1000 1234 0000 07 000000 00000000 61626364"))
	f.Add(pdutest.Hex(f, "02 00 1000 1234 0000 07 000000 61626364"), pdutest.Hex(f, "00000000 65666768"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		pdutest.Same(t, one, rdpsnd.ParseFormats, rdpsnd.Formats.Append)
		c := client(t)
		for _, b := range [][]byte{one, two} {
			out, ends, e, err := c.Handle(b, nil)
			if err != nil {
				return
			}
			if len(e.Wave.Data) > len(b) || len(ends) > 0 && ends[len(ends)-1] != len(out) {
				t.Fatalf("%d bytes of audio of %d, ends %v of %d", len(e.Wave.Data), len(b), ends, len(out))
			}
		}
	})
}
