// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a protocol version: major, minor and patch in a byte each, so that versions
// compare as numbers.
type Version int

// The protocol versions and what each brought.
const (
	Version1_0_0 Version = 0x010000
	Version1_1_0 Version = 0x010100 // timezone; handshake instructions in any order
	Version1_3_0 Version = 0x010300 // required
	Version1_5_0 Version = 0x010500 // name, msg

	// LatestVersion is what this side speaks at most.
	LatestVersion = Version1_5_0
)

const versionPrefix = "VERSION_"

// String returns the wire form, such as VERSION_1_5_0.
func (v Version) String() string {
	return fmt.Sprintf("%s%d_%d_%d", versionPrefix, v>>16, v>>8&0xFF, v&0xFF)
}

// ParseVersion reads the wire form; false if s is not a version.
func ParseVersion(s string) (Version, bool) {
	rest, ok := strings.CutPrefix(s, versionPrefix)
	parts := strings.Split(rest, "_")
	if !ok || len(parts) != 3 {
		return 0, false
	}
	var v Version
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return 0, false
		}
		v = v<<8 | Version(n)
	}
	return v, true
}

// ClientInfo is what a user's side tells of itself in the handshake.
type ClientInfo struct {
	// Version is the one both sides speak.
	Version Version
	// Width and Height are in pixels, DPI in dots per inch.
	Width, Height, DPI int
	// Audio, Video and Image are the supported mimetypes, the preferred first.
	Audio, Video, Image []string
	// Timezone is an IANA name, empty if unknown.
	Timezone string
	// Name is the user's name, empty if unknown.
	Name string
}

// Bounds of the size that a user may announce or ask for.
const (
	MaxWidth  = 8192
	MaxHeight = 8192
	maxDPI    = 1200
)

// defaultInfo holds until a handshake instruction says otherwise.
var defaultInfo = ClientInfo{Version: Version1_0_0, Width: 1024, Height: 768, DPI: 96}

// Selection is what select asked for: either a new connection or one to join.
type Selection struct {
	Protocol string
	// ConnectionID is "$" and a UUID, empty for a new connection.
	ConnectionID string
}

// ParseSelect reads the first instruction of a client.
func ParseSelect(ins *Instruction) (Selection, error) {
	if !ins.Is(OpSelect) || len(ins.Args) != 1 || len(ins.Args[0]) == 0 {
		return Selection{}, Errorf(ClientBadRequest, "guac: handshake begins with %.20q, wanted select with one argument", ins.Opcode)
	}
	name := ins.Text(0)
	if strings.HasPrefix(name, "$") {
		return Selection{ConnectionID: name}, nil
	}
	return Selection{Protocol: name}, nil
}

// ServerHandshake is the daemon's side from args to connect. The zero value with Params
// set is ready.
//
//	client                               server
//	select ->                            (ParseSelect)
//	                                  <- args          Start
//	size, audio, video, image,
//	timezone, name, in any order ->                    Step
//	connect ->                                         Step returns true
//	                                  <- ready         AppendReady
type ServerHandshake struct {
	// Params are the names of the protocol's parameters, in the order of args.
	Params []string

	// Info is what the client told; complete once Step has returned true.
	Info ClientInfo
	// Values are the values of Params, in their order; set by connect.
	Values []string
}

// Start returns args.
func (h *ServerHandshake) Start(out []byte) []byte {
	h.Info = defaultInfo
	b := Begin(out, OpArgs).Str(LatestVersion.String())
	for _, name := range h.Params {
		b = b.Str(name)
	}
	return b.End()
}

// Step takes one instruction and reports whether the handshake is complete. Unknown
// instructions are ignored, as guacd does.
func (h *ServerHandshake) Step(ins *Instruction) (done bool, err error) {
	switch string(ins.Opcode) {
	case OpSize:
		return false, h.size(ins)
	case OpAudio:
		h.Info.Audio = texts(ins.Args)
	case OpVideo:
		h.Info.Video = texts(ins.Args)
	case OpImage:
		h.Info.Image = texts(ins.Args)
	case OpTimezone:
		h.Info.Timezone = ins.Text(0)
	case OpName:
		h.Info.Name = ins.Text(0)
	case OpSelect:
		return false, Errorf(ClientBadRequest, "guac: second select in the handshake")
	case OpConnect:
		return true, h.connect(ins)
	}
	return false, nil
}

func (h *ServerHandshake) size(ins *Instruction) error {
	var size [2]int
	if err := ins.Ints(size[:]); err != nil {
		return Errorf(ClientBadRequest, "guac: bad size in the handshake: %w", err)
	}
	h.Info.Width, h.Info.Height = ClampSize(size[0], size[1])
	if dpi, err := ins.Int(2); err == nil && dpi > 0 {
		h.Info.DPI = min(dpi, maxDPI)
	}
	return nil
}

func (h *ServerHandshake) connect(ins *Instruction) error {
	if len(ins.Args) != len(h.Params)+1 {
		return Errorf(ClientBadRequest, "guac: connect has %d values, wanted %d", len(ins.Args), len(h.Params)+1)
	}
	if v, ok := ParseVersion(ins.Text(0)); ok {
		h.Info.Version = min(v, LatestVersion)
	}
	h.Values = texts(ins.Args[1:])
	return nil
}

// ClampSize bounds a size from a client to 1 to MaxWidth by 1 to MaxHeight.
func ClampSize(width, height int) (w, h int) {
	return min(max(width, 1), MaxWidth), min(max(height, 1), MaxHeight)
}

// AppendReady appends the end of the handshake.
func AppendReady(out []byte, connectionID string) []byte {
	return Append(out, OpReady, connectionID)
}

// ClientHandshake is the side of the gateway, or of any client of a daemon.
type ClientHandshake struct {
	// Select is a protocol's name, or the "$" id of a connection to join.
	Select string
	// Info is sent; its Version is set to the one agreed on.
	Info ClientInfo
	// Value returns the value of a parameter, "" where it has none.
	Value func(name string) string

	// ConnectionID is the daemon's name of the connection, set by ready.
	ConnectionID string

	answered bool
}

// Start returns select.
func (h *ClientHandshake) Start(out []byte) []byte { return Append(out, OpSelect, h.Select) }

// Step takes one instruction of the daemon and returns out with the answer appended, and
// whether the handshake is complete. The daemon's error comes back as an Error.
func (h *ClientHandshake) Step(ins *Instruction, out []byte) (answer []byte, done bool, err error) {
	switch {
	case ins.Is(OpArgs) && !h.answered:
		h.answered = true
		return h.answer(out, texts(ins.Args)), false, nil
	case ins.Is(OpReady) && h.answered:
		h.ConnectionID = ins.Text(0)
		return out, true, nil
	case ins.Is(OpNop):
		return out, false, nil
	case ins.Is(OpError):
		return out, false, &Error{Status: ParseStatus(ins.Arg(1)), Message: ins.Text(0)}
	case ins.Is(OpDisconnect):
		return out, false, Errorf(UpstreamError, "guac: daemon disconnected in the handshake")
	default:
		return out, false, Errorf(ServerError, "guac: unexpected %.20q in the handshake", ins.Opcode)
	}
}

// answer appends everything from size to connect.
func (h *ClientHandshake) answer(out []byte, names []string) []byte {
	version, versioned := Version1_0_0, false
	if len(names) > 0 {
		if v, ok := ParseVersion(names[0]); ok {
			version, versioned = min(v, LatestVersion), true
		}
	}
	h.Info.Version = version

	out = Begin(out, OpSize).Int(h.Info.Width).Int(h.Info.Height).Int(h.Info.DPI).End()
	out = Append(out, OpAudio, h.Info.Audio...)
	out = Append(out, OpVideo, h.Info.Video...)
	out = Append(out, OpImage, h.Info.Image...)
	if version >= Version1_1_0 && h.Info.Timezone != "" {
		out = Append(out, OpTimezone, h.Info.Timezone)
	}
	if version >= Version1_5_0 {
		out = Append(out, OpName, h.Info.Name)
	}

	b := Begin(out, OpConnect)
	if versioned {
		b = b.Str(version.String())
		names = names[1:]
	}
	for _, name := range names {
		b = b.Str(h.Value(name))
	}
	return b.End()
}

func texts(args [][]byte) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = string(arg)
	}
	return out
}
