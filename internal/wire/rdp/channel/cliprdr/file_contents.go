// SPDX-License-Identifier: Apache-2.0

package cliprdr

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// Operations of a file contents request: its dwFlags.
const (
	fileContentsSize  = 1
	fileContentsRange = 2
	// fileSizeLength is the length of the answer to a size request.
	fileSizeLength = 8
)

// FileContentsRequest is CLIPRDR_FILECONTENTS_REQUEST (section 2.2.5.3).
type FileContentsRequest struct {
	// Stream names the request; the answer has the same.
	Stream uint32
	// Index counts the files of the file list.
	Index int32
	// Operation is 1 for the size of the file, 2 for a range of its contents.
	Operation uint32
	Offset    uint64
	Length    uint32
	// Lock is the ID of the lock the file list was taken under, if Locked.
	Lock   uint32
	Locked bool
}

func readFileContentsRequest(r *field.Reader) FileContentsRequest {
	p := FileContentsRequest{Stream: r.U32("streamId"), Index: int32(r.U32("lindex")), Operation: r.U32("dwFlags")}
	low, high := r.U32("nPositionLow"), r.U32("nPositionHigh")
	p.Offset, p.Length = uint64(high)<<32|uint64(low), r.U32("cbRequested")
	if r.Len() > 0 {
		p.Lock, p.Locked = r.U32("clipDataId"), true
	}
	return p
}

// Append appends the PDU.
func (p FileContentsRequest) Append(b []byte) []byte {
	return appendPDU(b, TypeFileContentsRequest, 0, func(b []byte) []byte {
		b = appendU32s(b, p.Stream, uint32(p.Index), p.Operation, uint32(p.Offset), uint32(p.Offset>>32), p.Length)
		if p.Locked {
			b = appendU32s(b, p.Lock)
		}
		return b
	})
}

// FileContentsResponse is CLIPRDR_FILECONTENTS_RESPONSE (section 2.2.5.4).
type FileContentsResponse struct {
	OK     bool
	Stream uint32
	// Data is the size of the file in eight bytes, or what was asked for of its contents.
	Data []byte
}

func readFileContentsResponse(r *field.Reader, flags uint16) FileContentsResponse {
	p := FileContentsResponse{OK: isOK(flags), Stream: r.U32("streamId")}
	if p.OK {
		p.Data = r.Rest()
	}
	return p
}

// Append appends the PDU.
func (p FileContentsResponse) Append(b []byte) []byte {
	return appendPDU(b, TypeFileContentsResponse, responseFlags(p.OK), func(b []byte) []byte {
		return append(appendU32s(b, p.Stream), p.Data...)
	})
}
