// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
)

// maxUnasked is the size up to which the server may send its clipboard unasked.
const maxUnasked = 256 << 10

// CutText passes the server's clipboard on to the users.
func (c screen) CutText(text []byte) {
	decoded, err := charset(c.cfg.Params.String("clipboard-encoding")).NewDecoder().Bytes(text)
	if err != nil {
		c.log.Debug("server's clipboard could not be decoded", slog.String("error", err.Error()))
		return
	}
	c.toUsers(string(decoded))
}

// Clipboard is a message of the Extended Clipboard.
func (c screen) Clipboard(msg rfb.ClipboardMessage) {
	switch {
	case msg.Has(rfb.ClipboardCaps):
		c.mu.Lock()
		c.server = msg
		c.mu.Unlock()
		_ = c.out.send(rfb.AppendClipboardCaps(nil, maxUnasked))
	case msg.Has(rfb.ClipboardRequest | rfb.ClipboardText):
		c.mu.Lock()
		text := c.clipboard
		c.mu.Unlock()
		_ = c.out.send(rfb.AppendClipboardProvide(nil, text))
	case msg.Has(rfb.ClipboardPeek):
		_ = c.out.send(rfb.AppendClipboardAction(nil, rfb.ClipboardNotify|rfb.ClipboardText))
	case msg.Has(rfb.ClipboardNotify | rfb.ClipboardText):
		_ = c.out.send(rfb.AppendClipboardAction(nil, rfb.ClipboardRequest|rfb.ClipboardText))
	case msg.HasText:
		c.toUsers(msg.Text)
	}
}

// toUsers sends text to everybody's clipboard, unless that is forbidden.
func (c screen) toUsers(text string) {
	if c.cfg.Params.Bool("disable-copy") {
		return
	}
	data := []byte(truncate(text, c.cfg.Params.Int("clipboard-buffer-size")))
	for _, u := range c.cfg.Session.Users() {
		u.SendClipboard("text/plain", data)
	}
}

// Clipboard takes a user's clipboard to the server.
func (c input) Clipboard(_ *session.User, in *session.InStream) {
	if c.cfg.Params.Bool("disable-paste") {
		in.Refuse(guac.ClientForbidden, "pasting is disabled")
		return
	}
	if !strings.HasPrefix(in.Mimetype(), "text/plain") {
		in.Refuse(guac.ClientBadType, "only text can be pasted")
		return
	}
	limit := c.cfg.Params.Int("clipboard-buffer-size")
	data, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err != nil {
		c.log.Debug("clipboard was not received in whole", slog.String("error", err.Error()))
		return
	}
	text := truncate(strings.ToValidUTF8(string(data), "\uFFFD"), limit)
	c.mu.Lock()
	c.clipboard = text
	server := c.server
	c.mu.Unlock()
	_ = c.out.send(c.offer(server, text))
}

// offer returns the message that brings text to the server in the best way that it takes. One without notify is sent
// what its character set holds as plain text, since a program below it may have no other; only the rest is provided.
func (c input) offer(server rfb.ClipboardMessage, text string) []byte {
	if server.Has(rfb.ClipboardNotify | rfb.ClipboardText) {
		return rfb.AppendClipboardAction(nil, rfb.ClipboardNotify|rfb.ClipboardText)
	}
	plain, whole := encodeText(c.cfg.Params.String("clipboard-encoding"), text)
	if !whole && server.Has(rfb.ClipboardProvide|rfb.ClipboardText) && len(text) <= int(server.MaxText) {
		return rfb.AppendClipboardProvide(nil, text)
	}
	return rfb.AppendClientCutText(nil, plain)
}

// encodeText brings text to the server's character set, and reports whether that holds all of it: what it lacks becomes
// a question mark.
func encodeText(name, text string) (encoded []byte, whole bool) {
	set := charset(name)
	table, ok := set.(*charmap.Charmap)
	if !ok {
		encoded, err := set.NewEncoder().Bytes([]byte(text)) // Unicode has all
		return encoded, err == nil
	}
	whole = true
	for _, r := range text {
		b, ok := table.EncodeRune(r)
		if !ok {
			b, whole = '?', false
		}
		encoded = append(encoded, b)
	}
	return encoded, whole
}

// charset returns the character set that clipboard-encoding names.
func charset(name string) encoding.Encoding {
	switch name {
	case "UTF-8":
		return unicode.UTF8
	case "UTF-16":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "CP1252":
		return charmap.Windows1252
	case "MacRoman":
		return charmap.Macintosh
	default:
		return charmap.ISO8859_1
	}
}

// truncate cuts text to limit bytes, between characters.
func truncate(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
