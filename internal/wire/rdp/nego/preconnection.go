// SPDX-License-Identifier: Apache-2.0

package nego

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Preconnection is the preconnection PDU, which names one of several sources behind a
// single listener, as Hyper-V has them ([MS-RDPEPS], sections 2.2.1.1 and 2.2.1.2). It is
// sent before everything else.
type Preconnection struct {
	// ID is the identifier.
	ID uint32
	// Version is 1 for an ID alone and 2 for an ID and a Blob.
	Version uint32
	// Blob is a text whose meaning is the server's: the GUID of a virtual machine.
	Blob string
}

// The versions of the preconnection PDU.
const (
	PreconnectionV1 = 1
	PreconnectionV2 = 2
)

const (
	preconnectionSize = 16
	// MaxPreconnectionBlob bounds the blob: a GUID and a few options in practice.
	MaxPreconnectionBlob = 4096
)

// ParsePreconnection reads a preconnection PDU.
func ParsePreconnection(b []byte) (Preconnection, error) {
	var p Preconnection
	r := field.NewReader("nego: preconnection PDU", b)
	size := r.U32("cbSize")
	r.Expect("flags", uint64(r.U32("flags")), 0)
	p.Version = r.U32("version")
	p.ID = r.U32("id")
	switch {
	case r.Err() != nil:
	case p.Version == PreconnectionV2:
		n := 2 * r.Length16("cchPCB", MaxPreconnectionBlob/2)
		p.Blob = r.UTF16("wszPCB", n)
	case p.Version != PreconnectionV1:
		r.Fail("version", "%d is unknown", p.Version)
	}
	r.Expect("cbSize", uint64(size), uint64(r.Offset()))
	r.End("cbSize")
	return p, r.Err()
}

// Append appends the PDU.
func (p Preconnection) Append(b []byte) []byte {
	var blob []byte
	size := preconnectionSize
	if p.Version == PreconnectionV2 {
		blob = field.AppendUTF16(nil, p.Blob)
		blob = append(blob[:min(len(blob), MaxPreconnectionBlob-2)], 0, 0)
		size += 2 + len(blob)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, p.Version)
	b = binary.LittleEndian.AppendUint32(b, p.ID)
	if p.Version == PreconnectionV2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(blob)/2))
		b = append(b, blob...)
	}
	return b
}
