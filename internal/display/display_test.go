// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// recorder is a sink that keeps instructions as text.
type recorder struct {
	mu           sync.Mutex
	instructions [][]string
}

func (r *recorder) Send(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ins guac.Instruction
	for len(b) > 0 {
		n, err := guac.ConsumeInstruction(b, &ins, guac.DefaultLimits)
		if err != nil || n == 0 {
			return err
		}
		texts := []string{string(ins.Opcode)}
		for i := range ins.Args {
			texts = append(texts, ins.Text(i))
		}
		r.instructions = append(r.instructions, texts)
		b = b[n:]
	}
	return nil
}

// take returns the opcodes since the last call, blobs' data left out.
func (r *recorder) take() (opcodes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ins := range r.instructions {
		opcodes = append(opcodes, ins[0])
	}
	r.instructions = nil
	return opcodes
}

// watched runs f with a running display and a recorder that has the first picture.
func watched(t *testing.T, cfg Config, f func(d *Display, r *recorder, v *View)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { watchedBy(t, cfg, ViewConfig{Image: []string{"image/png", "image/jpeg"}}, f) })
}

func watchedBy(t *testing.T, cfg Config, user ViewConfig, f func(d *Display, r *recorder, v *View)) {
	t.Helper()
	d := New(cfg)
	defer run(t, d)()
	r := &recorder{}
	v := d.AddView(r, user)
	settle(v, r)
	f(d, r, v)
}

// settle answers everything until nothing more comes.
func settle(v *View, r *recorder) []string {
	time.Sleep(10 * time.Second)
	synctest.Wait()
	v.Sync(1 << 60)
	time.Sleep(10 * time.Second)
	synctest.Wait()
	v.Sync(1 << 60)
	return r.take()
}

// noise has pixels of any colour.
func noise(r image.Rectangle, seed uint64) *image.RGBA {
	rnd := rand.New(rand.NewPCG(seed, seed))
	m := image.NewRGBA(r)
	for i := range m.Pix {
		m.Pix[i] = byte(rnd.Uint32())
		if i%4 == 3 {
			m.Pix[i] = 0xFF
		}
	}
	return m
}

func checkered(r image.Rectangle) *image.RGBA {
	m := image.NewRGBA(r)
	for i := 0; i < len(m.Pix); i += 4 {
		v := byte(i / 4 % 3 * 100)
		copy(m.Pix[i:], []byte{v, v, v, 0xFF})
	}
	return m
}

func drawImage(d *Display, m *image.RGBA) { d.Draw(m.Rect, m.Pix, m.Stride) }

func TestFlushSendsAtOnceToAnIdleUser(t *testing.T) {
	// Features: DIS-05
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, _ *View) {
		before := time.Now()
		drawImage(d, checkered(image.Rect(100, 100, 110, 120)))
		d.Flush()
		synctest.Wait()
		if diff := cmp.Diff([]string{"img", "blob", "end", "sync"}, r.take()); diff != "" {
			t.Errorf("instructions (-want +got):\n%s", diff)
		}
		if waited := time.Since(before); waited != 0 {
			t.Errorf("sent after %v, want at once", waited)
		}
	})
}

func TestUnchangedPixelsAreNotSent(t *testing.T) {
	// Features: DIS-06
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
		m := checkered(image.Rect(0, 0, 640, 480))
		drawImage(d, m)
		d.Flush()
		settle(v, r)
		drawImage(d, m)
		d.Flush()
		if got := settle(v, r); got != nil {
			t.Errorf("instructions %v, want none", got)
		}
		m.SetRGBA(77, 99, color.RGBA{1, 2, 3, 0xFF})
		drawImage(d, m)
		d.Flush()
		synctest.Wait()
		want := []string{"rect", "0", "77", "99", "1", "1"}
		if len(r.instructions) != 3 || !cmp.Equal(want, r.instructions[0]) {
			t.Errorf("instructions %v, want first %v", r.instructions, want)
		}
	})
}

func TestOneColourIsAFill(t *testing.T) {
	// Features: DIS-06
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, _ *View) {
		d.Fill(image.Rect(5, 6, 105, 206), color.RGBA{1, 2, 3, 0xFF})
		d.Flush()
		synctest.Wait()
		want := [][]string{
			{"rect", "0", "5", "6", "100", "200"},
			{"cfill", "14", "0", "1", "2", "3", "255"},
		}
		if diff := cmp.Diff(want, r.instructions[:2]); diff != "" {
			t.Errorf("instructions (-want +got):\n%s", diff)
		}
	})
}

func TestScrollsOfSkippedFramesBecomeOneCopy(t *testing.T) {
	// Features: DIS-05, DIS-06
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
		drawImage(d, checkered(image.Rect(0, 0, 640, 480)))
		d.Flush()
		settle(v, r)
		for range 10 {
			d.Move(image.Rect(0, 16, 640, 480), image.Point{})
			d.Fill(image.Rect(0, 464, 640, 480), color.RGBA{9, 9, 9, 0xFF})
		}
		d.Flush()
		synctest.Wait()
		want := []string{"copy", "0", "0", "160", "640", "320", "14", "0", "0", "0"}
		if diff := cmp.Diff(want, r.instructions[0]); diff != "" {
			t.Errorf("first instruction (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"copy", "rect", "cfill", "sync"}, dedupe(r.take())); diff != "" {
			t.Errorf("instructions (-want +got):\n%s", diff)
		}
	})
}

// dedupe removes repetitions of pairs, for fills of several tiles.
func dedupe(s []string) (out []string) {
	for i, op := range s {
		if i < 2 || op != s[i-2] {
			out = append(out, op)
		}
	}
	return out
}

func TestScrollBeyondTheScreenSendsNoCopy(t *testing.T) {
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, _ *View) {
		for i := range 100 {
			d.Move(image.Rect(0, 16, 640, 480), image.Point{})
			m := noise(image.Rect(0, 464, 640, 480), uint64(i))
			drawImage(d, m)
		}
		d.Flush()
		synctest.Wait()
		for _, op := range r.take() {
			if op == "copy" {
				t.Error("a copy was sent whose result is drawn over")
			}
		}
	})
}

func TestScrollsThatNobodyToldAreFound(t *testing.T) {
	// Features: DIS-06
	page := noise(image.Rect(0, 0, 640, 600), 1)
	strip := func(d *Display, from, to, scrolled int) {
		d.Draw(image.Rect(0, from, 640, to), page.Pix[(from+scrolled)*page.Stride:], page.Stride)
	}
	for name, strips := range map[string][]int{"whole": {0, 480}, "strips": {0, 100, 200, 300, 400, 480}} {
		watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
			strip(d, 0, 480, 0)
			d.Flush()
			settle(v, r)
			for i, from := range strips[:len(strips)-1] {
				strip(d, from, strips[i+1], 16)
			}
			d.Flush()
			synctest.Wait()
			seen := make(map[string]int)
			for _, op := range r.take() {
				seen[op]++
			}
			if copies := len(strips) - 1; seen["copy"] != copies || seen["blob"] > 8 {
				t.Errorf("%s: %d copies and %d blobs, want %d copies and 16 new rows", name, seen["copy"], seen["blob"], copies)
			}
		})
	}
}

func TestReadyMadePicturesAreForwarded(t *testing.T) {
	// Part of: DIS-01
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
		at := image.Rect(30, 40, 130, 140)
		var data bytes.Buffer
		if err := jpeg.Encode(&data, noise(at, 1), nil); err != nil {
			t.Fatal(err)
		}
		d.DrawPicture(at, "image/jpeg", data.Bytes())
		d.Flush()
		synctest.Wait()
		var got []byte
		for _, ins := range r.instructions {
			if ins[0] == "blob" {
				part, _ := base64.StdEncoding.DecodeString(ins[2])
				got = append(got, part...)
			}
		}
		if diff := cmp.Diff([]string{"img", "511", "14", "0", "image/jpeg", "30", "40"}, r.instructions[0]); diff != "" {
			t.Errorf("first instruction (-want +got):\n%s", diff)
		}
		if !bytes.Equal(got, data.Bytes()) {
			t.Errorf("%d bytes arrived, want the %d of the picture", len(got), data.Len())
		}
		if len(d.pictures) == 0 {
			t.Error("the picture was decoded, though nobody needs its pixels")
		}
		settle(v, r)

		late := &recorder{}
		settle(d.AddView(late, ViewConfig{}), late)
		if len(d.pictures) != 0 {
			t.Error("a user who joins needs pixels, but the picture was not decoded")
		}
	})
}

func TestAFillOverPartOfAPictureDecodesNothing(t *testing.T) {
	// Part of: DIS-01
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
		at := image.Rect(0, 0, 200, 100)
		var data bytes.Buffer
		if err := jpeg.Encode(&data, noise(at, 1), nil); err != nil {
			t.Fatal(err)
		}
		red := color.RGBA{R: 0xFF, A: 0xFF}
		d.DrawPicture(at, "image/jpeg", data.Bytes())
		d.Fill(image.Rect(50, 50, 250, 90), red)
		d.Flush()
		if diff := cmp.Diff([]string{"img", "blob", "blob", "end", "rect", "cfill", "sync"}, dedupe(settle(v, r))); diff != "" {
			t.Errorf("instructions (-want +got):\n%s", diff)
		}
		if len(d.pictures) != 2 {
			t.Errorf("%d pictures wait to be decoded, want both", len(d.pictures))
		}
		if got := d.Snapshot(image.Rect(60, 60, 61, 61)).RGBAAt(60, 60); got != red {
			t.Errorf("the pixel is %v, want %v", got, red)
		}
	})
}

func TestPicturesThatOthersHideTogetherAreNotDecoded(t *testing.T) {
	at := func(x0, y0, x1, y1 int) *picture { return &picture{rect: image.Rect(x0, y0, x1, y1)} }
	pictures := []*picture{at(0, 0, 100, 100), at(90, 0, 120, 50), at(0, 0, 50, 100), at(40, 0, 100, 100)}
	want := []*picture{pictures[1], pictures[2], pictures[3]}
	if got := visible(slices.Clone(pictures)); !slices.Equal(got, want) {
		t.Errorf("visible are %v, want %v", got, want)
	}
}

func TestBrokenPicturesAreRefused(t *testing.T) {
	d := New(Config{Width: 100, Height: 100})
	before := d.Snapshot(image.Rect(0, 0, 100, 100))
	var data bytes.Buffer
	if err := png.Encode(&data, noise(image.Rect(0, 0, 10, 10), 1)); err != nil {
		t.Fatal(err)
	}
	d.DrawPicture(image.Rect(0, 0, 11, 10), "image/png", data.Bytes())
	d.DrawPicture(image.Rect(0, 0, 10, 10), "image/png", data.Bytes()[:data.Len()/2])
	d.DrawPicture(image.Rect(0, 0, 10, 10), "image/jpeg", data.Bytes())
	d.DrawPicture(image.Rect(0, 0, 10, 10), "text/plain", data.Bytes())
	if after := d.Snapshot(image.Rect(0, 0, 100, 100)); !bytes.Equal(before.Pix, after.Pix) {
		t.Error("a broken picture has changed pixels")
	}
}

func TestMovingPhotographsAreJPEGUntilTheyAreStill(t *testing.T) {
	// Part of: DIS-01, DIS-02
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 640, Height: 480})
		defer run(t, d)()
		lossy := newBrowser(t, 5*time.Millisecond).join(d, "image/jpeg")
		exact := newBrowser(t, 5*time.Millisecond).join(d)
		for i := range 30 {
			drawImage(d, noise(image.Rect(100, 100, 300, 300), uint64(i)))
			d.Flush()
			time.Sleep(33 * time.Millisecond)
		}
		want := d.Snapshot(image.Rect(0, 0, 640, 480))
		synctest.Wait()
		lossy.mu.Lock()
		if bytes.Equal(lossy.canvas.Image().Pix, want.Pix) {
			t.Error("a moving picture is exact, wanted JPEG")
		}
		lossy.mu.Unlock()
		exact.want("user without JPEG", want)

		time.Sleep(time.Second)
		synctest.Wait()
		lossy.want("user with JPEG, once still", want)
	})
}

func TestLosslessMeansNoJPEG(t *testing.T) {
	// Features: DIS-03
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 640, Height: 480, Lossless: true})
		defer run(t, d)()
		u := newBrowser(t, 0).join(d, "image/jpeg")
		for i := range 30 {
			drawImage(d, noise(image.Rect(100, 100, 300, 300), uint64(i)))
			d.Flush()
			time.Sleep(33 * time.Millisecond)
			synctest.Wait()
			u.want("frame", d.Snapshot(image.Rect(0, 0, 640, 480)))
		}
	})
}

func TestHalfAFrameIsNotSentUnlessItTakesLong(t *testing.T) {
	// Features: DIS-05
	watched(t, Config{Width: 64, Height: 64}, func(d *Display, r *recorder, v *View) {
		d.Fill(image.Rect(0, 0, 8, 8), color.RGBA{1, 1, 1, 0xFF})
		d.SetMouse(nil, 3, 3)
		time.Sleep(openLimit / 2)
		synctest.Wait()
		if got := r.take(); got != nil {
			t.Errorf("instructions %v before Flush, want none", got)
		}
		time.Sleep(openLimit)
		synctest.Wait()
		if got := r.take(); len(got) == 0 {
			t.Error("nothing is sent of a frame that is never flushed")
		}
	})
}

func TestCursorReachesAllAndMouseTheOthers(t *testing.T) {
	// Features: DIS-09
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 64, Height: 64})
		defer run(t, d)()
		mover, other := newBrowser(t, 0).join(d), newBrowser(t, 0).join(d)
		shape := noise(image.Rect(10, 10, 42, 40), 3)
		shape.Pix[3], shape.Pix[0], shape.Pix[1], shape.Pix[2] = 0, 0, 0, 0
		d.SetCursor(shape, 5, 6)
		d.SetMouse(mover.view, 20, 30)
		time.Sleep(time.Second)
		late := newBrowser(t, 0).join(d)
		time.Sleep(time.Second)
		synctest.Wait()
		for name, u := range map[string]*browser{"mover": mover, "other": other, "late": late} {
			got, hot := u.canvas.Cursor()
			if got == nil || hot != image.Pt(5, 6) || !bytes.Equal(got.Pix, shape.Pix) {
				t.Errorf("%s: another cursor", name)
			}
		}
		if got := other.canvas.Mouse(); got != image.Pt(20, 30) {
			t.Errorf("mouse of the other user at %v, want 20,30", got)
		}
		if mover.count(guac.OpMouse) != 0 || late.count(guac.OpMouse) != 1 {
			t.Error("mouse must go to all but the one who moves it")
		}
		for _, kind := range []StandardCursor{CursorNone, CursorDot, CursorIBar, CursorPointer, -1} {
			d.SetStandardCursor(kind)
		}
		d.SetCursor(nil, 0, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		if got, _ := other.canvas.Cursor(); got.RGBAAt(0, 0).A != 0 {
			t.Error("the hidden cursor is seen")
		}
	})
}

// failing is a sink whose user is gone.
type failing struct{ sent atomic.Int64 }

func (f *failing) Send([]byte) error {
	f.sent.Add(1)
	return errors.New("user is gone")
}

func TestAFailedSinkIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 64, Height: 64})
		defer run(t, d)()
		f := &failing{}
		v := d.AddView(f, ViewConfig{})
		for range 3 {
			d.Fill(image.Rect(0, 0, 8, 8), color.RGBA{1, 1, 1, 0xFF})
			d.Flush()
			time.Sleep(time.Second)
			v.Sync(1 << 60)
		}
		if got := f.sent.Load(); got != 1 {
			t.Errorf("%d sends to a sink that fails, want 1", got)
		}
		d.RemoveView(v)
	})
}

func TestMemoryIsGivenBackOnceQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := 0
		d := New(Config{Width: 1280, Height: 720, Quiet: func() { quiet++ }})
		defer run(t, d)()
		newBrowser(t, 0).join(d)
		drawImage(d, noise(image.Rect(0, 0, 1280, 720), 1))
		d.Flush()
		time.Sleep(time.Minute)
		synctest.Wait()
		if quiet != 1 {
			t.Errorf("quiet %d times, want once", quiet)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.idleSlab != nil || d.cache.tiles != nil || !d.releaseAt.IsZero() {
			t.Error("memory is held")
		}
	})
}
