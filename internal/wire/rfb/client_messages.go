// SPDX-License-Identifier: Apache-2.0

package rfb

import (
	"encoding/binary"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

// Types of the client's messages (RFC 6143, section 7.5, and extensions).
const (
	clientSetPixelFormat           = 0
	clientSetEncodings             = 2
	clientFramebufferUpdateRequest = 3
	clientKeyEvent                 = 4
	clientPointerEvent             = 5
	clientCutText                  = 6
	clientEnableContinuousUpdates  = 150
	clientFence                    = 248
	clientSetDesktopSize           = 251
)

// Pseudo-encodings (RFC 6143, section 7.8, and extensions).
const (
	PseudoDesktopSize         encoding.Type = -223
	PseudoLastRect            encoding.Type = -224
	PseudoCursor              encoding.Type = -239
	PseudoDesktopName         encoding.Type = -307
	PseudoExtendedDesktopSize encoding.Type = -308
	PseudoFence               encoding.Type = -312
	PseudoContinuousUpdates   encoding.Type = -313
	PseudoCursorWithAlpha     encoding.Type = -314
	PseudoExtendedClipboard   encoding.Type = -0x3F5E1A32 // 0xC0A1E5CE
)

// PseudoQuality is the JPEG quality of Tight, level 0 to 9.
func PseudoQuality(level int) encoding.Type { return encoding.Type(-32 + level) }

// PseudoCompression is the compression level of Tight and zlib, 0 to 9.
func PseudoCompression(level int) encoding.Type { return encoding.Type(-256 + level) }

// AppendSetPixelFormat appends SetPixelFormat (section 7.5.1).
func AppendSetPixelFormat(b []byte, f encoding.PixelFormat) []byte {
	return f.Append(append(b, clientSetPixelFormat, 0, 0, 0))
}

// AppendSetEncodings appends SetEncodings (section 7.5.2), in order of preference.
func AppendSetEncodings(b []byte, types []encoding.Type) []byte {
	b = append(b, clientSetEncodings, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(types)))
	for _, t := range types {
		b = binary.BigEndian.AppendUint32(b, uint32(t))
	}
	return b
}

// AppendFramebufferUpdateRequest appends FramebufferUpdateRequest (section 7.5.3).
func AppendFramebufferUpdateRequest(b []byte, incremental bool, r image.Rectangle) []byte {
	return appendRect(append(b, clientFramebufferUpdateRequest, flag(incremental)), r)
}

// AppendKeyEvent appends KeyEvent (section 7.5.4); keysym is that of X11.
func AppendKeyEvent(b []byte, keysym uint32, pressed bool) []byte {
	return binary.BigEndian.AppendUint32(append(b, clientKeyEvent, flag(pressed), 0, 0), keysym)
}

// AppendPointerEvent appends PointerEvent (section 7.5.5). Buttons are left, middle, right,
// wheel up and wheel down from the lowest bit on, as in the Guacamole protocol.
func AppendPointerEvent(b []byte, buttons uint8, x, y int) []byte {
	b = binary.BigEndian.AppendUint16(append(b, clientPointerEvent, buttons), clamp16(x))
	return binary.BigEndian.AppendUint16(b, clamp16(y))
}

// AppendClientCutText appends ClientCutText (section 7.5.6), whose text is Latin-1.
func AppendClientCutText(b, text []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, clientCutText, 0, 0, 0), uint32(len(text)))
	return append(b, text...)
}

// AppendEnableContinuousUpdates appends EnableContinuousUpdates: the server sends what
// changes in r unasked.
func AppendEnableContinuousUpdates(b []byte, enable bool, r image.Rectangle) []byte {
	return appendRect(append(b, clientEnableContinuousUpdates, flag(enable)), r)
}

// Flags of a fence.
const (
	FenceBlockBefore = 1 << 0
	FenceBlockAfter  = 1 << 1
	FenceSyncNext    = 1 << 2
	FenceRequest     = 1 << 31
	fenceSupported   = FenceBlockBefore | FenceBlockAfter | FenceSyncNext
)

// maxFence is the most bytes that a fence carries.
const maxFence = 64

// AppendFenceAnswer answers the server's fence.
func AppendFenceAnswer(b []byte, flags uint32, payload []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, clientFence, 0, 0, 0), flags&fenceSupported)
	return append(append(b, byte(len(payload))), payload...)
}

// AppendSetDesktopSize asks for a desktop of one screen of the given size. The id and
// flags are those of the server's first screen.
func AppendSetDesktopSize(b []byte, width, height int, screen Screen) []byte {
	b = append(b, clientSetDesktopSize, 0)
	b = binary.BigEndian.AppendUint16(b, clamp16(width))
	b = binary.BigEndian.AppendUint16(b, clamp16(height))
	b = append(b, 1, 0)
	b = binary.BigEndian.AppendUint32(b, screen.ID)
	b = appendRect(b, image.Rect(0, 0, width, height))
	return binary.BigEndian.AppendUint32(b, screen.Flags)
}

func appendRect(b []byte, r image.Rectangle) []byte {
	b = binary.BigEndian.AppendUint16(b, clamp16(r.Min.X))
	b = binary.BigEndian.AppendUint16(b, clamp16(r.Min.Y))
	b = binary.BigEndian.AppendUint16(b, clamp16(r.Dx()))
	return binary.BigEndian.AppendUint16(b, clamp16(r.Dy()))
}

func clamp16(n int) uint16 { return uint16(min(max(n, 0), 0xFFFF)) }

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}
