// SPDX-License-Identifier: Apache-2.0

//go:build integration

package vnc

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
	"github.com/palta-gateway/palta/test/servers"
)

// pattern has flat areas, a gradient, noise-like detail and lines, so that a server uses
// every form of an encoding.
func pattern(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	seed := uint32(1)
	for y := range h {
		for x := range w {
			c := color.RGBA{0x33, 0x66, 0x99, 0xFF}
			switch {
			case x < w/3 && y < h/2:
				c = color.RGBA{uint8(x), uint8(y), uint8(x + y), 0xFF}
			case x > 2*w/3 && y < h/2:
				seed = seed*1664525 + 1013904223
				c = color.RGBA{uint8(seed >> 24), uint8(seed >> 16), uint8(seed >> 8), 0xFF}
			case y > h/2 && (x/7+y/5)%2 == 0:
				c = color.RGBA{0xEE, 0xDD, uint8(0x10 * (x / 64)), 0xFF}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// show draws a picture on the X display.
func show(t *testing.T, d servers.Display, img image.Image) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pattern.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
	// It fails to free the root's former picture, after it has drawn the new one.
	servers.Command(t, d.Env(), "sh", "-c", `display -window root "$1" || :`, "sh", path)
	shown := image.NewRGBA(img.Bounds())
	draw.Draw(shown, shown.Rect, d.Screenshot(t), image.Point{}, draw.Src)
	if err := sameAs(img)(shown); err != nil {
		t.Fatalf("the X server does not show the picture: %v", err)
	}
}

func connection(v *servers.TigerVNC, more ...string) map[string]string {
	p := map[string]string{"hostname": "127.0.0.1", "port": strconv.Itoa(v.Port), "password": v.Password, "disable-display-resize": "true"}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func TestRealServerInEachEncoding(t *testing.T) {
	// Features: VNC-01, VNC-08
	// Part of: VNC-02, VNC-04
	v := servers.StartTigerVNC(t, servers.VNCOptions{Width: 800, Height: 600})
	d := inprocess.Start(t, Protocol())
	show(t, v.Display, pattern(800, 600))
	want := v.Screenshot(t)
	for _, name := range []string{"raw", "hextile", "zrle", "tight"} {
		t.Run(name, func(t *testing.T) {
			u := d.Connect(guacuser.Config{Select: "vnc", Params: connection(v, "encodings", name, "force-lossless", "true")})
			defer u.Leave()
			u.WaitPixels("the picture of the X server", sameAs(want))
		})
	}
}

func TestRealServerForwardsWhatChanges(t *testing.T) {
	v := servers.StartTigerVNC(t, servers.VNCOptions{Width: 640, Height: 480, NoPassword: true})
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: connection(v, "force-lossless", "true")})
	for i := range 8 {
		c := color.RGBA{uint8(30 * i), 0x80, uint8(255 - 30*i), 0xFF}
		v.SetRoot(t, c)
		u.WaitPixels(fmt.Sprintf("colour %d", i), pixelIs(320, 240, c))
	}
	show(t, v.Display, pattern(640, 480))
	u.WaitPixels("the picture of the X server", sameAs(v.Screenshot(t)))
}

func TestRealServerTakesTheBrowsersSize(t *testing.T) {
	// Features: VNC-12, VNC-13
	v := servers.StartTigerVNC(t, servers.VNCOptions{})
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{
		Select: "vnc", Params: connection(v, "disable-display-resize", ""), Width: 900, Height: 700,
	})
	size := func(w, h int) func(*image.RGBA) error {
		return func(img *image.RGBA) error {
			if img.Rect.Dx() != w || img.Rect.Dy() != h {
				return fmt.Errorf("picture is %v, want %dx%d", img.Rect, w, h)
			}
			return nil
		}
	}
	u.WaitPixels("the size at the start", size(900, 700))
	u.Resize(640, 512)
	u.WaitPixels("the new size", size(640, 512))
	if got := v.Screenshot(t).Bounds(); got != image.Rect(0, 0, 640, 512) {
		t.Errorf("the X display is %v", got)
	}
}

func TestRealServerClipboard(t *testing.T) {
	// Features: VNC-16
	v := servers.StartTigerVNC(t, servers.VNCOptions{})
	servers.Start(t, "tigervnc-common", v.Env(), "vncconfig", "-nowin")
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: connection(v)})
	u.WaitPixels("the desktop", func(img *image.RGBA) error {
		if img.Rect.Empty() {
			return errors.New("no picture")
		}
		return nil
	})
	servers.Command(t, v.Env(), "sh", "-c", `printf 'from the host: é 🥑' | xclip -selection clipboard >/dev/null 2>&1`)
	u.WaitText("the host's clipboard", func(text string) error {
		if text != "from the host: é 🥑" {
			return fmt.Errorf("clipboard %q", text)
		}
		return nil
	})
	u.SetClipboard("to the host: é 🥑")
	servers.Eventually(t, "the clipboard on the host", func(context.Context) error {
		got := servers.Command(t, v.Env(), "xclip", "-selection", "clipboard", "-o")
		if got != "to the host: é 🥑" {
			return fmt.Errorf("clipboard %q", got)
		}
		return nil
	})
}

func TestRealServerRefusesAWrongPassword(t *testing.T) {
	// Features: COM-14
	// Part of: VNC-02
	v := servers.StartTigerVNC(t, servers.VNCOptions{})
	d := inprocess.Start(t, Protocol())
	u, err := guacuser.Try(t, d.Dial(), guacuser.Config{Select: "vnc", Params: connection(v, "password", "wrong")})
	if err == nil {
		err = u.WaitEnd()
	}
	if guac.StatusOf(err) != guac.ClientUnauthorized {
		t.Errorf("session ends with %v, want CLIENT_UNAUTHORIZED", err)
	}
}

func TestRealServerConnectsToUs(t *testing.T) {
	// Features: VNC-20
	v := servers.StartTigerVNC(t, servers.VNCOptions{Width: 640, Height: 480})
	green := color.RGBA{0, 0x80, 0, 0xFF}
	v.SetRoot(t, green)
	port := freePort(t)
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: map[string]string{
		"port": strconv.Itoa(port), "password": v.Password, "reverse-connect": "true", "listen-timeout": "20000",
		"disable-display-resize": "true",
	}})
	servers.Eventually(t, "the server connects to us", func(context.Context) error {
		cmd := exec.Command("vncconfig", "-connect", servers.Address(port))
		cmd.Env = append(os.Environ(), v.Env()...)
		return cmd.Run()
	})
	u.WaitPixels("the picture of the X server", pixelIs(320, 240, green))
}

func TestRealServerOfALargeScreen(t *testing.T) {
	for _, size := range []image.Point{{3840, 2160}, {7680, 4320}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			v := servers.StartTigerVNC(t, servers.VNCOptions{Width: size.X, Height: size.Y})
			c := color.RGBA{0x22, 0x88, 0x44, 0xFF}
			v.SetRoot(t, c)
			u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: connection(v)})
			for _, at := range []image.Point{{0, 0}, {size.X - 1, size.Y - 1}} {
				u.WaitPixels("the desktop's colour", pixelIs(at.X, at.Y, c))
			}
		})
	}
}

func TestRealServerIsRecorded(t *testing.T) {
	// Part of: VNC-25
	v := servers.StartTigerVNC(t, servers.VNCOptions{Width: 640, Height: 480})
	dir := t.TempDir()
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{
		Select: "vnc", Params: connection(v, "recording-path", dir, "force-lossless", "true"),
	})
	for i := range 5 {
		show(t, v.Display, pattern(640, 480-i))
	}
	want := v.Screenshot(t)
	u.WaitPixels("the picture of the X server", sameAs(want))
	path := filepath.Join(dir, "recording")
	same := func(r *guacuser.Recording) error { return sameAs(want)(r.Picture) }
	recorded(t, path, same)
	u.Leave()
	_ = u.WaitEnd()
	recorded(t, path, same)
}
