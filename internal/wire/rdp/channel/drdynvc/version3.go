// SPDX-License-Identifier: Apache-2.0

package drdynvc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/zgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// compressedVersion is the first version with compressed data and soft-sync.
const compressedVersion = 3

// content reads the data of a PDU. That of a compressed one is RDP_SEGMENTED_DATA of one
// segment with at most 8 KB, valid until the next call (sections 2.2.3.3 and 2.2.3.4). What
// comes for a channel that is closed is not decompressed, as its history is gone.
func (m *Manager) content(r *field.Reader, c *channel, compressed bool) []byte {
	data := r.Rest()
	if !compressed || c == nil || r.Err() != nil {
		return data
	}
	if c.zgfx == nil {
		c.zgfx = zgfx.NewLite()
	}
	plain, err := c.zgfx.Append(m.plain[:0], data)
	if err != nil {
		r.Fail("Data", "%v", err)
		return nil
	}
	m.plain = plain
	return plain
}

// Flags of a soft-sync request (section 2.2.5.1).
const (
	softSyncTCPFlushed         = 1
	softSyncChannelListPresent = 2
)

// softSync answers a soft-sync request (sections 2.2.5.1 and 2.2.5.2): no channel of this side
// writes to any tunnel.
func (m *Manager) softSync(r *field.Reader, out []byte) ([]byte, Event, bool, error) {
	r.Skip("Pad", 1)
	r.Expect("Length", uint64(r.U32("Length")), uint64(r.Len()+4))
	flags := r.U16("Flags")
	r.Expect("Flags", uint64(flags&softSyncTCPFlushed), softSyncTCPFlushed)
	tunnels := int(r.U16("NumberOfTunnels"))
	for i := 0; i < tunnels && flags&softSyncChannelListPresent != 0 && r.Err() == nil; i++ {
		r.Skip("TunnelType", 4)
		r.Skip("ListOfDVCIds", 4*int(r.U16("NumberOfDVCs")))
	}
	r.End("SoftSyncChannelLists")
	if r.Err() != nil {
		return out, Event{}, false, r.Err()
	}
	out = append(out, cmdSoftSyncResponse<<4, 0)
	return binary.LittleEndian.AppendUint32(out, 0), Event{}, false, nil
}
