// SPDX-License-Identifier: Apache-2.0

package rfb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rfb"
	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
)

// shake runs a handshake on what a server sends, handed over at most step bytes at a
// time, and returns what the client answers.
func shake(h *rfb.Handshake, server string, step int) (answer, rest string, done bool, err error) {
	var in, out []byte
	for {
		n, answered, done, err := h.Step(in, out)
		out, in = answered, in[n:]
		if done || err != nil {
			return string(out), string(in) + server, done, err
		}
		if n > 0 {
			continue
		}
		if server == "" {
			return string(out), "", false, nil
		}
		take := min(step, len(server))
		in, server = append(in[:len(in):len(in)], server[:take]...), server[take:]
	}
}

const serverInit = "\x00\x04\x00\x03\x20\x18\x00\x01\x00\xff\x00\xff\x00\xff\x00\x08\x10\x00\x00\x00\x00\x00\x00\x04desk"

// The challenge and response are those of a TigerVNC server with the password avocado1.
const challenge = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"

func TestHandshakeOfEachVersion(t *testing.T) {
	// Features: VNC-01
	// Part of: VNC-02
	for _, tc := range []struct{ name, server, want string }{
		{
			"3.8 without authentication",
			"RFB 003.008\n" + "\x02\x05\x01" + "\x00\x00\x00\x00" + serverInit,
			"RFB 003.008\n" + "\x01" + "\x01",
		},
		{
			"3.7 without authentication has no result",
			"RFB 003.007\n" + "\x01\x01" + serverInit,
			"RFB 003.007\n" + "\x01" + "\x01",
		},
		{
			"3.3, where the server chooses",
			"RFB 003.003\n" + "\x00\x00\x00\x01" + serverInit,
			"RFB 003.003\n" + "\x01",
		},
		{
			"an odd version is read as 3.3",
			"RFB 003.005\n" + "\x00\x00\x00\x01" + serverInit,
			"RFB 003.003\n" + "\x01",
		},
		{
			"that of Apple is read as 3.8",
			"RFB 003.889\n" + "\x01\x01" + "\x00\x00\x00\x00" + serverInit,
			"RFB 003.008\n" + "\x01" + "\x01",
		},
	} {
		for _, step := range []int{1, 7, 1000} {
			t.Run(fmt.Sprintf("%s, %d bytes at a time", tc.name, step), func(t *testing.T) {
				h := new(rfb.Handshake)
				answer, rest, done, err := shake(h, tc.server+"rest", step)
				if !done || err != nil {
					t.Fatalf("done %v, %v", done, err)
				}
				if answer != tc.want {
					t.Errorf("client answers %q, want %q", answer, tc.want)
				}
				if rest != "rest" {
					t.Errorf("what follows is %q, want %q", rest, "rest")
				}
				want := rfb.ServerInit{Width: 4, Height: 3, Format: encoding.RGBX, Name: "desk"}
				if diff := cmp.Diff(want, h.Init); diff != "" {
					t.Errorf("ServerInit (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestHandshakeVNCAuthentication(t *testing.T) {
	// Part of: VNC-02
	for _, version := range []string{"003.003", "003.007", "003.008"} {
		security := "\x02\x01\x02"
		if version == "003.003" {
			security = "\x00\x00\x00\x02"
		}
		h := &rfb.Handshake{Password: func() (string, error) { return "avocado1 and more", nil }}
		server := "RFB " + version + "\n" + security + challenge + "\x00\x00\x00\x00" + serverInit
		answer, _, done, err := shake(h, server, 1)
		if !done || err != nil {
			t.Fatalf("%s: done %v, %v", version, done, err)
		}
		short := &rfb.Handshake{Password: func() (string, error) { return "avocado1", nil }}
		same, _, _, err := shake(short, server, 100)
		if err != nil || same != answer {
			t.Errorf("%s: the password counts beyond its eighth byte", version)
		}
		if h.Security != rfb.SecurityVNC {
			t.Errorf("%s: security %v, want VNC authentication before None", version, h.Security)
		}
	}
}

func TestHandshakeFails(t *testing.T) {
	password := func() (string, error) { return "x", nil }
	for _, tc := range []struct {
		name, server string
		kind         error
		text         string
	}{
		{"another protocol", "SSH-2.0-OpenSSH\r\n", nil, "not a VNC server"},
		{"another protocol, shorter than a version", "HTTP", nil, "not a VNC server"},
		{"a version after white space that is no blank", "RFB\v007.000\n", nil, "not a VNC server"},
		{"version 2", "RFB 002.000\n", nil, "too old"},
		{"a refusal with its reason", "RFB 003.008\n\x00\x00\x00\x00\x04full", rfb.ErrRefused, "full"},
		{"a refusal of 3.3", "RFB 003.003\n\x00\x00\x00\x00\x00\x00\x00\x04full", rfb.ErrRefused, "full"},
		{"a reason without end", "RFB 003.008\n\x00\xff\xff\xff\xff", rfb.ErrRefused, "reason of"},
		{"no security type in common", "RFB 003.008\n\x02\x13\x1e", rfb.ErrNoSecurityType, "VeNCrypt"},
		{"no security type in common in 3.3", "RFB 003.003\n\x00\x00\x00\x13", rfb.ErrNoSecurityType, "VeNCrypt"},
		{"a wrong password", "RFB 003.008\n\x01\x02" + challenge + "\x00\x00\x00\x01\x00\x00\x00\x02no", rfb.ErrAuthentication, "no"},
		{"a wrong password in 3.7", "RFB 003.007\n\x01\x02" + challenge + "\x00\x00\x00\x01", rfb.ErrAuthentication, ""},
		{"a name of absurd length", "RFB 003.008\n\x01\x01\x00\x00\x00\x00" + serverInit[:20] + "\xff\xff\xff\xff", nil, "name of"},
		{"pixels of 7 bits", "RFB 003.008\n\x01\x01\x00\x00\x00\x00" + serverInit[:4] + "\x07" + serverInit[5:], nil, "7 bits"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, done, err := shake(&rfb.Handshake{Password: password}, tc.server, 1)
			if done || err == nil {
				t.Fatalf("done %v, %v; want an error", done, err)
			}
			if tc.kind != nil && !errors.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %q, want %v with %q", err, tc.kind, tc.text)
			}
		})
	}
}

// events is a Handler that writes down what it is told.
type events struct {
	log []string
}

func (e *events) add(format string, args ...any) { e.log = append(e.log, fmt.Sprintf(format, args...)) }

func (e *events) Pixels(r image.Rectangle, pix []byte, _ int) {
	e.add("pixels %v %x", r, pix[:4])
}
func (e *events) Fill(r image.Rectangle, c color.RGBA)          { e.add("fill %v %v", r, c) }
func (e *events) Copy(src image.Rectangle, dst image.Point)     { e.add("copy %v %v", src, dst) }
func (e *events) Picture(r image.Rectangle, m string, _ []byte) { e.add("picture %v %s", r, m) }
func (e *events) Resize(r rfb.Resize)                           { e.add("resize %+v", r) }
func (e *events) UpdateEnd()                                    { e.add("end") }
func (e *events) Bell()                                         { e.add("bell") }
func (e *events) CutText(text []byte)                           { e.add("text %q", text) }
func (e *events) Clipboard(m rfb.ClipboardMessage)              { e.add("clipboard %x %q", m.Flags, m.Text) }
func (e *events) DesktopName(name string)                       { e.add("name %s", name) }
func (e *events) Fence(flags uint32, payload []byte)            { e.add("fence %x %s", flags, payload) }
func (e *events) ContinuousUpdates()                            { e.add("continuous") }
func (e *events) Odd(string)                                    { e.add("odd") }
func (e *events) Cursor(img *image.RGBA, hotspot image.Point) {
	e.add("cursor %v %v %x", img.Rect.Max, hotspot, img.Pix)
}

// decode tells what a stream of messages says, read a byte at a time.
func decode(stream []byte) ([]string, error) {
	e := new(events)
	init := rfb.ServerInit{Width: 4, Height: 3}
	d := rfb.NewDecoder(iotest.OneByteReader(bytes.NewReader(stream)), init, encoding.RGBX, false, e)
	for {
		if err := d.Wait(); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return e.log, err
		}
		if err := d.Message(); err != nil {
			return e.log, err
		}
	}
}

func TestDecoderMessages(t *testing.T) {
	// Features: VNC-12
	// Part of: VNC-09, VNC-10
	one := image.Rect(1, 1, 2, 2)
	for _, tc := range []struct {
		name   string
		stream string
		want   []string
	}{
		{
			"an update", "\x00\x00\x00\x01" + string(rfbtest.Header(one, encoding.Raw)) + "\x01\x02\x03\x00",
			[]string{"pixels (1,1)-(2,2) 010203ff", "end"},
		},
		{
			"a copy", "\x00\x00\x00\x01" + string(rfbtest.Header(one, encoding.CopyRect)) + "\x00\x02\x00\x00",
			[]string{"copy (2,0)-(3,1) (1,1)", "end"},
		},
		{"an empty update", "\x00\x00\x00\x00", []string{"end"}},
		{"an update that ends by LastRect", "\x00\x00\xff\xff" + string(rfbtest.Header(image.Rectangle{}, rfb.PseudoLastRect)), []string{"end"}},
		{
			"a new size", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(0, 0, 9, 8), rfb.PseudoDesktopSize)),
			[]string{"resize {Width:9 Height:8 Extended:false Screens:[] Reason:0 Result:0}", "end"},
		},
		{
			"a new size with screens", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(1, 0, 10, 8), rfb.PseudoExtendedDesktopSize)) +
				"\x01\x00\x00\x00" + "\x00\x00\x00\x07\x00\x00\x00\x00\x00\x09\x00\x08\x00\x00\x00\x01",
			[]string{"resize {Width:9 Height:8 Extended:true Screens:[{ID:7 Rect:(0,0)-(9,8) Flags:1}] Reason:1 Result:0}", "end"},
		},
		{"a cursor with its mask", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(1, 0, 3, 1), rfb.PseudoCursor)) +
			"\x01\x02\x03\x00\x04\x05\x06\x00" + "\x40", []string{"cursor (2,1) (1,0) 00000000040506ff", "end"}},
		{"a cursor with alpha", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(0, 0, 1, 1), rfb.PseudoCursorWithAlpha)) +
			"\x00\x00\x00\x00" + "\x01\x02\x03\x80", []string{"cursor (1,1) (0,0) 01020380", "end"}},
		{"a name", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rectangle{}, rfb.PseudoDesktopName)) + "\x00\x00\x00\x02hi", []string{"name hi", "end"}},
		{"a colour map, which is ignored", "\x01\x00\x00\x00\x00\x01rrggbb\x02", []string{"bell"}},
		{"a clipboard", "\x03\x00\x00\x00\x00\x00\x00\x02h\xe9", []string{`text "h\xe9"`}},
		{"a fence", "\xf8\x00\x00\x00\x80\x00\x00\x01\x03abc", []string{"fence 80000001 abc"}},
		{"continuous updates", "\x96", []string{"continuous"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := decode([]byte(tc.stream))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			for cut := 1; cut < len(tc.stream); cut++ {
				if _, err := decode([]byte(tc.stream[:cut])); err == nil && tc.name != "a colour map, which is ignored" {
					t.Errorf("cut to %d bytes is accepted", cut)
				}
			}
		})
	}
}

// TestDecoderPassesOver has what servers do that is not right, and hurts nobody. Each is followed by a bell.
func TestDecoderPassesOver(t *testing.T) {
	update := func(r image.Rectangle, kind encoding.Type, more string) string {
		return "\x00\x00\x00\x01" + string(rfbtest.Header(r, kind)) + more
	}
	for _, tc := range []struct {
		name, stream string
		want         []string
	}{
		{
			"a rectangle beyond the edge", update(image.Rect(3, 0, 5, 1), encoding.Raw, "\x01\x02\x03\x00\x04\x05\x06\x00"),
			[]string{"odd", "pixels (3,0)-(5,1) 010203ff", "end"},
		},
		{"a copy from beyond the edge", update(image.Rect(0, 0, 2, 2), encoding.CopyRect, "\x00\x03\x00\x02"), []string{"copy (3,2)-(4,3) (0,0)", "end"}},
		{"a copy from outside", update(image.Rect(0, 0, 2, 2), encoding.CopyRect, "\x00\x09\x00\x09"), []string{"end"}},
		{"an empty copy", update(image.Rect(1, 1, 1, 1), encoding.CopyRect, "\x00\x00\x00\x00"), []string{"end"}},
		{"an empty rectangle", update(image.Rect(1, 1, 1, 1), encoding.Raw, ""), []string{"end"}},
		{"an empty hextile rectangle", update(image.Rect(1, 1, 4, 1), encoding.Hextile, ""), []string{"end"}},
		{"an empty tight fill", update(image.Rect(1, 1, 4, 1), encoding.Tight, "\x80abc"), []string{"fill (1,1)-(4,1) {97 98 99 255}", "end"}},
		{
			"a desktop of absurd size", update(image.Rect(0, 0, 65535, 65535), rfb.PseudoDesktopSize, ""),
			[]string{"resize {Width:65535 Height:65535 Extended:false Screens:[] Reason:0 Result:0}", "end"},
		},
		{"a cursor of 600 pixels", update(image.Rect(0, 0, 600, 1), rfb.PseudoCursor, strings.Repeat("c", 4*600+75)), []string{"odd", "end"}},
		{"a cursor with alpha of 600 pixels", update(image.Rect(0, 0, 1, 600), rfb.PseudoCursorWithAlpha, "\x00\x00\x00\x00"+strings.Repeat("c", 4*600)), []string{"odd", "end"}},
		{"an extended clipboard of three bytes", "\x03\x00\x00\x00\xff\xff\xff\xfdabc", []string{"odd"}},
		{"an extended clipboard that is not zlib", "\x03\x00\x00\x00\xff\xff\xff\xf8\x10\x00\x00\x01abcd", []string{"odd"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := decode([]byte(tc.stream + "\x02"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append(tc.want, "bell"), got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVisibleIsWhatCanBeShown(t *testing.T) {
	for _, tc := range []struct{ w, h, wantW, wantH int }{
		{0, 0, 0, 0}, {7680, 4320, 7680, 4320}, {4320, 7680, 4320, 7680}, {65535, 10, 8192, 10}, {10, 65535, 10, 8192}, {8192, 8192, 8192, 4096},
	} {
		if got := rfb.Visible(tc.w, tc.h); got != image.Rect(0, 0, tc.wantW, tc.wantH) {
			t.Errorf("of %dx%d %v is shown, want %dx%d", tc.w, tc.h, got, tc.wantW, tc.wantH)
		}
	}
}

func TestDecoderRefuses(t *testing.T) {
	for _, tc := range []struct{ name, stream string }{
		{"an unknown message", "\x63"},
		{"a rectangle of absurd size", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(4, 0, 65535, 65535), encoding.Raw))},
		{"a cursor of absurd size", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(0, 0, 60000, 60000), rfb.PseudoCursor))},
		{"a cursor in an encoding", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(0, 0, 1, 1), rfb.PseudoCursorWithAlpha)) + "\x00\x00\x00\x07"},
		{"a name of absurd length", "\x00\x00\x00\x01" + string(rfbtest.Header(image.Rectangle{}, rfb.PseudoDesktopName)) + "\xff\xff\xff\xff"},
		{"a fence of absurd length", "\xf8\x00\x00\x00\x80\x00\x00\x01\x41" + strings.Repeat("x", 65)},
		{"an endless clipboard that ends", "\x03\x00\x00\x00\x7f\xff\xff\xffabc"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if events, err := decode([]byte(tc.stream)); err == nil {
				t.Errorf("accepted: %v", events)
			}
		})
	}
}

func TestClientMessages(t *testing.T) {
	// Features: VNC-13, VNC-17, VNC-18
	screen := rfb.Screen{ID: 7, Flags: 1}
	for _, tc := range []struct {
		name string
		got  []byte
		want string
	}{
		{"SetPixelFormat", rfb.AppendSetPixelFormat(nil, encoding.RGBX), "\x00\x00\x00\x00\x20\x18\x00\x01\x00\xff\x00\xff\x00\xff\x00\x08\x10\x00\x00\x00"},
		{"SetEncodings", rfb.AppendSetEncodings(nil, []encoding.Type{encoding.Tight, rfb.PseudoCursor}), "\x02\x00\x00\x02\x00\x00\x00\x07\xff\xff\xff\x11"},
		{"FramebufferUpdateRequest", rfb.AppendFramebufferUpdateRequest(nil, true, image.Rect(1, 2, 4, 6)), "\x03\x01\x00\x01\x00\x02\x00\x03\x00\x04"},
		{"KeyEvent", rfb.AppendKeyEvent(nil, 0xFF0D, true), "\x04\x01\x00\x00\x00\x00\xff\x0d"},
		{"PointerEvent", rfb.AppendPointerEvent(nil, 5, 258, -1), "\x05\x05\x01\x02\x00\x00"},
		{"ClientCutText", rfb.AppendClientCutText(nil, []byte("hi")), "\x06\x00\x00\x00\x00\x00\x00\x02hi"},
		{
			"SetDesktopSize", rfb.AppendSetDesktopSize(nil, 9, 8, screen),
			"\xfb\x00\x00\x09\x00\x08\x01\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x09\x00\x08\x00\x00\x00\x01",
		},
		{"EnableContinuousUpdates", rfb.AppendEnableContinuousUpdates(nil, true, image.Rect(0, 0, 9, 8)), "\x96\x01\x00\x00\x00\x00\x00\x09\x00\x08"},
		{"fence answer", rfb.AppendFenceAnswer(nil, rfb.FenceRequest|rfb.FenceBlockBefore, []byte("ab")), "\xf8\x00\x00\x00\x00\x00\x00\x01\x02ab"},
	} {
		if string(tc.got) != tc.want {
			t.Errorf("%s: %x, want %x", tc.name, tc.got, tc.want)
		}
	}
}

func TestExtendedClipboardRoundTrip(t *testing.T) {
	// Features: VNC-16
	text := "línea 1\nlínea 2 🥑\n"
	wire := rfb.AppendClipboardProvide(nil, text)
	length := int32(binary.BigEndian.Uint32(wire[4:]))
	if int(-length) != len(wire)-8 {
		t.Fatalf("length %d for %d bytes", length, len(wire)-8)
	}
	msg, err := rfb.ParseClipboardMessage(wire[8:])
	if err != nil || !msg.HasText || msg.Text != text {
		t.Errorf("text reads back as %q, %v", msg.Text, err)
	}
}

func TestExtendedClipboardCapabilitiesOfTigerVNC(t *testing.T) {
	// Features: VNC-16
	wire := []byte("\x1f\x00\x00\x01\x00\x00\x00\x00")
	msg, err := rfb.ParseClipboardMessage(wire)
	if err != nil || !msg.Has(rfb.ClipboardCaps) || msg.HasText {
		t.Errorf("capabilities read as %+v, %v", msg, err)
	}
}

func TestExtendedClipboardBomb(t *testing.T) {
	// A small message that says it holds 4 GiB.
	bomb := rfb.AppendClipboardProvide(nil, "")[8:12]
	bomb = append(bomb, 0x78, 0x01, 0x01, 0x04, 0x00, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff)
	if _, err := rfb.ParseClipboardMessage(bomb); err == nil {
		t.Error("accepted")
	}
}

func FuzzHandshake(f *testing.F) {
	f.Add("RFB 003.008\n\x01\x01\x00\x00\x00\x00"+serverInit, 3)
	f.Add("RFB 003.007\n\x01\x02"+challenge+"\x00\x00\x00\x00"+serverInit, 1)
	f.Add("RFB 003.003\n\x00\x00\x00\x02"+challenge+"\x00\x00\x00\x01", 100)
	f.Fuzz(func(t *testing.T, server string, step int) {
		password := func() (string, error) { return "x", nil }
		whole := &rfb.Handshake{Password: password}
		answer, _, done, err := shake(whole, server, len(server)+1)
		if v := rfb.Visible(whole.Init.Width, whole.Init.Height); done && v.Dx()*v.Dy() > rfb.MaxPixels {
			t.Fatalf("accepted a desktop of %dx%d", whole.Init.Width, whole.Init.Height)
		}
		split := &rfb.Handshake{Password: password}
		again, _, doneAgain, errAgain := shake(split, server, 1+step&7)
		if done != doneAgain || err == nil && (errAgain != nil || answer != again) {
			t.Fatalf("split differs: %q %v %v, whole %q %v %v", again, doneAgain, errAgain, answer, done, err)
		}
	})
}

func FuzzDecoder(f *testing.F) {
	e := rfbtest.NewEncoder()
	img := image.NewRGBA(image.Rect(0, 0, 4, 3))
	f.Add(rfbtest.Update(append(rfbtest.Header(img.Rect, encoding.ZRLE), e.ZRLE(img, img.Rect)...)))
	f.Add([]byte("\x00\x00\x00\x01" + string(rfbtest.Header(image.Rect(1, 0, 3, 1), rfb.PseudoCursor)) + "\x01\x02\x03\x00\x04\x05\x06\x00\x40"))
	f.Add([]byte("\xf8\x00\x00\x00\x80\x00\x00\x01\x03abc\x96\x02"))
	f.Add(append([]byte{3}, rfb.AppendClipboardProvide(nil, "text")[1:]...))
	f.Fuzz(func(t *testing.T, stream []byte) {
		log, _ := decode(stream)
		for _, line := range log {
			if len(line) > 64<<20 {
				t.Fatal("an event larger than what was sent can hold")
			}
		}
	})
}
