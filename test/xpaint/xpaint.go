// SPDX-License-Identifier: Apache-2.0

// Package xpaint draws pictures on an X display, as fast as the server takes them, for
// benchmarks: a window over everything, PutImage, and a round trip to wait for the server
// (X Window System Protocol, version 11).
package xpaint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"strings"
)

// Opcodes of requests.
const (
	opCreateWindow  = 1
	opMapWindow     = 8
	opGetInputFocus = 43
	opCreateGC      = 55
	opPutImage      = 72
)

const (
	overrideRedirect = 1 << 9
	zPixmap          = 2
	depth            = 24
	// maxRequest is the most bytes of a request without the BIG-REQUESTS extension.
	maxRequest = 4 * 0xFFFF
)

// Window is a window that covers a display of 24 bits.
type Window struct {
	conn       net.Conn
	r          *bufio.Reader
	id, gc     uint32
	buf        []byte
	rect       image.Rectangle
	rootWindow uint32
}

// Open opens a window of the given size on a display such as ":5", which must not ask for
// authentication.
func Open(display string, width, height int) (*Window, error) {
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+strings.TrimPrefix(display, ":"))
	if err != nil {
		return nil, err
	}
	w := &Window{conn: conn, r: bufio.NewReader(conn), rect: image.Rect(0, 0, width, height)}
	if err := w.open(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("xpaint: display %s: %w", display, err)
	}
	return w, nil
}

func (w *Window) open() error {
	base, err := w.setup()
	if err != nil {
		return err
	}
	w.id, w.gc = base, base+1
	b := request(nil, opCreateWindow, 0, 9)
	b = words(b, w.id, w.rootWindow, 0, uint32(w.rect.Dx())|uint32(w.rect.Dy())<<16, 0, 0, overrideRedirect, 1)
	b = words(request(b, opMapWindow, 0, 2), w.id)
	b = words(request(b, opCreateGC, 0, 4), w.gc, w.id, 0)
	if _, err := w.conn.Write(b); err != nil {
		return err
	}
	return w.wait()
}

// setup connects and returns the first id that the client may use.
func (w *Window) setup() (base uint32, err error) {
	if _, err := w.conn.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return 0, err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(w.r, head); err != nil {
		return 0, err
	}
	body := make([]byte, 4*int(binary.LittleEndian.Uint16(head[6:])))
	if _, err := io.ReadFull(w.r, body); err != nil {
		return 0, err
	}
	if head[0] != 1 || len(body) < 32 {
		return 0, errors.New("connection refused")
	}
	vendor, formats := int(binary.LittleEndian.Uint16(body[16:])), int(body[21])
	root := 32 + (vendor+3)/4*4 + 8*formats
	if len(body) < root+40 {
		return 0, errors.New("short setup")
	}
	w.rootWindow = binary.LittleEndian.Uint32(body[root:])
	if d := body[root+38]; d != depth {
		return 0, fmt.Errorf("depth is %d, wanted %d", d, depth)
	}
	return binary.LittleEndian.Uint32(body[4:]), nil
}

// request appends the head of a request of so many words.
func request(b []byte, opcode, data byte, length int) []byte {
	return append(b, opcode, data, byte(length), byte(length>>8))
}

func words(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// Put draws r of img, and returns when the server has drawn it.
func (w *Window) Put(img *image.RGBA, r image.Rectangle) error {
	rows := (maxRequest - 24) / (4 * r.Dx())
	for y := r.Min.Y; y < r.Max.Y; y += rows {
		band := image.Rect(r.Min.X, y, r.Max.X, min(y+rows, r.Max.Y))
		n := 4 * band.Dx() * band.Dy()
		b := request(w.buf[:0], opPutImage, zPixmap, 6+n/4)
		b = words(b, w.id, w.gc, uint32(band.Dx())|uint32(band.Dy())<<16, uint32(band.Min.X)|uint32(band.Min.Y)<<16, depth<<8)
		b = appendBGRX(b, img, band)
		w.buf = b
		if _, err := w.conn.Write(b); err != nil {
			return err
		}
	}
	return w.wait()
}

func appendBGRX(b []byte, img *image.RGBA, r image.Rectangle) []byte {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := img.Pix[img.PixOffset(r.Min.X, y):img.PixOffset(r.Max.X, y)]
		for ; len(row) >= 4; row = row[4:] {
			b = append(b, row[2], row[1], row[0], 0)
		}
	}
	return b
}

// wait makes a round trip; an error of an earlier request shows here.
func (w *Window) wait() error {
	if _, err := w.conn.Write(request(nil, opGetInputFocus, 0, 1)); err != nil {
		return err
	}
	answer := make([]byte, 32)
	for {
		if _, err := io.ReadFull(w.r, answer); err != nil {
			return err
		}
		switch answer[0] {
		case 0:
			return fmt.Errorf("xpaint: X error %d of request %d", answer[1], answer[10])
		case 1:
			return nil
		}
	}
}

// Close closes the window.
func (w *Window) Close() error { return w.conn.Close() }
