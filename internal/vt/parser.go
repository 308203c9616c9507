// SPDX-License-Identifier: Apache-2.0

package vt

// The parser is Paul Williams' state machine (vt100.net/emu/dec_ansi_parser), over code points instead of bytes: text is
// UTF-8, so C1 controls are U+0080 to U+009F, and everything above is one class.

type state uint8

const (
	ground state = iota
	escape
	escapeIntermediate
	csiEntry
	csiParam
	csiIntermediate
	csiIgnore
	dcsEntry
	dcsParam
	dcsIntermediate
	dcsPassthrough
	dcsIgnore
	oscEntry // after ESC ]
	oscString
	consolePalette // after ESC ] P
	sosString      // SOS, PM and APC
	stateCount
)

type action uint8

const (
	actIgnore action = iota
	actPrint
	actExecute
	actClear
	actCollect
	actParam
	actEscape
	actCSI
	actHook
	actPut
	actOSCStart
	actPaletteReset
	actPaletteDigit
)

// classes is the number of columns of the table: the code points below U+00A0, and one for all others.
const classes = 0xa1

type transition struct {
	action action
	next   state
}

var transitions = buildTransitions()

func buildTransitions() *[stateCount][classes]transition {
	t := &[stateCount][classes]transition{}
	set := func(s state, from, to int, a action, next state) {
		for c := from; c <= to; c++ {
			t[s][c] = transition{a, next}
		}
	}
	for s := range stateCount {
		set(s, 0, classes-1, actIgnore, s)
		set(s, classes-1, classes-1, actIgnore, ground)
	}
	for _, s := range []state{ground, escape, escapeIntermediate, csiEntry, csiParam, csiIntermediate, csiIgnore} {
		set(s, 0x00, 0x1f, actExecute, s)
	}
	set(ground, 0x20, 0x7e, actPrint, ground)
	set(ground, classes-1, classes-1, actPrint, ground)

	set(escape, 0x20, 0x2f, actCollect, escapeIntermediate)
	set(escape, 0x30, 0x7e, actEscape, ground)
	set(escapeIntermediate, 0x20, 0x2f, actCollect, escapeIntermediate)
	set(escapeIntermediate, 0x30, 0x7e, actEscape, ground)

	buildSequence(set, [4]state{csiEntry, csiParam, csiIntermediate, csiIgnore}, actCSI, ground)
	buildSequence(set, [4]state{dcsEntry, dcsParam, dcsIntermediate, dcsIgnore}, actHook, dcsPassthrough)

	for _, s := range []state{dcsPassthrough, oscString, sosString, dcsIgnore} {
		set(s, classes-1, classes-1, actPut, s)
	}
	set(dcsPassthrough, 0x00, 0x7e, actPut, dcsPassthrough)
	for _, s := range []state{oscEntry, oscString} {
		set(s, 0x20, 0x7f, actPut, oscString)
		set(s, 0x07, 0x07, actIgnore, ground)
	}
	set(oscEntry, classes-1, classes-1, actPut, oscString)
	// The Linux console's sequences have no terminator (console_codes(4)).
	set(oscEntry, 'R', 'R', actPaletteReset, ground)
	set(oscEntry, 'P', 'P', actIgnore, consolePalette)
	set(consolePalette, 0x00, 0x1f, actExecute, consolePalette)
	set(consolePalette, 0x20, 0x7e, actPaletteDigit, consolePalette)

	// From everywhere.
	for s := range stateCount {
		set(s, 0x18, 0x18, actExecute, ground)
		set(s, 0x1a, 0x1a, actExecute, ground)
		set(s, 0x80, 0x9f, actEscape, ground) // dispatched as ESC and the character less 0x40
		set(s, 0x1b, 0x1b, actClear, escape)
		set(s, 0x90, 0x90, actClear, dcsEntry)
		set(s, 0x9b, 0x9b, actClear, csiEntry)
		set(s, 0x9c, 0x9c, actIgnore, ground)
		set(s, 0x9d, 0x9d, actOSCStart, oscEntry)
		set(s, 0x98, 0x98, actIgnore, sosString)
		set(s, 0x9e, 0x9f, actIgnore, sosString)
	}
	set(escape, '[', '[', actClear, csiEntry)
	set(escape, ']', ']', actOSCStart, oscEntry)
	set(escape, 'P', 'P', actClear, dcsEntry)
	for _, c := range "X^_" {
		set(escape, int(c), int(c), actIgnore, sosString)
	}
	return t
}

// buildSequence fills the states of a CSI or DCS up to its final character.
func buildSequence(set func(s state, from, to int, a action, next state), states [4]state, final action, next state) {
	entry, param, intermediate, ignore := states[0], states[1], states[2], states[3]
	for _, s := range []state{entry, param} {
		set(s, 0x30, 0x3b, actParam, param)
		set(s, 0x20, 0x2f, actCollect, intermediate)
	}
	set(entry, 0x3c, 0x3f, actCollect, param)
	set(param, 0x3c, 0x3f, actIgnore, ignore)
	set(intermediate, 0x20, 0x2f, actCollect, intermediate)
	set(intermediate, 0x30, 0x3f, actIgnore, ignore)
	for _, s := range []state{entry, param, intermediate} {
		set(s, 0x40, 0x7e, final, next)
	}
	if final == actCSI {
		set(ignore, 0x40, 0x7e, actIgnore, ground)
	}
}

// maxParams bounds the parameters of a sequence; further ones are dropped. Upstream takes 16, xterm 30.
const maxParams = 32

// maxParam bounds a parameter's value, so that arithmetic on it cannot overflow.
const maxParam = 1 << 24

// parser is the state of the machine.
type parser struct {
	state  state
	params [maxParams]int32
	n      int    // parameters begun
	sub    uint32 // bit i: parameter i follows a colon
	given  uint32 // bit i: parameter i has digits
	prefix byte   // < = > ? or 0
	inter  [2]byte
	ninter int
	final  byte // of the DCS
	str    []byte
	over   bool // the string was longer than maxString
}

func (p *parser) clear() {
	p.n, p.sub, p.given, p.prefix, p.ninter = 0, 0, 0, 0, 0
	p.inter = [2]byte{}
	p.params[0] = 0
}

func (p *parser) collect(c byte) {
	if c >= 0x3c {
		p.prefix = c
		return
	}
	if p.ninter < len(p.inter) {
		p.inter[p.ninter] = c
	}
	p.ninter++
}

func (p *parser) param(c byte) {
	if p.n == 0 {
		p.n = 1
		p.params[0] = 0
	}
	if c >= ':' {
		if p.n <= maxParams {
			p.n++
		}
		if p.n <= maxParams {
			p.params[p.n-1] = 0
			if c == ':' {
				p.sub |= 1 << (p.n - 1)
			}
		}
		return
	}
	if p.n > maxParams {
		return
	}
	i := p.n - 1
	p.params[i] = min(p.params[i]*10+int32(c-'0'), maxParam)
	p.given |= 1 << i
}

// arg returns parameter i, or def if it is missing or 0.
func (p *parser) arg(i, def int) int {
	if i < p.len() && p.params[i] != 0 {
		return int(p.params[i])
	}
	return def
}

func (p *parser) len() int { return min(p.n, maxParams) }

func (p *parser) put(b ...byte) {
	if len(p.str)+len(b) > maxString {
		p.over = true
		return
	}
	p.str = append(p.str, b...)
}

// keepString is the capacity up to which the buffer of OSC and DCS strings is kept for the next one.
const keepString = 4096

func (p *parser) startString() {
	if cap(p.str) > keepString {
		p.str = nil
	}
	p.str = p.str[:0]
	p.over = false
}
