// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// maxImport is the most entries of an offer or a reply (sections 2.2.2.16 and 2.2.2.17).
const maxImport = 5462

// CacheEntry is RDPGFX_CACHE_ENTRY_METADATA (section 2.2.2.16.1).
type CacheEntry struct {
	Key uint64
	// Length is the size of the picture in bytes.
	Length uint32
}

const cacheEntrySize = 12

// CacheImportOffer is RDPGFX_CACHE_IMPORT_OFFER_PDU (section 2.2.2.16): pictures that the
// client has kept from another session.
type CacheImportOffer struct{ Entries []CacheEntry }

// Command implements PDU.
func (CacheImportOffer) Command() Command { return CmdCacheImportOffer }

func readCacheImportOffer(r *field.Reader) PDU {
	var p CacheImportOffer
	n := r.Length16("cacheEntriesCount", maxImport)
	if enough(r, "cacheEntriesCount", n, cacheEntrySize) {
		p.Entries = make([]CacheEntry, n)
		for i := range p.Entries {
			p.Entries[i] = CacheEntry{Key: r.U64("cacheKey"), Length: r.U32("bitmapLength")}
		}
	}
	return p
}

func (p CacheImportOffer) appendBody(b []byte) []byte {
	b = appendU16s(b, uint16(len(p.Entries)))
	for _, e := range p.Entries {
		b = appendU32s(b, uint32(e.Key), uint32(e.Key>>32), e.Length)
	}
	return b
}

// CacheImportReply is RDPGFX_CACHE_IMPORT_REPLY_PDU (section 2.2.2.17): the slots of as many
// of the first entries of the offer.
type CacheImportReply struct{ Slots []uint16 }

// Command implements PDU.
func (CacheImportReply) Command() Command { return CmdCacheImportReply }

func readCacheImportReply(r *field.Reader) PDU {
	var p CacheImportReply
	n := r.Length16("importedEntriesCount", maxImport)
	if enough(r, "importedEntriesCount", n, 2) {
		p.Slots = make([]uint16, n)
		for i := range p.Slots {
			p.Slots[i] = r.U16("cacheSlots")
		}
	}
	return p
}

func (p CacheImportReply) appendBody(b []byte) []byte {
	return appendU16s(appendU16s(b, uint16(len(p.Slots))), p.Slots...)
}
