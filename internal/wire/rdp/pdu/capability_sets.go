// SPDX-License-Identifier: Apache-2.0

package pdu

// ExtraFlags are the extraFlags of the general capability set.
type ExtraFlags uint16

// The extra flags (section 2.2.7.1.1).
const (
	FastPathOutputSupported   ExtraFlags = 0x0001
	LongCredentialsSupported  ExtraFlags = 0x0004
	AutoReconnectSupported    ExtraFlags = 0x0008
	EncSaltedChecksum         ExtraFlags = 0x0010
	NoBitmapCompressionHeader ExtraFlags = 0x0400
)

// General is the general capability set (section 2.2.7.1.1).
type General struct {
	OSMajorType             uint16
	OSMinorType             uint16
	ProtocolVersion         uint16
	Pad                     uint16
	CompressionTypes        uint16
	ExtraFlags              ExtraFlags
	UpdateCapabilityFlag    uint16
	RemoteUnshareFlag       uint16
	GeneralCompressionLevel uint16
	RefreshRectSupport      uint8
	SuppressOutputSupport   uint8
}

// CapsProtocolVersion is the protocol version of the general capability set.
const CapsProtocolVersion = 0x0200

// Drawing flags of the bitmap capability set.
const (
	DrawAllowDynamicColorFidelity = 0x02
	DrawAllowColorSubsampling     = 0x04
	DrawAllowSkipAlpha            = 0x08
)

// Bitmap is the bitmap capability set (section 2.2.7.1.2).
type Bitmap struct {
	PreferredBitsPerPixel    uint16
	Receive1BitPerPixel      uint16
	Receive4BitsPerPixel     uint16
	Receive8BitsPerPixel     uint16
	DesktopWidth             uint16
	DesktopHeight            uint16
	Pad                      uint16
	DesktopResizeFlag        uint16
	BitmapCompressionFlag    uint16
	HighColorFlags           uint8
	DrawingFlags             uint8
	MultipleRectangleSupport uint16
	Pad2                     uint16
}

// Flags of the order capability set.
const (
	OrderNegotiate       = 0x02
	OrderZeroBoundsDelta = 0x08
	OrderColorIndex      = 0x20
	OrderExtraFlags      = 0x80
)

// Order is the order capability set (section 2.2.7.1.3). With OrderSupport all zero the
// server sends no drawing orders.
type Order struct {
	TerminalDescriptor      [16]byte
	Pad1                    uint32
	DesktopSaveXGranularity uint16
	DesktopSaveYGranularity uint16
	Pad2                    uint16
	MaximumOrderLevel       uint16
	NumberFonts             uint16
	OrderFlags              uint16
	OrderSupport            [32]byte
	TextFlags               uint16
	OrderSupportExFlags     uint16
	Pad3                    uint32
	DesktopSaveSize         uint32
	Pad4                    uint16
	Pad5                    uint16
	TextANSICodePage        uint16
	Pad6                    uint16
}

// BitmapCacheCell is one cache of the bitmap cache capability set.
type BitmapCacheCell struct {
	Entries         uint16
	MaximumCellSize uint16
}

// BitmapCache is the revision 1 bitmap cache capability set (section 2.2.7.1.4.1).
type BitmapCache struct {
	Pad    [6]uint32
	Caches [3]BitmapCacheCell
}

// ControlCapability is the control capability set (section 2.2.7.2.2).
type ControlCapability struct {
	ControlFlags     uint16
	RemoteDetachFlag uint16
	ControlInterest  uint16
	DetachInterest   uint16
}

// ControlPriorityNever is the only interest there is.
const ControlPriorityNever = 2

// Activation is the window activation capability set (section 2.2.7.2.3).
type Activation struct {
	HelpKeyFlag          uint16
	HelpKeyIndexFlag     uint16
	HelpExtendedKeyFlag  uint16
	WindowManagerKeyFlag uint16
}

// Pointer is the pointer capability set (section 2.2.7.1.5).
type Pointer struct {
	ColorPointerFlag      uint16
	ColorPointerCacheSize uint16
	PointerCacheSize      uint16
}

// Share is the share capability set (section 2.2.7.2.4).
type Share struct {
	NodeID uint16
	Pad    uint16
}

// ColorCache is the color table cache capability set ([MS-RDPEGDI], section 2.2.1.1).
type ColorCache struct {
	CacheSize uint16
	Pad       uint16
}

// Sound is the sound capability set (section 2.2.7.1.11).
type Sound struct {
	Flags uint16
	Pad   uint16
}

// SoundBeeps is the flag that says the play sound PDU is understood.
const SoundBeeps = 1

// InputFlags are the flags of the input capability set.
type InputFlags uint16

// The input flags (section 2.2.7.1.6).
const (
	InputScancodes     InputFlags = 0x0001
	InputMouseX        InputFlags = 0x0004
	InputFastPath      InputFlags = 0x0008
	InputUnicode       InputFlags = 0x0010
	InputFastPath2     InputFlags = 0x0020
	InputMouseRelative InputFlags = 0x0080
	InputMouseHWheel   InputFlags = 0x0100
	InputQoETimestamps InputFlags = 0x0200
	imeFileNameUnits              = 32
	glyphCaches                   = 10
)

// Input is the input capability set (section 2.2.7.1.6).
type Input struct {
	InputFlags          InputFlags
	Pad                 uint16
	KeyboardLayout      uint32
	KeyboardType        uint32
	KeyboardSubType     uint32
	KeyboardFunctionKey uint32
	IMEFileName         [imeFileNameUnits]uint16
}

// Font is the font capability set (section 2.2.7.2.5).
type Font struct {
	FontSupportFlags uint16
	Pad              uint16
}

// FontSupportFontList is the flag of the font capability set.
const FontSupportFontList = 1

// Brush is the brush capability set (section 2.2.7.1.7).
type Brush struct {
	SupportLevel uint32
}

// GlyphCacheCell is one cache of the glyph cache capability set.
type GlyphCacheCell struct {
	Entries         uint16
	MaximumCellSize uint16
}

// GlyphCache is the glyph cache capability set (section 2.2.7.1.8).
type GlyphCache struct {
	GlyphCache   [glyphCaches]GlyphCacheCell
	FragCache    uint32
	SupportLevel uint16
	Pad          uint16
}

// OffscreenCache is the offscreen bitmap cache capability set (section 2.2.7.1.9).
type OffscreenCache struct {
	SupportLevel uint32
	CacheSize    uint16
	CacheEntries uint16
}

// VirtualChannel is the virtual channel capability set (section 2.2.7.1.10).
type VirtualChannel struct {
	Flags       uint32
	VCChunkSize uint32
}

// RemotePrograms is the remote programs capability set ([MS-RDPERP], section 2.2.1.1.1).
type RemotePrograms struct {
	RailSupportLevel uint32
}

// WindowList is the window list capability set ([MS-RDPERP], section 2.2.1.1.2).
type WindowList struct {
	SupportLevel     uint32
	NumIconCaches    uint8
	NumIconCacheSize uint16
}

// MultifragmentUpdate is the multifragment update capability set (section 2.2.7.2.6).
type MultifragmentUpdate struct {
	MaxRequestSize uint32
}

// LargePointer is the large pointer capability set (section 2.2.7.2.7).
type LargePointer struct {
	Flags uint16
}

// Flags of the large pointer capability set.
const (
	LargePointer96  = 1
	LargePointer384 = 2
)

// SurfaceCommands is the surface commands capability set (section 2.2.7.2.9).
type SurfaceCommands struct {
	CmdFlags uint32
	Reserved uint32
}

// Flags of the surface commands capability set.
const (
	SurfaceSetSurfaceBits    = 0x02
	SurfaceFrameMarker       = 0x10
	SurfaceStreamSurfaceBits = 0x40
)

// FrameAcknowledgeCapability is the frame acknowledge capability set ([MS-RDPRFX], section
// 2.2.1.3).
type FrameAcknowledgeCapability struct {
	MaxUnacknowledgedFrameCount uint32
}

// CapabilityType returns the type of the set.
func (*General) CapabilityType() CapabilityType { return CapabilityGeneral }

// CapabilityType returns the type of the set.
func (*Bitmap) CapabilityType() CapabilityType { return CapabilityBitmap }

// CapabilityType returns the type of the set.
func (*Order) CapabilityType() CapabilityType { return CapabilityOrder }

// CapabilityType returns the type of the set.
func (*BitmapCache) CapabilityType() CapabilityType { return CapabilityBitmapCache }

// CapabilityType returns the type of the set.
func (*ControlCapability) CapabilityType() CapabilityType { return CapabilityControl }

// CapabilityType returns the type of the set.
func (*Activation) CapabilityType() CapabilityType { return CapabilityActivation }

// CapabilityType returns the type of the set.
func (*Pointer) CapabilityType() CapabilityType { return CapabilityPointer }

// CapabilityType returns the type of the set.
func (*Share) CapabilityType() CapabilityType { return CapabilityShare }

// CapabilityType returns the type of the set.
func (*ColorCache) CapabilityType() CapabilityType { return CapabilityColorCache }

// CapabilityType returns the type of the set.
func (*Sound) CapabilityType() CapabilityType { return CapabilitySound }

// CapabilityType returns the type of the set.
func (*Input) CapabilityType() CapabilityType { return CapabilityInput }

// CapabilityType returns the type of the set.
func (*Font) CapabilityType() CapabilityType { return CapabilityFont }

// CapabilityType returns the type of the set.
func (*Brush) CapabilityType() CapabilityType { return CapabilityBrush }

// CapabilityType returns the type of the set.
func (*GlyphCache) CapabilityType() CapabilityType { return CapabilityGlyphCache }

// CapabilityType returns the type of the set.
func (*OffscreenCache) CapabilityType() CapabilityType { return CapabilityOffscreenCache }

// CapabilityType returns the type of the set.
func (*VirtualChannel) CapabilityType() CapabilityType { return CapabilityVirtualChannel }

// CapabilityType returns the type of the set.
func (*RemotePrograms) CapabilityType() CapabilityType { return CapabilityRemotePrograms }

// CapabilityType returns the type of the set.
func (*WindowList) CapabilityType() CapabilityType { return CapabilityWindowList }

// CapabilityType returns the type of the set.
func (*MultifragmentUpdate) CapabilityType() CapabilityType { return CapabilityMultifragmentUpdate }

// CapabilityType returns the type of the set.
func (*LargePointer) CapabilityType() CapabilityType { return CapabilityLargePointer }

// CapabilityType returns the type of the set.
func (*SurfaceCommands) CapabilityType() CapabilityType { return CapabilitySurfaceCommands }

// CapabilityType returns the type of the set.
func (*FrameAcknowledgeCapability) CapabilityType() CapabilityType {
	return CapabilityFrameAcknowledge
}
