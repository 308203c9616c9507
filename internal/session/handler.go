// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"io"
)

// Handler is the engine's side of a session. What further input it takes, it says by
// implementing the other interfaces of this file. The methods of plain input (keys,
// mouse, touch, size) are called on the goroutine that reads the user's instructions, so
// they must be quick; those of streams have a goroutine for each call. Input of one user
// comes after UserJoined and before UserLeft. Input of users who may not act never comes.
// What a user has down when it leaves is let go before UserLeft, and a key that two users
// hold comes up with the last.
type Handler interface {
	// UserJoined is called for every user, one at a time. An error refuses the user.
	UserJoined(u *User) error
	// UserLeft is called once for each user for whom UserJoined was called.
	UserLeft(u *User)
}

// KeyHandler takes keys.
type KeyHandler interface {
	// Key is called with an X11 keysym.
	Key(u *User, keysym uint32, pressed bool)
}

// The buttons of a mouse as bits of the mask.
const (
	ButtonLeft = 1 << iota
	ButtonMiddle
	ButtonRight
	ButtonScrollUp
	ButtonScrollDown
)

// MouseHandler takes the mouse.
type MouseHandler interface {
	Mouse(u *User, x, y int, buttons uint8)
}

// Touch is one contact of a touch screen.
type Touch struct {
	// ID tells contacts apart while they last.
	ID int
	// X and Y are the place, RadiusX and RadiusY the size, in pixels.
	X, Y, RadiusX, RadiusY int
	// Angle is the clockwise rotation of the contact in degrees.
	Angle float64
	// Force is from 0, which is no contact any more, to 1.
	Force float64
}

// TouchHandler takes touch screens.
type TouchHandler interface {
	Touch(u *User, t Touch)
}

// ResizeHandler takes changes of the browser's size.
type ResizeHandler interface {
	// Resize is called for the session's leader, with pixels within the bounds of
	// guac.ClampSize.
	Resize(u *User, width, height int)
}

// The handlers of streams. A stream ends when the call returns.
type (
	// ClipboardHandler takes clipboard content.
	ClipboardHandler interface{ Clipboard(u *User, in *InStream) }
	// FileHandler takes files that are dropped onto the display.
	FileHandler interface{ File(u *User, in *InStream) }
	// PipeHandler takes named pipes.
	PipeHandler interface{ Pipe(u *User, in *InStream) }
	// ArgvHandler takes changes of parameters; the stream's name is the parameter.
	ArgvHandler interface{ Argv(u *User, in *InStream) }
	// AudioHandler takes sound from the user's microphone.
	AudioHandler interface{ Audio(u *User, in *InStream) }
)

// Object is a filesystem, or anything else with named streams, that users can read from
// and write to. The methods are called on a goroutine for each call.
type Object interface {
	// Get opens the stream that path names. The caller closes body.
	Get(ctx context.Context, u *User, path string) (mimetype string, body io.ReadCloser, err error)
	// Put stores in under path. The user is told the status of the error.
	Put(ctx context.Context, u *User, path, mimetype string, in io.Reader) error
}
