// SPDX-License-Identifier: Apache-2.0

package audin_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/audin"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpsnd"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// serverFormats has the first three formats of the example of section 4.1.3.
const serverFormats = `02 03000000 00000080 ; MessageId, NumFormats, cbSizeFormatsPacket, which is arbitrary
	0100 0200 44ac0000 10b10200 0400 1000 0000 ; PCM, 2 channels, 44100 Hz, 176400 bytes/s, 4 bytes a block, 16 bits
	0200 0200 44ac0000 47ad0000 0008 0400 2000 ; ADPCM, cbSize
		f40707000001000000 0200ff00000000c0004000f0000000cc0130ff880118ff
	1100 0200 44ac0000 dbac0000 0008 0400 0200 f907 ; IMA ADPCM`

var (
	stereo = audin.Format{Tag: rdpsnd.TagPCM, Channels: 2, SamplesPerSec: 44100, AvgBytesPerSec: 176400, BlockAlign: 4, BitsPerSample: 16}
	mono   = audin.Format{Tag: rdpsnd.TagPCM, Channels: 1, SamplesPerSec: 22050, AvgBytesPerSec: 22050, BlockAlign: 1, BitsPerSample: 8}
)

func TestPDUs(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, "01 02000000"), audin.ParseVersion, audin.Version.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, "04 05000780"), audin.ParseOpenReply, audin.OpenReply.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, "07 03000000"), audin.ParseFormatChange, audin.FormatChange.Append)
	open := `03 64000000 01000000 ; FramesPerPacket, initialFormat
		feff 0200 44ac0000 10b10200 0400 1000 1600 ; WAVE_FORMAT_EXTENSIBLE, cbSize
		1000 03000000 0100000000001000800000aa00389b71`
	pdutest.RoundTrip(t, pdutest.Hex(t, open), audin.ParseOpen, audin.Open.Append)

	b := pdutest.Hex(t, serverFormats)
	formats, err := audin.ParseFormats(b)
	if err != nil || len(formats) != 3 {
		t.Fatalf("%d formats, %v", len(formats), err)
	}
	if diff := cmp.Diff(stereo, formats[0]); diff != "" {
		t.Errorf("the first format (-want +got):\n%s", diff)
	}
	if formats[1].Tag != 2 || len(formats[1].Data) != 32 || formats[2].BitsPerSample != 4 {
		t.Errorf("formats %+v", formats)
	}
	pdutest.RoundTrip(t, formats.Append(nil), audin.ParseFormats, audin.Formats.Append)
}

func TestLiedLengths(t *testing.T) {
	for name, tc := range map[string]struct{ listing, field string }{
		"more formats than the limit": {"02 01040000 00000000", "NumFormats"},
		"formats that are not there":  {"02 02000000 00000000 0100 0200 44ac0000 10b10200 0400 1000 0000", "wFormatTag"},
		"format data":                 {"02 01000000 00000000 0100 0200 44ac0000 10b10200 0400 1000 ffff", "data"},
	} {
		_, err := audin.ParseFormats(pdutest.Hex(t, tc.listing))
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: error %v, want one that names %s", name, err, tc.field)
		}
	}
}

// handle gives the client a message; it returns the answers.
func handle(t testing.TB, c *audin.Client, b []byte) ([][]byte, audin.Event) {
	t.Helper()
	out, ends, event, err := c.Handle(b, []byte("kept"))
	if err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	return split(t, out, 4, ends), event
}

func split(t testing.TB, out []byte, at int, ends []int) [][]byte {
	t.Helper()
	var messages [][]byte
	for _, end := range ends {
		messages = append(messages, out[at:end])
		at = end
	}
	if at != len(out) {
		t.Fatalf("ends %v of %d bytes", ends, len(out))
	}
	return messages
}

func wantMessages(t testing.TB, what string, got [][]byte, want ...[]byte) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: messages (-want +got):\n%s", what, diff)
	}
}

// opened returns a client that the server has asked for packets of three frames of stereo.
func opened(t testing.TB) *audin.Client {
	c := new(audin.Client)
	handle(t, c, audin.Version(2).Append(nil))
	handle(t, c, audin.Formats{stereo, mono}.Append(nil))
	handle(t, c, audin.Open{FramesPerPacket: 3}.Append(nil))
	c.Open(nil, audin.OK)
	return c
}

func TestDialogue(t *testing.T) {
	c := &audin.Client{Accept: func(f audin.Format) bool { return f.BitsPerSample == 16 || f.Channels == 1 }}
	messages, _ := handle(t, c, audin.Version(1).Append(nil))
	wantMessages(t, "an old version", messages, audin.Version(1).Append(nil))
	messages, _ = handle(t, c, audin.Version(7).Append(nil))
	wantMessages(t, "a version to come", messages, audin.Version(2).Append(nil))

	other := stereo
	other.BitsPerSample, other.BlockAlign = 8, 2
	server := append(audin.Formats{{Tag: 2, Channels: 1, BlockAlign: 1, BitsPerSample: 8, SamplesPerSec: 1}, other}, stereo, mono)
	messages, _ = handle(t, c, server.Append(nil))
	wantMessages(t, "formats", messages, []byte{5}, audin.Formats{stereo, mono}.Append(nil))

	messages, event := handle(t, c, audin.Open{FramesPerPacket: 2, Initial: 1, Capture: stereo}.Append(nil))
	wantMessages(t, "open", messages)
	if diff := cmp.Diff(audin.Event{Kind: audin.EventOpen, Format: mono, FramesPerPacket: 2}, event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if out, ends := c.Feed([]byte("early"), nil); out != nil || ends != nil {
		t.Errorf("fed before the reply: %x", out)
	}
	out, ends := c.Open(nil, audin.OK)
	wantMessages(t, "open reply", split(t, out, 0, ends), pdutest.Hex(t, "07 01000000"), pdutest.Hex(t, "04 00000000"))
	if out, ends := c.Open(nil, audin.OK); out != nil || ends != nil {
		t.Errorf("answered twice: %x", out)
	}

	out, ends = c.Feed([]byte("abcde"), nil)
	wantMessages(t, "five bytes", split(t, out, 0, ends), []byte{5}, []byte("\x06ab"), []byte{5}, []byte("\x06cd"))
	out, ends = c.Feed([]byte("f"), nil)
	wantMessages(t, "one more", split(t, out, 0, ends), []byte{5}, []byte("\x06ef"))

	c.Feed([]byte("x"), nil)
	messages, event = handle(t, c, audin.FormatChange(0).Append(nil))
	wantMessages(t, "format change", messages, audin.FormatChange(0).Append(nil))
	if event.Kind != audin.EventFormat || !cmp.Equal(event.Format, stereo) {
		t.Errorf("event %+v", event)
	}
	out, ends = c.Feed([]byte("12345678"), nil)
	wantMessages(t, "in the new format", split(t, out, 0, ends), []byte{5}, []byte("\x0612345678"))
	c.Feed([]byte("1234"), nil)
	c.Drop()
	out, ends = c.Feed([]byte("abcdefgh"), nil)
	wantMessages(t, "after a drop", split(t, out, 0, ends), []byte{5}, []byte("\x06abcdefgh"))
}

func TestARefusalOpensNothing(t *testing.T) {
	c := new(audin.Client)
	handle(t, c, audin.Formats{stereo}.Append(nil))
	if out, _ := c.Open(nil, audin.OK); out != nil {
		t.Errorf("answered without a question: %x", out)
	}
	handle(t, c, audin.Open{FramesPerPacket: 1}.Append(nil))
	out, ends := c.Open(nil, audin.AccessDenied)
	wantMessages(t, "refused", split(t, out, 0, ends), pdutest.Hex(t, "04 05000780"))
	if out, _ := c.Feed([]byte("abcd"), nil); out != nil {
		t.Errorf("fed: %x", out)
	}
}

func TestFormatsOfPCMMustAgree(t *testing.T) {
	for name, change := range map[string]func(*audin.Format){
		"no channels":       func(f *audin.Format) { f.Channels = 0 },
		"many channels":     func(f *audin.Format) { f.Channels, f.BlockAlign = 9, 18 },
		"no samples":        func(f *audin.Format) { f.SamplesPerSec = 0 },
		"no bits":           func(f *audin.Format) { f.BitsPerSample, f.BlockAlign = 0, 0 },
		"half bytes":        func(f *audin.Format) { f.BitsPerSample, f.BlockAlign = 12, 3 },
		"64 bits":           func(f *audin.Format) { f.BitsPerSample, f.BlockAlign = 64, 16 },
		"blocks of nothing": func(f *audin.Format) { f.BlockAlign = 0 },
		"another tag":       func(f *audin.Format) { f.Tag = 3 },
	} {
		f := stereo
		change(&f)
		messages, _ := handle(t, new(audin.Client), audin.Formats{f}.Append(nil))
		wantMessages(t, name, messages, []byte{5}, audin.Formats{}.Append(nil))
	}
}

func TestHandleRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":                     nil,
		"an unknown message":          {9, 0, 0, 0, 0},
		"a client's message":          {5},
		"version 0":                   audin.Version(0).Append(nil),
		"a format that was not taken": audin.Open{FramesPerPacket: 1, Initial: 2}.Append(nil),
		"no frames":                   audin.Open{}.Append(nil),
		"packets beyond the limit":    audin.Open{FramesPerPacket: 1<<18 + 1}.Append(nil),
		"frames beyond the limit":     audin.Open{FramesPerPacket: 1<<32 - 1, Initial: 1}.Append(nil),
		"a change to no format":       audin.FormatChange(2).Append(nil),
	} {
		c := opened(t)
		if out, ends, event, err := c.Handle(b, nil); err == nil || out != nil || ends != nil || event.Kind != 0 {
			t.Errorf("%s: answered with %x, %+v", name, out, event)
		}
	}
	c := new(audin.Client)
	handle(t, c, audin.Formats{stereo}.Append(nil))
	if _, _, _, err := c.Handle(audin.FormatChange(0).Append(nil), nil); err == nil {
		t.Error("a format change before an open is accepted")
	}
	for _, b := range [][]byte{audin.Version(2).Append(nil), audin.Formats{stereo}.Append(nil), audin.Open{FramesPerPacket: 1}.Append(nil), audin.FormatChange(0).Append(nil)} {
		pdutest.Cut(t, b, func(b []byte) error { _, _, _, err := opened(t).Handle(b, nil); return err })
	}
}

func FuzzPDUs(f *testing.F) {
	f.Add(pdutest.Hex(f, serverFormats))
	for _, listing := range []string{"01 02000000", "04 00000000", "07 01000000", "03 64000000 01000000 0100 0200 44ac0000 10b10200 0400 1000 0000"} {
		f.Add(pdutest.Hex(f, listing))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, audin.ParseVersion, audin.Version.Append)
		pdutest.Same(t, b, audin.ParseFormats, audin.Formats.Append)
		pdutest.Same(t, b, audin.ParseOpen, audin.Open.Append)
		pdutest.Same(t, b, audin.ParseOpenReply, audin.OpenReply.Append)
		pdutest.Same(t, b, audin.ParseFormatChange, audin.FormatChange.Append)
	})
}

// FuzzClient runs messages between which audio is fed: no byte of it is lost or made up.
func FuzzClient(f *testing.F) {
	f.Add(audin.Formats{mono, stereo}.Append(nil), audin.Open{FramesPerPacket: 5, Initial: 1}.Append(nil), []byte("some audio of whatever length"))
	f.Add(audin.FormatChange(1).Append(nil), audin.Open{FramesPerPacket: 1}.Append(nil), []byte("audio"))
	f.Fuzz(func(t *testing.T, one, two, pcm []byte) {
		c := opened(t)
		for _, b := range [][]byte{one, two} {
			out, ends, _, err := c.Handle(b, nil)
			if err != nil {
				return
			}
			split(t, out, 0, ends)
			c.Open(nil, audin.OK)
		}
		half := len(pcm) / 2
		out, ends := c.Feed(pcm[:half], nil)
		first := split(t, out, 0, ends)
		out, ends = c.Feed(pcm[half:], nil)
		var got []byte
		for i, m := range append(first, split(t, out, 0, ends)...) {
			if i%2 == 0 && !bytes.Equal(m, []byte{5}) || i%2 == 1 && m[0] != 6 {
				t.Fatalf("message %d is %x", i, m)
			}
			if i%2 == 1 {
				got = append(got, m[1:]...)
			}
		}
		if !bytes.HasPrefix(pcm, got) {
			t.Fatalf("%q is sent as %q", pcm, got)
		}
	})
}
