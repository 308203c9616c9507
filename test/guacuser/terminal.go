// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/keysym"
)

// glanceTime is how long one look at a terminal's text may take; a blank one never gives any.
const glanceTime = time.Second / 5

// glanceGap is how long to wait before another look: looking makes the terminal draw.
const glanceGap = 20 * time.Millisecond

// See waits until the terminal shows the text. What a test types shows too: the text must not be a part of that.
func (u *User) See(text string) {
	u.t.Helper()
	u.SeeAfter(text, func() {})
}

// SeeAfter repeats an act until the terminal shows the text.
func (u *User) SeeAfter(text string, act func()) {
	u.t.Helper()
	u.look("the screen does not show \""+text+"\"", func(screen string) bool {
		if strings.Contains(screen, text) {
			return true
		}
		act()
		return false
	})
}

// Text returns the text on a terminal, which must have some.
func (u *User) Text() string {
	u.t.Helper()
	return u.look("the screen has no text", func(screen string) bool { return screen != "" })
}

// look glances at the terminal until it is as wanted, and returns its text then.
func (u *User) look(complaint string, wanted func(screen string) bool) string {
	u.t.Helper()
	deadline := time.Now().Add(Timeout)
	for {
		screen := u.glance()
		if wanted(screen) {
			return screen
		}
		if time.Now().After(deadline) {
			u.fatal("%s, but:\n%s", complaint, screen)
		}
		select {
		case <-time.After(glanceGap):
		case <-u.ctx.Done():
			u.fatal("session ended (%v); %s, but:\n%s", context.Cause(u.ctx), complaint, screen)
		}
	}
}

// glance returns the text on the terminal, empty if none came in time. It may be that of the glance before.
func (u *User) glance() string {
	u.mu.Lock()
	copies := u.copies
	u.clipboard = ""
	u.mu.Unlock()
	u.SelectAll()
	timeout := time.After(glanceTime)
	for {
		u.mu.Lock()
		text, change, copied := u.clipboard, u.change, u.copies > copies
		u.mu.Unlock()
		if copied {
			return text
		}
		select {
		case <-change:
		case <-timeout:
			return ""
		case <-u.ctx.Done():
			return ""
		}
	}
}

// SelectAll selects the whole terminal with the mouse, which copies its text. Shift keeps the selection local where a
// program asked for the mouse.
func (u *User) SelectAll() {
	right, bottom := u.cfg.Width-20, u.cfg.Height-1
	u.KeyEvent(keysym.ShiftL, true)
	u.Mouse(1, 1, 0)
	u.Mouse(1, 1, 1)
	u.Mouse(right/2, bottom/2, 1)
	u.Mouse(right, bottom, 1)
	u.Mouse(right, bottom, 0)
	u.KeyEvent(keysym.ShiftL, false)
}

// NoCopy returns an error if the daemon has sent a clipboard.
func (u *User) NoCopy() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.copies > 0 {
		return errors.New("copied: " + u.clipboard)
	}
	return nil
}
