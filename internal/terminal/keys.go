// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"strings"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/vt"
)

// modifierKeys are the bits of the modifier keys from keysym.ShiftL on; Caps_Lock and Shift_Lock have none.
var modifierKeys = [keysym.HyperR - keysym.ShiftL + 1]vt.Mods{
	vt.ModShift, vt.ModShift, vt.ModCtrl, vt.ModCtrl, 0, 0, // Shift, Control, Caps_Lock, Shift_Lock
	vt.ModMeta, vt.ModMeta, vt.ModAlt, vt.ModAlt, vt.ModMeta, vt.ModMeta, vt.ModMeta, vt.ModMeta, // Meta, Alt, Super, Hyper
}

// modifiers is the state of the modifier keys: a bit for each key that is down, so that left and right count apart.
type modifiers uint16

// set notes a key.
func (m *modifiers) set(key uint32, pressed bool) {
	if key < keysym.ShiftL || key > keysym.HyperR {
		return
	}
	bit := modifiers(1) << (key - keysym.ShiftL)
	if pressed {
		*m |= bit
	} else {
		*m &^= bit
	}
}

func (m modifiers) mods() vt.Mods {
	var mods vt.Mods
	for i, bit := range modifierKeys {
		if m>>i&1 != 0 {
			mods |= bit
		}
	}
	return mods
}

// Key takes the press or release of a key, as an X11 keysym.
func (t *Terminal) Key(key uint32, pressed bool) {
	t.lock()
	defer t.unlock()
	t.mods.set(key, pressed)
	if !pressed || keysym.IsModifier(key) {
		return
	}
	mods := t.mods.mods()
	if t.shortcutLocked(key, mods) {
		return
	}
	t.scrollToLocked(0)
	if t.prompt != nil {
		t.promptKeyLocked(key, mods)
		return
	}
	char, _ := keysym.Rune(key)
	t.input.put(vt.EncodeKey(nil, key, char, mods, t.term.Modes(), t.keyOptions()), maxQueued)
}

// shortcutLocked handles the keys that are meant for the terminal itself.
func (t *Terminal) shortcutLocked(key uint32, mods vt.Mods) bool {
	switch {
	case mods == vt.ModShift:
		return t.scrollKeyLocked(key)
	case mods != vt.ModShift|vt.ModCtrl && mods != vt.ModMeta:
		return false
	}
	switch key {
	case 'v', 'V':
		t.pasteLocked(t.clipboard)
	case 'c', 'C':
		t.copyLocked()
	default:
		return false
	}
	return true
}

// scrollKeyLocked handles the keys that scroll together with Shift.
func (t *Terminal) scrollKeyLocked(key uint32) bool {
	switch key {
	case keysym.PageUp:
		t.scrollToLocked(t.scroll + t.layout.rows)
	case keysym.PageDown:
		t.scrollToLocked(t.scroll - t.layout.rows)
	case keysym.Home:
		t.scrollToLocked(t.term.ScrollbackLen())
	case keysym.End:
		t.scrollToLocked(0)
	case keysym.Up:
		t.scrollToLocked(t.scroll + 1)
	case keysym.Down:
		t.scrollToLocked(t.scroll - 1)
	default:
		return false
	}
	return true
}

// keyOptions translates the connection's parameters. With func-keys-and-keypad empty the terminal type decides, so
// that a host which looks the type up in terminfo gets what it finds there.
func (t *Terminal) keyOptions() vt.KeyOptions {
	opts := vt.KeyOptions{Backspace: byte(t.cfg.Backspace), ConsoleEnd: t.cfg.TerminalType == defaultTerm}
	switch t.cfg.FuncKeys {
	case "vt100":
		opts.FunctionKeys = vt.FunctionKeysVT100
	case "":
		opts.FunctionKeys = functionKeysOf(t.cfg.TerminalType)
	}
	return opts
}

// functionKeysOf returns the style of a terminal type. What is not known is most likely a relative of xterm.
func functionKeysOf(terminalType string) vt.FunctionKeys {
	for _, family := range []struct {
		prefix string
		style  vt.FunctionKeys
	}{
		{"linux", vt.FunctionKeysLinux},
		{"screen", vt.FunctionKeysScreen},
		{"tmux", vt.FunctionKeysScreen},
		{"vt100", vt.FunctionKeysDEC},
		{"vt102", vt.FunctionKeysDEC},
		{"rxvt", vt.FunctionKeysRxvt},
	} {
		if strings.HasPrefix(terminalType, family.prefix) {
			return family.style
		}
	}
	return vt.FunctionKeysXterm
}

// SetClipboard sets the text that the paste shortcuts insert; what is beyond MaxClipboard is cut off.
func (t *Terminal) SetClipboard(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clipboard = t.clip(text)
}

// clip cuts text to the size of the clipboard, at a character's border.
func (t *Terminal) clip(text string) string {
	if len(text) > t.cfg.MaxClipboard {
		text = strings.ToValidUTF8(text[:t.cfg.MaxClipboard], "")
	}
	return text
}

// Paste types text as if the user had pasted it.
func (t *Terminal) Paste(text string) {
	t.lock()
	defer t.unlock()
	t.pasteLocked(text)
}

func (t *Terminal) pasteLocked(text string) {
	t.scrollToLocked(0)
	if t.prompt != nil {
		t.promptTextLocked(text)
		return
	}
	if text != "" {
		t.input.put(vt.EncodePaste(nil, text, t.term.Modes()), maxQueued)
	}
}

// Type sends raw bytes to the host as if they had been typed, such as those of the pipe STDIN. It waits while the host
// does not read, until done is closed.
func (t *Terminal) Type(done <-chan struct{}, p []byte) error {
	for len(p) > 0 {
		if err := t.input.wait(done); err != nil {
			return err
		}
		n := min(len(p), maxTyped)
		t.input.put(append([]byte(nil), p[:n]...), maxQueued)
		p = p[n:]
	}
	return nil
}
