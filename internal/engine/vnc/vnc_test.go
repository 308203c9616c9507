// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"net"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

var red = color.RGBA{0xFF, 0, 0, 0xFF}

// serve runs a scripted VNC server for one connection, and returns the parameters that
// lead to it.
func serve(t *testing.T, script func(s *rfbtest.Server)) map[string]string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		script(rfbtest.NewServer(t, conn))
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return address(l.Addr().(*net.TCPAddr).Port)
}

func address(port int) map[string]string {
	return map[string]string{"hostname": "127.0.0.1", "port": strconv.Itoa(port)}
}

// pixelIs is a condition on the picture.
func pixelIs(x, y int, want color.RGBA) func(*image.RGBA) error {
	return func(img *image.RGBA) error {
		if got := img.RGBAAt(x, y); got != want {
			return fmt.Errorf("pixel %d,%d is %v, want %v", x, y, got, want)
		}
		return nil
	}
}

// sameAs is a condition: the picture equals want.
func sameAs(want image.Image) func(img *image.RGBA) error {
	return func(img *image.RGBA) error {
		if img.Rect != want.Bounds() {
			return fmt.Errorf("picture is %v, want %v", img.Rect, want.Bounds())
		}
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				if got, w := img.RGBAAt(x, y), color.RGBAModel.Convert(want.At(x, y)); got != w {
					return fmt.Errorf("pixel %d,%d is %v, want %v", x, y, got, w)
				}
			}
		}
		return nil
	}
}

// fill is an update that fills a rectangle.
func fill(r image.Rectangle, c color.RGBA) []byte {
	e := rfbtest.NewEncoder()
	return rfbtest.Update(append(rfbtest.Header(r, encoding.Tight), e.TightFill(c)...))
}

func TestSessionIsADialogueWithTheServer(t *testing.T) {
	// Features: VNC-01, VNC-13, VNC-16, VNC-17, VNC-18
	size := image.Rect(0, 0, 64, 48)
	step := make(chan struct{})
	params := serve(t, func(s *rfbtest.Server) {
		s.Handshake(64, 48, "desk")
		s.Setup()
		s.Write(fill(size, red))
		s.Request()

		<-step
		s.Want("key down", rfb.AppendKeyEvent(nil, 'a', true))
		s.Want("key up", rfb.AppendKeyEvent(nil, 'a', false))
		s.Want("pointer", rfb.AppendPointerEvent(nil, 1, 10, 20))
		s.Want("clipboard", rfb.AppendClientCutText(nil, []byte("h\xe9")))
		s.Write([]byte("\x03\x00\x00\x00\x00\x00\x00\x02\xe9!"))
		s.Write([]byte("\xf8\x00\x00\x00\x80\x00\x00\x01\x02ab"))
		s.Want("answer to the fence", rfb.AppendFenceAnswer(nil, 1, []byte("ab")))
		s.Write([]byte{150})
		s.Want("continuous updates", rfb.AppendEnableContinuousUpdates(nil, true, size))

		screens := "\x01\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x40\x00\x30\x00\x00\x00\x00"
		s.Write(rfbtest.Update(append(rfbtest.Header(size, rfb.PseudoExtendedDesktopSize), screens...)))
		s.Want("the browser's size", rfb.AppendSetDesktopSize(nil, 80, 60, rfb.Screen{ID: 7}))
		s.Write(rfbtest.Update(rfbtest.Header(image.Rect(0, 0, 80, 60), rfb.PseudoDesktopSize)))
		s.Want("continuous updates of the new size", rfb.AppendEnableContinuousUpdates(nil, true, image.Rect(0, 0, 80, 60)))
		s.Want("no request while updates come unasked", nil)
		<-step
	})
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params, Width: 80, Height: 60})
	u.WaitPixels("the desktop", pixelIs(63, 47, red))
	if got := u.Title(); got != "desk" {
		t.Errorf("title %q, want desk", got)
	}
	step <- struct{}{}
	u.Type("a")
	u.Mouse(10, 20, 1)
	u.SetClipboard("hé")
	u.WaitText("the server's clipboard", func(text string) error {
		if text != "é!" {
			return fmt.Errorf("clipboard %q", text)
		}
		return nil
	})
	u.WaitPixels("the new size", func(img *image.RGBA) error {
		if img.Rect.Dx() != 80 || img.Rect.Dy() != 60 {
			return fmt.Errorf("picture is %v", img.Rect)
		}
		return nil
	})
	step <- struct{}{}
	err := u.WaitEnd()
	if guac.StatusOf(err) != guac.UpstreamError {
		t.Errorf("after the server has closed: %v, want UPSTREAM_ERROR", err)
	}
}

func TestJoiningUserGetsTheWholePicture(t *testing.T) {
	// Features: VNC-26
	end := make(chan struct{})
	params := serve(t, func(s *rfbtest.Server) {
		s.Handshake(64, 48, "")
		s.Setup()
		s.Write(fill(image.Rect(0, 0, 64, 48), red))
		<-end
	})
	d := inprocess.Start(t, Protocol())
	first := d.Connect(guacuser.Config{Select: "vnc", Params: params})
	first.WaitPixels("the desktop", pixelIs(0, 0, red))
	second := d.Connect(guacuser.Config{Select: first.ID})
	second.WaitPixels("the same desktop", pixelIs(63, 47, red))
	close(end)
}

func TestMissingPasswordIsAskedFor(t *testing.T) {
	// Features: COM-08
	// Part of: VNC-03
	end := make(chan struct{})
	params := serve(t, func(s *rfbtest.Server) {
		s.Write([]byte("RFB 003.008\n"))
		s.Read(12)
		s.Write([]byte{1, 2})
		s.Read(1)
		s.Write(make([]byte, 16))
		response := s.Read(16)
		if bytes.Equal(response, make([]byte, 16)) {
			t.Error("the response is the challenge")
		}
		s.Write([]byte{0, 0, 0, 0})
		s.Read(1)
		s.Write(rfbtest.Init(64, 48, ""))
		s.Setup()
		s.Write(fill(image.Rect(0, 0, 64, 48), red))
		<-end
	})
	u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{
		Select: "vnc", Params: params, Answers: map[string]string{"password": "secret"},
	})
	u.WaitPixels("the desktop", pixelIs(0, 0, red))
	close(end)
}

// TestHostileServers has what may be on the other end of a line.
func TestHostileServers(t *testing.T) {
	init := func(s *rfbtest.Server) {
		s.Handshake(64, 48, "")
		s.Setup()
	}
	for _, tc := range []struct {
		name   string
		script func(s *rfbtest.Server)
		want   guac.Status
	}{
		{"speaks HTTP", func(s *rfbtest.Server) { s.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }, guac.UpstreamError},
		{"closes at once", func(*rfbtest.Server) {}, guac.UpstreamError},
		{"refuses", func(s *rfbtest.Server) {
			s.Write([]byte("RFB 003.008\n\x00\x00\x00\x00\x08too many"))
		}, guac.UpstreamError},
		{"wants what nobody has", func(s *rfbtest.Server) { s.Write([]byte("RFB 003.008\n\x01\xfe")) }, guac.UpstreamError},
		{"refuses the password", func(s *rfbtest.Server) {
			s.Write([]byte("RFB 003.008\n\x01\x02"), make([]byte, 16))
			s.Read(12 + 1 + 16)
			s.Write([]byte("\x00\x00\x00\x01\x00\x00\x00\x02no"))
		}, guac.ClientUnauthorized},
		{"draws far beyond its desktop", func(s *rfbtest.Server) {
			init(s)
			s.Write(rfbtest.Update(rfbtest.Header(image.Rect(60, 40, 65535, 65535), encoding.Raw)))
		}, guac.UpstreamError},
		{"sends garbage", func(s *rfbtest.Server) {
			init(s)
			s.Write(bytes.Repeat([]byte{0xA5}, 4096))
		}, guac.UpstreamError},
		{"lies about a length", func(s *rfbtest.Server) {
			init(s)
			head := rfbtest.Header(image.Rect(0, 0, 64, 48), encoding.ZRLE)
			s.Write(rfbtest.Update(append(binary.BigEndian.AppendUint32(head, 1<<31), "abc"...)))
		}, guac.UpstreamError},
		{"closes within a rectangle", func(s *rfbtest.Server) {
			init(s)
			s.Write(rfbtest.Update(append(rfbtest.Header(image.Rect(0, 0, 64, 48), encoding.Raw), 1, 2, 3)))
		}, guac.UpstreamError},
	} {
		t.Run(tc.name, func(t *testing.T) {
			params := serve(t, tc.script)
			params["password"] = "x"
			u, err := guacuser.Try(t, inprocess.Start(t, Protocol()).Dial(), guacuser.Config{Select: "vnc", Params: params})
			if err == nil {
				err = u.WaitEnd()
			}
			if got := guac.StatusOf(err); got != tc.want {
				t.Errorf("session ends with %v (%v), want %v", got, err, tc.want)
			}
		})
	}
}

func TestHostsThatDoNotAnswer(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	for _, tc := range []struct {
		name   string
		params map[string]string
		want   guac.Status
	}{
		{"a port that refuses", address(free.Addr().(*net.TCPAddr).Port), guac.UpstreamUnavailable},
		{"a host that does not exist", map[string]string{"hostname": "no-such-host.invalid"}, guac.UpstreamNotFound},
		{"no host at all", nil, guac.UpstreamNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u, err := guacuser.Try(t, inprocess.Start(t, Protocol()).Dial(), guacuser.Config{Select: "vnc", Params: tc.params})
			if err == nil {
				err = u.WaitEnd()
			}
			if got := guac.StatusOf(err); got != tc.want {
				t.Errorf("session ends with %v (%v), want %v", got, err, tc.want)
			}
		})
	}
}

func TestServerThatStopsWithinARectangle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer client.Close()
		defer server.Close()
		go func() {
			_, _ = server.Write(rfbtest.Update(append(rfbtest.Header(image.Rect(0, 0, 64, 48), encoding.Raw), 1, 2, 3)))
		}()
		in := &stallReader{conn: client}
		d := rfb.NewDecoder(in, rfb.ServerInit{Width: 64, Height: 48}, encoding.RGBX, false, nil)
		in.mayStall(true)
		time.Sleep(10 * stallTimeout) // a server may be silent between messages
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		in.mayStall(false)
		began := time.Now()
		err := readError(d.Message())
		if guac.StatusOf(err) != guac.UpstreamTimeout || time.Since(began) != stallTimeout {
			t.Errorf("ends with %v after %v, want UPSTREAM_TIMEOUT after %v", err, time.Since(began), stallTimeout)
		}
	})
}

func TestServerThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		s := &sender{conn: client}
		if err := s.send([]byte{1}); guac.StatusOf(err) != guac.UpstreamTimeout {
			t.Errorf("send = %v, want UPSTREAM_TIMEOUT", err)
		}
		if _, err := client.Write([]byte{1}); !errors.Is(err, net.ErrClosed) && err == nil {
			t.Error("the connection is still open")
		}
	})
}
