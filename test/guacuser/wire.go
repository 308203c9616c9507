// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Timeout bounds each wait.
const Timeout = 30 * time.Second

// Config says what to ask for. The zero value of all but Select has a default.
type Config struct {
	// Select is a protocol's name or the "$" id of a connection to join.
	Select string
	// Params are the connection's parameters by name; one that the daemon does not name is an error.
	Params        map[string]string
	Width, Height int
	Name          string
	Image         []string
	Timezone      string
	// Answers are what a User enters where the daemon asks for missing parameters.
	Answers map[string]string
}

func (c Config) withDefaults() Config {
	if c.Width == 0 {
		c.Width, c.Height = 1024, 768
	}
	if c.Image == nil {
		c.Image = []string{"image/png", "image/jpeg"}
	}
	return c
}

// wire is what a User and a Peer share: the connection, what is sent by it, and the memory of what came.
type wire struct {
	// ID is the daemon's id of the connection, after the handshake.
	ID string

	t    testing.TB
	conn net.Conn
	r    *guac.Reader

	write sync.Mutex

	memory sync.Mutex // guards seen
	seen   []string   // the last instructions
}

func newWire(t testing.TB, conn net.Conn) wire {
	return wire{t: t, conn: conn, r: guac.NewReader(conn, guac.HandshakeLimits)}
}

// Limits of the memory.
const (
	keptInstructions = 40
	keptLength       = 120
)

// next reads an instruction.
func (w *wire) next() (*guac.Instruction, error) {
	ins, err := w.r.Next()
	line := fmt.Sprint(err)
	if err == nil {
		line = string(ins.Opcode)
		for _, arg := range ins.Args {
			line += fmt.Sprintf(" %.*q", keptLength, arg)
		}
	}
	w.memory.Lock()
	defer w.memory.Unlock()
	if len(w.seen) == keptInstructions {
		w.seen = slices.Delete(w.seen, 0, 1)
	}
	w.seen = append(w.seen, line[:min(len(line), keptLength)])
	return ins, err
}

// fatal fails the test, showing what came last.
func (w *wire) fatal(format string, args ...any) {
	w.t.Helper()
	w.memory.Lock()
	defer w.memory.Unlock()
	w.t.Fatalf("%s\nThe last of what came:\n\t%s", fmt.Sprintf(format, args...), strings.Join(w.seen, "\n\t"))
}

// handshake speaks from select to ready.
func (w *wire) handshake(cfg Config) error {
	unknown := maps.Clone(cfg.Params)
	h := guac.ClientHandshake{
		Select: cfg.Select,
		Info: guac.ClientInfo{
			Width: cfg.Width, Height: cfg.Height, DPI: 96, Image: cfg.Image, Name: cfg.Name, Timezone: cfg.Timezone,
		},
		Value: func(name string) string {
			delete(unknown, name)
			return cfg.Params[name]
		},
	}
	if err := w.conn.SetDeadline(time.Now().Add(Timeout)); err != nil {
		return err
	}
	out := h.Start(nil)
	for {
		if _, err := w.conn.Write(out); err != nil {
			return err
		}
		ins, err := w.next()
		if err != nil {
			return err
		}
		var done bool
		if out, done, err = h.Step(ins, nil); err != nil {
			return err
		}
		if done {
			break
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("the daemon does not name the parameters %v", slices.Sorted(maps.Keys(unknown)))
	}
	w.ID = h.ConnectionID
	return w.conn.SetDeadline(time.Time{})
}

// Write sends whole instructions, or whatever else; an error shows as the end of the connection.
func (w *wire) Write(b []byte) {
	w.write.Lock()
	defer w.write.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(Timeout))
	if _, err := w.conn.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
		w.conn.Close()
	}
}

// Send sends an instruction.
func (w *wire) Send(opcode string, args ...string) { w.Write(guac.Append(nil, opcode, args...)) }

// Blob sends data on a stream.
func (w *wire) Blob(stream int, data []byte) { w.Write(guac.AppendBlobs(nil, stream, data)) }

// KeyEvent presses or releases a key.
func (w *wire) KeyEvent(key uint32, pressed bool) {
	state := 0
	if pressed {
		state = 1
	}
	w.Write(guac.Begin(nil, guac.OpKey).Int(int(key)).Int(state).End())
}

// Key presses and releases a key.
func (w *wire) Key(key uint32) {
	w.KeyEvent(key, true)
	w.KeyEvent(key, false)
}

// Type types text; a line feed is the Return key.
func (w *wire) Type(text string) {
	for _, r := range text {
		w.Key(keysym.FromRune(r))
	}
}

// Mouse moves the pointer, with the buttons held.
func (w *wire) Mouse(x, y, buttons int) {
	w.Write(guac.Begin(nil, guac.OpMouse).Int(x).Int(y).Int(buttons).End())
}

// Resize tells the browser's new size.
func (w *wire) Resize(width, height int) {
	w.Write(guac.Begin(nil, guac.OpSize).Int(width).Int(height).End())
}

// Leave says goodbye and ends the connection.
func (w *wire) Leave() {
	w.Send(guac.OpDisconnect)
	w.Close()
}

// Close ends the connection as a browser that crashes does.
func (w *wire) Close() { _ = w.conn.Close() }
