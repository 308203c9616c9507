// SPDX-License-Identifier: Apache-2.0

package vt

// Handler receives what the host's output asks of the world outside the screen. Its methods are called from within
// Write and must not call the Terminal's Write, Resize or Reset. What a Handler can do beyond answering is found by
// type assertion, once, in New: BellHandler, TitleHandler, DirectoryHandler, ClipboardHandler, ConsoleHandler.
type Handler interface {
	// Reply sends an answer to the host (DA, CPR, DECRQM, ENQ ...). b is valid only during the call.
	Reply(b []byte)
}

// BellHandler hears BEL.
type BellHandler interface{ Bell() }

// TitleHandler receives the window's title (OSC 0 and 2), at most MaxTitle bytes of valid UTF-8.
type TitleHandler interface{ Title(title string) }

// DirectoryHandler receives the URL of the shell's working directory (OSC 7).
type DirectoryHandler interface{ Directory(url string) }

// ClipboardHandler is the host's access to the clipboard (OSC 52). Selections are the letters of the request: c, p, s ...
type ClipboardHandler interface {
	// SetClipboard replaces the clipboard's content; data is decoded and may be kept. Empty data clears it.
	SetClipboard(selections string, data []byte)
	// Clipboard returns the content asked for, or false, which sends no answer.
	Clipboard(selections string) ([]byte, bool)
}

// ConsoleHandler receives Guacamole's own console codes, OSC 482200 to 482203 (482204, the length of the scrollback, is
// obeyed by the Terminal itself).
type ConsoleHandler interface {
	// Download asks for the file of this name to be sent to the user (OSC 482200).
	Download(path string)
	// SetUploadDirectory sets where uploaded files go (OSC 482201).
	SetUploadDirectory(path string)
	// OpenPipe opens a pipe stream to the user (OSC 482202); an open one is closed first.
	OpenPipe(name string, flags PipeFlags)
	// PipeData is output of the host for the open pipe. b is valid only during the call.
	PipeData(b []byte)
	// ClosePipe ends the pipe stream (OSC 482203).
	ClosePipe()
}

// PipeFlags are the flags of OSC 482202.
type PipeFlags int

// Flags of a pipe stream.
const (
	PipeInterpret PipeFlags = 1 << iota // the output is drawn as well
	PipeAutoFlush                       // what is buffered is sent at each flush of the terminal
)

// The bounds of what the host may make us hold.
const (
	MaxCols       = 1024    // as upstream
	MaxRows       = 1024    // as upstream
	MaxScrollback = 1 << 17 // lines; a packed line of text takes about 1.2 bytes a character
	MaxTitle      = 4096    // bytes
	maxString     = 1 << 20 // bytes of one OSC or DCS; the largest use is OSC 52
	maxURI        = 2083    // bytes of an OSC 8 target
	maxCluster    = 64      // bytes of one grapheme cluster
)
