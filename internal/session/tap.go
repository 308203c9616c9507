// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Tap observes a session, such as to record it. What the display shows, a tap gets by a
// view of its own. The methods are called on whatever goroutine something happens, so they
// must not wait.
type Tap interface {
	// Output is called with whole instructions that all users are sent. It may keep b.
	Output(b []byte)
	// Input is called with an instruction of a user who may act (mouse, key or touch), its
	// numbers made canonical and the time in milliseconds added. It may keep b.
	Input(opcode string, b []byte)
}

// SetTap has t observe the session from now on; nil ends that.
func (s *Session) SetTap(t Tap) {
	if t == nil {
		s.tap.Store(nil)
		return
	}
	s.tap.Store(&t)
}

// tapOutput shows the tap what all users are sent.
func (s *Session) tapOutput(b []byte) {
	if t := s.tap.Load(); t != nil {
		(*t).Output(b)
	}
}

// inputBytes is room for most instructions of input.
const inputBytes = 64

// tapInput shows the tap an instruction of a user with its first n numbers.
func (s *Session) tapInput(ins *guac.Instruction, numbers []int) {
	t := s.tap.Load()
	if t == nil {
		return
	}
	opcode := string(ins.Opcode)
	b := guac.Begin(make([]byte, 0, inputBytes), opcode)
	for _, n := range numbers {
		b = b.Int(n)
	}
	if opcode == guac.OpTouch {
		b = b.Float(decimal(ins.Args[5])).Float(decimal(ins.Args[6]))
	}
	(*t).Input(opcode, b.Int64(time.Now().UnixMilli()).End())
}
