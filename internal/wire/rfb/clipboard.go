// SPDX-License-Identifier: Apache-2.0

package rfb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zlib"
)

// Flags of the Extended Clipboard: formats in the low bits, actions in the high.
const (
	ClipboardText = 1 << 0

	ClipboardCaps    = 1 << 24
	ClipboardRequest = 1 << 25
	ClipboardPeek    = 1 << 26
	ClipboardNotify  = 1 << 27
	ClipboardProvide = 1 << 28
)

// ClipboardMessage is one message of the Extended Clipboard.
type ClipboardMessage struct {
	Flags uint32
	// Text is what a provide message brings, with line feeds alone at the ends of lines.
	Text string
	// HasText tells an empty text from none.
	HasText bool
	// MaxText is the size up to which a side takes text unasked, in a message of its capabilities.
	MaxText uint32
}

// Has reports whether all given flags are set.
func (m ClipboardMessage) Has(flags uint32) bool { return m.Flags&flags == flags }

// ParseClipboardMessage reads the body of an extended cut text message, of either side.
func ParseClipboardMessage(b []byte) (ClipboardMessage, error) {
	if len(b) < 4 {
		return ClipboardMessage{}, fmt.Errorf("rfb: clipboard message of %d bytes", len(b))
	}
	msg := ClipboardMessage{Flags: binary.BigEndian.Uint32(b)}
	// Capabilities name every action, so there the provide bit does not say that text follows. A size follows for each
	// format; that of text is the first.
	if msg.Has(ClipboardCaps | ClipboardText) {
		msg.MaxText = maxCutText
		if len(b) >= 8 {
			msg.MaxText = binary.BigEndian.Uint32(b[4:])
		}
	}
	if msg.Has(ClipboardCaps) || !msg.Has(ClipboardProvide|ClipboardText) {
		return msg, nil
	}
	text, err := inflateText(b[4:])
	if err != nil {
		return msg, fmt.Errorf("rfb: clipboard: %w", err)
	}
	msg.Text, msg.HasText = text, true
	return msg, nil
}

// inflateText reads a zlib stream of a length and the text, which ends in a NUL.
func inflateText(b []byte) (string, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	var head [4]byte
	if _, err := io.ReadFull(z, head[:]); err != nil {
		return "", err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxCutText {
		return "", fmt.Errorf("text of %d bytes", n)
	}
	var text bytes.Buffer // grows with what arrives, not with what is announced
	if _, err := io.CopyN(&text, z, int64(n)); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return "", err
	}
	valid := bytes.ToValidUTF8(bytes.TrimSuffix(text.Bytes(), []byte{0}), []byte("\uFFFD"))
	return strings.ReplaceAll(string(valid), "\r\n", "\n"), nil
}

// AppendClipboardCaps tells the server what this client can: text, unasked up to the given
// size, and every action.
func AppendClipboardCaps(b []byte, maxUnasked int) []byte {
	const actions = ClipboardRequest | ClipboardPeek | ClipboardNotify | ClipboardProvide
	body := binary.BigEndian.AppendUint32(nil, ClipboardCaps|actions|ClipboardText)
	return appendExtended(b, binary.BigEndian.AppendUint32(body, uint32(maxUnasked)))
}

// AppendClipboardAction appends a message without data: a request, peek or notify.
func AppendClipboardAction(b []byte, flags uint32) []byte {
	return appendExtended(b, binary.BigEndian.AppendUint32(nil, flags))
}

// AppendClipboardProvide appends text to the message that brings it.
func AppendClipboardProvide(b []byte, text string) []byte {
	var body bytes.Buffer
	body.Write(binary.BigEndian.AppendUint32(nil, ClipboardProvide|ClipboardText))
	z := zlib.NewWriter(&body) // writing to memory cannot fail
	crlf := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n") + "\x00"
	_, _ = z.Write(binary.BigEndian.AppendUint32(nil, uint32(len(crlf))))
	_, _ = io.WriteString(z, crlf)
	_ = z.Close()
	return appendExtended(b, body.Bytes())
}

// appendExtended appends ClientCutText with the negated length of body.
func appendExtended(b, body []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, clientCutText, 0, 0, 0), uint32(-int32(len(body))))
	return append(b, body...)
}
