// SPDX-License-Identifier: Apache-2.0

// Package kerberos is the client's side of Kerberos as a GSS-API mechanism (RFC 4121) with
// which CredSSP authenticates a user and seals its messages, without the exchange with the
// KDC: it is given the ticket and the session key for one service.
//
//	client                                        server
//	AP-REQ{ticket, authenticator}               →
//	                                            ← AP-REP{time, subkey, sequence number} or KRB-ERROR
//	wrap tokens with confidentiality, MIC tokens ↔
//
// [Credential] is what the KDC gave, [Client] goes through the exchange and is a mechanism as
// credssp.Client and spnego.Client take one, [Error] is what a server or a KDC refuses with,
// and [Acceptor] is the other side for the fake servers of tests. The per-message tokens
// (message.go) stand on the encryption types with AES (key.go), whose derivation of keys and
// ciphertext stealing are gokrb5's; no length is left for that library to check.
//
// RC4 and DES are not here: a session key of theirs is an error.
package kerberos

// Object identifiers in DER without tag and length.
const oidKerberos = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" // 1.2.840.113554.1.2.2

// Token identifiers (RFC 4121, sections 4.1 and 4.2.6).
const (
	tokenAPReq = 0x0100
	tokenAPRep = 0x0200
	tokenError = 0x0300
	tokenMIC   = 0x0404
	tokenWrap  = 0x0504
)

// Key usage numbers (RFC 4120, section 7.5.1, and RFC 4121, section 2).
const (
	usageAuthenticator = 11
	usageAPRep         = 12
	usageAcceptorSeal  = 22
	usageAcceptorSign  = 23
	usageInitiatorSeal = 24
	usageInitiatorSign = 25
)

// Message types and the version of the protocol (RFC 4120, sections 5.2.2 and 7.5.7).
const (
	protocolVersion = 5
	messageAPReq    = 14
	messageAPRep    = 15
	messageError    = 30
)
