// SPDX-License-Identifier: Apache-2.0

// Package credssp is the client's side of CredSSP ([MS-CSSP]), which RDP calls Network
// Level Authentication: the user is authenticated by SPNEGO, Kerberos or NTLM within TLS, the
// server proves that it sees the same TLS key, and then the password is handed over.
//
//	client                               server
//	TSRequest{negoTokens}              →
//	                                   ← TSRequest{negoTokens}            … as often as needed
//	TSRequest{negoTokens, pubKeyAuth}  →
//	                                   ← TSRequest{pubKeyAuth}            verified: no man in the middle
//	TSRequest{authInfo}                →
//	                                   ← early user authorization result  HYBRID_EX only
//
// [Client] goes through it as steps. The authentication itself is a [Mechanism]: of the
// packages below, ntlm.Client and kerberos.Client are ones, and so is spnego.Client, which
// offers several.
package credssp

// Mechanism authenticates the user and then seals messages. It is a GSS-API mechanism in
// short.
type Mechanism interface {
	// OID is the mechanism's object identifier in DER, without tag and length.
	OID() []byte
	// Step takes the server's token, nil at first, and returns the next one of the client.
	// Done says that no more tokens of the server are expected, and that Seal works.
	Step(in []byte) (out []byte, done bool, err error)
	// Seal encrypts and signs a message, Unseal is the inverse for the server's messages.
	Seal(message []byte) []byte
	Unseal(sealed []byte) ([]byte, error)
}
