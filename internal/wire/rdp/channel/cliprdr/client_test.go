// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

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

func TestPicturesAndHTMLBothWays(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		img := image.NewNRGBA(image.Rect(0, 0, 3, 2))
		img.SetNRGBA(1, 1, color.NRGBA{R: 9, G: 8, B: 7, A: 0xFF})
		dib, err := cliprdr.AppendDIBV5(nil, img)
		if err != nil {
			t.Fatal(err)
		}
		html := cliprdr.NewHTML("<i>x</i>").Append(nil)
		h.copies([]cliprdr.Kind{cliprdr.KindHTML, cliprdr.KindDIBV5}, cliprdr.Format{ID: 0xC0F1, Name: "HTML Format"}, cliprdr.Format{ID: cliprdr.FormatDIBV5})
		h.request(cliprdr.KindDIBV5)
		h.request(cliprdr.KindHTML)
		h.gets("the picture first", cliprdr.FormatDataRequest{ID: 17})
		h.tells("a picture", cliprdr.FormatDataResponse{OK: true, Data: dib}, cliprdr.Data{Kind: cliprdr.KindDIBV5, OK: true, Data: dib})
		h.gets("then HTML", cliprdr.FormatDataRequest{ID: 0xC0F1})
		h.tells("HTML", cliprdr.FormatDataResponse{OK: true, Data: html}, cliprdr.Data{Kind: cliprdr.KindHTML, OK: true, Data: html})

		h.offer(cliprdr.Offer{Contents: []cliprdr.Content{{Kind: cliprdr.KindHTML, Data: html}, {Kind: cliprdr.KindDIBV5, Data: dib}}})
		h.gets("this side copies", cliprdr.FormatList{Formats: []cliprdr.Format{{ID: 0xD011, Name: "HTML Format"}, {ID: 17}}})
		h.sends(cliprdr.FormatDataRequest{ID: 17})
		h.sends(cliprdr.FormatDataRequest{ID: 0xD011})
		h.gets("host pastes both", cliprdr.FormatDataResponse{OK: true, Data: dib}, cliprdr.FormatDataResponse{OK: true, Data: html})
	})
}
