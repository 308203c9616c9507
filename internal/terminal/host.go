// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"bytes"
	"strings"

	"github.com/palta-gateway/palta/internal/vt"
)

// host is a Terminal as its emulator sees it: what the host's output asks of the world outside of the screen. Its
// methods run within Write, under the lock.
type host Terminal

// Reply sends an answer to the host.
func (h *host) Reply(b []byte) { h.input.put(bytes.Clone(b), maxReplies) }

// Title passes the window's title on.
func (h *host) Title(title string) {
	if f := h.cfg.Title; f != nil {
		h.events = append(h.events, func() { f(title) })
	}
}

// SetClipboard is the host's write to the clipboard (OSC 52).
func (h *host) SetClipboard(_ string, data []byte) {
	if !h.cfg.AllowClipboardWrite || h.cfg.Copied == nil {
		return
	}
	text := strings.ToValidUTF8(string(data[:min(len(data), h.cfg.MaxClipboard)]), "")
	h.clipboard = text
	h.events = append(h.events, func() { h.cfg.Copied(text) })
}

// Clipboard refuses the host's reading of the clipboard: it may hold what another host must not learn.
func (h *host) Clipboard(string) ([]byte, bool) { return nil, false }

// Download is OSC 482200.
func (h *host) Download(path string) {
	if f := h.cfg.Download; f != nil {
		h.events = append(h.events, func() { f(path) })
	}
}

// SetUploadDirectory is OSC 482201.
func (h *host) SetUploadDirectory(path string) {
	if f := h.cfg.UploadDirectory; f != nil {
		h.events = append(h.events, func() { f(path) })
	}
}

// OpenPipe is OSC 482202.
func (h *host) OpenPipe(name string, flags vt.PipeFlags) {
	if f := h.cfg.OpenPipe; f != nil {
		h.events = append(h.events, func() { f(name, flags) })
	}
}

// PipeData is output for the open pipe.
func (h *host) PipeData(b []byte) {
	if f := h.cfg.PipeData; f != nil {
		b = bytes.Clone(b)
		h.events = append(h.events, func() { f(b) })
	}
}

// ClosePipe is OSC 482203.
func (h *host) ClosePipe() {
	if f := h.cfg.ClosePipe; f != nil {
		h.events = append(h.events, f)
	}
}
