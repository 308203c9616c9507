// SPDX-License-Identifier: Apache-2.0

//go:build integration

package cliprdr_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/channeltest"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/test/servers"
)

// session is a connection to a session of xrdp with its clipboard.
type session struct {
	t         *testing.T
	display   string
	client    *channeltest.Client
	out       svc.Messages
	clipboard cliprdr.Client
	events    []cliprdr.Event
}

func startSession(t *testing.T) (*session, *servers.XRDP) {
	x := servers.StartXRDP(t, servers.XRDPOptions{Security: "tls", Session: "exec sleep 600"})
	s := &session{t: t, clipboard: cliprdr.Client{Files: true}}
	s.client = channeltest.Dial(t, channeltest.Config{
		Address: servers.Address(x.Port), User: x.Login.Name, Password: x.Login.Password,
		Channels: []channeltest.Channel{{Name: cliprdr.ChannelName, Handle: s.handle}},
	})
	// With our first list, though it is empty, xrdp takes the session's clipboard.
	s.accepted("the beginning")
	s.display = string(x.SessionDisplay(t))
	return s, x
}

func (s *session) handle(message []byte) {
	event, err := s.clipboard.Handle(&s.out, message)
	if err != nil {
		s.t.Errorf("%x: %v", message[:min(len(message), 64)], err)
	}
	if event != nil {
		s.events = append(s.events, event)
	}
	s.flush()
}

func (s *session) flush() { s.client.Send(cliprdr.ChannelName, &s.out) }

// await returns the next event that the condition is for.
func (s *session) await(what string, is func(cliprdr.Event) bool) (event cliprdr.Event) {
	s.t.Helper()
	s.client.Until(what, func() bool {
		i := slices.IndexFunc(s.events, is)
		if i < 0 {
			return false
		}
		event = s.events[i]
		s.events = s.events[i+1:]
		return true
	})
	return event
}

// copies puts something on the clipboard of the session's display.
func (s *session) copies(target string, data []byte) {
	s.t.Helper()
	cmd := exec.Command("sh", "-c", `exec xclip -selection clipboard -t "$0" -i >/dev/null 2>&1`, target)
	cmd.Env, cmd.Stdin = append(os.Environ(), "DISPLAY="+s.display), bytes.NewReader(data)
	if err := cmd.Run(); err != nil {
		s.t.Fatal(err)
	}
}

// pastes takes what is on the clipboard of the session's display, while the client answers.
func (s *session) pastes(target string) []byte {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), channeltest.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "xclip", "-selection", "clipboard", "-t", target, "-o")
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display)
	var got []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		got, err = cmd.Output()
	}()
	s.client.Until("paste "+target, func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	if err != nil {
		s.t.Fatalf("paste %s: %v", target, err)
	}
	return got
}

// offered waits until the host offers a kind.
func (s *session) offered(kind cliprdr.Kind) {
	s.t.Helper()
	s.await("offer of "+kind.String(), func(e cliprdr.Event) bool {
		offered, ok := e.(cliprdr.Offered)
		return ok && slices.Contains(offered.Kinds, kind)
	})
}

func (s *session) requested(kind cliprdr.Kind) []byte {
	s.t.Helper()
	if err := s.clipboard.Request(&s.out, kind); err != nil {
		s.t.Fatal(err)
	}
	s.flush()
	data, _ := s.await("data of "+kind.String(), func(e cliprdr.Event) bool { _, ok := e.(cliprdr.Data); return ok }).(cliprdr.Data)
	if !data.OK || data.Kind != kind {
		s.t.Fatalf("data %+v", data)
	}
	return data.Data
}

func (s *session) offers(o cliprdr.Offer) {
	s.t.Helper()
	if _, err := s.clipboard.Offer(&s.out, o); err != nil {
		s.t.Fatal(err)
	}
	s.flush()
	s.accepted("the response to an offer")
}

func (s *session) accepted(what string) {
	s.t.Helper()
	s.await(what, func(e cliprdr.Event) bool {
		accepted, ok := e.(cliprdr.Accepted)
		return ok && accepted.OK
	})
}

// xrdp 0.9.21 has its own ways: it cuts characters beyond U+FFFF to 16 bits, gives programs
// the low byte of each character if its locale is C, as it is here, and a NUL; and it leaves out as many
// bytes at the end of a picture as it puts in front. The rest is compared.
func TestClipboardOfXRDP(t *testing.T) {
	s, x := startSession(t)

	// Text of the host, then of this side, then of the host again.
	const words = "größe 日本\nsecond line"
	s.copies("UTF8_STRING", []byte(words))
	s.offered(cliprdr.KindUnicodeText)
	if got := cliprdr.UnixNewlines(cliprdr.DecodeText(cliprdr.KindUnicodeText, s.requested(cliprdr.KindUnicodeText))); got != words {
		t.Errorf("text of the host: %q, want %q", got, words)
	}
	long := strings.Repeat("many lines\n", 10_000)
	s.offers(cliprdr.Offer{Contents: []cliprdr.Content{{
		Kind: cliprdr.KindUnicodeText, Data: cliprdr.EncodeText(cliprdr.KindUnicodeText, cliprdr.WindowsNewlines(long)),
	}}})
	if got := strings.TrimRight(cliprdr.UnixNewlines(string(s.pastes("UTF8_STRING"))), "\x00"); got != long {
		t.Errorf("the host pastes %d bytes %.40q, want %d", len(got), got, len(long))
	}
	s.copies("UTF8_STRING", []byte("again"))
	s.offered(cliprdr.KindUnicodeText)
	if got := cliprdr.DecodeText(cliprdr.KindUnicodeText, s.requested(cliprdr.KindUnicodeText)); got != "again" {
		t.Errorf("text of the host: %q", got)
	}

	testXRDPPictures(s)
	testXRDPFiles(s, x.Dir)
}

// testXRDPPictures copies a picture either way.
func testXRDPPictures(s *session) {
	img := image.NewNRGBA(image.Rect(0, 0, 61, 43))
	for y := range 43 {
		for x := range 61 {
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(4 * x), G: uint8(5 * y), B: uint8(x * y), A: 0xFF})
		}
	}
	dib, err := cliprdr.AppendDIB(nil, img)
	if err != nil {
		s.t.Fatal(err)
	}
	// A file has a header of 14 bytes in front.
	file := binary.LittleEndian.AppendUint32([]byte("BM"), uint32(14+len(dib)))
	file = binary.LittleEndian.AppendUint32(append(file, 0, 0, 0, 0), 14+40)
	file = append(file, dib...)

	s.copies("image/bmp", file)
	s.offered(cliprdr.KindDIB)
	d, err := cliprdr.ParseDIB(s.requested(cliprdr.KindDIB))
	if err != nil {
		s.t.Fatal(err)
	}
	if got := d.Image(); !got.Rect.Eq(img.Rect) || !bytes.Equal(got.Pix, img.Pix) {
		s.t.Error("the picture of the host is another")
	}
	s.offers(cliprdr.Offer{Contents: []cliprdr.Content{{Kind: cliprdr.KindDIB, Data: dib}}})
	if got := s.pastes("image/bmp"); len(got) < len(dib) || !bytes.HasPrefix(dib, got[14:]) {
		s.t.Errorf("the host pastes a picture of %d bytes, want %d", len(got), len(file))
	}
}

// testXRDPFiles reads two files of the host in parts, both at the same time.
func testXRDPFiles(s *session, dir string) {
	contents := map[string][]byte{"a file.bin": make([]byte, 300_000), "two.txt": []byte("two")}
	if _, err := rand.Read(contents["a file.bin"]); err != nil {
		s.t.Fatal(err)
	}
	var list strings.Builder
	for name, data := range contents {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			s.t.Fatal(err)
		}
		list.WriteString("file://" + strings.ReplaceAll(path, " ", "%20") + "\n")
	}
	s.copies("text/uri-list", []byte(list.String()))
	s.offered(cliprdr.KindFiles)
	lock, err := s.clipboard.RequestFiles(&s.out)
	if err != nil {
		s.t.Fatal(err)
	}
	s.flush()
	data, _ := s.await("the file list", func(e cliprdr.Event) bool { _, ok := e.(cliprdr.Data); return ok }).(cliprdr.Data)
	files, err := cliprdr.ParseFileList(data.Data)
	if err != nil || len(files) != len(contents) {
		s.t.Fatalf("files %+v, %v", files, err)
	}
	for i, f := range files {
		want := contents[f.Path()]
		stream, err := s.clipboard.RequestSize(&s.out, i, lock)
		if err != nil {
			s.t.Fatal(err)
		}
		s.flush()
		if e := s.contents(stream); e.Size != uint64(len(want)) {
			s.t.Errorf("%s: %d bytes, want %d", f.Path(), e.Size, len(want))
		}
		if got := s.readFile(i, len(want), lock); !bytes.Equal(got, want) {
			s.t.Errorf("%s: %d bytes, want %d", f.Path(), len(got), len(want))
		}
	}
	s.clipboard.Unlock(&s.out, lock)
	s.flush()
}

func (s *session) contents(stream uint32) cliprdr.FileContents {
	s.t.Helper()
	e, _ := s.await("the contents of a file", func(e cliprdr.Event) bool {
		c, ok := e.(cliprdr.FileContents)
		return ok && c.Stream == stream
	}).(cliprdr.FileContents)
	if !e.OK {
		s.t.Errorf("stream %d failed", stream)
	}
	return e
}

// readFile asks for all parts of a file at once.
func (s *session) readFile(index, size int, lock uint32) (got []byte) {
	s.t.Helper()
	const part = 64 << 10
	var streams []uint32
	for at := 0; at < size; at += part {
		stream, err := s.clipboard.RequestRange(&s.out, index, uint64(at), part, lock)
		if err != nil {
			s.t.Fatal(err)
		}
		streams = append(streams, stream)
	}
	s.flush()
	for _, stream := range streams {
		got = append(got, s.contents(stream).Data...)
	}
	return got
}
