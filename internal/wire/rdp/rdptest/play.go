// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// maxFragment leaves room in a PDU for the headers and for the padding of FIPS.
const maxFragment = fastpath.MaxSize - 64

// play draws the updates, in the slow path where that is wanted and has them.
func (s *Server) play() {
	updates := s.Updates
	if updates == nil {
		updates = []fastpath.Update{{Code: fastpath.UpdateBitmap, Data: []byte("pixels")}}
	}
	for _, u := range updates {
		if s.Slow && (u.Code == fastpath.UpdateBitmap || u.Code == fastpath.UpdatePalette) {
			s.share(StepUpdate, pdu.AppendData(nil, mcs.ServerChannel, s.shareID, pdu.DataUpdate, u.Data))
			continue
		}
		for _, part := range Fragments(u, s.Fragment) {
			s.update(part)
		}
	}
}

// Fragments cuts an update into parts of at most limit bytes, or of what a PDU holds.
func Fragments(u fastpath.Update, limit int) []fastpath.Update {
	if limit <= 0 || limit > maxFragment {
		limit = maxFragment
	}
	if len(u.Data) <= limit {
		return []fastpath.Update{u}
	}
	var parts []fastpath.Update
	for rest := u.Data; len(rest) > 0; {
		part := u
		part.Fragmentation = fastpath.Next
		n := min(limit, len(rest))
		part.Data, rest = rest[:n], rest[n:]
		switch {
		case len(parts) == 0:
			part.Fragmentation = fastpath.First
		case len(rest) == 0:
			part.Fragmentation = fastpath.Last
		}
		parts = append(parts, part)
	}
	return parts
}

// update sends a fast-path update.
func (s *Server) update(u fastpath.Update) {
	frame := fastpath.Frame{Data: s.packUpdate(u).Append(nil)}
	if s.session != nil && s.Level > gcc.LevelLow {
		frame.Flags = fastpath.FlagEncrypted
		if s.session.Salted && !s.session.FIPS() {
			frame.Flags |= fastpath.FlagSecureChecksum
		}
		frame.Data = s.session.SealFast(nil, frame.Data)
	}
	s.emit(StepUpdate, frame.Append(nil))
}
