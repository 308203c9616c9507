// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"encoding/binary"
	"image"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rfb"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

// caps is a server's message of what it can do of the Extended Clipboard.
func caps(flags, maxText uint32) []byte {
	b := []byte{3, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xF8}
	b = binary.BigEndian.AppendUint32(b, rfb.ClipboardCaps|rfb.ClipboardText|flags)
	return binary.BigEndian.AppendUint32(b, maxText)
}

func TestPastedTextGoesTheWayThatTheServerTakes(t *testing.T) {
	// Features: VNC-16
	const noNotify = rfb.ClipboardRequest | rfb.ClipboardPeek | rfb.ClipboardProvide
	notify := rfb.AppendClipboardAction(nil, rfb.ClipboardNotify|rfb.ClipboardText)
	for _, tc := range []struct {
		name, encoding string
		caps           []byte
		text           string
		want           []byte
	}{
		{"Latin-1", "", nil, "gr\u00fcn", rfb.AppendClientCutText(nil, []byte("gr\xfcn"))},
		{"Latin-1 without the character", "", nil, "a\u20acb", rfb.AppendClientCutText(nil, []byte("a?b"))},
		{"CP1252 with the character", "CP1252", nil, "a\u20acb", rfb.AppendClientCutText(nil, []byte("a\x80b"))},
		{"UTF-8", "UTF-8", nil, "a\u20acb", rfb.AppendClientCutText(nil, []byte("a\u20acb"))},
		{"notify", "", caps(noNotify|rfb.ClipboardNotify, 1<<20), "a\u20acb", notify},
		{"no notify", "", caps(noNotify, 1<<20), "a\u20acb", rfb.AppendClipboardProvide(nil, "a\u20acb")},
		{"no notify, plain enough", "", caps(noNotify, 1<<20), "gr\u00fcn", rfb.AppendClientCutText(nil, []byte("gr\xfcn"))},
		{"no notify, too long", "", caps(noNotify, 4), "a\u20acb", rfb.AppendClientCutText(nil, []byte("a?b"))},
		{"nothing but capabilities", "", caps(0, 0), "a\u20acb", rfb.AppendClientCutText(nil, []byte("a?b"))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ready, done := make(chan struct{}), make(chan struct{})
			params := serve(t, func(s *rfbtest.Server) {
				s.Handshake(64, 48, "")
				s.Setup()
				if tc.caps != nil {
					s.Write(tc.caps)
					s.Want("our capabilities", rfb.AppendClipboardCaps(nil, maxUnasked))
				}
				s.Write(fill(image.Rect(0, 0, 64, 48), red))
				s.Request()
				close(ready)
				s.Want("the clipboard", tc.want)
				close(done)
			})
			params["clipboard-encoding"] = tc.encoding
			u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params})
			u.WaitPixels("the desktop", pixelIs(63, 47, red))
			<-ready
			u.SetClipboard(tc.text)
			<-done
		})
	}
}
