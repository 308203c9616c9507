// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bulk"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// Compression is the bulk compression that a server may use, and every one before it in this
// list (section 3.1.8).
//
// Deviation: MPPC64K is taken with MPPC8K too, since xrdp uses it whatever was offered.
type Compression uint8

// The kinds of compression. What a client sends is never compressed.
const (
	NoCompression Compression = iota
	MPPC8K
	MPPC64K
	NCRUSH
	XCRUSH
)

// maxPlain bounds what the PDUs of one frame may decompress to: a frame has 32 KB, and servers
// compress no more than 16 KB to a PDU.
const maxPlain = 4 << 20

// keptPlain is the size above which the buffer of a frame is not kept for the next.
const keptPlain = 256 << 10

// infoFlags returns what the client info says of it.
func (k Compression) infoFlags() pdu.InfoFlags {
	if k == NoCompression {
		return 0
	}
	return pdu.InfoCompression | pdu.InfoFlags(k-MPPC8K)<<9&pdu.InfoCompressionTypeMask
}

// inflater decompresses what the server sends in share data, fast-path updates and static
// channels, which share one history: all of it has to pass, in order.
type inflater struct {
	offered Compression
	history bulk.Decompressor
	plain   []byte // what the PDUs of one frame hold
}

// begin forgets the frame before.
func (i *inflater) begin() {
	if i.plain = i.plain[:0]; cap(i.plain) > keptPlain {
		i.plain = nil
	}
}

// inflate returns what data with the given flags stands for, valid until the next frame.
func (i *inflater) inflate(what string, flags uint8, data []byte) ([]byte, error) {
	if i.offered == NoCompression {
		if flags&bulk.Compressed != 0 {
			return nil, fmt.Errorf("connector: %s: compression flags 0x%02X: no compression was offered", what, flags)
		}
		return data, nil
	}
	if flags&(bulk.Compressed|bulk.AtFront|bulk.Flushed) == 0 {
		return data, nil
	}
	if kind := flags & bulk.TypeMask; kind > uint8(max(i.offered, MPPC64K)-MPPC8K) {
		return nil, fmt.Errorf("connector: %s: compression flags 0x%02X: type %d was not offered", what, flags, kind)
	}
	out, err := i.history.Decompress(flags, data)
	if err != nil {
		return nil, fmt.Errorf("connector: %s: %w", what, err)
	}
	if flags&bulk.Compressed == 0 {
		return out, nil
	}
	if len(i.plain)+len(out) > maxPlain {
		return nil, fmt.Errorf("connector: %s: a frame has more than %d bytes decompressed", what, maxPlain)
	}
	start := len(i.plain)
	i.plain = append(i.plain, out...)
	return i.plain[start:len(i.plain):len(i.plain)], nil
}

// shareHeaders are the share control and share data headers, which compressedLength counts.
const shareHeaders = 18

// shareData decompresses a share data PDU.
func (i *inflater) shareData(p *pdu.ShareData) (err error) {
	if p.CompressedType&bulk.Compressed != 0 {
		n := int(p.CompressedLength) - shareHeaders
		if n < 0 || n > len(p.Data) {
			return fmt.Errorf("connector: share data: compressedLength: %d, with %d bytes of data", p.CompressedLength, len(p.Data))
		}
		p.Data = p.Data[:n]
	}
	p.Data, err = i.inflate("share data", p.CompressedType, p.Data)
	return err
}

// update decompresses a fast-path update or a fragment of one.
func (i *inflater) update(u *fastpath.Update) (err error) {
	u.Data, err = i.inflate("fast-path update", u.CompressionFlags, u.Data)
	u.Compressed, u.CompressionFlags = false, 0
	return err
}

// chunk decompresses a chunk of a static channel, which keeps its header.
func (i *inflater) chunk(chunk []byte) ([]byte, error) {
	flags, data := svc.Compression(chunk)
	data, err := i.inflate("channel PDU", flags, data)
	if err != nil || flags == 0 {
		return chunk, err
	}
	start := len(i.plain)
	i.plain = svc.AppendPlain(i.plain, chunk, data)
	return i.plain[start:len(i.plain):len(i.plain)], nil
}
