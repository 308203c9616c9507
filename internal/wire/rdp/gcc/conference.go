// SPDX-License-Identifier: Apache-2.0

package gcc

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// The parts of the PER encoding that never change: T.124's object identifier, and the H.221
// keys of Microsoft's client and server.
const (
	objectKey = "\x00\x05\x00\x14\x7c\x00\x01"
	// createRequest: ConferenceCreateRequest of the conference "1" with one set of user data.
	createRequest = "\x00\x08\x00\x10\x00\x01\xc0\x00"
	clientKey     = "Duca"
	// createResponse: ConferenceCreateResponse of node 31219, tag 1, result success.
	createResponse = "\x14\x76\x0a\x01\x01\x00\x01\xc0\x00"
	serverKey      = "McDn"
	// responseLength is what servers write for the length of the response; clients ignore it.
	responseLength = 0x2A
)

func expectText(r *field.Reader, name, want string) {
	if got := r.Bytes(name, len(want)); r.Err() == nil && string(got) != want {
		r.Fail(name, "%x, want %x", got, want)
	}
}

func perLength(r *field.Reader, name string) int {
	n := int(r.U8(name))
	if n&0x80 != 0 {
		n = n&0x7F<<8 | int(r.U8(name))
	}
	return n
}

func appendPERLength(b []byte, n int) []byte {
	if n > maxConferenceData {
		panic("gcc: user data too long")
	}
	if n < 0x80 {
		return append(b, byte(n))
	}
	return append(b, 0x80|byte(n>>8), byte(n))
}

// ParseConferenceCreateRequest returns the user data of a request.
func ParseConferenceCreateRequest(b []byte) ([]byte, error) {
	r := field.NewReader("gcc: conference create request", b)
	expectText(r, "t124Identifier", objectKey)
	perLength(r, "connectPDU length")
	expectText(r, "conferenceCreateRequest", createRequest)
	expectText(r, "h221NonStandard", clientKey)
	data := r.Bytes("userData", perLength(r, "userData length"))
	return data, r.Err()
}

// AppendConferenceCreateRequest appends a request with user data of at most 16 KB.
func AppendConferenceCreateRequest(b, data []byte) []byte {
	rest := append([]byte(createRequest), clientKey...)
	rest = append(appendPERLength(rest, len(data)), data...)
	b = append(b, objectKey...)
	return append(appendPERLength(b, len(rest)), rest...)
}

// ParseConferenceCreateResponse returns the user data of a response.
func ParseConferenceCreateResponse(b []byte) ([]byte, error) {
	r := field.NewReader("gcc: conference create response", b)
	expectText(r, "t124Identifier", objectKey)
	perLength(r, "connectPDU length")
	r.Skip("conferenceCreateResponse", 3) // choice and node ID, which servers choose
	r.Skip("tag", int(r.U8("tag length")))
	r.Expect("result", uint64(r.U8("result")), 0)
	r.Skip("userData set", 2)
	r.Expect("h221NonStandard", uint64(r.U8("h221NonStandard")), 0)
	expectText(r, "h221NonStandard", serverKey)
	data := r.Bytes("userData", perLength(r, "userData length"))
	return data, r.Err()
}

// AppendConferenceCreateResponse appends a response with user data of at most 16 KB.
func AppendConferenceCreateResponse(b, data []byte) []byte {
	b = append(append(b, objectKey...), responseLength)
	b = append(append(b, createResponse...), serverKey...)
	return append(appendPERLength(b, len(data)), data...)
}
