// SPDX-License-Identifier: Apache-2.0

package console

import (
	"io"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// maxArgv bounds the value of a parameter that a user changes.
const maxArgv = 16384

// stdinPipe is the name of the pipe whose data is typed into the terminal.
const stdinPipe = "STDIN"

// The parameters that can be changed while the connection lasts.
const (
	argColorScheme = "color-scheme"
	argFontName    = "font-name"
	argFontSize    = "font-size"
)

// users is a Console as its session sees it.
type users struct{ *Console }

// UserJoined shows the terminal to the user, with its title, the settings that can be changed and the files.
func (c users) UserJoined(u *session.User) error {
	view := c.disp.AddView(u, display.ViewConfig{Image: u.Info().Image})
	u.OnSync(view.Sync)
	c.mu.Lock()
	c.views[u] = view
	title := c.title
	c.mu.Unlock()
	if c.cfg.Files != nil && u.MayAct() {
		c.cfg.Files.UserJoined(u)
	}
	if title != "" {
		if err := u.Send(guac.Append(nil, guac.OpName, title)); err != nil {
			return err
		}
	}
	for _, name := range []string{argColorScheme, argFontName, argFontSize} {
		if err := u.OpenArgv(name, c.argument(name)); err != nil {
			return err
		}
	}
	return nil
}

// UserLeft takes the view away.
func (c users) UserLeft(u *session.User) {
	c.mu.Lock()
	view := c.views[u]
	delete(c.views, u)
	c.mu.Unlock()
	if view != nil {
		c.disp.RemoveView(view)
	}
	if c.cfg.Files != nil {
		c.cfg.Files.UserLeft(u)
	}
}

// Key types.
func (c users) Key(_ *session.User, keysym uint32, pressed bool) { c.term.Key(keysym, pressed) }

// Mouse moves the pointer, which the other users see.
func (c users) Mouse(u *session.User, x, y int, buttons uint8) {
	c.mu.Lock()
	view := c.views[u]
	c.mu.Unlock()
	if view != nil {
		c.disp.SetMouse(view, x, y)
	}
	c.term.Mouse(x, y, buttons)
}

// Resize follows the leader's browser.
func (c users) Resize(_ *session.User, width, height int) { c.term.Resize(width, height) }

// Clipboard keeps text that a user copied elsewhere, for pasting.
func (c users) Clipboard(_ *session.User, in *session.InStream) {
	if c.cfg.Params.Bool("disable-paste") {
		in.Refuse(guac.ClientForbidden, "pasting is not allowed")
		return
	}
	if !strings.HasPrefix(in.Mimetype(), "text/") {
		in.Refuse(guac.ClientBadType, "only text can be pasted")
		return
	}
	text, err := io.ReadAll(io.LimitReader(in, int64(c.cfg.Params.Int("clipboard-buffer-size"))))
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil {
		c.log.Debug("clipboard not received", "error", err)
		return
	}
	c.term.SetClipboard(strings.ToValidUTF8(string(text), ""))
}

// copied sends text that was selected in the terminal to all users.
func (c *Console) copied(text string) {
	for _, u := range c.cfg.Session.Users() {
		u.SendClipboard("text/plain", []byte(text))
	}
}

// setTitle shows the terminal's title to all users.
func (c *Console) setTitle(title string) {
	c.mu.Lock()
	c.title = title
	c.mu.Unlock()
	c.cfg.Session.Broadcast(guac.Append(nil, guac.OpName, title))
}

// File stores a file that a user dropped onto the terminal.
func (c users) File(u *session.User, in *session.InStream) {
	if c.cfg.Files == nil {
		in.Refuse(guac.Unsupported, "file transfer is not available")
		return
	}
	c.cfg.Files.File(u, in)
}

// Pipe types what comes by the pipe STDIN.
func (c users) Pipe(u *session.User, in *session.InStream) {
	if in.Name() != stdinPipe {
		return
	}
	buf := make([]byte, guac.MaxBlob)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if err := c.term.Type(u.Done(), buf[:n]); err != nil {
				in.Refuse(guac.ResourceClosed, "the terminal is closed")
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Argv changes a setting of the terminal, for all users.
func (c users) Argv(_ *session.User, in *session.InStream) {
	name := in.Name()
	if name != argColorScheme && name != argFontName && name != argFontSize {
		in.Refuse(guac.ClientForbidden, "the parameter cannot be changed")
		return
	}
	if !strings.HasPrefix(in.Mimetype(), "text/plain") {
		in.Refuse(guac.ClientBadType, "a parameter is text")
		return
	}
	data, err := io.ReadAll(io.LimitReader(in, maxArgv+1))
	if err != nil {
		c.log.Debug("parameter not received", "parameter", name, "error", err)
		return
	}
	if len(data) > maxArgv {
		in.Refuse(guac.ClientOverrun, "the value is too long")
		return
	}
	c.setArgument(name, strings.ToValidUTF8(string(data), ""))
	value := c.argument(name)
	for _, u := range c.cfg.Session.Users() {
		if err := u.OpenArgv(name, value); err != nil {
			c.log.Debug("parameter not announced", "parameter", name, "error", err)
		}
	}
}

func (c *Console) setArgument(name, value string) {
	switch name {
	case argColorScheme:
		if err := c.term.SetColorScheme(value); err != nil {
			c.log.Warn("bad color-scheme, using what stands before the error", "error", err)
		}
	case argFontName:
		c.term.SetFont(value, 0)
	case argFontSize:
		size, err := strconv.Atoi(value)
		if err != nil || size <= 0 {
			c.log.Warn("bad font-size, keeping the present one", "value", value)
			return
		}
		c.term.SetFont("", size)
	}
}

// argument returns the present value of a setting.
func (c *Console) argument(name string) string {
	if name == argColorScheme {
		return c.term.ColorScheme()
	}
	font, size := c.term.Font()
	if name == argFontName {
		return font
	}
	return strconv.Itoa(size)
}
