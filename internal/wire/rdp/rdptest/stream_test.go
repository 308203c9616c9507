// SPDX-License-Identifier: Apache-2.0

package rdptest_test

import (
	"bytes"
	"fmt"
	"image"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/planar"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rle"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

// remoteFX is the codec ID that the client of the captured streams gave to RemoteFX.
const remoteFX = 3

// screen draws what a connection tells.
type screen struct {
	canvas    *codectest.Canvas
	assembler fastpath.Assembler
	planar    planar.Decoder
	remoteFX  *remote // once it is needed

	updates, marks int
}

// remote is what RemoteFX needs.
type remote struct {
	context rfx.Context
	frame   rfx.Frame
	scratch rfx.Scratch
}

func newScreen(width, height int) *screen {
	return &screen{canvas: codectest.NewCanvas(width, height), assembler: fastpath.Assembler{Limit: 0x3F0000}}
}

func (s *screen) event(e connector.Event) error {
	switch {
	case e.Kind == connector.EventUpdate:
		u, whole, err := s.assembler.Add(e.Update)
		if err != nil || !whole {
			return err
		}
		return s.update(u.Code, u.Data)
	case e.Kind == connector.EventData && e.Type == pdu.DataUpdate:
		code, data, err := update.ParseSlow(e.Data)
		if err != nil {
			return err
		}
		return s.update(code, data)
	}
	return nil
}

func (s *screen) update(code fastpath.UpdateCode, data []byte) error {
	s.updates++
	switch code {
	case fastpath.UpdateBitmap:
		return update.ParseBitmap(data, s.bitmap)
	case fastpath.UpdateSurfaceCommands:
		return update.ParseSurfaceCommands(data, s)
	}
	return fmt.Errorf("an update that the stream does not have: %v", code)
}

// bitmap decodes a rectangle, which may be wider than where it goes.
func (s *screen) bitmap(b update.Bitmap) error {
	if err := b.Check(image.Pt(s.canvas.Width, s.canvas.Height)); err != nil {
		return err
	}
	img := image.NewRGBA(image.Rect(0, 0, int(b.Width), int(b.Height)))
	dst := codec.Of(img)
	dst.BottomUp, dst.Opaque = true, true
	var err error
	if b.BitsPerPixel == 32 {
		err = s.planar.Decode(dst, b.Data)
	} else {
		err = rle.Decode(dst, int(b.BitsPerPixel), nil, b.Data)
	}
	if err != nil {
		return err
	}
	for y := int(b.Top); y <= int(b.Bottom) && y < s.canvas.Height; y++ {
		n := 4 * (min(int(b.Right)+1, s.canvas.Width) - int(b.Left))
		copy(s.canvas.Row(y)[4*int(b.Left):], img.Pix[(y-int(b.Top))*img.Stride:][:n])
	}
	return nil
}

func (s *screen) FrameMarker(update.FrameMarker) error {
	s.marks++
	return nil
}

func (s *screen) SurfaceBits(b update.SurfaceBits) error {
	if b.CodecID != remoteFX {
		return fmt.Errorf("codec %d", b.CodecID)
	}
	if err := b.Check(image.Pt(s.canvas.Width, s.canvas.Height)); err != nil {
		return err
	}
	dst := s.canvas.Sub(image.Rect(int(b.Left), int(b.Top), int(b.Right), int(b.Bottom)))
	if s.remoteFX == nil {
		s.remoteFX = new(remote)
	}
	r := s.remoteFX
	for message := b.Data; len(message) > 0; {
		var err error
		if message, err = r.context.Parse(&r.frame, message); err != nil {
			return err
		}
		for i := range r.frame.Tiles {
			r.frame.Draw(dst, i, &r.scratch)
		}
	}
	return nil
}

// captured is a stream with the picture that it ends in.
type captured struct {
	codectest.Vector

	updates []fastpath.Update
	size    image.Point
	picture []byte // R, G, B
}

func streams(tb testing.TB) []captured {
	var all []captured
	for _, v := range codectest.Vectors(tb, "stream") {
		if name := v.Name; name != "xrdp_bitmap24" && name != "grd_rfx" {
			continue // of the graphics pipeline, which is a channel's
		}
		updates, err := rdptest.ParseStream(string(v.Bytes(tb, v.Meta)), v.Bytes(tb, v.Inputs[0]))
		if err != nil {
			tb.Fatal(err)
		}
		picture := v.Picture(tb, v.Expects[0])
		all = append(all, captured{Vector: v, updates: updates, size: picture.Bounds().Size(), picture: samples(picture)})
	}
	return all
}

// samples returns R, G and B of all pixels.
func samples(img image.Image) []byte {
	b := img.Bounds()
	pix := make([]byte, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue, _ := img.At(x, y).RGBA()
			pix = append(pix, byte(red>>8), byte(green>>8), byte(blue>>8))
		}
	}
	return pix
}

func (c captured) screen() *screen { return newScreen(c.size.X, c.size.Y) }

// play plays updates through a connection, and returns the screen at its end.
func play(t *testing.T, c captured, s *rdptest.Server, updates []fastpath.Update, piece int) *screen {
	t.Helper()
	s.Updates = updates
	screen := c.screen()
	d := &rdptest.Dialogue{Client: connector.New(config()), Server: s, Piece: piece, Event: screen.event}
	if err := d.Run(); err != nil {
		t.Fatalf("%v after %d updates", err, screen.updates)
	}
	if screen.updates != len(updates) {
		t.Errorf("%d updates of %d", screen.updates, len(updates))
	}
	return screen
}

func TestCapturedStreams(t *testing.T) {
	for _, c := range streams(t) {
		for _, tc := range []struct {
			name   string
			server rdptest.Server
			piece  int
		}{
			{"fast path", rdptest.Server{}, 0},
			{"fragments of 1000 bytes", rdptest.Server{Fragment: 1000}, 0},
			{"fragments of 7 bytes", rdptest.Server{Fragment: 7}, 0},
			{"slow path", rdptest.Server{Slow: true}, 0},
			{"slow path, encrypted", rdptest.Server{Slow: true, Method: gcc.Encryption128Bit, Level: gcc.LevelHigh, Key: key()}, 0},
			{"fragments, encrypted", rdptest.Server{Fragment: 900, Method: gcc.EncryptionFIPS, Level: gcc.LevelFIPS, Key: key()}, 0},
			{"a byte at a time", rdptest.Server{}, 1},
			{"fragments, a byte at a time", rdptest.Server{Fragment: 1000}, 1},
			{"slow path, a byte at a time", rdptest.Server{Slow: true}, 1},
			{"fragments, 1460 bytes at a time", rdptest.Server{Fragment: 1000}, 1460},
		} {
			t.Run(c.Name+", "+tc.name, func(t *testing.T) {
				screen := play(t, c, &tc.server, c.updates, tc.piece)
				screen.canvas.Compare(t, c.picture, c.Tolerance(t))
				if want := 2 * len(c.updates); c.Name == "grd_rfx" && screen.marks != want {
					t.Errorf("%d frame markers, want %d", screen.marks, want)
				}
			})
		}
	}
}

// first returns the first updates whose payloads together have at most so many bytes.
func (c captured) first(size int) []fastpath.Update {
	n := 0
	for n < len(c.updates) && len(c.updates[n].Data) <= size {
		size -= len(c.updates[n].Data)
		n++
	}
	return c.updates[:n]
}

// cut feeds a new client what a server has said, in two pieces, and returns the whole
// updates: how many were there after the first piece, and all.
func cut(stream []byte, at int) (early int, updates [][]byte, err error) {
	client, assembler := connector.New(config()), fastpath.Assembler{Limit: 1 << 20}
	collect := screenless{&assembler, &updates}
	rest, err := step(client, stream[:at:at], collect)
	early = len(updates)
	if err == nil {
		rest, err = step(client, append(rest, stream[at:]...), collect)
	}
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes are left", len(rest))
	}
	return early, updates, err
}

// screenless keeps updates.
type screenless struct {
	assembler *fastpath.Assembler
	updates   *[][]byte
}

func (s screenless) event(e connector.Event) error {
	if e.Kind == connector.EventData && e.Type == pdu.DataUpdate {
		*s.updates = append(*s.updates, bytes.Clone(e.Data))
	}
	if e.Kind != connector.EventUpdate {
		return nil
	}
	u, whole, err := s.assembler.Add(e.Update)
	if whole {
		*s.updates = append(*s.updates, bytes.Clone(u.Data))
	}
	return err
}

// step has a client take all it can, and returns what it leaves.
func step(client *connector.Connector, in []byte, to screenless) ([]byte, error) {
	for begun := false; ; begun = true {
		n, _, events, err := client.Step(time.Unix(0, 0), in, nil)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if err := to.event(e); err != nil {
				return nil, err
			}
		}
		if in = in[n:]; n == 0 && begun {
			return in, nil
		}
	}
}

func TestCapturedStreamsCutAtEveryByte(t *testing.T) {
	for _, c := range streams(t) {
		for name, s := range map[string]*rdptest.Server{"fast path": {}, "fragments": {Fragment: 61}, "slow path": {Slow: true}} {
			t.Run(c.Name+", "+name, func(t *testing.T) {
				s.Updates = c.first(1500)
				if len(s.Updates) == 0 { // the beginning of a large one does for the layers below it
					s.Updates = []fastpath.Update{{Code: c.updates[0].Code, Data: c.updates[0].Data[:1500]}}
				}
				d := &rdptest.Dialogue{Client: connector.New(config()), Server: s}
				if err := d.Run(); err != nil {
					t.Fatal(err)
				}
				before := 0
				for at := range d.Received {
					early, updates, err := cut(d.Received, at)
					if err != nil {
						t.Fatalf("cut at %d: %v", at, err)
					}
					if early < before || early == len(s.Updates) {
						t.Errorf("cut at %d: %d updates, %d a byte earlier", at, early, before)
					}
					before = early
					if len(updates) != len(s.Updates) {
						t.Fatalf("cut at %d: %d updates of %d", at, len(updates), len(s.Updates))
					}
					for i, u := range updates {
						if !bytes.Equal(u, s.Updates[i].Data) {
							t.Fatalf("cut at %d: update %d has changed", at, i)
						}
					}
				}
			})
		}
	}
}

func TestStreamsThatAreNone(t *testing.T) {
	for _, lines := range []string{"{", `{"kind":"orders"}`, `{"kind":"bitmap","offset":2,"length":2}`, `{"kind":"bitmap","offset":-1,"length":2}`} {
		if updates, err := rdptest.ParseStream(lines, []byte("abc")); err == nil {
			t.Errorf("%s: read as %v", lines, updates)
		}
	}
}
