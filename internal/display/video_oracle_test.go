// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// studio is an engine that draws at random, video included, and knows what all users who
// take video must see: a framebuffer of its own has it.
type studio struct {
	*artist
	d        *Display
	truth    *framebuffer
	cameras  []*camera
	needs    needs
	pictures bool // no video for now
}

func newStudio(d *Display, seed uint64) *studio {
	s := &studio{artist: onDisplay(d, seed), d: d}
	width, height := d.Size()
	s.truth = newFramebuffer(image.Pt(width, height), nil)
	s.newCameras()
	s.draw = func(r image.Rectangle, pix []byte, stride int) {
		s.paint(r, &image.RGBA{Pix: pix, Stride: stride, Rect: r})
		d.Draw(r, pix, stride)
	}
	s.fill = func(r image.Rectangle, c color.RGBA) {
		c.A = 0xFF
		s.paint(r, image.NewUniform(c))
		d.Fill(r, c)
	}
	s.move = func(src image.Rectangle, dst image.Point) {
		if m := (move{src, dst}).clip(image.Rectangle{Max: s.truth.size}); !m.src.Empty() {
			s.truth.copyWithin(m)
		}
		d.Move(src, dst)
	}
	s.encode = func(r image.Rectangle, mimetype string, data []byte) {
		p := &picture{rect: r, mimetype: mimetype, data: data}
		if m, err := p.decode(); err == nil {
			s.paint(r, m)
		}
		d.DrawPicture(r, mimetype, data)
	}
	s.resize = func(w, h int) {
		s.truth = newFramebuffer(image.Pt(w, h), s.truth)
		d.Resize(w, h)
		s.newCameras()
	}
	s.whole = func() *image.RGBA {
		m := s.truth.image()
		return &image.RGBA{Pix: bytes.Clone(m.Pix), Stride: m.Stride, Rect: m.Rect}
	}
	return s
}

func (s *studio) paint(r image.Rectangle, m image.Image) { s.truth.paint(r, m) }

func (s *studio) newCameras() {
	s.cameras = []*camera{
		newCamera(0, image.Rect(10, 10, 10+cameraWidth, 70)),
		newCamera(3, image.Rect(60, 50, 60+cameraWidth, 130)),
	}
	for _, c := range s.cameras { // as a remote host does after a resize
		s.film(c, true, c.pix.Rect)
	}
}

// film draws a picture of a camera.
func (s *studio) film(c *camera, key bool, regions ...image.Rectangle) {
	if s.pictures {
		return
	}
	m := s.content(c.pix.Rect)
	s.d.DrawVideo(c.shoot(m, key, regions...))
	for _, r := range regions {
		s.paint(r.Add(c.origin), m.SubImage(r))
	}
}

// step draws something, or does what the display has asked for.
func (s *studio) step() {
	for _, need := range s.needs.take() {
		s.pictures = need == NeedPictures
		m := s.whole()
		s.d.Draw(m.Rect, m.Pix, m.Stride)
		for _, c := range s.cameras {
			s.film(c, true, c.pix.Rect)
		}
	}
	switch s.rnd.IntN(4) {
	case 0, 1:
		s.artist.step()
	case 2:
		s.inPlace()
	default:
		c := s.cameras[s.rnd.IntN(len(s.cameras))]
		var regions []image.Rectangle
		for range s.rnd.IntN(4) {
			if r := s.rect().Sub(c.origin).Intersect(c.pix.Rect); !r.Empty() {
				regions = append(regions, r)
			}
		}
		s.film(c, s.rnd.IntN(20) == 0, regions...)
	}
}

// inPlace draws a part of a rectangle in the display's own pixels.
func (s *studio) inPlace() {
	r := s.rect()
	part := image.Rect(r.Min.X, r.Min.Y, r.Min.X+(r.Dx()+1)/2, r.Max.Y)
	m := s.content(part)
	s.paint(part, m)
	s.d.DrawInto(r, func(dst *image.RGBA) []image.Rectangle {
		for y := dst.Rect.Min.Y; y < dst.Rect.Max.Y; y++ {
			for x := dst.Rect.Min.X; x < min(dst.Rect.Max.X, part.Max.X); x++ {
				dst.SetRGBA(x, y, m.RGBAAt(x, y))
			}
		}
		return []image.Rectangle{part}
	})
}

func TestEveryUserSeesVideoAmongOtherDrawing(t *testing.T) {
	// Part of: DIS-05, DIS-06, DIS-13
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { videoOracle(t, seed) })
		})
	}
}

func videoOracle(t *testing.T, seed uint64) {
	var s *studio
	d := New(Config{Width: 300, Height: 200, Video: func(n VideoNeed) { s.needs.add(n) }})
	s = newStudio(d, seed)
	defer run(t, d)()
	users := map[string]*browser{
		"fast":   newBrowser(t, 0).joinVideo(d, "image/jpeg"),
		"slow":   newBrowser(t, time.Second).joinVideo(d, "image/jpeg"),
		"30":     newBrowser(t, 33*time.Millisecond).joinVideo(d, "image/jpeg"),
		"exact":  newBrowser(t, 20*time.Millisecond).joinVideo(d),
		"slower": newBrowser(t, 4*time.Second).joinVideo(d),
	}
	check := func(when string) {
		for settled := false; !settled; { // until nothing is asked for any more
			s.step()
			d.Flush()
			time.Sleep(30 * time.Second)
			synctest.Wait()
			s.needs.mu.Lock()
			settled = len(s.needs.told) == 0
			s.needs.mu.Unlock()
		}
		for name, u := range users {
			u.want(when+", "+name, s.truth.image())
		}
	}
	for i := range 300 {
		for range s.rnd.IntN(5) {
			s.step()
		}
		if s.rnd.IntN(4) > 0 {
			d.Flush()
		}
		if s.rnd.IntN(3) > 0 {
			time.Sleep(time.Duration(s.rnd.IntN(40)) * time.Millisecond)
		}
		switch i {
		case 60, 140, 220:
			users[fmt.Sprintf("joined at %d", i)] = newBrowser(t, 5*time.Millisecond).joinVideo(d, "image/jpeg")
		case 80:
			check("in the middle")
			users["30"].view.Refused(firstVideoStream, guac.ResourceClosed)
		case 100:
			users["blind"] = newBrowser(t, 0).join(d, "image/jpeg")
		case 130:
			if !s.pictures {
				t.Error("a user who cannot show video joined, but pictures were not asked for")
			}
			check("with a user who cannot show video")
			d.RemoveView(users["blind"].view)
			delete(users, "blind")
		case 160:
			check("with video again")
			if s.pictures {
				t.Error("the user who cannot show video left, but video was not asked for")
			}
		}
	}
	check("in the end")
	if users["slower"].count(guac.OpVideo) < 3 {
		t.Error("the slowest user never began again: this shows too little")
	}
}
