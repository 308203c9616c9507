// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"bytes"
	"strings"
)

// Guacamole's console codes (guacctl of guacamole-server sends them).
const (
	oscDownload      = 482200
	oscUploadTo      = 482201
	oscOpenPipe      = 482202
	oscClosePipe     = 482203
	oscResizeHistory = 482204
	maxConsoleText   = 2047 // bytes, as upstream
)

// console obeys a console code.
func (t *Terminal) console(code int, data []byte) {
	if code == oscResizeHistory {
		if n, ok := number(data); ok {
			t.SetScrollback(n)
		}
		return
	}
	h := t.handlers.console
	if h == nil || len(data) > maxConsoleText {
		return
	}
	switch code {
	case oscDownload:
		h.Download(strings.ToValidUTF8(string(data), "\ufffd"))
	case oscUploadTo:
		h.SetUploadDirectory(strings.ToValidUTF8(string(data), "\ufffd"))
	case oscOpenPipe:
		t.openPipe(data)
	case oscClosePipe:
		t.closePipe()
	}
}

// openPipe opens the pipe stream named by the last of the parameters; those before it are flags.
func (t *Terminal) openPipe(data []byte) {
	t.closePipe()
	var flags PipeFlags
	for {
		param, rest, more := bytes.Cut(data, []byte{';'})
		if !more {
			break
		}
		if n, ok := number(param); ok {
			flags |= PipeFlags(n)
		}
		data = rest
	}
	t.pipe, t.piping = true, flags
	t.handlers.console.OpenPipe(strings.ToValidUTF8(string(data), "\ufffd"), flags)
}

func (t *Terminal) closePipe() {
	if t.pipe {
		t.pipe, t.piping = false, 0
		t.handlers.console.ClosePipe()
	}
}
