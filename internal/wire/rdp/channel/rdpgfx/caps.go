// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Version is the version of a capability set. Later versions are larger numbers.
type Version uint32

// The versions (section 2.2.1.6).
const (
	Version8   Version = 0x00080004
	Version81  Version = 0x00080105
	Version10  Version = 0x000A0002
	Version101 Version = 0x000A0100
	Version102 Version = 0x000A0200
	Version103 Version = 0x000A0301
	Version104 Version = 0x000A0400
	Version105 Version = 0x000A0502
	Version106 Version = 0x000A0600
	Version107 Version = 0x000A0701
)

var versionNames = map[Version]string{
	Version8: "8.0", Version81: "8.1", Version10: "10.0", Version101: "10.1", Version102: "10.2", Version103: "10.3",
	Version104: "10.4", Version105: "10.5", Version106: "10.6", Version107: "10.7",
}

func (v Version) String() string {
	if name, ok := versionNames[v]; ok {
		return name
	}
	return fmt.Sprintf("version 0x%08X", uint32(v))
}

// CapsFlags are the flags of a capability set (sections 2.2.3.1 to 2.2.3.10).
type CapsFlags uint32

// The flags.
const (
	// CapsThinClient: RemoteFX instead of progressive, and a small cache. Versions 8.0 and 8.1.
	CapsThinClient CapsFlags = 0x01
	// CapsSmallCache: a cache of 16 MB. All but 10.1, and 10.3, whose cache is always small.
	CapsSmallCache CapsFlags = 0x02
	// CapsAVC420Enabled: version 8.1 only.
	CapsAVC420Enabled CapsFlags = 0x10
	// CapsAVCDisabled: no H.264. Without it, versions from 10.0 on promise AVC444 and AVC420.
	CapsAVCDisabled CapsFlags = 0x20
	// CapsAVCThinClient: nothing but H.264 for pictures. From 10.3 on.
	CapsAVCThinClient CapsFlags = 0x40
	// CapsScaledMapDisable: no mapping to another size, which 10.5 and later promise. 10.7.
	CapsScaledMapDisable CapsFlags = 0x80
)

// CapabilitySet is RDPGFX_CAPSET (section 2.2.1.6).
type CapabilitySet struct {
	Version Version
	// Data is the flags, save in version 10.1, where it is reserved.
	Data []byte
}

// reserved101 is the size of the data of version 10.1.
const reserved101 = 16

// NewCapabilitySet returns a set as its version has it.
func NewCapabilitySet(v Version, flags CapsFlags) CapabilitySet {
	if v == Version101 {
		return CapabilitySet{Version: v, Data: make([]byte, reserved101)}
	}
	return CapabilitySet{Version: v, Data: binary.LittleEndian.AppendUint32(nil, uint32(flags))}
}

// Flags returns the flags, 0 where there are none.
func (s CapabilitySet) Flags() CapsFlags {
	if s.Version == Version101 || len(s.Data) < 4 {
		return 0
	}
	return CapsFlags(binary.LittleEndian.Uint32(s.Data))
}

// SmallCache reports whether the cache has 16 MB instead of 100 MB.
func (s CapabilitySet) SmallCache() bool {
	return s.Version == Version103 || s.Flags()&(CapsSmallCache|CapsThinClient) != 0
}

func readCapabilitySet(r *field.Reader) CapabilitySet {
	s := CapabilitySet{Version: Version(r.U32("version"))}
	s.Data = r.Bytes("capsData", r.Length("capsDataLength", max(r.Len()-4, 0)))
	return s
}

func (s CapabilitySet) append(b []byte) []byte {
	return append(appendU32s(b, uint32(s.Version), uint32(len(s.Data))), s.Data...)
}

// CapsAdvertise is RDPGFX_CAPS_ADVERTISE_PDU (section 2.2.2.18).
type CapsAdvertise struct{ Sets []CapabilitySet }

// Command implements PDU.
func (CapsAdvertise) Command() Command { return CmdCapsAdvertise }

func readCapsAdvertise(r *field.Reader) PDU {
	var p CapsAdvertise
	n := int(r.U16("capsSetCount"))
	if enough(r, "capsSetCount", n, 8) {
		for range n {
			set := readCapabilitySet(r)
			if r.Err() != nil {
				break
			}
			p.Sets = append(p.Sets, set)
		}
	}
	return p
}

func (p CapsAdvertise) appendBody(b []byte) []byte {
	b = appendU16s(b, uint16(len(p.Sets)))
	for _, s := range p.Sets {
		b = s.append(b)
	}
	return b
}

// CapsConfirm is RDPGFX_CAPS_CONFIRM_PDU (section 2.2.2.19).
type CapsConfirm struct{ Set CapabilitySet }

// Command implements PDU.
func (CapsConfirm) Command() Command { return CmdCapsConfirm }

func readCapsConfirm(r *field.Reader) PDU { return CapsConfirm{Set: readCapabilitySet(r)} }

func (p CapsConfirm) appendBody(b []byte) []byte { return p.Set.append(b) }

// VideoSupport is what the viewer can decode of H.264.
type VideoSupport uint8

// The kinds of support. Viewers that combine the two views of AVC444 take AVC420 as well.
const (
	NoVideo VideoSupport = iota
	AVC420
	AVC444
)

// Support is what the viewer can do, by which capability sets are offered.
type Support struct {
	Video VideoSupport
	// ThinClient asks for RemoteFX instead of progressive, by versions 8.0 and 8.1 alone.
	ThinClient bool
	// LargeCache takes a cache of 100 MB instead of 16 MB.
	LargeCache bool
	// ScaledMaps says that surfaces can be shown at another size than their own.
	ScaledMaps bool
}

// Offer returns the capability sets for a viewer. Servers choose the best one, so that none
// promises what the viewer cannot do:
//
//   - without H.264: all versions that can say so;
//   - with AVC420 alone: 8.0 and 8.1, as later ones promise AVC444 unless they disable both;
//   - 10.5 and 10.6 only with scaled maps, which 10.7 alone can disable.
func Offer(s Support) []CapabilitySet {
	cache, video81, video10 := CapsSmallCache, CapsFlags(0), CapsAVCDisabled
	switch {
	case s.ThinClient: // which has a small cache anyway, and must not say so twice
		cache = CapsThinClient
	case s.LargeCache:
		cache = 0
	}
	if s.Video != NoVideo {
		video81 = CapsAVC420Enabled
	}
	sets := []CapabilitySet{NewCapabilitySet(Version8, cache), NewCapabilitySet(Version81, cache|video81)}
	if s.ThinClient || s.Video == AVC420 {
		return sets
	}
	if s.Video == AVC444 {
		video10 = 0
	}
	sets = append(sets, NewCapabilitySet(Version10, cache|video10))
	if s.Video == AVC444 { // 10.1 has no flag to disable it
		sets = append(sets, NewCapabilitySet(Version101, 0))
	}
	sets = append(sets,
		NewCapabilitySet(Version102, cache|video10), NewCapabilitySet(Version103, video10), NewCapabilitySet(Version104, cache|video10))
	if !s.ScaledMaps {
		return append(sets, NewCapabilitySet(Version107, cache|video10|CapsScaledMapDisable))
	}
	return append(sets,
		NewCapabilitySet(Version105, cache|video10), NewCapabilitySet(Version106, cache|video10), NewCapabilitySet(Version107, cache|video10))
}
