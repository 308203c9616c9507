// SPDX-License-Identifier: Apache-2.0

//go:build integration

package viewer_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/input"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/viewer"
	"github.com/palta-gateway/palta/test/servers"
)

// typing is a session with a terminal in its upper left corner; the lines typed there end up
// in the file "typed".
const typing = `exec xterm -geometry 60x10+0+0 -e sh -c 'while read line; do echo "$line" >>typed; done'`

// still is a session in which nothing happens.
const still = "exec sleep 600"

// login completes the configuration of a session: by TLS, unless the server has none.
func login(x *servers.XRDP, cfg viewer.Config) viewer.Config {
	cfg.Address, cfg.User, cfg.Password = servers.Address(x.Port), x.Login.Name, x.Login.Password
	cfg.Protocols = anyProtocol
	return cfg
}

func TestXRDPPictures(t *testing.T) {
	t.Parallel()
	first := servers.StartXRDP(t, servers.XRDPOptions{Security: "tls", Session: still})
	plain := servers.StartXRDP(t, servers.XRDPOptions{Security: "tls", Uncompressed: true, SessionsOf: first})
	for _, tc := range []struct {
		name string
		x    *servers.XRDP
		cfg  viewer.Config
		came string
	}{
		{"32 bits", first, viewer.Config{Depth: 32}, "planar"},
		{"24 bits", first, viewer.Config{Depth: 24}, "rle 24"},
		{"the slow path", first, viewer.Config{Depth: 32, SlowPath: true}, "slow path"},
		{"uncompressed, 24 bits", plain, viewer.Config{Depth: 24}, "raw 24"},
		{"uncompressed, 32 bits", plain, viewer.Config{Depth: 32}, "raw 32"},
		// It always compresses with a history of 64 KB.
		{"MPPC 8K", plain, viewer.Config{Depth: 24, Compression: connector.MPPC8K}, "raw 24"},
		{"MPPC 64K", plain, viewer.Config{Depth: 24, Compression: connector.MPPC64K}, "raw 24"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, c := dial(t, login(tc.x, tc.cfg))
			d := first.SessionDisplay(t)
			paint(t, d, desktop(width, height))
			show(ctx, t, c, d, tc.cfg.Depth, exact)
			came(t, c, tc.came)
			if tc.cfg.Compression != connector.NoCompression && c.Received > len(c.Screen.Image.Pix)/4 {
				t.Errorf("%d bytes came", c.Received)
			}
		})
	}
	t.Run("RemoteFX", func(t *testing.T) {
		ctx, c := dial(t, login(first, viewer.Config{RemoteFX: true}))
		d := first.SessionDisplay(t)
		paint(t, d, desktop(width, height))
		show(ctx, t, c, d, 32, sharp)
		paint(t, d, smooth(width, height))
		show(ctx, t, c, d, 32, soft)
		came(t, c, "surface 3")
		came(t, c, "frame")
	})
}

// Each of these depths has a session of its own, whose X display has 24 bits nevertheless.
func TestXRDPOfFewColours(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{15, 16} {
		t.Run(fmt.Sprintf("%d bits", depth), func(t *testing.T) {
			x := servers.StartXRDP(t, servers.XRDPOptions{Security: "tls", Session: still})
			ctx, c := dial(t, login(x, viewer.Config{Depth: depth}))
			d := x.SessionDisplay(t)
			paint(t, d, desktop(width, height))
			show(ctx, t, c, d, depth, exact)
			came(t, c, fmt.Sprintf("rle %d", depth))
		})
	}
}

func TestXRDPStandardSecurity(t *testing.T) {
	t.Parallel()
	first := servers.StartXRDP(t, servers.XRDPOptions{Security: "negotiate", Session: typing})
	for _, tc := range []struct {
		level  string
		method gcc.EncryptionMethods
		want   gcc.EncryptionLevel
	}{
		{"none", 0, gcc.LevelNone},
		{"low", gcc.Encryption40Bit, gcc.LevelLow},
		{"medium", gcc.Encryption40Bit, gcc.LevelClientCompatible},
		{"high", gcc.Encryption128Bit, gcc.LevelHigh},
		{"fips", gcc.EncryptionFIPS, gcc.LevelFIPS},
	} {
		t.Run(tc.level, func(t *testing.T) {
			x := servers.StartXRDP(t, servers.XRDPOptions{Security: "rdp", CryptLevel: tc.level, SessionsOf: first})
			ctx, c := dial(t, login(x, viewer.Config{}))
			if s := c.Connector.Server.Security; s.Method != tc.method || s.Level != tc.want {
				t.Errorf("method %d, level %d, want %d and %d", s.Method, s.Level, tc.method, tc.want)
			}
			t.Logf("method %d, salted MACs: %v", c.Connector.Server.Security.Method, c.Salted)
			d := first.SessionDisplay(t)
			typed(ctx, t, c, x, tc.level)
			paint(t, d, desktop(width, height))
			show(ctx, t, c, d, 32, exact)
		})
	}
}

// scancodes of an American keyboard.
var scancodes = map[rune]uint16{}

func init() {
	for first, row := range map[uint16]string{0x10: "qwertyuiop", 0x1E: "asdfghjkl", 0x2C: "zxcvbnm", 0x02: "1234567890"} {
		for i, c := range row {
			scancodes[c] = first + uint16(i)
		}
	}
	scancodes['\n'] = 0x1C
}

func keys(text string) []input.Event {
	var events []input.Event
	for _, c := range text {
		events = append(events, input.Event{Code: scancodes[c]}, input.Event{Keys: input.KeyRelease, Code: scancodes[c]})
	}
	return events
}

func move(x, y int) input.Event {
	return input.Event{Kind: input.Mouse, Pointer: input.PointerMove, X: uint16(x), Y: uint16(y)}
}

// typed types a line into the terminal of the session and waits until it has arrived.
func typed(ctx context.Context, t *testing.T, c *viewer.Client, x *servers.XRDP, line string) {
	t.Helper()
	terminalShown(ctx, t, c)
	c.Send(move(50, 50))
	c.Send(keys(line + "\n")...)
	arrived(ctx, t, c, x, line)
}

// terminalShown waits until the terminal is there: a white window, with few lines in it, on a
// dark screen.
func terminalShown(ctx context.Context, t *testing.T, c *viewer.Client) {
	t.Helper()
	err := c.Until(ctx, func() bool {
		white := 0
		for x := 20; x < 320; x++ {
			if p := c.Screen.Image.RGBAAt(x, 60); p.R == 0xFF && p.G == 0xFF && p.B == 0xFF {
				white++
			}
		}
		return white > 200
	})
	if err != nil {
		t.Fatalf("no terminal: %v", err)
	}
}

func arrived(ctx context.Context, t *testing.T, c *viewer.Client, x *servers.XRDP, line string) {
	t.Helper()
	var text []byte
	err := c.Until(ctx, func() bool {
		text, _ = os.ReadFile(filepath.Join(x.Dir, "typed"))
		return strings.Contains(string(text), line+"\n")
	})
	if err != nil {
		t.Fatalf("typed %q, arrived %q: %v", line, text, err)
	}
}

func TestXRDPNegotiates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		server string
		offer  nego.Protocol
		want   nego.Protocol
		err    error
	}{
		{"negotiate", anyProtocol, nego.ProtocolSSL, nil},
		{"negotiate", 0, nego.ProtocolRDP, nil},
		{"tls", anyProtocol, nego.ProtocolSSL, nil},
		{"rdp", anyProtocol, nego.ProtocolRDP, nil},
		{"tls", 0, 0, viewer.ErrEnded},
	} {
		t.Run(fmt.Sprintf("%s, asked for %v", tc.server, tc.offer), func(t *testing.T) {
			x := servers.StartXRDP(t, servers.XRDPOptions{Security: tc.server})
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			c, err := viewer.Dial(ctx, viewer.Config{Address: servers.Address(x.Port), Protocols: tc.offer, User: "nobody"})
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if err == nil {
				if got := c.Connector.Response.Protocol; got != tc.want {
					t.Errorf("the server selects %v, want %v", got, tc.want)
				}
				c.Close()
			}
		})
	}
}

// Keys change after 4096 PDUs of either direction. The pointer goes in and out of the terminal,
// and each time the server sends another shape of it: PDUs in both directions.
func TestXRDPChangesKeys(t *testing.T) {
	t.Parallel()
	first := servers.StartXRDP(t, servers.XRDPOptions{Security: "negotiate", Session: typing})
	for _, level := range []string{"medium", "high"} {
		t.Run(level, func(t *testing.T) {
			x := servers.StartXRDP(t, servers.XRDPOptions{Security: "rdp", CryptLevel: level, SessionsOf: first})
			ctx, c := dial(t, login(x, viewer.Config{}))
			typed(ctx, t, c, x, "before"+level)
			sent := 0
			for sent < 5000 || c.Frames < 5000 {
				c.Send(move(50, 50+sent%2))
				c.Send(move(700, 500))
				sent += 2
				frames := c.Frames
				if err := c.Until(ctx, func() bool { return c.Frames > frames }); err != nil {
					t.Fatalf("after %d PDUs sent and %d received: %v", sent, c.Frames, err)
				}
			}
			t.Logf("%d PDUs sent, %d received", sent, c.Frames)
			typed(ctx, t, c, x, "after"+level)
			show(ctx, t, c, first.SessionDisplay(t), 32, exact)
		})
	}
}

func TestXRDPInput(t *testing.T) {
	t.Parallel()
	x := servers.StartXRDP(t, servers.XRDPOptions{Session: typing})
	ctx, c := dial(t, login(x, viewer.Config{}))
	typed(ctx, t, c, x, "fast")
	c.SendSlow(keys("slow\n")...)
	arrived(ctx, t, c, x, "slow")
	var unicode []input.Event
	for _, r := range "Unicode!" { // xrdp knows the characters of the keyboard layout only
		unicode = append(unicode, input.Event{Kind: input.Unicode, Code: uint16(r)}, input.Event{Kind: input.Unicode, Keys: input.KeyRelease, Code: uint16(r)})
	}
	c.Send(append(unicode, keys("\n")...)...)
	arrived(ctx, t, c, x, "Unicode!")
}

func TestXRDPPointers(t *testing.T) {
	t.Parallel()
	x := servers.StartXRDP(t, servers.XRDPOptions{Session: typing})
	ctx, c := dial(t, login(x, viewer.Config{}))
	terminalShown(ctx, t, c)
	for _, tc := range []struct {
		name    string
		at      image.Point
		hotSpot image.Point
	}{
		{"the bar over a terminal", image.Pt(50, 50), image.Pt(4, 8)},
		{"the cross over the root window", image.Pt(700, 500), image.Pt(7, 7)},
	} {
		c.Send(move(tc.at.X, tc.at.Y))
		err := c.Until(ctx, func() bool {
			p := c.Screen.Pointer
			return p != nil && image.Pt(p.HotSpotX, p.HotSpotY) == tc.hotSpot
		})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		colours := map[color.NRGBA]bool{}
		for y := range 16 {
			for x := range 16 {
				colours[c.Screen.Pointer.Image.NRGBAAt(x, y)] = true
			}
		}
		if !colours[color.NRGBA{A: 0xFF}] || !colours[color.NRGBA{R: 0xFF, G: 0xFF, B: 0xFF, A: 0xFF}] || !colours[color.NRGBA{}] {
			t.Errorf("%s: colours %v, want black, white and nothing", tc.name, colours)
		}
	}
}

func TestXRDPResizes(t *testing.T) {
	t.Parallel()
	x := servers.StartXRDP(t, servers.XRDPOptions{Security: "tls", Session: still})
	ctx, c := dial(t, login(x, viewer.Config{DisplayControl: true}))
	d := x.SessionDisplay(t)
	paint(t, d, desktop(width, height))
	show(ctx, t, c, d, 32, exact)
	for _, size := range [][2]int{{1024, 700}, {640, 480}} {
		if err := c.Resize(ctx, size[0], size[1]); err != nil {
			t.Fatal(err)
		}
		paint(t, d, desktop(size[0], size[1]))
		show(ctx, t, c, d, 32, exact)
	}
}
