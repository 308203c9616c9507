// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// scene is a display with one camera, and what users must see.
type scene struct {
	*studio
	needs  *needs
	camera *camera
}

// filmed runs f with a display that has drawn the first picture of a camera at 20,20, and
// a user who has seen it and answers after delay.
func filmed(t *testing.T, delay time.Duration, f func(s scene, u *browser)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &needs{}
		d := New(Config{Width: 640, Height: 480, Video: n.add})
		defer run(t, d)()
		u := newBrowser(t, delay).joinVideo(d, "image/jpeg")
		st := &studio{artist: onDisplay(d, 1), d: d, truth: newFramebuffer(image.Pt(640, 480), nil)}
		s := scene{studio: st, needs: n, camera: newCamera(0, image.Rect(20, 20, 20+cameraWidth, 80))}
		s.film(s.camera, true, s.camera.pix.Rect)
		d.Flush()
		pass(d)
		u.want("the first picture", s.truth.image())
		s.needs.want(t, "with one user who takes video")
		f(s, u)
	})
}

// pass lets users have what is flushed.
func pass(d *Display) {
	d.Flush()
	time.Sleep(10 * time.Second)
	synctest.Wait()
}

// draw draws m on the display and on what users must see.
func (s scene) draw(m *image.RGBA) {
	s.paint(m.Rect, m)
	drawImage(s.d, m)
}

func (s scene) move(src image.Rectangle, dst image.Point) {
	s.truth.copyWithin(move{src, dst})
	s.d.Move(src, dst)
}

func TestVideoGoesThroughUntouched(t *testing.T) {
	// Part of: DIS-13
	synctest.Test(t, func(t *testing.T) {
		user := ViewConfig{Video: []string{"video/mp4", guac.VideoH264}}
		watchedBy(t, Config{Width: 640, Height: 480}, user, func(d *Display, r *recorder, v *View) { goesThrough(t, d, r, v) })
	})
}

func goesThrough(t *testing.T, d *Display, r *recorder, v *View) {
	unit := bytes.Repeat([]byte{0, 0, 1, 0x65}, 3000)
	region := image.Rect(8, 0, 16, 4)
	d.DrawVideo(Video{Stream: 2, Key: true, Codec: "avc1.640028", Origin: image.Pt(5, -3), Regions: []image.Rectangle{region}, Data: unit})
	d.Flush()
	synctest.Wait()
	if diff := cmp.Diff([]string{"video", "505", "0", "video/vnd.palta.h264;codecs=avc1.640028"}, r.instructions[0]); diff != "" {
		t.Errorf("first instruction (-want +got):\n%s", diff)
	}
	h, got := r.unit(t, "505")
	want := guac.VideoHeader{Key: true, Origin: image.Pt(5, -3), Length: len(unit), Regions: []image.Rectangle{region}}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if !bytes.Equal(got, unit) {
		t.Errorf("%d bytes arrived, want the %d of the access unit", len(got), len(unit))
	}
	r.take()
	d.DrawVideo(Video{Stream: 2, Data: []byte{0, 0, 1, 0x41}})
	d.Flush()
	synctest.Wait()
	if diff := cmp.Diff([]string{"blob", "blob", "sync"}, r.take()); diff != "" {
		t.Errorf("the next unit (-want +got):\n%s", diff)
	}
	v.Sync(1 << 60)
	d.DrawVideo(Video{Stream: 2, Key: true, Codec: "avc1.42C01E", Data: unit[:4]})
	d.Flush()
	synctest.Wait()
	if got := r.take(); got[0] != "video" {
		t.Errorf("with another codec: %v, want video first", got)
	}
}

func TestDrawingOverVideoIsSentEvenIfTheSameWasBelow(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		below := checkered(image.Rect(0, 0, 200, 200))
		s.draw(below)
		pass(s.d)
		s.film(s.camera, false, s.camera.pix.Rect)
		pass(s.d)
		s.draw(below)
		pass(s.d)
		u.want("what was below is drawn again", s.truth.image())
	})
}

func TestAScrollIsNotFoundWhereVideoHidesThePixels(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		page := noise(image.Rect(0, 0, 640, 600), 1)
		s.draw(page.SubImage(image.Rect(0, 0, 640, 480)).(*image.RGBA))
		s.film(s.camera, false, s.camera.pix.Rect)
		pass(s.d)
		// What was at 60 comes to 90, as far as the display knows.
		m := &image.RGBA{Pix: page.Pix[60*page.Stride:], Stride: page.Stride, Rect: image.Rect(0, 90, 640, 480)}
		s.draw(m)
		pass(s.d)
		u.want("scrolled", s.truth.image())
	})
}

func TestAMoveOfPendingVideoKeepsItsPlace(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		s.draw(noise(image.Rect(200, 200, 240, 240), 1))
		pass(s.d)
		// All of this is one frame. The last drawing hides where the first move went, which
		// the second has read before.
		s.move(image.Rect(200, 200, 240, 240), image.Pt(300, 300))
		s.film(s.camera, false, s.camera.pix.Rect)
		s.move(image.Rect(30, 30, 70, 70), image.Pt(250, 100))
		s.move(image.Rect(300, 300, 340, 340), image.Pt(400, 400))
		s.draw(noise(image.Rect(280, 280, 400, 360), 2))
		pass(s.d)
		u.want("moved", s.truth.image())
		s.needs.want(t, "moves in order")
	})
}

func TestAMoveOfVideoIsSentThoughDamageSeemsToCoverIt(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		s.move(image.Rect(30, 30, 40, 40), image.Pt(280, 280))
		// Two corners of a cell: what is marked is all between them.
		s.draw(noise(image.Rect(256, 256, 264, 264), 1))
		s.draw(noise(image.Rect(312, 312, 320, 320), 2))
		pass(s.d)
		u.want("moved", s.truth.image())

		s.draw(noise(image.Rect(384, 256, 392, 264), 1))
		s.draw(noise(image.Rect(440, 312, 448, 320), 2))
		s.move(image.Rect(30, 30, 40, 40), image.Pt(410, 280))
		pass(s.d)
		u.want("moved where something was drawn", s.truth.image())
		s.needs.want(t, "for a move of video")
	})
}

func TestAMoveOverAndOverOfVideo(t *testing.T) {
	filmed(t, time.Second, func(s scene, u *browser) {
		for i := range maxMoves + 8 {
			s.move(image.Rect(20, 20, 100, 80), image.Pt(110+5*i, 90+3*i))
			s.film(s.camera, false, image.Rect(0, 0, 8, 8))
		}
		s.film(s.camera, false, s.camera.pix.Rect)
		s.draw(noise(image.Rect(0, 0, 100, 10), 3))
		pass(s.d)
		u.want("moved", s.truth.image())
	})
}

func TestAUserWhoFallsBehindGetsAKeyFrame(t *testing.T) {
	// Part of: DIS-05
	for name, tc := range map[string]struct{ units, bytes int }{
		"units": {maxVideoUnits + 1, 0}, "bytes": {5, maxVideoBytes / 4},
	} {
		t.Run(name, func(t *testing.T) {
			filmed(t, -1, func(s scene, u *browser) {
				// The user answers nothing: two frames are on their way, the rest waits.
				for range maxInFlight - 1 {
					s.film(s.camera, false, s.camera.pix.Rect)
					pass(s.d)
				}
				for range tc.units {
					v := s.camera.shoot(s.content(s.camera.pix.Rect), false, s.camera.pix.Rect)
					v.Data = append(v.Data, make([]byte, tc.bytes)...)
					s.d.DrawVideo(v)
					s.d.Flush()
				}
				synctest.Wait()
				if len(u.view.steps) != 0 {
					t.Errorf("%d units wait for a user who is too far behind", len(u.view.steps))
				}
				s.needs.want(t, "while the user answers nothing")
				u.view.Sync(1 << 60)
				synctest.Wait()
				s.needs.want(t, "once the user answers", NeedKeyFrame)
				s.film(s.camera, false, s.camera.pix.Rect) // of no use
				pass(s.d)
				s.film(s.camera, true, s.camera.pix.Rect)
				pass(s.d)
				u.want("with the key frame", s.truth.image())
				if got := u.count(guac.OpVideo); got != 2 {
					t.Errorf("the stream has begun %d times, want 2", got)
				}
			})
		})
	}
}

func TestAKeyFrameIsAskedForAgain(t *testing.T) {
	filmed(t, 0, func(s scene, _ *browser) {
		late := newBrowser(t, 0).joinVideo(s.d)
		synctest.Wait()
		s.needs.want(t, "a user joins", NeedKeyFrame)
		other := newBrowser(t, 0).joinVideo(s.d)
		for range 9 {
			s.film(s.camera, false, s.camera.pix.Rect)
			s.d.Flush()
			time.Sleep(keyGap / 11)
			synctest.Wait()
		}
		s.needs.want(t, "while it is to come")
		time.Sleep(keyGap)
		synctest.Wait()
		s.needs.want(t, "it does not come", NeedKeyFrame)
		s.film(s.camera, true, s.camera.pix.Rect)
		pass(s.d)
		late.want("with the key frame", s.truth.image())
		other.want("with the key frame", s.truth.image())
		s.needs.want(t, "it has come")
	})
}

func TestAResizeTakesAKeyFrame(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		s.truth = newFramebuffer(image.Pt(500, 400), s.truth)
		s.d.Resize(500, 400)
		pass(s.d)
		s.needs.want(t, "after a resize", NeedKeyFrame)
		s.film(s.camera, true, s.camera.pix.Rect)
		pass(s.d)
		u.want("with the key frame", s.truth.image())
	})
}

func TestAUserWhoCannotShowVideoGetsPictures(t *testing.T) {
	// Part of: DIS-05
	filmed(t, 0, func(s scene, u *browser) {
		if !s.d.TakesVideo() {
			t.Error("every user takes video, but the display does not")
		}
		blind := newBrowser(t, 0).join(s.d)
		if s.d.TakesVideo() {
			t.Error("a user does not take video, but the display does")
		}
		synctest.Wait()
		s.needs.want(t, "a user joins who does not take video", NeedPictures)
		m := s.whole(s.truth)
		s.draw(m)
		pass(s.d)
		blind.want("the user without video", s.truth.image())
		u.want("the user with video", s.truth.image())
		blind.mu.Lock()
		if blind.seen[guac.OpVideo] != 0 {
			t.Error("the user without video got a stream of it")
		}
		blind.mu.Unlock()
		s.d.RemoveView(blind.view)
		pass(s.d)
		s.needs.want(t, "the user left", NeedVideo)
		s.film(s.camera, true, s.camera.pix.Rect)
		pass(s.d)
		u.want("video again", s.truth.image())
	})
}

// whole returns a copy of what users must see.
func (s scene) whole(fb *framebuffer) *image.RGBA {
	return &image.RGBA{Pix: bytes.Clone(fb.pix), Stride: fb.stride, Rect: image.Rectangle{Max: fb.size}}
}

func TestARefusedStreamBeginsAgainOrIsGivenUp(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		u.view.Refused(7, guac.ClientBadType) // of no stream of the display's
		u.view.Refused(ImageStream, guac.ClientBadType)
		u.view.Refused(firstVideoStream, guac.Success)
		u.view.Refused(firstVideoStream-2*MaxVideoStreams, guac.ClientBadType)
		synctest.Wait()
		s.needs.want(t, "answers that are no refusal of video")
		u.view.Refused(firstVideoStream, guac.ResourceClosed)
		synctest.Wait()
		s.needs.want(t, "a decoder has failed", NeedKeyFrame)
		s.film(s.camera, true, s.camera.pix.Rect)
		pass(s.d)
		u.want("with another decoder", s.truth.image())
		if got := u.count(guac.OpVideo); got != 2 {
			t.Errorf("the stream has begun %d times, want 2", got)
		}
		u.view.Refused(firstVideoStream, guac.ClientBadType)
		synctest.Wait()
		s.needs.want(t, "the client cannot decode it", NeedPictures)
		s.d.RemoveView(u.view)
		synctest.Wait()
		pass(s.d)
		s.needs.want(t, "the client has left", NeedVideo)
	})
}

func TestUnitsThatCannotBeSentAreNotSentInPart(t *testing.T) {
	filmed(t, 0, func(s scene, _ *browser) {
		s.d.DrawVideo(Video{Stream: MaxVideoStreams, Data: []byte{1}})
		s.d.DrawVideo(Video{Stream: -1, Data: []byte{1}})
		s.d.DrawVideo(Video{Stream: 0})
		pass(s.d)
		s.needs.want(t, "units that are none")
		s.d.DrawVideo(Video{Data: make([]byte, guac.MaxVideoUnit+1)})
		pass(s.d)
		s.needs.want(t, "a unit that is too large", NeedKeyFrame)
	})
}

func TestMoreRegionsThanAHeaderHasAreOne(t *testing.T) {
	var regions []image.Rectangle
	for i := range guac.MaxVideoRegions + 1 {
		regions = append(regions, image.Rect(i%80, i/80, i%80+1, i/80+1))
	}
	if got := clipRegions(regions[1:]); len(got) != guac.MaxVideoRegions {
		t.Errorf("%d regions, want %d", len(got), guac.MaxVideoRegions)
	}
	if got := clipRegions(regions); len(got) != 1 || got[0] != image.Rect(0, 0, 80, 52) {
		t.Errorf("regions %v, want what holds all", got)
	}
	if got := clipRegions([]image.Rectangle{image.Rect(-5, -5, 3, 3), image.Rect(5, 5, 5, 9)}); len(got) != 1 || got[0] != image.Rect(0, 0, 3, 3) {
		t.Errorf("regions %v, want the part that can be", got)
	}
}

// encodeJPEG draws a ready-made picture.
func (s scene) encodeJPEG(t *testing.T, r image.Rectangle) {
	t.Helper()
	var data bytes.Buffer
	if err := jpeg.Encode(&data, noise(r, 5), nil); err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(data.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	s.paint(r, m)
	s.d.DrawPicture(r, "image/jpeg", data.Bytes())
}

// unit puts the blobs of a stream together, which have one access unit.
func (r *recorder) unit(t *testing.T, stream string) (guac.VideoHeader, []byte) {
	t.Helper()
	var data []byte
	for _, ins := range r.instructions {
		if ins[0] == "blob" && ins[1] == stream {
			part, err := base64.StdEncoding.DecodeString(ins[2])
			if err != nil {
				t.Fatal(err)
			}
			data = append(data, part...)
		}
	}
	h, n, err := guac.ConsumeVideoHeader(data)
	if err != nil || n == 0 {
		t.Fatalf("no header: %v", err)
	}
	return h, data[n:]
}

func TestPicturesOverVideoAreSentInOrder(t *testing.T) {
	filmed(t, 0, func(s scene, u *browser) {
		red := color.RGBA{R: 0xFF, A: 0xFF}
		s.film(s.camera, false, s.camera.pix.Rect)
		s.encodeJPEG(t, image.Rect(0, 0, 60, 60))
		s.film(s.camera, false, image.Rect(0, 0, 20, 20))
		s.paint(image.Rect(50, 50, 300, 70), image.NewUniform(red))
		s.d.Fill(image.Rect(50, 50, 300, 70), red)
		pass(s.d)
		u.want("in order", s.truth.image())
	})
}
