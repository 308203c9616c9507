// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// CapabilityFlags are the generalFlags of a side (section 2.2.2.1.1.1).
type CapabilityFlags uint32

// Capability flags.
const (
	// UseLongFormatNames: names of formats have any length, not 32 bytes.
	UseLongFormatNames CapabilityFlags = 0x00000002
	// StreamFileClip: files are pasted by requests for their contents.
	StreamFileClip CapabilityFlags = 0x00000004
	// FileClipNoFilePaths: file lists have no paths of the source.
	FileClipNoFilePaths CapabilityFlags = 0x00000008
	// CanLockClipData: files can be locked.
	CanLockClipData CapabilityFlags = 0x00000010
	// HugeFileSupport: files can have more than 4 GB.
	HugeFileSupport CapabilityFlags = 0x00000020
)

const (
	capabilityGeneral     = 1
	capabilityGeneralSize = 12
	capabilitiesVersion   = 2
)

// Capabilities is CLIPRDR_CAPS (section 2.2.2.1) with its only set, the general one. Its
// zero value is what a side can that sends none.
type Capabilities struct {
	Version uint32
	Flags   CapabilityFlags
}

// readCapabilities reads the general set and skips others.
func readCapabilities(r *field.Reader) Capabilities {
	var p Capabilities
	n := r.U16("cCapabilitiesSets")
	r.Skip("pad1", 2)
	for range n {
		kind, size := r.U16("capabilitySetType"), int(r.U16("lengthCapability"))
		if r.Err() != nil {
			break
		}
		if kind != capabilityGeneral {
			r.Skip("capabilityData", size-4)
			continue
		}
		if size < capabilityGeneralSize {
			r.Fail("lengthCapability", "%d of a general set", size)
		}
		p.Version, p.Flags = r.U32("version"), CapabilityFlags(r.U32("generalFlags"))
		r.Skip("capabilityData", size-capabilityGeneralSize)
	}
	return p
}

// Append appends the PDU.
func (p Capabilities) Append(b []byte) []byte {
	return appendPDU(b, TypeCapabilities, 0, func(b []byte) []byte {
		for _, v := range []uint16{1, 0, capabilityGeneral, capabilityGeneralSize} {
			b = binary.LittleEndian.AppendUint16(b, v)
		}
		return appendU32s(b, p.Version, uint32(p.Flags))
	})
}
