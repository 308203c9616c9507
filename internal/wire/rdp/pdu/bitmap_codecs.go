// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// GUID is a GUID as it is on the wire.
type GUID [16]byte

// The codecs (section 2.2.7.2.10.1.1).
var (
	CodecNSCodec       = GUID{0xB9, 0x1B, 0x8D, 0xCA, 0x0F, 0x00, 0x4F, 0x15, 0x58, 0x9F, 0xAE, 0x2D, 0x1A, 0x87, 0xE2, 0xD6}
	CodecRemoteFX      = GUID{0x12, 0x2F, 0x77, 0x76, 0x72, 0xBD, 0x63, 0x44, 0xAF, 0xB3, 0xB7, 0x3C, 0x9C, 0x6F, 0x78, 0x86}
	CodecImageRemoteFX = GUID{0xD4, 0xCC, 0x44, 0x27, 0x8A, 0x9D, 0x74, 0x4E, 0x80, 0x3C, 0x0E, 0xCB, 0xEE, 0xA1, 0x9C, 0x54}
	CodecJPEG          = GUID{0xE6, 0x4C, 0xAF, 0x1B, 0x9E, 0xED, 0x0C, 0x43, 0x86, 0x9A, 0xCB, 0x8B, 0x37, 0xB6, 0x62, 0x37}
)

// BitmapCodec is TS_BITMAPCODEC (section 2.2.7.2.10.1.1).
type BitmapCodec struct {
	GUID       GUID
	ID         uint8
	Properties []byte
}

// BitmapCodecs is the bitmap codecs capability set (section 2.2.7.2.10).
type BitmapCodecs struct {
	Codecs []BitmapCodec
}

// CapabilityType returns the type of the set.
func (*BitmapCodecs) CapabilityType() CapabilityType { return CapabilityBitmapCodecs }

func parseBitmapCodecs(data []byte) (*BitmapCodecs, error) {
	r := field.NewReader("pdu: bitmap codecs capability set", data)
	set := new(BitmapCodecs)
	for range r.U8("bitmapCodecCount") {
		var c BitmapCodec
		r.Copy("codecGUID", c.GUID[:])
		c.ID = r.U8("codecID")
		c.Properties = r.Bytes("codecProperties", int(r.U16("codecPropertiesLength")))
		if r.Err() != nil {
			return nil, r.Err()
		}
		set.Codecs = append(set.Codecs, c)
	}
	return set, r.Err()
}

func (c *BitmapCodecs) append(b []byte) []byte {
	b = append(b, byte(len(c.Codecs)))
	for _, codec := range c.Codecs {
		b = append(append(b, codec.GUID[:]...), codec.ID)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(codec.Properties)))
		b = append(b, codec.Properties...)
	}
	return b
}

// NSCodecProperties returns the properties that ask for NSCodec (TS_NSCODEC_CAPABILITYSET,
// [MS-RDPNSC], section 2.2.1), with a colour loss level of 1 to 7.
func NSCodecProperties(dynamicFidelity, subsampling bool, colorLossLevel uint8) []byte {
	p := []byte{0, 0, colorLossLevel}
	if dynamicFidelity {
		p[0] = 1
	}
	if subsampling {
		p[1] = 1
	}
	return p
}

// Parts of TS_RFX_CLNT_CAPS_CONTAINER ([MS-RDPRFX], section 2.2.1.1).
const (
	rfxCapsType      = 0xCBC0
	rfxCapsetType    = 0xCBC1
	rfxCapsetSubtype = 0xCFC0
	rfxVersion       = 0x0100
	rfxTileSize      = 0x40
	rfxICAPSize      = 8
	rfxRLGR1         = 1
	rfxRLGR3         = 4
)

// RemoteFXProperties returns the properties that ask for RemoteFX with both entropy coders,
// in video mode if video is true.
func RemoteFXProperties(video bool) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 49) // length
	captureFlags := uint32(1)     // CARDP_CAPS_CAPTURE_NON_CAC
	mode := byte(0x02)            // CODEC_MODE: image
	if video {
		captureFlags, mode = 0, 0
	}
	b = le.AppendUint32(b, captureFlags)
	b = le.AppendUint32(b, 37) // capsLength
	b = le.AppendUint16(b, rfxCapsType)
	b = le.AppendUint32(b, 8) // blockLen
	b = le.AppendUint16(b, 1) // numCapsets
	b = le.AppendUint16(b, rfxCapsetType)
	b = le.AppendUint32(b, 29) // blockLen
	b = append(b, 1)           // codecId
	b = le.AppendUint16(b, rfxCapsetSubtype)
	b = le.AppendUint16(b, 2) // numIcaps
	b = le.AppendUint16(b, rfxICAPSize)
	for _, entropy := range []byte{rfxRLGR1, rfxRLGR3} {
		b = le.AppendUint16(b, rfxVersion)
		b = le.AppendUint16(b, rfxTileSize)
		b = append(b, mode, 1, 1, entropy) // flags, ICT, DWT 5/3, entropy coder
	}
	return b
}
