// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// The codec ids that the client gives.
const (
	codecRaw      = 0
	codecNSCodec  = 1
	codecRemoteFX = 3
)

const (
	// maxUpdate bounds an update that comes in fragments: a RemoteFX frame of a whole desktop.
	maxUpdate = 16 << 20
	// pointerSlots is the size of the pointer cache.
	pointerSlots = 25
	// unacknowledged is how many frames the server may be ahead.
	unacknowledged = 2
	// usLayout is the keyboard layout: scancodes are those of an American keyboard.
	usLayout = 0x409
)

// core makes the client core data.
func (cfg Config) core() gcc.ClientCore {
	core := gcc.ClientCore{
		Version: gcc.Version5, DesktopWidth: uint16(cfg.Width), DesktopHeight: uint16(cfg.Height),
		ColorDepth: gcc.ColorDepth8BPP, SASSequence: gcc.SASSequenceDel, KeyboardLayout: usLayout, ClientBuild: 2600, ClientName: "palta",
		KeyboardType: 4, KeyboardFunctionKey: 12, PostBeta2ColorDepth: gcc.ColorDepth8BPP, ClientProductID: 1,
		HighColorDepth:       uint16(min(cfg.Depth, 24)),
		SupportedColorDepths: gcc.SupportsDepth15 | gcc.SupportsDepth16 | gcc.SupportsDepth24 | gcc.SupportsDepth32,
		EarlyCapabilityFlags: gcc.SupportErrInfoPDU | gcc.ValidConnectionType | gcc.SupportMonitorLayoutPDU | gcc.SupportSkipChannelJoin,
		ConnectionType:       gcc.ConnectionLAN,
	}
	if cfg.Graphics != nil {
		core.EarlyCapabilityFlags |= gcc.SupportDynVCGFXProtocol
	}
	if cfg.Depth == 32 {
		core.EarlyCapabilityFlags |= gcc.Want32BPPSession
	}
	return core
}

// capabilities answers the server's capability sets. What comes is for this size: after a
// resize the server tells the new one.
func (c *Client) capabilities(server []pdu.CapabilitySet) []pdu.CapabilitySet {
	width, height := uint16(c.cfg.Width), uint16(c.cfg.Height)
	if b := pdu.Find[*pdu.Bitmap](server); b != nil {
		width, height = b.DesktopWidth, b.DesktopHeight
	}
	c.Screen.resize(int(width), int(height))
	general := &pdu.General{
		OSMajorType: 1, OSMinorType: 3, ProtocolVersion: pdu.CapsProtocolVersion,
		ExtraFlags: pdu.LongCredentialsSupported | pdu.NoBitmapCompressionHeader | pdu.FastPathOutputSupported,
	}
	if c.cfg.SlowPath {
		general.ExtraFlags &^= pdu.FastPathOutputSupported
	}
	if g := pdu.Find[*pdu.General](server); g != nil {
		general.ExtraFlags |= g.ExtraFlags & pdu.EncSaltedChecksum
		c.Salted = g.ExtraFlags&pdu.EncSaltedChecksum != 0
	}
	sets := []pdu.CapabilitySet{
		general,
		&pdu.Bitmap{
			PreferredBitsPerPixel: uint16(c.cfg.Depth), Receive1BitPerPixel: 1, Receive4BitsPerPixel: 1, Receive8BitsPerPixel: 1,
			DesktopWidth: width, DesktopHeight: height, DesktopResizeFlag: 1, BitmapCompressionFlag: 1,
			DrawingFlags: pdu.DrawAllowSkipAlpha, MultipleRectangleSupport: 1,
		},
		&pdu.Order{
			DesktopSaveXGranularity: 1, DesktopSaveYGranularity: 20, MaximumOrderLevel: 1,
			OrderFlags: pdu.OrderNegotiate | pdu.OrderZeroBoundsDelta | pdu.OrderColorIndex,
		},
		new(pdu.BitmapCache),
		&pdu.Pointer{ColorPointerFlag: 1, ColorPointerCacheSize: pointerSlots, PointerCacheSize: pointerSlots},
		&pdu.Input{
			InputFlags:     pdu.InputScancodes | pdu.InputMouseX | pdu.InputFastPath | pdu.InputFastPath2 | pdu.InputUnicode,
			KeyboardLayout: usLayout, KeyboardType: 4, KeyboardFunctionKey: 12,
		},
		new(pdu.Brush), new(pdu.GlyphCache), new(pdu.OffscreenCache), new(pdu.VirtualChannel), new(pdu.Sound),
		&pdu.Font{FontSupportFlags: pdu.FontSupportFontList},
		&pdu.MultifragmentUpdate{MaxRequestSize: maxUpdate},
		&pdu.LargePointer{Flags: pdu.LargePointer96 | pdu.LargePointer384},
	}
	return append(sets, c.surfaceCapabilities()...)
}

// surfaceCapabilities offers surface commands and the codecs that the configuration names.
func (c *Client) surfaceCapabilities() []pdu.CapabilitySet {
	if !c.cfg.Surfaces && !c.cfg.RemoteFX && !c.cfg.NSCodec {
		return nil
	}
	var codecs []pdu.BitmapCodec
	if c.cfg.NSCodec {
		codecs = append(codecs, pdu.BitmapCodec{GUID: pdu.CodecNSCodec, ID: codecNSCodec, Properties: pdu.NSCodecProperties(true, true, 3)})
	}
	if c.cfg.RemoteFX {
		codecs = append(codecs, pdu.BitmapCodec{GUID: pdu.CodecRemoteFX, ID: codecRemoteFX, Properties: pdu.RemoteFXProperties(true)})
	}
	return []pdu.CapabilitySet{
		&pdu.SurfaceCommands{CmdFlags: pdu.SurfaceSetSurfaceBits | pdu.SurfaceFrameMarker | pdu.SurfaceStreamSurfaceBits},
		&pdu.BitmapCodecs{Codecs: codecs},
		&pdu.FrameAcknowledgeCapability{MaxUnacknowledgedFrameCount: unacknowledged},
	}
}
