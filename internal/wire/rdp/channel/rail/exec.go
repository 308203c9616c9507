// SPDX-License-Identifier: Apache-2.0

package rail

import (
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags of Exec.
const (
	ExecExpandWorkingDirectory = 0x0001
	ExecTranslateFiles         = 0x0002
	ExecFile                   = 0x0004
	ExecExpandArguments        = 0x0008
	ExecAppUserModelID         = 0x0010
)

// Longest strings of Exec, in bytes (section 2.2.2.3.1).
const (
	maxExeOrFile  = 520
	maxWorkingDir = 520
	maxArguments  = 16000
)

// Exec is TS_RAIL_ORDER_EXEC (section 2.2.2.3.1). ExeOrFile is a path on the server, or "||"
// and the alias of a published program.
type Exec struct {
	Flags      uint16
	ExeOrFile  string
	WorkingDir string
	Arguments  string
}

// Order is the type.
func (*Exec) Order() Order { return OrderExec }

func (p *Exec) fields(c *coder) {
	c.u16("Flags", &p.Flags)
	program := c.textSize("ExeOrFileLength", p.ExeOrFile, maxExeOrFile)
	folder := c.textSize("WorkingDirLength", p.WorkingDir, maxWorkingDir)
	arguments := c.textSize("ArgumentsLen", p.Arguments, maxArguments)
	c.text("ExeOrFile", &p.ExeOrFile, program)
	c.text("WorkingDir", &p.WorkingDir, folder)
	c.text("Arguments", &p.Arguments, arguments)
}

// check refuses what does not fit.
func (p *Exec) check() error {
	if p.ExeOrFile == "" {
		return &field.Error{PDU: "rail: client execute", Field: "ExeOrFile", Problem: "no program is given"}
	}
	for _, s := range []struct {
		name, value string
		limit       int
	}{{"ExeOrFile", p.ExeOrFile, maxExeOrFile}, {"WorkingDir", p.WorkingDir, maxWorkingDir}, {"Arguments", p.Arguments, maxArguments}} {
		if n := len(field.UTF16(s.value)); n > s.limit {
			return &field.Error{PDU: "rail: client execute", Field: s.name, Problem: fmt.Sprintf("%d characters, %d fit", n/2, s.limit/2)}
		}
	}
	return nil
}

// Result says how an execution went (section 2.2.2.3.2).
type Result uint16

// Results.
const (
	ResultOK             Result = 0x0000
	ResultHookNotLoaded  Result = 0x0001
	ResultDecodeFailed   Result = 0x0002
	ResultNotInAllowlist Result = 0x0003
	ResultFileNotFound   Result = 0x0005
	ResultFailed         Result = 0x0006
	ResultSessionLocked  Result = 0x0007
)

// words are for the user.
var words = map[Result]string{
	ResultOK:             "the program was started",
	ResultHookNotLoaded:  "the server is not ready to start programs on this desktop",
	ResultDecodeFailed:   "the server could not read the request",
	ResultNotInAllowlist: "the server's policy does not allow the program",
	ResultFileNotFound:   "the program or file was not found on the server",
	ResultFailed:         "the server could not start the program",
	ResultSessionLocked:  "the session on the server is locked",
}

func (r Result) String() string {
	if s, ok := words[r]; ok {
		return s
	}
	return fmt.Sprintf("the server answered with the unknown result 0x%04X", uint16(r))
}

// Temporary reports whether the same request can succeed later.
func (r Result) Temporary() bool { return r == ResultHookNotLoaded || r == ResultSessionLocked }

// ExecResult is TS_RAIL_ORDER_EXEC_RESULT (section 2.2.2.3.2).
type ExecResult struct {
	// Flags and ExeOrFile are those of the request.
	Flags  uint16
	Result Result
	// Raw is the error of the server's system.
	Raw       uint32
	ExeOrFile string
}

// Order is the type.
func (*ExecResult) Order() Order { return OrderExecResult }

func (p *ExecResult) fields(c *coder) {
	var padding uint16
	c.u16("Flags", &p.Flags)
	c.u16("ExecResult", (*uint16)(&p.Result))
	c.u32("RawResult", &p.Raw)
	c.u16("Padding", &padding)
	n := c.textSize("ExeOrFileLength", p.ExeOrFile, maxExeOrFile)
	c.text("ExeOrFile", &p.ExeOrFile, n)
}

// Err returns why the program does not run, in words for the user, or nil if it does.
func (p *ExecResult) Err() error {
	if p.Result == ResultOK {
		return nil
	}
	return &ExecError{Program: p.ExeOrFile, Result: p.Result, Raw: p.Raw}
}

// ExecError is an execution that failed.
type ExecError struct {
	Program string
	Result  Result
	Raw     uint32
}

func (e *ExecError) Error() string {
	if e.Raw == 0 {
		return fmt.Sprintf("rail: %q: %v", e.Program, e.Result)
	}
	return fmt.Sprintf("rail: %q: %v (error 0x%08X)", e.Program, e.Result, e.Raw)
}
