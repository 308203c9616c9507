// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Limits bound what is accepted as one instruction.
type Limits struct {
	// MaxBytes is the most bytes that an instruction may have, delimiters included.
	MaxBytes int
	// MaxElements is the most elements, the opcode included.
	MaxElements int
}

// DefaultLimits are those of guacd: 8192 bytes and 128 elements.
var DefaultLimits = Limits{MaxBytes: 8192, MaxElements: 128}

// HandshakeLimits hold until a user has joined. They are wider than guacd's because
// connect carries private keys and certificates.
var HandshakeLimits = Limits{MaxBytes: 256 << 10, MaxElements: 512}

// MaxBlob is the most bytes of raw data that one blob carries, so that the instruction
// with its base64 text stays within DefaultLimits.
const MaxBlob = 6048

// maxLengthDigits bounds the decimal digits of an element's length.
const maxLengthDigits = 6

// Errors of ConsumeInstruction; each wraps ErrMalformed.
var (
	// ErrMalformed is the error for bytes that are not the Guacamole protocol.
	ErrMalformed       = errors.New("guac: malformed instruction")
	errTooLong         = fmt.Errorf("%w: longer than the limit", ErrMalformed)
	errTooManyElements = fmt.Errorf("%w: more elements than the limit", ErrMalformed)
)

// Instruction is one message. Its slices belong to the buffer that was parsed and
// are valid until the next instruction is read from it.
type Instruction struct {
	// Opcode may be empty: such instructions are internal to a tunnel.
	Opcode []byte
	Args   [][]byte
}

// Is reports whether the instruction has the given opcode.
func (ins *Instruction) Is(opcode string) bool { return string(ins.Opcode) == opcode }

// Arg returns argument i, or nil if there are not so many.
func (ins *Instruction) Arg(i int) []byte {
	if i >= len(ins.Args) {
		return nil
	}
	return ins.Args[i]
}

// Text returns a copy of argument i, empty if there are not so many.
func (ins *Instruction) Text(i int) string { return string(ins.Arg(i)) }

// Int returns argument i as an integer.
func (ins *Instruction) Int(i int) (int, error) {
	if i >= len(ins.Args) {
		return 0, fmt.Errorf("%w: %s has %d arguments, wanted an integer as number %d", ErrMalformed, ins.Opcode, len(ins.Args), i+1)
	}
	n, err := strconv.Atoi(string(ins.Args[i]))
	if err != nil {
		return 0, fmt.Errorf("%w: argument %d of %s is not an integer: %.20q", ErrMalformed, i+1, ins.Opcode, ins.Args[i])
	}
	return n, nil
}

// Ints returns the first n arguments as integers in dst, which must have room for them.
func (ins *Instruction) Ints(dst []int) error {
	for i := range dst {
		n, err := ins.Int(i)
		if err != nil {
			return err
		}
		dst[i] = n
	}
	return nil
}

// Append writes the instruction to b in its canonical form.
func (ins *Instruction) Append(b []byte) []byte {
	out := Begin(b, string(ins.Opcode))
	for _, arg := range ins.Args {
		out = out.Bytes(arg)
	}
	return out.End()
}

// ConsumeInstruction parses the instruction at the start of b into ins and returns
// its length in bytes. A length of 0 without an error means that b ends too early. The
// slices of ins alias b; ins.Args is reused.
func ConsumeInstruction(b []byte, ins *Instruction, limits Limits) (int, error) {
	ins.Opcode, ins.Args = nil, ins.Args[:0]
	if len(b) > limits.MaxBytes {
		b = b[:limits.MaxBytes]
	}
	pos := 0
	for elements := 1; ; elements++ {
		if elements > limits.MaxElements {
			return 0, errTooManyElements
		}
		element, n, err := consumeElement(b[pos:])
		if err != nil {
			return 0, err
		}
		if n == 0 || pos+n == len(b) {
			return 0, incomplete(b, limits)
		}
		pos += n
		if elements == 1 {
			ins.Opcode = element
		} else {
			ins.Args = append(ins.Args, element)
		}
		delimiter := b[pos]
		pos++
		switch delimiter {
		case ';':
			return pos, nil
		case ',':
		default:
			return 0, fmt.Errorf("%w: element followed by %q", ErrMalformed, delimiter)
		}
	}
}

// incomplete is nil while more bytes may still complete the instruction.
func incomplete(b []byte, limits Limits) error {
	if len(b) >= limits.MaxBytes {
		return errTooLong
	}
	return nil
}

// consumeElement parses LENGTH "." VALUE and returns the value and the bytes used, 0 if
// b ends too early.
func consumeElement(b []byte) (value []byte, n int, err error) {
	length, i := 0, 0
	for ; ; i++ {
		if i == len(b) {
			return nil, 0, nil
		}
		c := b[i]
		if c == '.' && i > 0 {
			break
		}
		if c < '0' || c > '9' || i == maxLengthDigits || i == 1 && b[0] == '0' {
			return nil, 0, fmt.Errorf("%w: bad element length %.10q", ErrMalformed, b[:i+1])
		}
		length = length*10 + int(c-'0')
	}
	i++
	size := codePoints(b[i:], length)
	if size < 0 {
		return nil, 0, nil
	}
	return b[i : i+size], i + size, nil
}

// codePoints returns how many bytes the first n code points of b take, or -1 if b ends
// before them. A byte that is not UTF-8 counts as one code point.
func codePoints(b []byte, n int) int {
	const highBits = 0x8080808080808080
	i := 0
	for n > 0 {
		for n >= 8 && len(b)-i >= 8 && binary.LittleEndian.Uint64(b[i:])&highBits == 0 {
			i += 8
			n -= 8
		}
		if n == 0 {
			break
		}
		if i == len(b) {
			return -1
		}
		size := 1
		if b[i] >= utf8.RuneSelf {
			if !utf8.FullRune(b[i:]) {
				return -1
			}
			_, size = utf8.DecodeRune(b[i:])
		}
		i += size
		n--
	}
	return i
}
