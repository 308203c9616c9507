// SPDX-License-Identifier: Apache-2.0

// Package rdpgfx is the client's side of the graphics pipeline ([MS-RDPEGFX]), which draws
// the desktop in a dynamic channel:
//
//	server                                    client
//	                                        ← capabilities advertise
//	capabilities confirm                    →
//	reset graphics                          →
//	create surface, map surface             →
//	start frame, drawing …, end frame       →
//	                                        ← frame acknowledge, for each frame
//
// A message of the channel is RDP_SEGMENTED_DATA with [PDU]s in it. [Client.Handle]
// decompresses it, checks each PDU against the surfaces and the cache that the server has
// made so far, and returns what is to be done as [Operation]s. It draws nothing and holds no
// pixels: the caller decodes, relays, batches or drops the operations. It also says when a
// frame has been shown, with [Client.Acknowledge].
//
// Messages of the client are not segmented. [Offer] chooses the capability sets by what the
// viewer can decode; [Client.Advertise] sends them, and may do so again in the middle of a
// session once version 10.3 or later is confirmed, which starts the channel anew.
//
// What a server may make this side hold is bounded: surfaces, their pixels, slots and bytes of
// the cache, frames that wait for their acknowledgement, and the pixels that one message paints.
//
// Deviation: regions of H.264 that reach over their surface are clipped, since encoders round
// sizes up; all other rectangles have to lie within.
package rdpgfx

import (
	"fmt"
	"strings"
)

// ChannelName is the name of the dynamic channel.
const ChannelName = "Microsoft::Windows::RDS::Graphics"

// Command is the cmdId of a PDU.
type Command uint16

// The commands (section 2.2.1.5).
const (
	CmdWireToSurface1           Command = 0x01
	CmdWireToSurface2           Command = 0x02
	CmdDeleteEncodingContext    Command = 0x03
	CmdSolidFill                Command = 0x04
	CmdSurfaceToSurface         Command = 0x05
	CmdSurfaceToCache           Command = 0x06
	CmdCacheToSurface           Command = 0x07
	CmdEvictCacheEntry          Command = 0x08
	CmdCreateSurface            Command = 0x09
	CmdDeleteSurface            Command = 0x0A
	CmdStartFrame               Command = 0x0B
	CmdEndFrame                 Command = 0x0C
	CmdFrameAcknowledge         Command = 0x0D
	CmdResetGraphics            Command = 0x0E
	CmdMapSurfaceToOutput       Command = 0x0F
	CmdCacheImportOffer         Command = 0x10
	CmdCacheImportReply         Command = 0x11
	CmdCapsAdvertise            Command = 0x12
	CmdCapsConfirm              Command = 0x13
	CmdMapSurfaceToWindow       Command = 0x15
	CmdQoEFrameAcknowledge      Command = 0x16
	CmdMapSurfaceToScaledOutput Command = 0x17
	CmdMapSurfaceToScaledWindow Command = 0x18
)

func (c Command) String() string {
	if p, ok := parsers[c]; ok {
		return strings.TrimPrefix(p.name, prefix)
	}
	return fmt.Sprintf("command 0x%04X", uint16(c))
}

// Codec is a codecId (sections 2.2.2.1 and 2.2.2.2).
type Codec uint16

// The codecs. CodecProgressive comes in WireToSurface2 only, the others in WireToSurface1.
const (
	CodecUncompressed Codec = 0x0
	CodecCAVideo      Codec = 0x3 // RemoteFX
	CodecClear        Codec = 0x8
	CodecProgressive  Codec = 0x9
	CodecPlanar       Codec = 0xA
	CodecAVC420       Codec = 0xB
	CodecAlpha        Codec = 0xC
	CodecAVC444       Codec = 0xE
	CodecAVC444v2     Codec = 0xF
)

var codecNames = map[Codec]string{
	CodecUncompressed: "uncompressed", CodecCAVideo: "RemoteFX", CodecClear: "ClearCodec", CodecProgressive: "progressive",
	CodecPlanar: "planar", CodecAVC420: "AVC420", CodecAlpha: "alpha", CodecAVC444: "AVC444", CodecAVC444v2: "AVC444v2",
}

func (c Codec) String() string {
	if name, ok := codecNames[c]; ok {
		return name
	}
	return fmt.Sprintf("codec 0x%X", uint16(c))
}

// PixelFormat is RDPGFX_PIXELFORMAT (section 2.2.1.4).
type PixelFormat uint8

// The pixel formats, in bytes B, G, R and then A or nothing.
const (
	FormatXRGB PixelFormat = 0x20
	FormatARGB PixelFormat = 0x21
)
