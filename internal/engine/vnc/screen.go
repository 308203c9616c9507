// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // of Picture
	_ "image/png"
	"log/slog"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
)

const (
	// maxAsked bounds the sides of a desktop that is asked for: those of an 8K screen.
	maxAsked = 7680
	// maxOdd bounds the kinds of oddities in the log.
	maxOdd = 16
)

// screen is what the server draws on: the decoder calls it on the goroutine of serve.
type screen struct{ *client }

// Pixels draws what was decoded.
func (c screen) Pixels(r image.Rectangle, pix []byte, stride int) { c.disp.Draw(r, pix, stride) }

// Fill draws one colour.
func (c screen) Fill(r image.Rectangle, col color.RGBA) { c.disp.Fill(r, col) }

// Copy moves pixels within the desktop.
func (c screen) Copy(src image.Rectangle, dst image.Point) { c.disp.Move(src, dst) }

// Picture forwards a picture that arrived compressed. One that does not lie within what is shown is drawn from its pixels.
func (c screen) Picture(r image.Rectangle, mimetype string, data []byte) {
	c.mu.Lock()
	within := r.In(image.Rectangle{Max: c.size})
	c.mu.Unlock()
	if within {
		c.disp.DrawPicture(r, mimetype, data)
		return
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || cfg.Width != r.Dx() || cfg.Height != r.Dy() || cfg.Width*cfg.Height > rfb.MaxPixels {
		c.Odd("a picture that is not as large as its rectangle")
		return
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		c.Odd("a picture that is broken")
		return
	}
	pixels := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(pixels, pixels.Rect, img, img.Bounds().Min, draw.Src)
	c.disp.Draw(r, pixels.Pix, pixels.Stride)
}

// UpdateEnd shows the frame and asks for the next one.
func (c screen) UpdateEnd() {
	c.disp.Flush()
	c.mu.Lock()
	ask, size := !c.continuous, c.size
	c.mu.Unlock()
	if ask {
		_ = c.out.send(rfb.AppendFramebufferUpdateRequest(nil, true, image.Rectangle{Max: size}))
	}
}

// Resize follows the server's desktop, and asks for the browser's size once the server has
// said that it can change.
func (c screen) Resize(r rfb.Resize) {
	if r.Result != 0 {
		c.log.Debug("server refused to change its desktop's size", slog.Int("result", r.Result))
		return
	}
	size := rfb.Visible(r.Width, r.Height).Max
	c.noteCut(r.Width, r.Height)
	c.mu.Lock()
	first := r.Extended && !c.resizable
	changed := c.size != size
	c.size = size
	c.resizable = c.resizable || r.Extended
	if len(r.Screens) > 0 {
		c.screen = r.Screens[0]
	}
	unasked := c.continuous && changed
	c.mu.Unlock()

	if changed {
		c.disp.Resize(size.X, size.Y)
	}
	if unasked {
		_ = c.out.send(rfb.AppendEnableContinuousUpdates(nil, true, image.Rectangle{Max: size}))
	}
	if leader := c.cfg.Session.Leader(); first && leader != nil {
		c.askSize(leader.Size())
	}
}

// noteCut logs that the server's desktop is larger than what is shown of it.
func (c screen) noteCut(width, height int) {
	if visible := rfb.Visible(width, height); visible.Dx() < width || visible.Dy() < height {
		c.log.Warn("the server's desktop is too large to be shown in whole", "width", width, "height", height,
			"shown_width", visible.Dx(), "shown_height", visible.Dy())
	}
}

// askSize asks the server for a desktop of the given size, where it can and may. The size is kept to what can be shown,
// and to the largest screens that there are.
func (c *client) askSize(width, height int) {
	c.mu.Lock()
	wanted, screen := rfb.Visible(min(width, maxAsked), min(height, maxAsked)).Max, c.screen
	ask := c.resizable && wanted != c.size && !c.cfg.Params.Bool("disable-display-resize")
	c.mu.Unlock()
	if ask {
		_ = c.out.send(rfb.AppendSetDesktopSize(nil, wanted.X, wanted.Y, screen))
	}
}

// Cursor sets the pointer's shape.
func (c screen) Cursor(img *image.RGBA, hotspot image.Point) {
	if img.Rect.Empty() {
		img = nil
	}
	c.disp.SetCursor(img, hotspot.X, hotspot.Y)
	c.disp.Flush()
}

// Odd logs what was passed over, once of each kind.
func (c screen) Odd(what string) {
	if !c.odd[what] && len(c.odd) < maxOdd {
		c.odd[what] = true
		c.log.Warn("the server sends something odd, which is passed over", "what", what)
	}
}

// Bell is not passed on: the protocol has no instruction for it.
func (c screen) Bell() {}

// DesktopName sets the title.
func (c screen) DesktopName(name string) {
	c.cfg.Session.Broadcast(guac.Append(nil, guac.OpName, name))
}

// Fence answers, which lets the server measure the line.
func (c screen) Fence(flags uint32, payload []byte) {
	if flags&rfb.FenceRequest != 0 {
		_ = c.out.send(rfb.AppendFenceAnswer(nil, flags, payload))
	}
}

// ContinuousUpdates has the server send changes unasked, now that it says it can.
func (c screen) ContinuousUpdates() {
	c.mu.Lock()
	enable, size := !c.continuous, c.size
	c.continuous = true
	c.mu.Unlock()
	if enable {
		_ = c.out.send(rfb.AppendEnableContinuousUpdates(nil, true, image.Rectangle{Max: size}))
	}
}
