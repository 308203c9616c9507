// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"time"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/vt"
)

// Buttons of the mask that Mouse takes, as in the Guacamole protocol.
const (
	buttonLeft = 1 << iota
	buttonMiddle
	buttonRight
	buttonUp
	buttonDown
)

// doubleClick is the longest time between clicks that count together.
const doubleClick = 500 * time.Millisecond

// drag is what the left button is held for.
type drag int

const (
	dragNone drag = iota
	dragSelect
	dragScrollbar
	dragHost // the press was sent to the host, and so will be the release
)

type mouseState struct {
	buttons  uint8
	col, row int
	dragging drag
	grab     int // where in the scroll bar's handle the press was
	clicks   int
	clicked  time.Time
}

// Mouse takes the pointer's position and the mask of its buttons (1 left, 2 middle, 4 right, 8 up, 16 down).
func (t *Terminal) Mouse(x, y int, buttons uint8) {
	t.lock()
	defer t.unlock()
	col, row := t.hitLocked(x, y)
	pressed := buttons &^ t.mouse.buttons
	released := t.mouse.buttons &^ buttons
	moved := col != t.mouse.col || row != t.mouse.row
	t.mouse.buttons = buttons
	if moved && t.mouse.dragging == dragNone {
		t.mouse.clicks = 0
	}
	t.mouse.col, t.mouse.row = col, row
	if t.reportsMouseLocked(pressed) {
		t.reportLocked(x, y, pressed, released, moved)
		return
	}
	t.localMouseLocked(x, y, pressed, released)
}

// reportsMouseLocked reports whether events go to the host: it asked for them, and the user does not hold Shift, which
// is for selecting text there as well.
func (t *Terminal) reportsMouseLocked(pressed uint8) bool {
	switch {
	case t.mouse.dragging == dragHost:
		return true
	case t.mouse.dragging != dragNone || t.prompt != nil || t.term.Modes().Mouse == vt.MouseOff:
		return false
	}
	shift := t.mods.mods()&vt.ModShift != 0
	return !shift || pressed == 0 && t.mouse.buttons == 0
}

// reportLocked sends the events to the host.
func (t *Terminal) reportLocked(x, y int, pressed, released uint8, moved bool) {
	modes := t.term.Modes()
	e := vt.MouseEvent{
		Col: t.mouse.col, Row: t.mouse.row, Mods: t.mods.mods(),
		X: max(x-t.layout.origin.X, 0), Y: max(y-t.layout.origin.Y, 0),
	}
	if pressed != 0 {
		t.scrollToLocked(0)
	}
	var out []byte
	for i := range 5 {
		bit := uint8(1) << i
		e.Button = vt.MouseLeft + vt.MouseButton(i)
		if pressed&bit != 0 {
			e.Action = vt.MousePress
			out = vt.EncodeMouse(out, e, modes)
		}
		if released&bit != 0 {
			e.Action = vt.MouseRelease
			out = vt.EncodeMouse(out, e, modes)
		}
	}
	if pressed|released == 0 && (moved || modes.MouseEncoding == vt.MouseEncodingPixels) {
		e.Action, e.Button = vt.MouseMotion, heldButton(t.mouse.buttons)
		out = vt.EncodeMouse(out, e, modes)
	}
	t.mouse.dragging = dragNone
	if t.mouse.buttons&(buttonLeft|buttonMiddle|buttonRight) != 0 {
		t.mouse.dragging = dragHost
	}
	t.input.put(out, maxQueued)
}

func heldButton(buttons uint8) vt.MouseButton {
	switch {
	case buttons&buttonLeft != 0:
		return vt.MouseLeft
	case buttons&buttonMiddle != 0:
		return vt.MouseMiddle
	case buttons&buttonRight != 0:
		return vt.MouseRight
	}
	return vt.MouseNone
}

// localMouseLocked handles the events that are for the terminal itself.
func (t *Terminal) localMouseLocked(x, y int, pressed, released uint8) {
	switch {
	case pressed&buttonUp != 0:
		t.wheelLocked(1)
	case pressed&buttonDown != 0:
		t.wheelLocked(-1)
	case pressed&(buttonMiddle|buttonRight) != 0:
		t.pasteLocked(t.clipboard)
	case pressed&buttonLeft != 0:
		t.pressLocked(x, y)
	case released&buttonLeft != 0:
		t.releaseLocked()
	case t.mouse.dragging == dragScrollbar:
		t.dragScrollbarLocked(y)
	case t.mouse.dragging == dragSelect:
		t.dragSelectionLocked(y)
	}
}

// wheelLocked scrolls; on the alternate screen, which has no scrollback, the host gets arrow keys.
func (t *Terminal) wheelLocked(notches int) {
	modes := t.term.Modes()
	if !modes.AlternateScreen {
		t.scrollToLocked(t.scroll + notches*wheelRows)
		return
	}
	key := uint32(keysym.Up)
	if notches < 0 {
		key = keysym.Down
	}
	var out []byte
	for range wheelRows {
		out = vt.EncodeKey(out, key, 0, 0, modes, t.keyOptions())
	}
	t.input.put(out, maxQueued)
}

func (t *Terminal) pressLocked(x, y int) {
	if handle := t.handleLocked(); !handle.Empty() && x >= t.layout.bar.Min.X {
		t.mouse.dragging = dragScrollbar
		t.mouse.grab = handle.Dy() / 2
		if y >= handle.Min.Y && y < handle.Max.Y {
			t.mouse.grab = y - handle.Min.Y
		}
		t.damageLocked(handle)
		t.dragScrollbarLocked(y)
		return
	}
	t.mouse.dragging = dragSelect
	now := time.Now()
	if now.Sub(t.mouse.clicked) > doubleClick {
		t.mouse.clicks = 0
	}
	t.mouse.clicked = now
	t.mouse.clicks++
	mods := t.mods.mods()
	if mods&vt.ModShift != 0 && t.selection.active {
		t.extendLocked(t.mouse.col, t.mouse.row)
		return
	}
	u := unit((t.mouse.clicks - 1) % 3)
	t.selectLocked(t.mouse.col, t.mouse.row, u, u == unitCell && mods&vt.ModAlt != 0)
}

// dragSelectionLocked extends the selection to the pointer; beyond the upper and lower edge the view scrolls.
func (t *Terminal) dragSelectionLocked(y int) {
	grid := t.gridLocked()
	switch {
	case y < grid.Min.Y:
		t.scrollToLocked(t.scroll + 1)
	case y >= grid.Max.Y:
		t.scrollToLocked(t.scroll - 1)
	}
	t.extendLocked(t.mouse.col, t.mouse.row)
}

func (t *Terminal) releaseLocked() {
	switch t.mouse.dragging {
	case dragScrollbar:
		t.damageLocked(t.handle)
	case dragSelect:
		t.copyLocked()
	case dragNone, dragHost:
	}
	t.mouse.dragging = dragNone
}
