// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strconv"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

var green = color.RGBA{0, 0xFF, 0, 0xFF}

func uniform(r image.Rectangle, c color.RGBA) *image.RGBA {
	img := image.NewRGBA(r)
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// TestOddServersAreShownAllTheSame has what is not right and hurts nobody.
func TestOddServersAreShownAllTheSame(t *testing.T) {
	desktop, beyond := image.Rect(0, 0, 64, 48), image.Rect(32, 0, 96, 48)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, uniform(beyond, green), &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	n := picture.Len()
	file := append([]byte{0x90, byte(n&0x7F | 0x80), byte(n>>7&0x7F | 0x80), byte(n >> 14)}, picture.Bytes()...)
	update := func(r image.Rectangle, kind encoding.Type, body []byte) []byte {
		return rfbtest.Update(append(rfbtest.Header(r, kind), body...))
	}
	raw := rfbtest.NewEncoder().Raw(uniform(beyond, green), beyond)
	for _, tc := range []struct {
		name string
		odd  []byte
		at   image.Point
		want color.RGBA
	}{
		{"a fill beyond the edge", fill(image.Rect(60, 40, 80, 60), green), image.Pt(63, 47), green},
		{"pixels beyond the edge", update(beyond, encoding.Raw, raw), image.Pt(63, 0), green},
		{"a picture beyond the edge", update(beyond, encoding.Tight, file), image.Pt(63, 0), green},
		{"a picture of another size beyond the edge", update(image.Rect(32, 0, 97, 48), encoding.Tight, file), image.Pt(63, 0), red},
		{"a rectangle outside", fill(image.Rect(100, 100, 120, 120), green), image.Pt(63, 47), red},
		{"the same size again", rfbtest.Update(rfbtest.Header(desktop, rfb.PseudoDesktopSize)), image.Pt(63, 47), red},
		{"an empty rectangle", update(image.Rectangle{}, encoding.Raw, nil), image.Pt(63, 47), red},
		{"a clipboard that cannot be read", []byte("\x03\x00\x00\x00\xff\xff\xff\xfdabc"), image.Pt(63, 47), red},
	} {
		t.Run(tc.name, func(t *testing.T) {
			end := make(chan struct{})
			params := serve(t, func(s *rfbtest.Server) {
				s.Handshake(64, 48, "")
				s.Setup()
				s.Write(fill(desktop, red), tc.odd, fill(image.Rect(0, 0, 1, 1), green))
				<-end
			})
			u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params})
			u.WaitPixels("what came after the oddity", pixelIs(0, 0, green))
			u.WaitPixels(tc.name, near(tc.at, tc.want))
			close(end)
		})
	}
}

// near is a condition on the picture for colours that went through a JPEG.
func near(at image.Point, want color.RGBA) func(*image.RGBA) error {
	return func(img *image.RGBA) error {
		got := img.RGBAAt(at.X, at.Y)
		for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
			if d > 3 || d < -3 {
				return fmt.Errorf("pixel %v is %v, want %v", at, got, want)
			}
		}
		return nil
	}
}

func TestDesktopLargerThanCanBeShownIsCut(t *testing.T) {
	end := make(chan struct{})
	params := serve(t, func(s *rfbtest.Server) {
		s.Handshake(65535, 60, "")
		s.Setup()
		s.Write(fill(image.Rect(0, 0, 65535, 60), red))
		<-end
	})
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params})
	u.WaitPixels("the visible part", func(img *image.RGBA) error {
		if img.Rect != image.Rect(0, 0, rfb.MaxSide, 60) {
			return fmt.Errorf("picture is %v", img.Rect)
		}
		return pixelIs(rfb.MaxSide-1, 59, red)(img)
	})
	close(end)
}

func TestAbsurdSizeOfABrowserIsNotAskedFor(t *testing.T) {
	done := make(chan struct{})
	params := serve(t, func(s *rfbtest.Server) {
		s.Handshake(64, 48, "")
		s.Setup()
		screens := "\x01\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x40\x00\x30\x00\x00\x00\x00"
		s.Write(rfbtest.Update(append(rfbtest.Header(image.Rect(0, 0, 64, 48), rfb.PseudoExtendedDesktopSize), screens...)))
		s.Want("a size that can be shown", rfb.AppendSetDesktopSize(nil, 7680, 4369, rfb.Screen{ID: 7}))
		close(done)
	})
	inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params, Width: 8192, Height: 8192})
	<-done
}

func TestKeysAndButtonsAreUpWhenTheirUserHasLeft(t *testing.T) {
	const control = 0xffe3
	press := func(u *guacuser.User, keysym int) { u.Send(guac.OpKey, strconv.Itoa(keysym), "1") }
	step, done := make(chan struct{}), make(chan struct{})
	params := serve(t, func(s *rfbtest.Server) {
		s.Handshake(64, 48, "")
		s.Setup()
		s.Write(fill(image.Rect(0, 0, 64, 48), red))
		s.Request()
		step <- struct{}{}
		s.Want("Control", rfb.AppendKeyEvent(nil, control, true))
		s.Want("the button", rfb.AppendPointerEvent(nil, 1, 10, 10))
		step <- struct{}{}
		s.Want("Control is up", rfb.AppendKeyEvent(nil, control, false))
		s.Want("the button is up", rfb.AppendPointerEvent(nil, 0, 10, 10))
		step <- struct{}{}
		s.Want("the owner's key", rfb.AppendKeyEvent(nil, 'a', true))
		s.Want("it is up before the connection ends", rfb.AppendKeyEvent(nil, 'a', false))
		close(done)
	})
	d := inprocess.Start(t, Protocol())
	owner := d.Connect(guacuser.Config{Select: "vnc", Params: params})
	owner.WaitPixels("the desktop", pixelIs(0, 0, red))
	joiner := d.Connect(guacuser.Config{Select: owner.ID})
	joiner.WaitPixels("the same desktop", pixelIs(0, 0, red))
	<-step
	press(joiner, control)
	joiner.Mouse(10, 10, 1)
	<-step
	joiner.Leave()
	<-step
	press(owner, 'a')
	owner.Leave()
	<-done
}
