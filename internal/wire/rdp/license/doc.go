// SPDX-License-Identifier: Apache-2.0

// Package license is the client's side of licensing ([MS-RDPBCGR], section 2.2.1.12, and
// [MS-RDPELE]). Most servers say at once that the client is valid; a terminal server with
// licenses a device goes through all of it:
//
//	server                     client
//	LicenseRequest           →
//	                         ← NewLicenseRequest
//	PlatformChallenge        →
//	                         ← PlatformChallengeResponse
//	NewLicense, or ErrorAlert →
//
// [Client] takes the server's messages. Licenses are not stored: the server finds its own by
// the hardware ID, which so must not change from one connection to the next.
package license

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
)

// Type is the type of a licensing message.
type Type uint8

// The messages (section 2.2.1.12.1.1).
const (
	TypeLicenseRequest            Type = 0x01
	TypePlatformChallenge         Type = 0x02
	TypeNewLicense                Type = 0x03
	TypeUpgradeLicense            Type = 0x04
	TypeLicenseInfo               Type = 0x12
	TypeNewLicenseRequest         Type = 0x13
	TypePlatformChallengeResponse Type = 0x15
	TypeErrorAlert                Type = 0xFF
)

const (
	preambleVersion = 3
	preambleSize    = 4
	randomSize      = 32
	macSize         = 16
	// maxBlob bounds a blob; licenses have a few KB.
	maxBlob = 64<<10 - 1
	// maxChallenge bounds a platform challenge, which the response repeats in one PDU. License
	// servers send 10 bytes.
	maxChallenge = 4 << 10
	// maxScopes bounds the list of scopes, of which there is one.
	maxScopes = 64
)

// Message is a licensing message with its preamble.
type Message struct {
	Type  Type
	Flags uint8
	Body  []byte
}

// ParseMessage reads a message, without the security header before it. Deviation: some
// servers count the security header in the size.
func ParseMessage(b []byte) (Message, error) {
	r := field.NewReader("license: message", b)
	m := Message{Type: Type(r.U8("bMsgType")), Flags: r.U8("flags")}
	size := int(r.U16("wMsgSize")) - preambleSize
	if size == r.Len()+sec.HeaderSize {
		size = r.Len()
	}
	m.Body = r.Bytes("wMsgSize", size)
	return m, r.Err()
}

// Append appends the message.
func (m Message) Append(b []byte) []byte {
	b = append(b, byte(m.Type), m.Flags)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(m.Body)+preambleSize))
	return append(b, m.Body...)
}

// Types of blobs (section 2.2.1.12.1.2).
const (
	blobRandom        = 2
	blobCertificate   = 3
	blobError         = 4
	blobEncryptedData = 9
	blobKeyExchange   = 0x0D
	blobScope         = 0x0E
	blobUserName      = 0x0F
	blobMachineName   = 0x10
)

// readBlob reads LICENSE_BINARY_BLOB. The type is not looked at: servers write what they
// like into empty ones, and some into others.
func readBlob(r *field.Reader, name string) []byte { return readBlobOf(r, name, maxBlob) }

// readBlobOf is readBlob with a limit of its own.
func readBlobOf(r *field.Reader, name string, limit int) []byte {
	r.Skip(name+" wBlobType", 2)
	return r.Bytes(name, r.Length16(name+" wBlobLen", limit))
}

func appendBlob(b []byte, kind uint16, data []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, kind)
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(data))), data...)
}

// ErrorAlert is the error alert message (section 2.2.1.12.1.3). As an error it is what
// errors.As finds.
type ErrorAlert struct {
	Code       ErrorCode
	Transition uint32
	Info       []byte
}

// ErrorCode is the code of an error alert.
type ErrorCode uint32

// The error codes.
const (
	InvalidServerCertificate ErrorCode = 1
	NoLicense                ErrorCode = 2
	InvalidMAC               ErrorCode = 3
	InvalidScope             ErrorCode = 4
	NoLicenseServer          ErrorCode = 6
	ValidClient              ErrorCode = 7
	InvalidClient            ErrorCode = 8
	InvalidProductID         ErrorCode = 11
	InvalidMessageLength     ErrorCode = 12
)

// State transitions of an error alert.
const (
	TotalAbort   = 1
	NoTransition = 2
)

var errorTexts = map[ErrorCode]string{
	InvalidServerCertificate: "the server's certificate is invalid",
	NoLicense:                "the server has no license for this client",
	InvalidMAC:               "a message was signed wrongly",
	InvalidScope:             "the scope is invalid",
	NoLicenseServer:          "no license server is available",
	ValidClient:              "the client is valid",
	InvalidClient:            "the client is invalid",
	InvalidProductID:         "the product is invalid",
	InvalidMessageLength:     "a message has the wrong length",
}

func (c ErrorCode) String() string {
	if text, ok := errorTexts[c]; ok {
		return text
	}
	return fmt.Sprintf("licensing error %d", uint32(c))
}

func (e ErrorAlert) Error() string { return "license: " + e.Code.String() }

// ParseErrorAlert reads the body of a message.
func ParseErrorAlert(body []byte) (ErrorAlert, error) {
	r := field.NewReader("license: error alert", body)
	e := ErrorAlert{Code: ErrorCode(r.U32("dwErrorCode")), Transition: r.U32("dwStateTransition"), Info: readBlob(r, "bbErrorInfo")}
	return e, r.Err()
}

// Append appends the body.
func (e ErrorAlert) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Code))
	b = binary.LittleEndian.AppendUint32(b, e.Transition)
	return appendBlob(b, blobError, e.Info)
}
