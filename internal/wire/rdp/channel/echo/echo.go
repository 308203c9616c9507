// SPDX-License-Identifier: Apache-2.0

// Package echo is the client's side of the echo channel ([MS-RDPEECO]), a dynamic channel by
// which a server measures the round trip:
//
//	server: echo request                 client: echo response, the same bytes
//
// There is no state and no header: [Append] is all of it.
package echo

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// ChannelName is the name of the dynamic channel (section 2.1).
const ChannelName = "ECHO"

// MaxRequest bounds what is sent back. Servers send some bytes; a megabyte at a time would
// make this side send what the server pleases.
const MaxRequest = 64 << 10

// Append appends the ECHO_RESPONSE_PDU (section 2.2.2) to an ECHO_REQUEST_PDU (section
// 2.2.1), which is one message of the channel.
func Append(out, request []byte) ([]byte, error) {
	r := field.NewReader("echo: request", request)
	if len(request) > MaxRequest {
		r.Fail("echoRequest", "%d bytes are above the limit of %d", len(request), MaxRequest)
	}
	return append(out, r.Rest()...), r.Err()
}
