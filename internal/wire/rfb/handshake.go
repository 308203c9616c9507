// SPDX-License-Identifier: Apache-2.0

package rfb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"slices"
	"strconv"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

// Bounds on what a server may announce.
const (
	maxReason = 4096
	maxName   = 4096
	// MaxSide and MaxPixels bound what is shown of a framebuffer: RGBA pixels of it take 128 MiB at most.
	MaxSide   = 8192
	MaxPixels = 32 << 20
)

// Errors that callers tell apart.
var (
	// ErrAuthentication is the error for credentials that the server refused.
	ErrAuthentication = errors.New("rfb: authentication failed")
	// ErrNoSecurityType is the error for a server that offers nothing this client has.
	ErrNoSecurityType = errors.New("rfb: no security type in common")
	// ErrRefused is the error for a server that refused the connection and gave a reason.
	ErrRefused = errors.New("rfb: server refused the connection")
)

// Version is a protocol version: 3, 7 or 8 for 3.3, 3.7 and 3.8.
type Version int

const versionLength = len("RFB 003.008\n")

// parseVersion reads ProtocolVersion (RFC 6143, section 7.1.1): "RFB xxx.yyy" and a line feed.
func parseVersion(b []byte) (Version, error) {
	major, errMajor := strconv.ParseUint(string(b[4:7]), 10, 16)
	minor, errMinor := strconv.ParseUint(string(b[8:11]), 10, 16)
	if errMajor != nil || errMinor != nil || string(b[:4]) != "RFB " || b[7] != '.' || b[11] != '\n' {
		return 0, fmt.Errorf("rfb: not a VNC server: it says %q", b)
	}
	switch {
	case major < 3:
		return 0, fmt.Errorf("rfb: version %d.%d is too old", major, minor)
	case major > 3 || minor >= 8:
		return 8, nil
	case minor == 7:
		return 7, nil
	default:
		return 3, nil
	}
}

func (v Version) String() string { return fmt.Sprintf("3.%d", int(v)) }

// ServerInit is what a server tells at the end of the handshake (section 7.3.2).
type ServerInit struct {
	Width, Height int
	Format        encoding.PixelFormat
	Name          string
}

// Handshake takes a connection from its first byte to ServerInit. The zero value with
// Password set is ready.
//
//	server: ProtocolVersion             client: ProtocolVersion
//	server: security types              client: the one chosen        (3.3: the server chooses)
//	server: challenge                   client: response              (VNC authentication)
//	server: SecurityResult              client: ClientInit
//	server: ServerInit
type Handshake struct {
	// Password returns the password for VNC authentication. It is called once, when the
	// server asks for one.
	Password func() (string, error)
	// Exclusive asks the server to disconnect everybody else.
	Exclusive bool

	// Version and Security are what was agreed on.
	Version  Version
	Security SecurityType
	// Init is set when Step has returned done.
	Init ServerInit

	state func(h *Handshake, in, out []byte) (n int, answer []byte, err error)
	done  bool
}

// Step takes the bytes received and not yet consumed. It returns how many of them it
// consumed, 0 if it needs more, and out with the answer appended. Once done, what follows
// in the stream is the server's messages.
func (h *Handshake) Step(in, out []byte) (n int, answer []byte, done bool, err error) {
	if h.state == nil {
		h.state = (*Handshake).version
	}
	n, out, err = h.state(h, in, out)
	return n, out, h.done, err
}

func (h *Handshake) version(in, out []byte) (int, []byte, error) {
	if len(in) < versionLength {
		if !bytes.HasPrefix([]byte("RFB "), in[:min(4, len(in))]) {
			return 0, out, fmt.Errorf("rfb: not a VNC server: it says %q", in)
		}
		return 0, out, nil
	}
	var err error
	if h.Version, err = parseVersion(in[:versionLength]); err != nil {
		return 0, out, err
	}
	h.state = (*Handshake).securityTypes
	if h.Version == 3 {
		h.state = (*Handshake).securityType33
	}
	return versionLength, fmt.Appendf(out, "RFB 003.%03d\n", int(h.Version)), nil
}

// securityTypes reads number-of-security-types and the types (section 7.1.2).
func (h *Handshake) securityTypes(in, out []byte) (int, []byte, error) {
	if len(in) == 0 || len(in) < 1+int(in[0]) {
		return 0, out, nil
	}
	n := 1 + int(in[0])
	if n == 1 {
		h.state = (*Handshake).refusal
		return n, out, nil
	}
	offered := in[1:n]
	for _, t := range supportedSecurity {
		if slices.Contains(offered, byte(t)) {
			h.Security = t
			return n, h.afterSecurity(append(out, byte(t))), nil
		}
	}
	return 0, out, fmt.Errorf("%w: the server offers %v", ErrNoSecurityType, securityNames(offered))
}

// securityType33 reads the type that a server of 3.3 has chosen.
func (h *Handshake) securityType33(in, out []byte) (int, []byte, error) {
	if len(in) < 4 {
		return 0, out, nil
	}
	t := binary.BigEndian.Uint32(in)
	switch {
	case t == 0:
		h.state = (*Handshake).refusal
	case t < 256 && slices.Contains(supportedSecurity, SecurityType(t)):
		h.Security = SecurityType(t)
		return 4, h.afterSecurity(out), nil
	default:
		return 0, out, fmt.Errorf("%w: the server wants %s", ErrNoSecurityType, SecurityType(min(t, 255)))
	}
	return 4, out, nil
}

// afterSecurity sets what follows the choice of the security type.
func (h *Handshake) afterSecurity(out []byte) []byte {
	switch {
	case h.Security == SecurityVNC:
		h.state = (*Handshake).challenge
	case h.Version == 8:
		h.state = (*Handshake).result
	default: // before 3.8 there is no SecurityResult without authentication
		return h.clientInit(out)
	}
	return out
}

// challenge answers VNC authentication (section 7.2.2).
func (h *Handshake) challenge(in, out []byte) (int, []byte, error) {
	if len(in) < challengeLength {
		return 0, out, nil
	}
	if h.Password == nil {
		return 0, out, fmt.Errorf("%w: the server asks for a password and none is given", ErrAuthentication)
	}
	password, err := h.Password()
	if err != nil {
		return 0, out, err
	}
	h.state = (*Handshake).result
	return challengeLength, appendResponse(out, in[:challengeLength], password), nil
}

// result reads SecurityResult (section 7.1.3).
func (h *Handshake) result(in, out []byte) (int, []byte, error) {
	if len(in) < 4 {
		return 0, out, nil
	}
	switch status := binary.BigEndian.Uint32(in); {
	case status == 0:
		return 4, h.clientInit(out), nil
	case h.Version < 8:
		return 0, out, ErrAuthentication
	default:
		h.state = (*Handshake).authenticationRefusal
		return 4, out, nil
	}
}

func (h *Handshake) refusal(in, out []byte) (int, []byte, error) {
	return h.reason(in, out, ErrRefused)
}

func (h *Handshake) authenticationRefusal(in, out []byte) (int, []byte, error) {
	return h.reason(in, out, ErrAuthentication)
}

// reason reads reason-length and reason-string, and fails with them.
func (h *Handshake) reason(in, out []byte, kind error) (int, []byte, error) {
	if len(in) < 4 {
		return 0, out, nil
	}
	n := binary.BigEndian.Uint32(in)
	if n > maxReason {
		return 0, out, fmt.Errorf("%w: reason of %d bytes", kind, n)
	}
	if len(in) < 4+int(n) {
		return 0, out, nil
	}
	return 0, out, fmt.Errorf("%w: %q", kind, in[4:4+n])
}

// clientInit sends shared-flag (section 7.3.1).
func (h *Handshake) clientInit(out []byte) []byte {
	h.state = (*Handshake).serverInit
	if h.Exclusive {
		return append(out, 0)
	}
	return append(out, 1)
}

// serverInit reads ServerInit (section 7.3.2).
func (h *Handshake) serverInit(in, out []byte) (int, []byte, error) {
	const fixed = 4 + encoding.PixelFormatSize + 4
	if len(in) < fixed {
		return 0, out, nil
	}
	w, height := int(binary.BigEndian.Uint16(in)), int(binary.BigEndian.Uint16(in[2:]))
	format, err := encoding.ParsePixelFormat(in[4:])
	if err != nil {
		return 0, out, err
	}
	n := binary.BigEndian.Uint32(in[fixed-4:])
	if n > maxName {
		return 0, out, fmt.Errorf("rfb: desktop name of %d bytes", n)
	}
	end := fixed + int(n)
	if len(in) < end {
		return 0, out, nil
	}
	h.Init = ServerInit{Width: w, Height: height, Format: format, Name: string(bytes.ToValidUTF8(in[fixed:end], []byte("?")))}
	h.done = true
	return end, out, nil
}

// Visible returns the part of a framebuffer of the given size that is shown: all of it, or of one beyond MaxSide and
// MaxPixels the upper left corner.
func Visible(width, height int) image.Rectangle {
	width, height = min(width, MaxSide), min(height, MaxSide)
	if width*height > MaxPixels {
		height = MaxPixels / width
	}
	return image.Rect(0, 0, width, height)
}
