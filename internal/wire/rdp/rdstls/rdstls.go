// SPDX-License-Identifier: Apache-2.0

// Package rdstls is the authentication with the credentials of a redirection, or with an
// auto-reconnect cookie, within TLS ([MS-RDPBCGR], sections 2.2.17 and 5.4.5.3):
//
//	server: capabilities    client: authentication request    server: authentication response
//
// [Client] goes through it as steps.
package rdstls

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// The PDU types and the version.
const (
	version1          = 1
	typeCapabilities  = 1
	typeRequest       = 2
	typeResponse      = 4
	dataCapabilities  = 1
	dataPassword      = 1
	dataAutoReconnect = 2
	dataResult        = 1

	capabilitiesSize = 8
	responseSize     = 10
)

// ResultCode is the outcome of the authentication. As an error it is what errors.As finds.
type ResultCode uint32

// The result codes (section 2.2.17.3).
const (
	Success         ResultCode = 0
	AccessDenied    ResultCode = 5
	LogonFailure    ResultCode = 0x52E
	InvalidHours    ResultCode = 0x530
	PasswordExpired ResultCode = 0x532
	AccountDisabled ResultCode = 0x533
	PasswordChange  ResultCode = 0x773
	AccountLocked   ResultCode = 0x775
)

var resultTexts = map[ResultCode]string{
	Success:         "success",
	AccessDenied:    "the user may not log on to this host",
	LogonFailure:    "the user name or password is wrong",
	InvalidHours:    "the user may not log on at this time",
	PasswordExpired: "the password has expired",
	AccountDisabled: "the account is disabled",
	PasswordChange:  "the password must be changed before the first logon",
	AccountLocked:   "the account is locked",
}

func (c ResultCode) String() string {
	if text, ok := resultTexts[c]; ok {
		return text
	}
	return fmt.Sprintf("result 0x%08X", uint32(c))
}

// Error makes the refusal an error.
func (c ResultCode) Error() string { return "rdstls: " + c.String() }

// Credentials is the authentication request PDU with the password of a redirection (section
// 2.2.17.2), all as the redirection packet has it; or, with a Cookie, that of an
// auto-reconnect.
type Credentials struct {
	RedirectionGUID []byte
	UserName        string
	Domain          string
	Password        []byte

	SessionID uint32
	Cookie    []byte
}

const maxField = 32 << 10

func header(r *field.Reader, pduType, dataType uint16) {
	r.Expect("Version", uint64(r.U16("Version")), version1)
	r.Expect("PduType", uint64(r.U16("PduType")), uint64(pduType))
	r.Expect("DataType", uint64(r.U16("DataType")), uint64(dataType))
}

func appendHeader(b []byte, pduType, dataType uint16) []byte {
	for _, v := range []uint16{version1, pduType, dataType} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

func appendField(b, value []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(value))), value...)
}

// ParseCredentials reads an authentication request.
func ParseCredentials(b []byte) (Credentials, error) {
	var c Credentials
	r := field.NewReader("rdstls: authentication request", b)
	r.Expect("Version", uint64(r.U16("Version")), version1)
	r.Expect("PduType", uint64(r.U16("PduType")), typeRequest)
	switch t := r.U16("DataType"); {
	case r.Err() != nil:
	case t == dataPassword:
		c.RedirectionGUID = r.Bytes("RedirectionGuid", r.Length16("RedirectionGuidLength", maxField))
		c.UserName = r.UTF16("UserName", r.Length16("UserNameLength", maxField))
		c.Domain = r.UTF16("Domain", r.Length16("DomainLength", maxField))
		c.Password = r.Bytes("Password", r.Length16("PasswordLength", maxField))
	case t == dataAutoReconnect:
		c.SessionID = r.U32("SessionID")
		n := r.Length16("AutoReconnectCookieLength", maxField)
		if r.Err() == nil && n == 0 {
			r.Fail("AutoReconnectCookieLength", "0")
		}
		c.Cookie = r.Bytes("AutoReconnectCookie", n)
	default:
		r.Fail("DataType", "%d is unknown", t)
	}
	r.End("Password")
	return c, r.Err()
}

// Append appends the authentication request.
func (c Credentials) Append(b []byte) []byte {
	if len(c.Cookie) > 0 {
		b = appendHeader(b, typeRequest, dataAutoReconnect)
		return appendField(binary.LittleEndian.AppendUint32(b, c.SessionID), c.Cookie)
	}
	b = appendHeader(b, typeRequest, dataPassword)
	b = appendField(b, c.RedirectionGUID)
	b = appendField(b, append(field.UTF16(c.UserName), 0, 0))
	b = appendField(b, append(field.UTF16(c.Domain), 0, 0))
	return appendField(b, c.Password)
}

// AppendCapabilities appends the server's capabilities PDU (section 2.2.17.1).
func AppendCapabilities(b []byte) []byte {
	return append(appendHeader(b, typeCapabilities, dataCapabilities), version1, 0)
}

// ParseCapabilities reads the capabilities PDU and returns the versions that the server has.
func ParseCapabilities(b []byte) (versions uint16, err error) {
	r := field.NewReader("rdstls: capabilities", b)
	header(r, typeCapabilities, dataCapabilities)
	versions = r.U16("SupportedVersions")
	if r.Err() == nil && versions&version1 == 0 {
		r.Fail("SupportedVersions", "0x%04X lacks version 1", versions)
	}
	return versions, r.Err()
}

// AppendResponse appends the server's authentication response PDU (section 2.2.17.3).
func AppendResponse(b []byte, code ResultCode) []byte {
	return binary.LittleEndian.AppendUint32(appendHeader(b, typeResponse, dataResult), uint32(code))
}

// ParseResponse reads the authentication response PDU.
func ParseResponse(b []byte) (ResultCode, error) {
	r := field.NewReader("rdstls: authentication response", b)
	header(r, typeResponse, dataResult)
	return ResultCode(r.U32("ResultCode")), r.Err()
}

// Client goes through RDSTLS.
type Client struct {
	Credentials Credentials

	sent bool
	done bool
}

// Step takes the bytes received and not yet consumed. It returns how many of them it
// consumed, 0 if it needs more, and out with the answer appended.
func (c *Client) Step(in, out []byte) (n int, answer []byte, done bool, err error) {
	switch {
	case c.done:
		return 0, out, true, nil
	case !c.sent:
		if len(in) < capabilitiesSize {
			return 0, out, false, nil
		}
		if _, err := ParseCapabilities(in[:capabilitiesSize]); err != nil {
			return 0, out, false, err
		}
		c.sent = true
		return capabilitiesSize, c.Credentials.Append(out), false, nil
	case len(in) < responseSize:
		return 0, out, false, nil
	}
	code, err := ParseResponse(in[:responseSize])
	if err == nil && code != Success {
		err = code
	}
	c.done = err == nil
	return responseSize, out, c.done, err
}
