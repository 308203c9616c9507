// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"image"
	"image/color"
	"log/slog"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
)

// screen is what the server draws on: the decoder calls it on the goroutine of serve.
type screen struct{ *client }

// Pixels draws what was decoded.
func (c screen) Pixels(r image.Rectangle, pix []byte, stride int) { c.disp.Draw(r, pix, stride) }

// Fill draws one colour.
func (c screen) Fill(r image.Rectangle, col color.RGBA) { c.disp.Fill(r, col) }

// Copy moves pixels within the desktop.
func (c screen) Copy(src image.Rectangle, dst image.Point) { c.disp.Move(src, dst) }

// Picture forwards a picture that arrived compressed.
func (c screen) Picture(r image.Rectangle, mimetype string, data []byte) {
	c.disp.DrawPicture(r, mimetype, data)
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
	c.disp.Resize(r.Width, r.Height)
	c.mu.Lock()
	first := r.Extended && !c.resizable
	changed := c.size != image.Pt(r.Width, r.Height)
	c.size = image.Pt(r.Width, r.Height)
	c.resizable = c.resizable || r.Extended
	if len(r.Screens) > 0 {
		c.screen = r.Screens[0]
	}
	unasked := c.continuous && changed
	c.mu.Unlock()

	if unasked {
		_ = c.out.send(rfb.AppendEnableContinuousUpdates(nil, true, image.Rect(0, 0, r.Width, r.Height)))
	}
	if leader := c.cfg.Session.Leader(); first && leader != nil {
		c.askSize(leader.Size())
	}
}

// askSize asks the server for a desktop of the given size, where it can and may.
func (c *client) askSize(width, height int) {
	c.mu.Lock()
	wanted, screen := image.Pt(width, height), c.screen
	ask := c.resizable && wanted != c.size && !c.cfg.Params.Bool("disable-display-resize")
	c.mu.Unlock()
	if ask {
		_ = c.out.send(rfb.AppendSetDesktopSize(nil, width, height, screen))
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
