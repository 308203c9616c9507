// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Code says why a KDC or a server refuses (RFC 4120, section 7.5.9). As an error it is what
// errors.Is finds.
type Code int32

// The codes that callers tell apart; the comments have the specification's names.
const (
	UnknownClient     Code = 6  // KDC_ERR_C_PRINCIPAL_UNKNOWN
	UnknownService    Code = 7  // KDC_ERR_S_PRINCIPAL_UNKNOWN
	PolicyForbids     Code = 12 // KDC_ERR_POLICY
	NoEncryptionType  Code = 14 // KDC_ERR_ETYPE_NOSUPP
	ClientRevoked     Code = 18 // KDC_ERR_CLIENT_REVOKED
	PasswordExpired   Code = 23 // KDC_ERR_KEY_EXPIRED
	WrongPassword     Code = 24 // KDC_ERR_PREAUTH_FAILED
	PreauthRequired   Code = 25 // KDC_ERR_PREAUTH_REQUIRED
	ChangedOnTheWay   Code = 31 // KRB_AP_ERR_BAD_INTEGRITY
	TicketExpired     Code = 32 // KRB_AP_ERR_TKT_EXPIRED
	ReplayedRequest   Code = 34 // KRB_AP_ERR_REPEAT
	ClockSkew         Code = 37 // KRB_AP_ERR_SKEW
	ServiceKeyChanged Code = 41 // KRB_AP_ERR_MODIFIED
	ServiceKeyMissing Code = 45 // KRB_AP_ERR_NOKEY
	ResponseTooBig    Code = 52 // KRB_ERR_RESPONSE_TOO_BIG
	Unspecified       Code = 60 // KRB_ERR_GENERIC
	WrongRealm        Code = 68 // KDC_ERR_WRONG_REALM
)

var codeTexts = map[Code]string{
	UnknownClient:     "the KDC knows no such user",
	UnknownService:    "the KDC knows no such host",
	PolicyForbids:     "the KDC's policy forbids the logon",
	NoEncryptionType:  "the KDC has no key of an encryption type with AES",
	ClientRevoked:     "the account is disabled or locked",
	PasswordExpired:   "the password has expired",
	WrongPassword:     "the password is wrong",
	PreauthRequired:   "the KDC wants another proof than a password",
	ChangedOnTheWay:   "the request was changed on its way, or the keys differ",
	TicketExpired:     "the ticket has expired",
	ReplayedRequest:   "the request was sent before",
	ClockSkew:         "the clocks differ by too much",
	ServiceKeyChanged: "the host has another key than the KDC",
	ServiceKeyMissing: "the host has no key for this ticket",
	ResponseTooBig:    "the answer is too big for a datagram",
	Unspecified:       "the other side failed",
	WrongRealm:        "the user is of another realm",
}

func (c Code) String() string {
	if text, ok := codeTexts[c]; ok {
		return text
	}
	return fmt.Sprintf("the other side refuses with code %d", int32(c))
}

// Error makes the refusal an error.
func (c Code) Error() string { return "kerberos: " + c.String() }

// Error is KRB-ERROR (RFC 4120, section 5.9.1). It unwraps to its Code.
type Error struct {
	Code Code
	// ServerTime is the sender's clock.
	ServerTime time.Time
	// Text is what the sender says besides; it comes from outside.
	Text string
	// Data depends on the code: for PreauthRequired it is METHOD-DATA.
	Data []byte
}

// maxErrorText bounds how much of a sender's text an Error prints.
const maxErrorText = 200

func (e *Error) Error() string {
	if e.Text == "" {
		return e.Code.Error()
	}
	return fmt.Sprintf("%v (%.*q)", e.Code.Error(), maxErrorText, e.Text)
}

// Unwrap returns the code.
func (e *Error) Unwrap() error { return e.Code }

// IsError reports whether b begins as a KRB-ERROR does.
func IsError(b []byte) bool { return len(b) > 0 && b[0] == byte(application(messageError)) }

// ParseError reads a KRB-ERROR.
func ParseError(b []byte) (*Error, error) {
	body, ok := sequence(b, messageError)
	if !ok || !readHeader(&body, messageError) {
		return nil, errors.New("kerberos: KRB-ERROR: is cut")
	}
	if !body.SkipOptionalASN1(context(2)) || !body.SkipOptionalASN1(context(3)) {
		return nil, errors.New("kerberos: KRB-ERROR: ctime or cusec: is cut")
	}
	e := new(Error)
	if !readTime(&body, 5, 4, &e.ServerTime) {
		return nil, errors.New("kerberos: KRB-ERROR: stime or susec: is wrong")
	}
	var code int64
	if !readInt(&body, 6, &code) || code < -1<<31 || code >= 1<<31 {
		return nil, errors.New("kerberos: KRB-ERROR: error-code: is wrong")
	}
	e.Code = Code(code)
	if !body.SkipOptionalASN1(context(7)) || !body.SkipOptionalASN1(context(8)) || !body.SkipASN1(context(9)) || !body.SkipASN1(context(10)) {
		return nil, errors.New("kerberos: KRB-ERROR: a name is cut")
	}
	var text []byte
	if body.PeekASN1Tag(context(11)) && !readValue(&body, 11, asn1.GeneralString, &text) {
		return nil, errors.New("kerberos: KRB-ERROR: e-text: is cut")
	}
	e.Text = string(text)
	if body.PeekASN1Tag(context(12)) && !readValue(&body, 12, asn1.OCTET_STRING, &e.Data) {
		return nil, errors.New("kerberos: KRB-ERROR: e-data: is cut")
	}
	return e, nil
}

// Append appends the KRB-ERROR, with empty names.
func (e *Error) Append(out []byte) []byte {
	b := cryptobyte.NewBuilder(out)
	b.AddASN1(application(messageError), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, protocolVersion)
			addInt(b, 1, messageError)
			addTime(b, 5, 4, e.ServerTime)
			addInt(b, 6, int64(e.Code))
			addValue(b, 9, asn1.GeneralString, nil)
			PrincipalName{}.add(b, 10)
			if e.Text != "" {
				addValue(b, 11, asn1.GeneralString, []byte(e.Text))
			}
			if e.Data != nil {
				addValue(b, 12, asn1.OCTET_STRING, e.Data)
			}
		})
	})
	return b.BytesOrPanic()
}
