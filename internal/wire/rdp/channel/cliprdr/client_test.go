// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

// all is what a Windows server can.
const all = cliprdr.UseLongFormatNames | cliprdr.StreamFileClip | cliprdr.FileClipNoFilePaths | cliprdr.CanLockClipData | cliprdr.HugeFileSupport

// host is a scripted server on the other end of a channel whose chunks have one size.
type host struct {
	t      *testing.T
	client *cliprdr.Client
	out    svc.Messages
	chunk  int
	long   bool
	join   svc.Assembler
}

// dialogues runs a dialogue with messages whole, and split at every byte.
func dialogues(t *testing.T, run func(h *host)) {
	for _, chunk := range []int{svc.ChunkSize, 7, 1} {
		t.Run(fmt.Sprintf("chunks of %d", chunk), func(t *testing.T) {
			run(&host{t: t, client: &cliprdr.Client{Files: true}, chunk: chunk})
		})
	}
}

// sends passes a message to the client in chunks and returns the event.
func (h *host) sends(p cliprdr.PDU) cliprdr.Event {
	h.t.Helper()
	event, err := h.sendsBytes(p.Append(nil))
	if err != nil {
		h.t.Fatalf("%+v: %v", p, err)
	}
	return event
}

func (h *host) sendsBytes(message []byte) (event cliprdr.Event, err error) {
	h.t.Helper()
	svc.Append(message, h.chunk, svc.FlagShowProtocol, func(chunk []byte) {
		whole, ok, joinErr := h.join.Add(chunk)
		if joinErr != nil {
			h.t.Fatal(joinErr)
		}
		if ok {
			event, err = h.client.Handle(&h.out, whole)
		}
	})
	return event, err
}

// tells demands the event of a message.
func (h *host) tells(what string, p cliprdr.PDU, want cliprdr.Event) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.sends(p)); diff != "" {
		h.t.Errorf("%s: event (-want +got):\n%s", what, diff)
	}
}

// gets demands the messages that the client has sent since the last time.
func (h *host) gets(what string, want ...cliprdr.PDU) {
	h.t.Helper()
	var got []cliprdr.PDU
	var join svc.Assembler
	h.out.Each(func(message []byte) {
		svc.Append(message, h.chunk, 0, func(chunk []byte) {
			whole, ok, err := join.Add(chunk)
			if err != nil {
				h.t.Fatal(err)
			}
			if !ok {
				return
			}
			p, err := cliprdr.Parse(bytes.Clone(whole), h.long)
			if err != nil {
				h.t.Fatal(err)
			}
			got = append(got, p)
		})
	})
	h.out.Reset()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s: the host gets (-want +got):\n%s", what, diff)
	}
}

// begins is the initialisation, after which nothing is offered.
func (h *host) begins(flags cliprdr.CapabilityFlags) {
	h.t.Helper()
	h.long = flags&cliprdr.UseLongFormatNames != 0
	h.tells("capabilities", cliprdr.Capabilities{Version: 2, Flags: flags}, nil)
	h.gets("before the monitor is ready")
	h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
	own := cliprdr.UseLongFormatNames | cliprdr.StreamFileClip | cliprdr.FileClipNoFilePaths | flags&(cliprdr.CanLockClipData|cliprdr.HugeFileSupport)
	h.gets("the beginning", cliprdr.Capabilities{Version: 2, Flags: own}, cliprdr.FormatList{Names: h.names()})
	h.accepts()
}

func (h *host) names() cliprdr.NameForm {
	if h.long {
		return cliprdr.LongNames
	}
	return cliprdr.ShortNames
}

func (h *host) accepts() {
	h.t.Helper()
	h.tells("format list response", cliprdr.FormatListResponse{OK: true}, cliprdr.Accepted{OK: true})
}

// copies is an owner change on the host.
func (h *host) copies(kinds []cliprdr.Kind, formats ...cliprdr.Format) {
	h.t.Helper()
	h.tells("host copies", cliprdr.FormatList{Names: h.names(), Formats: formats}, cliprdr.Offered{Kinds: kinds, Formats: formats})
	h.gets("host copies", cliprdr.FormatListResponse{OK: true})
}

func (h *host) offer(o cliprdr.Offer) uint32 {
	h.t.Helper()
	number, err := h.client.Offer(&h.out, o)
	if err != nil {
		h.t.Fatal(err)
	}
	return number
}

func (h *host) request(kind cliprdr.Kind) {
	h.t.Helper()
	if err := h.client.Request(&h.out, kind); err != nil {
		h.t.Fatal(err)
	}
}

func text(s string) []byte { return cliprdr.EncodeText(cliprdr.KindUnicodeText, s) }

func textOffer(s string) cliprdr.Offer {
	return cliprdr.Offer{Contents: []cliprdr.Content{{Kind: cliprdr.KindUnicodeText, Data: text(s)}}}
}

var textFormat = cliprdr.Format{ID: cliprdr.FormatUnicodeText}

func TestTextBothWays(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		h.copies([]cliprdr.Kind{cliprdr.KindUnicodeText, cliprdr.KindText},
			textFormat, cliprdr.Format{ID: 16}, cliprdr.Format{ID: cliprdr.FormatText})
		h.request(cliprdr.KindUnicodeText)
		h.gets("this side pastes", cliprdr.FormatDataRequest{ID: 13})
		h.tells("text", cliprdr.FormatDataResponse{OK: true, Data: text("from the host\r\n😀")},
			cliprdr.Data{Kind: cliprdr.KindUnicodeText, OK: true, Data: text("from the host\r\n😀")})

		h.offer(textOffer("from the browser"))
		h.gets("this side copies", cliprdr.FormatList{Formats: []cliprdr.Format{textFormat}})
		h.accepts()
		h.tells("host pastes", cliprdr.FormatDataRequest{ID: 13}, nil)
		h.gets("host pastes", cliprdr.FormatDataResponse{OK: true, Data: text("from the browser")})
		if err := h.client.Request(&h.out, cliprdr.KindUnicodeText); err == nil {
			t.Error("what the host offered before can still be asked for")
		}
	})
}

func TestEveryRequestIsAnswered(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		h.tells("a request with nothing there", cliprdr.FormatDataRequest{ID: 13}, nil)
		h.gets("nothing there", cliprdr.FormatDataResponse{})
		h.tells("a file with nothing there", cliprdr.FileContentsRequest{Stream: 9, Operation: 1, Length: 8}, nil)
		h.gets("no file", cliprdr.FileContentsResponse{Stream: 9})

		h.offer(cliprdr.Offer{Contents: []cliprdr.Content{
			{Kind: cliprdr.KindUnicodeText, Data: text("x")},
			{Kind: cliprdr.KindPNG, Render: func() []byte { return nil }},
		}})
		h.out.Reset()
		for id, ok := range map[uint32]bool{13: true, 0xD012: false, 1: false, 0xFFFF: false} {
			h.sends(cliprdr.FormatDataRequest{ID: id})
			want := cliprdr.FormatDataResponse{OK: ok}
			if ok {
				want.Data = text("x")
			}
			h.gets(fmt.Sprintf("format %d", id), want)
		}
	})
}

func TestWrongRequestsAreAnsweredToo(t *testing.T) {
	h := &host{t: t, client: &cliprdr.Client{}, chunk: svc.ChunkSize}
	h.begins2()
	for name, tc := range map[string]struct {
		message []byte
		want    cliprdr.PDU
	}{
		"a format list that is cut":         {[]byte("\x02\x00\x00\x00\x02\x00\x00\x00\x0D\x00"), cliprdr.FormatListResponse{}},
		"a format data request that is cut": {[]byte("\x04\x00\x00\x00\x02\x00\x00\x00\x0D\x00"), cliprdr.FormatDataResponse{}},
		"a file request that is cut":        {[]byte("\x08\x00\x00\x00\x06\x00\x00\x00\x07\x00\x00\x00\x01\x00"), cliprdr.FileContentsResponse{Stream: 7}},
	} {
		if event, err := h.sendsBytes(tc.message); err == nil || event != nil {
			t.Errorf("%s: %+v, %v", name, event, err)
		}
		h.gets(name, tc.want)
	}
	for name, message := range map[string]string{
		"an unknown message": "\x63\x00\x00\x00\x00\x00\x00\x00", "a lock that is cut": "\x0A\x00\x00\x00\x00\x00\x00\x00", "half a header": "\x02\x00",
	} {
		if event, err := h.sendsBytes([]byte(message)); err == nil || event != nil {
			t.Errorf("%s: %+v, %v", name, event, err)
		}
		h.gets(name)
	}
}

// begins2 is the initialisation of a host without capabilities and a client without files.
func (h *host) begins2() {
	h.t.Helper()
	h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
	h.gets("the beginning", cliprdr.Capabilities{Version: 2, Flags: cliprdr.UseLongFormatNames}, cliprdr.FormatList{Names: cliprdr.ShortNames})
	h.accepts()
}

func TestAnOldHost(t *testing.T) {
	dialogues(t, func(h *host) {
		h.client.Files = false
		h.client.TempDirectory = `C:\temp`
		h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
		h.gets("the beginning", cliprdr.Capabilities{Version: 2, Flags: cliprdr.UseLongFormatNames},
			cliprdr.TempDirectory{Path: `C:\temp`}, cliprdr.FormatList{Names: cliprdr.ShortNames})
		h.accepts()
		h.offer(cliprdr.Offer{
			Contents: []cliprdr.Content{{Kind: cliprdr.KindHTML, Data: []byte("x")}},
			Files:    []cliprdr.File{{Path: "x"}},
		})
		h.gets("short names, and no files", cliprdr.FormatList{Names: cliprdr.ShortNames, Formats: []cliprdr.Format{{ID: 0xD011, Name: "HTML Format"}}})
		h.accepts()
		html := cliprdr.Format{ID: 0xC0DE, Name: "HTML Format"}
		h.copies([]cliprdr.Kind{cliprdr.KindHTML}, html, cliprdr.Format{ID: 0xC0DF, Name: "FileGroupDescri"}, cliprdr.Format{ID: 0xC0E0, Name: "Rich Text Forma"})
		h.request(cliprdr.KindHTML)
		h.gets("HTML by the host's ID", cliprdr.FormatDataRequest{ID: 0xC0DE})
		if _, err := h.client.RequestSize(&h.out, 0, 0); err == nil || h.client.CanFiles() {
			t.Error("files are asked for that the host cannot give")
		}
	})
}

func TestRequestsWaitForOneAnother(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		png := cliprdr.Format{ID: 0xC100, Name: "image/png"}
		both := []cliprdr.Kind{cliprdr.KindUnicodeText, cliprdr.KindPNG}
		h.copies(both, textFormat, png, cliprdr.Format{ID: 0xC101, Name: "PNG"})
		h.request(cliprdr.KindUnicodeText)
		h.request(cliprdr.KindPNG)
		h.request(cliprdr.KindPNG)
		h.request(cliprdr.KindUnicodeText)
		h.gets("one at a time", cliprdr.FormatDataRequest{ID: 13})
		h.tells("a failure", cliprdr.FormatDataResponse{}, cliprdr.Data{Kind: cliprdr.KindUnicodeText})
		h.gets("the next", cliprdr.FormatDataRequest{ID: 0xC100})

		// The host copies again while the answer is under way.
		h.copies(both, textFormat, png)
		h.request(cliprdr.KindUnicodeText)
		h.request(cliprdr.KindPNG)
		h.request(cliprdr.KindPNG)
		h.gets("the answer is still to come")
		h.tells("the answer to what is no longer wanted", cliprdr.FormatDataResponse{OK: true, Data: []byte("old")}, nil)
		h.gets("the next", cliprdr.FormatDataRequest{ID: 13})
		h.tells("text", cliprdr.FormatDataResponse{OK: true, Data: text("new")}, cliprdr.Data{Kind: cliprdr.KindUnicodeText, OK: true, Data: text("new")})
		h.gets("the last", cliprdr.FormatDataRequest{ID: 0xC100})
		if kind, ok := h.client.GiveUp(&h.out); kind != cliprdr.KindPNG || !ok {
			t.Errorf("given up: %v, %v", kind, ok)
		}
		if kind, ok := h.client.GiveUp(&h.out); ok {
			t.Errorf("given up: %v with nothing under way", kind)
		}
		h.tells("an answer that nobody waits for", cliprdr.FormatDataResponse{OK: true, Data: []byte("png")}, nil)
		h.gets("nothing is left")
	})
}

func TestEchoes(t *testing.T) {
	list := func(formats ...cliprdr.Format) cliprdr.FormatList { return cliprdr.FormatList{Formats: formats} }
	html := func(id uint32) cliprdr.Format { return cliprdr.Format{ID: id, Name: "HTML Format"} }
	both := cliprdr.Offer{Contents: []cliprdr.Content{
		{Kind: cliprdr.KindUnicodeText, Data: text("x")}, {Kind: cliprdr.KindHTML, Data: []byte("x")},
	}}
	for _, tc := range []struct {
		name     string
		offer    cliprdr.Offer
		accepted bool
		list     cliprdr.FormatList
		echo     bool
	}{
		{"the same before the response", textOffer("x"), false, list(textFormat), true},
		{"the same after the response is a copy of its own", textOffer("x"), true, list(textFormat), false},
		{"our IDs after the response", both, true, list(html(0xD011), textFormat), true},
		{"IDs of the host's after the response", both, true, list(html(0xC011), textFormat), false},
		{"IDs of the host's before the response", both, false, list(html(0xC011), textFormat), true},
		{"more formats", textOffer("x"), false, list(textFormat, html(0xC011)), false},
		{"other formats", textOffer("x"), false, list(html(0xC011)), false},
		{"an empty list is the host's", cliprdr.Offer{}, false, list(), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := &host{t: t, client: &cliprdr.Client{Files: true}, chunk: svc.ChunkSize}
			h.begins(all)
			h.offer(tc.offer)
			h.out.Reset()
			if tc.accepted {
				h.accepts()
			}
			if event := h.sends(tc.list); (event == nil) != tc.echo {
				t.Errorf("event %+v", event)
			}
			h.gets("an answer in any case", cliprdr.FormatListResponse{OK: true})
		})
	}
}

func TestEchoesAreSeenFromTheirContent(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		h.offer(textOffer("x"))
		h.gets("this side copies", cliprdr.FormatList{Formats: []cliprdr.Format{textFormat}})
		h.sends(cliprdr.FormatList{Formats: []cliprdr.Format{textFormat}})
		h.gets("the echo is accepted", cliprdr.FormatListResponse{OK: true})
		h.copies([]cliprdr.Kind{cliprdr.KindUnicodeText}, textFormat) // a second one is not an echo by its form
		h.request(cliprdr.KindUnicodeText)
		h.gets("this side pastes", cliprdr.FormatDataRequest{ID: 13})
		h.tells("the host asks back for what it echoes", cliprdr.FormatDataRequest{ID: 13}, nil)
		h.gets("the offer is still there", cliprdr.FormatDataResponse{OK: true, Data: text("x")})
		h.tells("the same text", cliprdr.FormatDataResponse{OK: true, Data: text("x")},
			cliprdr.Data{Kind: cliprdr.KindUnicodeText, OK: true, Data: text("x"), Echo: true})
	})
}

func TestOffersBeforeAndAfterTheBeginning(t *testing.T) {
	dialogues(t, func(h *host) {
		h.offer(textOffer("early"))
		h.gets("the host is not ready")
		h.long = true
		h.sends(cliprdr.Capabilities{Version: 2, Flags: all})
		h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
		list := cliprdr.FormatList{Formats: []cliprdr.Format{textFormat}}
		h.gets("what was offered before", cliprdr.Capabilities{Version: 2, Flags: all}, list)
		h.tells("the clipboard is busy", cliprdr.FormatListResponse{}, cliprdr.Accepted{})
		h.offer(textOffer("again"))
		h.gets("the offer again", list)
		h.accepts()
		h.tells("a response to nothing", cliprdr.FormatListResponse{OK: true}, nil)

		// The host begins anew: what was asked is forgotten, what is offered is not.
		h.copies([]cliprdr.Kind{cliprdr.KindText}, cliprdr.Format{ID: 1})
		h.request(cliprdr.KindText)
		h.gets("this side pastes", cliprdr.FormatDataRequest{ID: 1})
		h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
		h.gets("the beginning again", cliprdr.Capabilities{Version: 2, Flags: all}, list)
		h.tells("a late answer", cliprdr.FormatDataResponse{OK: true, Data: []byte("late")}, nil)
		h.offer(cliprdr.Offer{})
		h.gets("the clipboard is cleared", cliprdr.FormatList{})
	})
}

func TestAHostThatCopiesBeforeItIsReady(t *testing.T) {
	dialogues(t, func(h *host) {
		h.copies([]cliprdr.Kind{cliprdr.KindUnicodeText}, textFormat)
		h.request(cliprdr.KindUnicodeText)
		h.gets("this side pastes", cliprdr.FormatDataRequest{ID: 13})
		h.tells("text", cliprdr.FormatDataResponse{OK: true, Data: text("x")}, cliprdr.Data{Kind: cliprdr.KindUnicodeText, OK: true, Data: text("x")})
	})
}

func TestContentIsRenderedOnceAndLate(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		rendered := 0
		h.offer(cliprdr.Offer{Contents: []cliprdr.Content{
			{Kind: cliprdr.KindPNG, Data: []byte("png")},
			{Kind: cliprdr.KindDIB, Render: func() []byte { rendered++; return []byte("dib") }},
			{Kind: cliprdr.KindDIBV5, Render: func() []byte { return make([]byte, cliprdr.MaxContent+1) }},
		}})
		h.gets("the best first", cliprdr.FormatList{Formats: []cliprdr.Format{{ID: 0xD012, Name: "PNG"}, {ID: 8}, {ID: 17}}})
		if rendered != 0 {
			t.Error("rendered before it was asked for")
		}
		for range 2 {
			h.sends(cliprdr.FormatDataRequest{ID: 8})
			h.gets("host pastes", cliprdr.FormatDataResponse{OK: true, Data: []byte("dib")})
		}
		if rendered != 1 {
			t.Errorf("rendered %d times", rendered)
		}
		if h.chunk != 1 {
			h.sends(cliprdr.FormatDataRequest{ID: 17})
			h.gets("too large", cliprdr.FormatDataResponse{})
		}
	})
}

func TestOffersThatAreRefused(t *testing.T) {
	var out svc.Messages
	c := &cliprdr.Client{Files: true}
	for name, o := range map[string]cliprdr.Offer{
		"no kind":        {Contents: []cliprdr.Content{{}}},
		"an unknown one": {Contents: []cliprdr.Content{{Kind: 99}}},
		"files twice":    {Contents: []cliprdr.Content{{Kind: cliprdr.KindFiles}}},
		"text twice":     {Contents: []cliprdr.Content{{Kind: cliprdr.KindText}, {Kind: cliprdr.KindText}}},
		"too many files": {Files: make([]cliprdr.File, cliprdr.MaxFiles+1)},
		"a long name":    {Files: []cliprdr.File{{Path: string(bytes.Repeat([]byte("abc/"), 80))}}},
	} {
		if number, err := c.Offer(&out, o); err == nil {
			t.Errorf("%s: offer %d", name, number)
		}
	}
	if err := c.Request(&out, cliprdr.KindText); err == nil || out.Len() != 0 {
		t.Errorf("a request before the host is ready: %v", err)
	}
	if _, err := c.RequestSize(&out, 0, 0); err == nil {
		t.Error("a file before the host is ready")
	}
}

var filesFormat = cliprdr.Format{ID: 0xC0BC, Name: "FileGroupDescriptorW"}

func TestFilesOfTheHost(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		h.copies([]cliprdr.Kind{cliprdr.KindFiles}, filesFormat, cliprdr.Format{ID: 0xC0BD, Name: "FileContents"})
		lock, err := h.client.RequestFiles(&h.out)
		if err != nil || lock == 0 {
			t.Fatalf("lock %d, %v", lock, err)
		}
		h.gets("lock before the list", cliprdr.Lock{ID: lock}, cliprdr.FormatDataRequest{ID: 0xC0BC})
		list := []cliprdr.FileDescriptor{
			{Flags: cliprdr.HasAttributes, Attributes: cliprdr.AttributeDirectory, Name: "dir"}, {Name: `dir\a.txt`}, {Name: `..\b.txt`},
		}
		data, ok := h.sends(cliprdr.FormatDataResponse{OK: true, Data: cliprdr.AppendFileList(nil, list)}).(cliprdr.Data)
		if !ok || data.Kind != cliprdr.KindFiles {
			t.Fatalf("file list %+v", data)
		}
		files, err := cliprdr.ParseFileList(data.Data)
		if err != nil || len(files) != 3 || !files[0].Directory() || files[1].Path() != "dir/a.txt" || files[2].Path() != "b.txt" {
			t.Fatalf("%+v, %v", files, err)
		}

		// Several requests are under way, and something else is copied meanwhile.
		size := h.stream(h.client.RequestSize(&h.out, 1, lock))
		one := h.stream(h.client.RequestRange(&h.out, 1, 0, 4, lock))
		two := h.stream(h.client.RequestRange(&h.out, 2, 1<<33, 65536, lock))
		h.gets("three requests",
			cliprdr.FileContentsRequest{Stream: size, Index: 1, Operation: 1, Length: 8, Lock: lock, Locked: true},
			cliprdr.FileContentsRequest{Stream: one, Index: 1, Operation: 2, Length: 4, Lock: lock, Locked: true},
			cliprdr.FileContentsRequest{Stream: two, Index: 2, Operation: 2, Offset: 1 << 33, Length: 65536, Lock: lock, Locked: true})
		h.copies([]cliprdr.Kind{cliprdr.KindUnicodeText}, textFormat)
		h.tells("the last first", cliprdr.FileContentsResponse{OK: true, Stream: two, Data: []byte("huge")}, cliprdr.FileContents{Stream: two, OK: true, Data: []byte("huge")})
		h.tells("the size", cliprdr.FileContentsResponse{OK: true, Stream: size, Data: binary.LittleEndian.AppendUint64(nil, 1<<34)},
			cliprdr.FileContents{Stream: size, OK: true, Size: 1 << 34})
		h.tells("a failure", cliprdr.FileContentsResponse{Stream: one}, cliprdr.FileContents{Stream: one})
		h.tells("an answer twice", cliprdr.FileContentsResponse{OK: true, Stream: one, Data: []byte("more")}, nil)
		h.client.Unlock(&h.out, lock)
		h.gets("unlock", cliprdr.Unlock{ID: lock})
	})
}

func (h *host) stream(stream uint32, err error) uint32 {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	return stream
}

func TestAnswersOfTheHostThatAreWrong(t *testing.T) {
	h := &host{t: t, client: &cliprdr.Client{Files: true}, chunk: svc.ChunkSize}
	h.begins(cliprdr.UseLongFormatNames | cliprdr.StreamFileClip)
	h.copies([]cliprdr.Kind{cliprdr.KindFiles}, filesFormat)
	if lock, err := h.client.RequestFiles(&h.out); lock != 0 || err != nil {
		t.Errorf("lock %d of a host without locks, %v", lock, err)
	}
	h.gets("the list", cliprdr.FormatDataRequest{ID: 0xC0BC})
	h.client.Unlock(&h.out, 0)
	h.gets("nothing to unlock")
	size := h.stream(h.client.RequestSize(&h.out, 0, 0))
	part := h.stream(h.client.RequestRange(&h.out, 0, 0, 4, 0))
	gone := h.stream(h.client.RequestRange(&h.out, 0, 0, 4, 0))
	h.client.Forget(gone)
	for stream, data := range map[uint32]string{size: "1234567", part: "12345"} {
		event, err := h.sendsBytes(cliprdr.FileContentsResponse{OK: true, Stream: stream, Data: []byte(data)}.Append(nil))
		if diff := cmp.Diff(cliprdr.Event(cliprdr.FileContents{Stream: stream}), event); diff != "" || err == nil {
			t.Errorf("%q: %v, event (-want +got):\n%s", data, err, diff)
		}
	}
	h.tells("what was forgotten", cliprdr.FileContentsResponse{OK: true, Stream: gone, Data: []byte("1234")}, nil)
	for name, request := range map[string]func() (uint32, error){
		"a negative file":   func() (uint32, error) { return h.client.RequestSize(&h.out, -1, 0) },
		"a negative length": func() (uint32, error) { return h.client.RequestRange(&h.out, 0, 0, -1, 0) },
		"a large length":    func() (uint32, error) { return h.client.RequestRange(&h.out, 0, 0, cliprdr.MaxRange+1, 0) },
		"a huge file":       func() (uint32, error) { return h.client.RequestRange(&h.out, 0, 1<<32, 1, 0) },
	} {
		if stream, err := request(); err == nil {
			t.Errorf("%s: stream %d", name, stream)
		}
	}
	for range cliprdr.MaxStreams {
		h.stream(h.client.RequestSize(&h.out, 0, 0))
	}
	if stream, err := h.client.RequestSize(&h.out, 0, 0); err == nil {
		t.Errorf("stream %d above the limit", stream)
	}
}

// offered are the files of this side in the tests below.
var offered = cliprdr.Offer{Files: []cliprdr.File{{Path: "dir", Directory: true}, {Path: "dir/a.txt", Size: 10}, {Path: "huge", Size: 1 << 33}}}

func TestFilesOfThisSideAreRead(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		first := h.offer(offered)
		h.gets("this side copies", cliprdr.FormatList{Formats: []cliprdr.Format{{ID: 0xD013, Name: "FileGroupDescriptorW"}}})
		h.accepts()
		h.tells("lock", cliprdr.Lock{ID: 5}, nil)
		h.sends(cliprdr.FormatDataRequest{ID: 0xD013})
		var list []cliprdr.FileDescriptor
		for _, f := range offered.Files {
			d, err := f.Descriptor()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, d)
		}
		h.gets("the list", cliprdr.FormatDataResponse{OK: true, Data: cliprdr.AppendFileList(nil, list)})

		size := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
		ask := cliprdr.FileContentsRequest{Operation: 2, Lock: 5, Locked: true}
		with := func(change func(p *cliprdr.FileContentsRequest)) cliprdr.FileContentsRequest {
			p := ask
			change(&p)
			return p
		}
		for _, tc := range []struct {
			name string
			ask  cliprdr.FileContentsRequest
			want cliprdr.FileContentsResponse
		}{
			{"a size", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Operation = 2, 1 }), cliprdr.FileContentsResponse{OK: true, Data: size(1 << 33)}},
			{"a directory", with(func(p *cliprdr.FileContentsRequest) { p.Length = 8 }), cliprdr.FileContentsResponse{}},
			{"a file that is not there", with(func(p *cliprdr.FileContentsRequest) { p.Index = 3 }), cliprdr.FileContentsResponse{}},
			{"a negative index", with(func(p *cliprdr.FileContentsRequest) { p.Index = -1 }), cliprdr.FileContentsResponse{}},
			{"no operation", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Operation = 1, 0 }), cliprdr.FileContentsResponse{}},
			{"both operations", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Operation = 1, 3 }), cliprdr.FileContentsResponse{}},
			{"beyond the end", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Offset, p.Length = 1, 10, 8 }), cliprdr.FileContentsResponse{OK: true, Data: []byte{}}},
			{"far beyond the end", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Offset, p.Length = 1, 1<<64-1, 8 }), cliprdr.FileContentsResponse{OK: true, Data: []byte{}}},
			{"a lock that is not there", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Lock = 1, 6 }), cliprdr.FileContentsResponse{}},
		} {
			h.tells(tc.name, tc.ask, nil)
			h.gets(tc.name, tc.want)
		}

		// Parts are asked for before and after something else is copied here.
		h.tells("the first part", cliprdr.FileContentsRequest{Stream: 1, Index: 1, Operation: 2, Offset: 4, Length: 100, Lock: 5, Locked: true},
			cliprdr.FileRequest{Stream: 1, Offer: first, Index: 1, Offset: 4, Length: 6})
		second := h.offer(textOffer("other"))
		h.out.Reset()
		h.tells("a part of what is locked", cliprdr.FileContentsRequest{Stream: 2, Index: 2, Operation: 2, Offset: 1 << 32, Length: 1 << 30, Lock: 5, Locked: true},
			cliprdr.FileRequest{Stream: 2, Offer: first, Index: 2, Offset: 1 << 32, Length: cliprdr.MaxRange})
		h.tells("a stream twice", cliprdr.FileContentsRequest{Stream: 2, Index: 2, Operation: 2, Length: 1, Lock: 5, Locked: true}, nil)
		h.gets("a stream twice", cliprdr.FileContentsResponse{Stream: 2})
		h.tells("what is not locked", cliprdr.FileContentsRequest{Stream: 3, Index: 1, Operation: 2, Length: 1}, nil)
		h.gets("what is not locked", cliprdr.FileContentsResponse{Stream: 3})

		h.tells("unlock", cliprdr.Unlock{ID: 5}, cliprdr.Unlocked{Offer: first})
		if !h.client.Holds(first) || !h.client.Holds(second) {
			t.Error("files are let go that are still to be read")
		}
		if err := h.client.AnswerFile(&h.out, 1, []byte("1234567")); err == nil {
			t.Error("more than was asked for is sent")
		}
		h.client.RefuseFile(&h.out, 2)
		h.gets("the second is refused", cliprdr.FileContentsResponse{Stream: 2})
		if err := h.client.AnswerFile(&h.out, 1, []byte("123456")); err != nil {
			t.Error(err)
		}
		h.gets("the first is answered last", cliprdr.FileContentsResponse{OK: true, Stream: 1, Data: []byte("123456")})
		if h.client.Holds(first) {
			t.Error("files are kept that nobody can ask for")
		}
		h.client.RefuseFile(&h.out, 2)
		if err := h.client.AnswerFile(&h.out, 1, nil); err == nil || h.out.Len() != 0 {
			t.Error("a request is answered twice")
		}
		h.tells("unlock again", cliprdr.Unlock{ID: 5}, nil)
	})
}

func TestTheHostsRequestsAreBounded(t *testing.T) {
	h := &host{t: t, client: &cliprdr.Client{Files: true}, chunk: svc.ChunkSize}
	h.begins(all)
	first := h.offer(offered)
	h.out.Reset()
	for id := range uint32(100) {
		h.sends(cliprdr.Lock{ID: id})
	}
	h.sends(cliprdr.FileContentsRequest{Stream: 1, Index: 1, Operation: 1, Lock: 99, Locked: true})
	h.gets("a lock above the limit", cliprdr.FileContentsResponse{Stream: 1})
	for stream := range uint32(cliprdr.MaxStreams) {
		if event := h.sends(cliprdr.FileContentsRequest{Stream: stream, Index: 1, Operation: 2, Length: 1}); event == nil {
			t.Fatalf("stream %d is refused", stream)
		}
	}
	h.sends(cliprdr.FileContentsRequest{Stream: cliprdr.MaxStreams, Index: 1, Operation: 2, Length: 1})
	h.gets("a stream above the limit", cliprdr.FileContentsResponse{Stream: cliprdr.MaxStreams})
	h.offer(cliprdr.Offer{})
	if !h.client.Holds(first) {
		t.Error("files are let go that are locked")
	}
}

func FuzzClient(f *testing.F) {
	add := func(pdus ...cliprdr.PDU) {
		var script []byte
		for _, p := range pdus {
			message := p.Append(nil)
			script = append(binary.LittleEndian.AppendUint16(script, uint16(len(message))), message...)
		}
		f.Add(script)
	}
	begin := []cliprdr.PDU{cliprdr.Capabilities{Flags: all}, cliprdr.MonitorReady{}, cliprdr.FormatListResponse{OK: true}}
	add(append(begin, cliprdr.FormatList{Formats: []cliprdr.Format{textFormat, filesFormat}}, cliprdr.FormatDataResponse{OK: true, Data: text("x")})...)
	add(append(begin, cliprdr.Lock{ID: 5}, cliprdr.FormatDataRequest{ID: 0xD013}, cliprdr.FileContentsRequest{Stream: 1, Index: 1, Operation: 2, Length: 9, Lock: 5, Locked: true}, cliprdr.Unlock{ID: 5})...)
	add(append(begin, cliprdr.FormatList{Formats: []cliprdr.Format{filesFormat}}, cliprdr.FileContentsResponse{OK: true, Stream: 1, Data: make([]byte, 8)})...)
	f.Fuzz(func(t *testing.T, script []byte) {
		c := &cliprdr.Client{Files: true}
		var out svc.Messages
		if _, err := c.Offer(&out, offered); err != nil {
			t.Fatal(err)
		}
		for len(script) >= 2 {
			n := min(int(binary.LittleEndian.Uint16(script)), len(script)-2)
			message := script[2 : 2+n]
			script = script[2+n:]
			out.Reset()
			event, err := c.Handle(&out, message)
			if n >= 2 && err == nil && event == nil && out.Len() == 0 && answerIsDue(cliprdr.Type(binary.LittleEndian.Uint16(message))) {
				t.Fatalf("%x has no answer", message)
			}
			react(t, c, &out, event)
			if out.Len() > 8 {
				t.Fatalf("%x makes %d messages", message, out.Len())
			}
			out.Each(func(message []byte) {
				_, longErr := cliprdr.Parse(message, true)
				_, shortErr := cliprdr.Parse(message, false)
				if longErr != nil && shortErr != nil {
					t.Fatalf("%x is sent: %v, %v", message, longErr, shortErr)
				}
			})
		}
	})
}

func answerIsDue(kind cliprdr.Type) bool {
	return kind == cliprdr.TypeFormatList || kind == cliprdr.TypeFormatDataRequest || kind == cliprdr.TypeFileContentsRequest
}

// react does what an engine does with events.
func react(t *testing.T, c *cliprdr.Client, out *svc.Messages, event cliprdr.Event) {
	switch e := event.(type) {
	case cliprdr.Offered:
		for _, kind := range e.Kinds {
			if err := c.Request(out, kind); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.RequestFiles(out); err == nil {
			c.RequestRange(out, 0, 0, 4, 0) // which is refused above the limit of streams
		}
	case cliprdr.FileRequest:
		if e.Index >= len(offered.Files) || e.Offset+uint64(e.Length) > offered.Files[e.Index].Size {
			t.Fatalf("%+v", e)
		}
		if err := c.AnswerFile(out, e.Stream, make([]byte, min(e.Length, 16))); err != nil {
			t.Fatal(err)
		}
	case cliprdr.FileContents:
		if len(e.Data) > 4 {
			t.Fatalf("%+v", e)
		}
	}
}
