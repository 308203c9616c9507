// SPDX-License-Identifier: Apache-2.0

package guac

// Opcodes. Which side sends what, and with which arguments, stands beside each;
// "layer" and "stream" are decimal indices.
const (
	// Handshake.
	OpSelect   = "select"   // client: protocol name, or "$" id of a running connection
	OpArgs     = "args"     // server: version, then the names of the parameters
	OpSize     = "size"     // client: width, height[, dpi]; server: layer, width, height
	OpAudio    = "audio"    // client handshake: mimetypes; server: stream, mimetype
	OpVideo    = "video"    // client handshake: mimetypes; server: stream, layer, mimetype
	OpImage    = "image"    // client handshake: mimetypes
	OpTimezone = "timezone" // client handshake: IANA name (1.1.0)
	OpName     = "name"     // client handshake: user name (1.5.0); server: title
	OpConnect  = "connect"  // client: version, then one value for each name of args
	OpReady    = "ready"    // server: id of the connection

	// Control.
	OpNop        = "nop"
	OpSync       = "sync" // both: timestamp; the client returns what it got
	OpError      = "error"
	OpDisconnect = "disconnect"
	OpLog        = "log"
	OpMsg        = "msg"      // server: code, arguments (1.5.0)
	OpRequired   = "required" // server: names of the missing parameters (1.3.0)
	OpArgv       = "argv"     // both: stream, mimetype, name

	// Input, from the client.
	OpKey   = "key"   // keysym, pressed
	OpMouse = "mouse" // x, y, button mask; server: x, y[, mask, timestamp]
	OpTouch = "touch" // id, x, y, x radius, y radius, angle, force

	// Streams.
	OpAck       = "ack"       // stream, message, status
	OpBlob      = "blob"      // stream, base64 data
	OpEnd       = "end"       // stream
	OpClipboard = "clipboard" // stream, mimetype
	OpFile      = "file"      // stream, mimetype, name
	OpPipe      = "pipe"      // stream, mimetype, name
	OpImg       = "img"       // stream, channel mask, layer, mimetype, x, y
	OpNest      = "nest"      // index, data

	// Filesystem objects.
	OpFilesystem = "filesystem" // server: object, name
	OpUndefine   = "undefine"   // server: object
	OpGet        = "get"        // client: object, stream name
	OpPut        = "put"        // client: object, stream, mimetype, stream name
	OpBody       = "body"       // server: object, stream, mimetype, stream name

	// Drawing, from the server.
	OpArc       = "arc"
	OpCFill     = "cfill" // channel mask, layer, r, g, b, a
	OpClip      = "clip"
	OpClose     = "close"
	OpCopy      = "copy" // source layer, x, y, width, height, channel mask, layer, x, y
	OpCStroke   = "cstroke"
	OpCursor    = "cursor" // hotspot x, y, source layer, x, y, width, height
	OpCurve     = "curve"
	OpDispose   = "dispose" // layer
	OpDistort   = "distort"
	OpIdentity  = "identity"
	OpJPEG      = "jpeg" // channel mask, layer, x, y, base64 data (before 1.0)
	OpLFill     = "lfill"
	OpLine      = "line"
	OpLStroke   = "lstroke"
	OpMove      = "move" // layer, parent, x, y, z
	OpPNG       = "png"  // channel mask, layer, x, y, base64 data (before 1.0)
	OpPop       = "pop"
	OpPush      = "push"
	OpRect      = "rect" // layer, x, y, width, height
	OpReset     = "reset"
	OpSet       = "set"   // layer, property, value
	OpShade     = "shade" // layer, opacity
	OpStart     = "start"
	OpTransfer  = "transfer" // source layer, x, y, width, height, function, layer, x, y
	OpTransform = "transform"

	// Internal to a tunnel: the empty opcode, which never reaches the daemon.
	OpInternal = ""
)

// Codes of msg (protocol 1.5.0).
const (
	MsgUserJoined = 1 // user id, name
	MsgUserLeft   = 2 // user id, name
)

// Channel masks of drawing instructions: how source and destination are composed.
const (
	MaskSrc  = 0x0C // replace the destination
	MaskOver = 0x0E // source over destination
)
