// SPDX-License-Identifier: Apache-2.0

package bulk

import "fmt"

// Compression flags (MS-RDPBCGR, section 2.2.8.1.1.1.2 and 3.1.8.2.1).
const (
	TypeMask = 0x0F // CompressionTypeMask

	Type8K     = 0x0 // PACKET_COMPR_TYPE_8K
	Type64K    = 0x1 // PACKET_COMPR_TYPE_64K
	TypeNCRUSH = 0x2 // PACKET_COMPR_TYPE_RDP6
	TypeXCRUSH = 0x3 // PACKET_COMPR_TYPE_RDP61

	Compressed = 0x20 // PACKET_COMPRESSED
	AtFront    = 0x40 // PACKET_AT_FRONT
	Flushed    = 0x80 // PACKET_FLUSHED
)

// Decompressor is the state of one direction of a connection. The zero value is ready.
type Decompressor struct {
	mppc8K, mppc64K *mppc
	ncrush          *ncrush
	xcrush          *xcrush
}

// Decompress returns what a payload with the given flags stands for. The result aliases the
// payload or the history, and holds until the next call.
func (d *Decompressor) Decompress(flags uint8, src []byte) ([]byte, error) {
	if flags&(Compressed|AtFront|Flushed) == 0 {
		return src, nil
	}
	out, err := d.decompress(flags, src)
	if err != nil {
		return nil, fmt.Errorf("bulk: %w", err)
	}
	return out, nil
}

func (d *Decompressor) decompress(flags uint8, src []byte) ([]byte, error) {
	switch flags & TypeMask {
	case Type8K:
		if d.mppc8K == nil {
			d.mppc8K = newMPPC(history8K)
		}
		return d.mppc8K.decompress(flags, src)
	case Type64K:
		if d.mppc64K == nil {
			d.mppc64K = newMPPC(history64K)
		}
		return d.mppc64K.decompress(flags, src)
	case TypeNCRUSH:
		if d.ncrush == nil {
			d.ncrush = new(ncrush)
		}
		return d.ncrush.decompress(flags, src)
	case TypeXCRUSH:
		if d.xcrush == nil {
			d.xcrush = newXCRUSH()
		}
		return d.xcrush.decompress(flags, src)
	}
	return nil, fmt.Errorf("compression type %d", flags&TypeMask)
}
