// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"encoding/binary"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

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
