// SPDX-License-Identifier: Apache-2.0

package rail

import (
	"errors"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

// buildNumber is what this client says of its version. Servers do not look at it.
const buildNumber = 0x00001DB0

// Event is what Handle tells: Started, Executed or Received.
type Event interface{ event() }

// Started says that the server is ready and the program was asked for.
type Started struct {
	// HiDef says that the server gives each window a surface of the graphics pipeline.
	HiDef bool
}

// Executed is the server's answer: see ExecResult.Err.
type Executed struct{ ExecResult }

// Received is any other message, which needs no answer.
type Received struct{ PDU PDU }

func (Started) event()  {}
func (Executed) event() {}
func (Received) event() {}

// Client brings a program up.
type Client struct {
	// Program is what runs, in Directory with Arguments. Environment variables of the server
	// in the latter two are expanded.
	Program, Directory, Arguments string
	// Width and Height are those of the desktop, which is all work area.
	Width, Height uint16
	// Status are the abilities of this side: flags of ClientStatus.
	Status uint32
	// LanguageBar says that both sides have LevelDockedLanguageBar.
	LanguageBar bool
	// HighContrast is the mode of the user's screen.
	HighContrast bool
	// DragFullWindows shows what is in a window while it is dragged.
	DragFullWindows bool

	ready    bool
	executed bool // the program was asked for
}

// Handle takes a message of the channel and adds what is to be sent to out. An error says
// that the message was wrong, or that the program cannot be asked for; the channel can go on.
func (c *Client) Handle(out *svc.Messages, b []byte) (Event, error) {
	p, err := Parse(b)
	if err != nil {
		return nil, err
	}
	switch p := p.(type) {
	case *Handshake:
		return c.begin(out, 0)
	case *HandshakeEx:
		return c.begin(out, p.Flags)
	case *ExecResult:
		if c.executed {
			return Executed{*p}, nil
		}
	default:
		if c.ready { // nothing counts before the handshake (section 3.2.5.2.1.2)
			return Received{p}, nil
		}
	}
	return nil, nil
}

// begin answers the handshake. A server may shake hands again after a new logon; the program
// is asked for once.
func (c *Client) begin(out *svc.Messages, flags uint32) (Event, error) {
	c.ready = true
	add(out, &Handshake{BuildNumber: buildNumber})
	add(out, &ClientStatus{Flags: c.Status})
	for _, p := range c.parameters() {
		add(out, &p)
	}
	if c.LanguageBar {
		add(out, &LanguageBar{Status: LanguageBarHidden})
	}
	if !c.executed {
		if err := c.Exec(out); err != nil {
			return nil, err
		}
	}
	return Started{HiDef: flags&HandshakeHiDef != 0}, nil
}

// parameters are the system parameters of a screen that belongs to the program alone.
func (c *Client) parameters() []SysParam {
	contrast := HighContrast{Flags: HighContrastDefault}
	if c.HighContrast {
		contrast.Flags |= HighContrastOn
	}
	return []SysParam{
		{Param: ParamHighContrast, HighContrast: contrast},
		{Param: ParamMouseButtonSwap},
		{Param: ParamKeyboardPref},
		{Param: ParamKeyboardCues},
		{Param: ParamDragFullWindows, On: c.DragFullWindows},
		{Param: ParamWorkArea, Area: c.area()},
	}
}

func (c *Client) area() Rect { return Rect{Right: c.Width, Bottom: c.Height} }

// Exec asks for the program again, after a result that is temporary.
func (c *Client) Exec(out *svc.Messages) error {
	if !c.ready {
		return errors.New("rail: the server is not ready to start programs")
	}
	p := &Exec{Flags: ExecExpandWorkingDirectory | ExecExpandArguments, ExeOrFile: c.Program, WorkingDir: c.Directory, Arguments: c.Arguments}
	if err := p.check(); err != nil {
		return err
	}
	c.executed = true
	add(out, p)
	return nil
}

// Resize tells the server that the desktop has another size.
func (c *Client) Resize(out *svc.Messages, width, height uint16) {
	c.Width, c.Height = width, height
	if !c.ready {
		return
	}
	add(out, &SysParam{Param: ParamDisplayChange, Area: c.area()})
	add(out, &SysParam{Param: ParamWorkArea, Area: c.area()})
}

func add(out *svc.Messages, p PDU) {
	out.Add(func(b []byte) []byte { return Append(b, p) })
}
