// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
)

// input is what users do: the session calls it on their goroutines.
type input struct{ *client }

// UserJoined gives the user a view of the desktop.
func (c input) UserJoined(u *session.User) error {
	view := c.disp.AddView(u, display.ViewConfig{Image: u.Info().Image})
	u.OnSync(view.Sync)
	c.mu.Lock()
	c.views[u] = view
	c.mu.Unlock()
	if c.init.Name != "" {
		return u.Send(guac.Append(nil, guac.OpName, c.init.Name))
	}
	return nil
}

// UserLeft takes the view away.
func (c input) UserLeft(u *session.User) {
	c.mu.Lock()
	view := c.views[u]
	delete(c.views, u)
	c.mu.Unlock()
	c.disp.RemoveView(view)
}

// Key sends a key; RFB has the same keysyms.
func (c input) Key(_ *session.User, keysym uint32, pressed bool) {
	_ = c.out.send(rfb.AppendKeyEvent(nil, keysym, pressed))
}

// Mouse sends the pointer, and shows it to the other users.
func (c input) Mouse(u *session.User, x, y int, buttons uint8) {
	c.mu.Lock()
	view := c.views[u]
	c.mu.Unlock()
	c.disp.SetMouse(view, x, y)
	_ = c.out.send(rfb.AppendPointerEvent(nil, buttons, x, y))
}

// Resize follows the leader's browser.
func (c input) Resize(_ *session.User, width, height int) { c.askSize(width, height) }
