// SPDX-License-Identifier: Apache-2.0

package rfb

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

// Types of the server's messages (RFC 6143, section 7.6, and extensions).
const (
	serverFramebufferUpdate      = 0
	serverSetColourMapEntries    = 1
	serverBell                   = 2
	serverCutText                = 3
	serverEndOfContinuousUpdates = 150
	serverFence                  = 248
)

// maxCutText bounds a clipboard; what is longer is read and dropped.
const maxCutText = 8 << 20

const (
	// maxCursor bounds the sides of a cursor that is shown, maxOddCursor those of one that is read past.
	maxCursor    = 512
	maxOddCursor = 4096
	// maxArea bounds the pixels of a rectangle: servers that have just changed the size may send the old one.
	maxArea = 4 * MaxPixels
)

// Screen is one screen of an extended desktop.
type Screen struct {
	ID    uint32
	Rect  image.Rectangle
	Flags uint32
}

// Resize is a new size of the framebuffer. With the extended form of the message come
// the screens and, if a client asked for the size, the result.
type Resize struct {
	Width, Height int
	Extended      bool
	Screens       []Screen
	// Reason is 0 for the server, 1 for this client's request, 2 for another's.
	Reason int
	// Result is 0 if this client's request was granted; then nothing else counts.
	Result int
}

// Handler is told what the server sends. Calls come from the decoder's goroutine, one
// at a time; slices are valid during the call, except where said. Rectangles may lie in
// part or wholly outside of the framebuffer.
type Handler interface {
	encoding.Sink
	// Resize comes before the pixels of the new size.
	Resize(r Resize)
	// Cursor is the pointer's shape; an empty one is invisible.
	Cursor(img *image.RGBA, hotspot image.Point)
	// UpdateEnd follows the last rectangle of a framebuffer update.
	UpdateEnd()
	Bell()
	// CutText is the server's clipboard, in whatever character set the server thinks of as
	// Latin-1.
	CutText(text []byte)
	// Clipboard is a message of the Extended Clipboard.
	Clipboard(msg ClipboardMessage)
	DesktopName(name string)
	// Fence asks for AppendFenceAnswer with the same flags and payload.
	Fence(flags uint32, payload []byte)
	// ContinuousUpdates says that the server can, or no longer does, send unasked.
	ContinuousUpdates()
	// Odd tells of something that is not as it should be, and does no harm: it was passed over.
	Odd(what string)
}

// Decoder reads the server's messages. It is for one goroutine.
type Decoder struct {
	r      *bufio.Reader
	pixels *encoding.Decoder
	format encoding.PixelFormat
	bounds image.Rectangle
	h      Handler
}

// decoderBuffer is what is read ahead.
const decoderBuffer = 32 << 10

// NewDecoder returns a decoder for the stream after the handshake. Format is the one that
// was set; with swap, red and blue are exchanged.
func NewDecoder(r io.Reader, init ServerInit, format encoding.PixelFormat, swap bool, h Handler) *Decoder {
	d := &Decoder{
		r: bufio.NewReaderSize(r, decoderBuffer), pixels: encoding.NewDecoder(format), format: format,
		bounds: image.Rect(0, 0, init.Width, init.Height), h: h,
	}
	if swap {
		d.pixels.SwapRedBlue()
	}
	return d
}

// Wait returns when a message has begun, so that the caller can tell a server that has
// nothing to say from one that stops within a message.
func (d *Decoder) Wait() error {
	_, err := d.r.Peek(1)
	return err
}

// Message reads one message and tells it to the handler.
func (d *Decoder) Message() error {
	kind, err := d.r.ReadByte()
	if err != nil {
		return err
	}
	switch kind {
	case serverFramebufferUpdate:
		err = d.framebufferUpdate()
	case serverSetColourMapEntries:
		err = d.setColourMapEntries()
	case serverBell:
		d.h.Bell()
	case serverCutText:
		err = d.cutText()
	case serverEndOfContinuousUpdates:
		d.h.ContinuousUpdates()
	case serverFence:
		err = d.fence()
	default:
		err = fmt.Errorf("rfb: unknown message %d", kind)
	}
	if err == io.EOF { //nolint:errorlint // readers return it bare
		err = io.ErrUnexpectedEOF
	}
	return err
}

// framebufferUpdate reads FramebufferUpdate (section 7.6.1).
func (d *Decoder) framebufferUpdate() error {
	head, err := d.read(3) // padding, number-of-rectangles
	if err != nil {
		return err
	}
	count := int(binary.BigEndian.Uint16(head[1:]))
	for i := 0; i < count || count == 0xFFFF; i++ {
		last, err := d.rectangle()
		if err != nil {
			return err
		}
		if last {
			break
		}
	}
	d.h.UpdateEnd()
	return nil
}

// rectangle reads one rectangle and reports whether it was LastRect.
func (d *Decoder) rectangle() (last bool, err error) {
	head, err := d.read(12)
	if err != nil {
		return false, err
	}
	x, y := int(binary.BigEndian.Uint16(head)), int(binary.BigEndian.Uint16(head[2:]))
	w, h := int(binary.BigEndian.Uint16(head[4:])), int(binary.BigEndian.Uint16(head[6:]))
	t := encoding.Type(int32(binary.BigEndian.Uint32(head[8:])))
	switch t {
	case PseudoLastRect:
		return true, nil
	case PseudoDesktopSize:
		d.resize(Resize{Width: w, Height: h})
		return false, nil
	case PseudoExtendedDesktopSize:
		return false, d.extendedDesktopSize(Resize{Width: w, Height: h, Extended: true, Reason: x, Result: y})
	case PseudoCursor:
		return false, d.cursor(image.Pt(x, y), w, h)
	case PseudoCursorWithAlpha:
		return false, d.cursorWithAlpha(image.Pt(x, y), w, h)
	case PseudoDesktopName:
		return false, d.desktopName()
	}
	rect := image.Rect(x, y, x+w, y+h)
	if !rect.In(d.bounds) {
		if w*h > maxArea {
			return false, fmt.Errorf("rfb: %s rectangle %v is far larger than %v", t, rect, d.bounds)
		}
		d.h.Odd("a rectangle beyond the edge of the desktop")
	}
	return false, d.pixels.Decode(d.r, t, rect, d.bounds, d.h)
}

func (d *Decoder) resize(r Resize) {
	if r.Result == 0 {
		d.bounds = image.Rect(0, 0, r.Width, r.Height)
	}
	d.h.Resize(r)
}

// extendedDesktopSize reads number-of-screens and the screens.
func (d *Decoder) extendedDesktopSize(r Resize) error {
	head, err := d.read(4)
	if err != nil {
		return err
	}
	for range head[0] {
		b, err := d.read(16)
		if err != nil {
			return err
		}
		x, y := int(binary.BigEndian.Uint16(b[4:])), int(binary.BigEndian.Uint16(b[6:]))
		w, h := int(binary.BigEndian.Uint16(b[8:])), int(binary.BigEndian.Uint16(b[10:]))
		r.Screens = append(r.Screens, Screen{
			ID: binary.BigEndian.Uint32(b), Rect: image.Rect(x, y, x+w, y+h), Flags: binary.BigEndian.Uint32(b[12:]),
		})
	}
	d.resize(r)
	return nil
}

func (d *Decoder) desktopName() error {
	text, err := d.text(maxName)
	if err != nil {
		return err
	}
	d.h.DesktopName(text)
	return nil
}

// setColourMapEntries reads past SetColourMapEntries (section 7.6.2): this client asks
// for true colour only.
func (d *Decoder) setColourMapEntries() error {
	head, err := d.read(5) // padding, first-colour, number-of-colours
	if err != nil {
		return err
	}
	_, err = d.r.Discard(6 * int(binary.BigEndian.Uint16(head[3:])))
	return err
}

// cutText reads ServerCutText (section 7.6.4), whose length is negative for the Extended
// Clipboard.
func (d *Decoder) cutText() error {
	head, err := d.read(7) // padding, length
	if err != nil {
		return err
	}
	n := int(int32(binary.BigEndian.Uint32(head[3:])))
	if n < 0 {
		return d.extendedCutText(-n)
	}
	if n > maxCutText {
		return d.skip(n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(d.r, text); err != nil {
		return err
	}
	d.h.CutText(text)
	return nil
}

func (d *Decoder) extendedCutText(n int) error {
	if n > maxCutText {
		return d.skip(n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(d.r, b); err != nil {
		return err
	}
	msg, err := ParseClipboardMessage(b)
	if err != nil {
		d.h.Odd(err.Error())
		return nil
	}
	d.h.Clipboard(msg)
	return nil
}

// skip reads past n bytes.
func (d *Decoder) skip(n int) error {
	_, err := io.CopyN(io.Discard, d.r, int64(n))
	return err
}

func (d *Decoder) fence() error {
	head, err := d.read(8) // padding, flags, length
	if err != nil {
		return err
	}
	flags, n := binary.BigEndian.Uint32(head[3:]), int(head[7])
	if n > maxFence {
		return fmt.Errorf("rfb: fence of %d bytes", n)
	}
	payload, err := d.read(n)
	if err != nil {
		return err
	}
	d.h.Fence(flags, payload)
	return nil
}

// read returns the next n bytes, which are valid until the next read.
func (d *Decoder) read(n int) ([]byte, error) {
	b, err := d.r.Peek(n)
	if err != nil {
		return nil, err
	}
	_, err = d.r.Discard(n)
	return b, err
}

// text reads a length of 32 bits and so many bytes of UTF-8.
func (d *Decoder) text(limit uint32) (string, error) {
	head, err := d.read(4)
	if err != nil {
		return "", err
	}
	n := binary.BigEndian.Uint32(head)
	if n > limit {
		return "", fmt.Errorf("rfb: text of %d bytes", n)
	}
	b, err := d.read(int(n))
	return string(b), err
}
