// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// read is the user's reader. It returns nil when the user left of its own accord, or was
// stopped.
func (u *User) read() (err error) {
	defer u.session.recovered()
	input := io.Reader(u.conn)
	if len(u.cfg.Buffered) > 0 {
		input = io.MultiReader(bytes.NewReader(u.cfg.Buffered), u.conn)
	}
	r := guac.NewReader(input, guac.DefaultLimits)
	for u.expectInput() {
		ins, err := r.Next()
		if err != nil {
			return u.readError(err)
		}
		if ins.Is(guac.OpDisconnect) {
			return nil
		}
		u.dispatch(ins)
	}
	return nil
}

// expectInput starts the time within which an instruction must come; false if the user
// was stopped.
func (u *User) expectInput() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return false
	}
	_ = u.conn.SetReadDeadline(time.Now().Add(u.session.cfg.SilenceTimeout))
	return true
}

// readError translates what ended the reading.
func (u *User) readError(err error) error {
	switch {
	case u.isStopped():
		return nil
	case errors.Is(err, guac.ErrMalformed):
		return guac.Errorf(guac.ClientBadRequest, "session: bad instruction from the client: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return guac.Errorf(guac.ClientTimeout, "session: the client is not responding")
	default:
		u.cfg.logger.Debug("connection of the user ended", "error", err)
		return nil
	}
}

// dispatch acts on one instruction. Unknown ones, and those with too few arguments, are
// ignored, as guacd does.
func (u *User) dispatch(ins *guac.Instruction) {
	switch string(ins.Opcode) {
	case guac.OpSync:
		if len(ins.Args) >= 1 {
			u.synced(integer64(ins.Arg(0)))
		}
	case guac.OpMouse, guac.OpKey, guac.OpTouch, guac.OpSize:
		u.plainInput(ins)
	case guac.OpClipboard, guac.OpAudio, guac.OpFile, guac.OpPipe, guac.OpArgv:
		u.beginStream(ins)
	case guac.OpBlob:
		if len(ins.Args) >= 2 {
			u.streams.blob(integer(ins.Arg(0)), ins.Arg(1))
		}
	case guac.OpEnd:
		if len(ins.Args) >= 1 {
			u.streams.end(integer(ins.Arg(0)))
		}
	case guac.OpAck:
		if len(ins.Args) >= 3 {
			u.streams.ack(integer(ins.Arg(0)), ins.Text(1), guac.ParseStatus(ins.Arg(2)))
		}
	case guac.OpGet:
		if len(ins.Args) >= 2 {
			u.get(integer(ins.Arg(0)), ins.Text(1))
		}
	case guac.OpPut:
		if len(ins.Args) >= 4 {
			u.put(integer(ins.Arg(0)), integer(ins.Arg(1)), ins.Text(2), ins.Text(3))
		}
	}
}

// engineTime is how long the first input waits for an engine that is just starting.
const engineTime = time.Second

// engine returns the handler once it knows the user, else nil. It is for the reader.
func (u *User) engine() Handler {
	if u.patient {
		u.patient = false
		timer := time.NewTimer(engineTime)
		defer timer.Stop()
		select {
		case <-u.known:
		case <-u.ctx.Done():
		case <-timer.C:
		}
	}
	if h := u.handler.Load(); h != nil {
		return *h
	}
	return nil
}

// plainInput hands keys, mouse, touch and size to the engine.
func (u *User) plainInput(ins *guac.Instruction) {
	var n [7]int
	for i := range min(len(n), len(ins.Args)) {
		n[i] = integer(ins.Args[i])
	}
	isSize := ins.Is(guac.OpSize) && len(ins.Args) >= 2
	if isSize {
		n[0], n[1] = guac.ClampSize(n[0], n[1])
		u.mu.Lock()
		u.width, u.height = n[0], n[1]
		u.mu.Unlock()
	}
	engine := u.engine()
	if !u.MayAct() || engine == nil {
		return
	}
	switch {
	case isSize:
		if h, ok := engine.(ResizeHandler); ok && u.session.Leader() == u {
			h.Resize(u, n[0], n[1])
		}
	case ins.Is(guac.OpMouse) && len(ins.Args) >= 3:
		if h, ok := engine.(MouseHandler); ok {
			u.down.x, u.down.y, u.down.buttons = n[0], n[1], uint8(n[2])
			u.session.tapInput(ins, n[:3])
			h.Mouse(u, n[0], n[1], uint8(n[2]))
		}
	case ins.Is(guac.OpKey) && len(ins.Args) >= 2:
		if h, ok := engine.(KeyHandler); ok && u.session.held.key(u, uint32(n[0]), n[1] != 0) {
			u.session.tapInput(ins, n[:2])
			h.Key(u, uint32(n[0]), n[1] != 0)
		}
	case ins.Is(guac.OpTouch) && len(ins.Args) >= 7:
		if h, ok := engine.(TouchHandler); ok {
			t := Touch{
				ID: n[0], X: n[1], Y: n[2], RadiusX: n[3], RadiusY: n[4],
				Angle: decimal(ins.Args[5]), Force: decimal(ins.Args[6]),
			}
			u.down.touch(t)
			u.session.tapInput(ins, n[:5])
			h.Touch(u, t)
		}
	}
}

// beginStream starts a stream from the user, for the engine or as an answer to required.
func (u *User) beginStream(ins *guac.Instruction) {
	if len(ins.Args) < 2 {
		return
	}
	in := &InStream{user: u, index: integer(ins.Arg(0)), mimetype: ins.Text(1), name: ins.Text(2)}
	if ins.Is(guac.OpArgv) && u.Owner() && u.session.requires(in.name) {
		u.streams.begin(in, u.session.answer)
		return
	}
	if !u.MayAct() {
		u.streams.refuse(in.index, guac.ClientForbidden, "the user can only watch")
		return
	}
	handle := streamHandler(u.engine(), string(ins.Opcode))
	if handle == nil {
		u.streams.refuse(in.index, guac.Unsupported, "not supported")
		return
	}
	u.streams.begin(in, func(in *InStream) { handle(u, in) })
}

// streamHandler returns the engine's method for streams of an opcode, nil if it has none.
func streamHandler(engine Handler, opcode string) func(*User, *InStream) {
	switch opcode {
	case guac.OpClipboard:
		if h, ok := engine.(ClipboardHandler); ok {
			return h.Clipboard
		}
	case guac.OpAudio:
		if h, ok := engine.(AudioHandler); ok {
			return h.Audio
		}
	case guac.OpFile:
		if h, ok := engine.(FileHandler); ok {
			return h.File
		}
	case guac.OpPipe:
		if h, ok := engine.(PipeHandler); ok {
			return h.Pipe
		}
	case guac.OpArgv:
		if h, ok := engine.(ArgvHandler); ok {
			return h.Argv
		}
	}
	return nil
}
