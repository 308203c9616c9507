// SPDX-License-Identifier: Apache-2.0

package cliprdr

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// FormatDataRequest is CLIPRDR_FORMAT_DATA_REQUEST (section 2.2.5.1).
type FormatDataRequest struct {
	ID uint32
}

// Append appends the PDU.
func (p FormatDataRequest) Append(b []byte) []byte {
	return appendPDU(b, TypeFormatDataRequest, 0, func(b []byte) []byte { return appendU32s(b, p.ID) })
}

// FormatDataResponse is CLIPRDR_FORMAT_DATA_RESPONSE (section 2.2.5.2). It does not say which
// request it answers: answers come in the order of the requests.
type FormatDataResponse struct {
	OK   bool
	Data []byte
}

func readFormatDataResponse(r *field.Reader, flags uint16) FormatDataResponse {
	p := FormatDataResponse{OK: isOK(flags)}
	if p.OK {
		p.Data = r.Rest()
	}
	return p
}

// Append appends the PDU.
func (p FormatDataResponse) Append(b []byte) []byte {
	return appendPDU(b, TypeFormatDataResponse, responseFlags(p.OK), func(b []byte) []byte { return append(b, p.Data...) })
}
