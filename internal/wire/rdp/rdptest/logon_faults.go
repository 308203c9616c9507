// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/credssptest"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
)

// Who logs on in the faults of the logon.
const (
	FaultUser     = "User"
	FaultDomain   = "Domain"
	FaultPassword = "Password"
)

// NLA returns a server that logs that user on with CredSSP, and RDSTLS one that does so with
// the credentials of a redirection. A server is for one connection.
func NLA() Server {
	return Server{
		Response: nego.Response{Negotiated: true, Flags: nego.ExtendedClientDataSupported, Protocol: nego.ProtocolHybridEx},
		CredSSP: &credssptest.Server{
			NTLM:      ntlm.Server{User: FaultUser, Domain: FaultDomain, Password: field.UTF16(FaultPassword), Challenge: []byte("12345678")},
			PublicKey: []byte(PublicKey), Version: credssp.Version, Status: credssp.LogonFailure,
		},
		EarlyResult: make([]byte, 4),
	}
}

// RDSTLS is described with NLA.
func RDSTLS() Server {
	return Server{Response: nego.Response{Negotiated: true, Flags: nego.ExtendedClientDataSupported, Protocol: nego.ProtocolRDSTLS}}
}

// LogonFaults returns the faults of servers that log the user on before the connection: for
// clients that offer HYBRID, HYBRID_EX and RDSTLS. Each call makes new servers, which serve
// one client each.
func LogonFaults() []Fault {
	nla := func(name string, outcome Outcome, step Step, f func([]byte) []byte, want string) Fault {
		s := NLA()
		s.Break = At(step, f)
		return Fault{Name: "NLA: " + name, Outcome: outcome, Want: want, Server: s}
	}
	redirected := func(name string, outcome Outcome, step Step, f func([]byte) []byte, want string) Fault {
		s := RDSTLS()
		s.Break = At(step, f)
		return Fault{Name: "RDSTLS: " + name, Outcome: outcome, Want: want, Server: s}
	}
	const token, key, early = StepNegoTokens, StepPubKeyAuth, StepEarlyUserAuthorization
	absurd := Instead([]byte{0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF, 0xA0, 3, 2, 1, 6})
	spoil := func(q *credssp.Request) { q.PubKeyAuth[len(q.PubKeyAuth)-1] ^= 1 }
	return []Fault{
		nla("nothing broken", Tolerated, token, Cut(1<<20), ""),
		nla("a TSRequest of absurd length", Refused, token, absurd, "credssp: TSRequest: length: 2147483647 is above the limit"),
		nla("a pubKeyAuth of absurd length", Refused, key, absurd, "credssp: TSRequest: length: 2147483647 is above the limit"),
		nla("a length without an end", Refused, token, Set(1, 0x80), "credssp: TSRequest: a length of form 0x80"),
		nla("a length of nine bytes", Refused, token, Set(1, 0x89), "credssp: TSRequest: a length of form 0x89"),
		nla("no sequence", Refused, token, Set(0, 0x31), "credssp: TSRequest: tag 0x31"),
		nla("an RDP packet instead", Refused, token, Instead([]byte{3, 0, 0, 7, 2, 0xF0, 0x80}), "credssp: TSRequest: tag 0x03"),
		nla("half a TSRequest", Awaited, token, Cut(-10), ""),
		nla("half a pubKeyAuth", Awaited, key, Cut(-10), ""),
		nla("version 1", Refused, token, TSRequest(func(q *credssp.Request) { q.Version = 1 }), "credssp: TSRequest: version"),
		nla("no version", Refused, token, Instead([]byte{0x30, 0}), "credssp: TSRequest: version"),
		nla("a version of the future", Tolerated, token, TSRequest(func(q *credssp.Request) { q.Version = 99 }), ""),
		nla("a lower version once the key is bound", Refused, key, TSRequest(func(q *credssp.Request) { q.Version = 2 }), credssp.ErrPublicKey.Error()),
		nla("no token", Refused, token, TSRequest(func(q *credssp.Request) { q.NegoTokens = nil }), "credssp: TSRequest: negoTokens: is missing"),
		nla("an empty token", Refused, token, TSRequest(func(q *credssp.Request) { q.NegoTokens[0] = []byte{} }), "ntlm: "),
		nla("half a token", Refused, token, TSRequest(func(q *credssp.Request) { q.NegoTokens[0] = q.NegoTokens[0][:30] }), "ntlm: "),
		nla("two TSRequests", Refused, token, Twice, "credssp: TSRequest: pubKeyAuth: is missing"),
		nla("an errorCode", Refused, token, TSRequest(func(q *credssp.Request) { q.ErrorCode = credssp.AccountLockedOut }), "credssp: the account is locked"),
		nla("an errorCode with pubKeyAuth", Refused, key, TSRequest(func(q *credssp.Request) { q.ErrorCode = 0xC0000001 }), "credssp: the server refuses with status 0xC0000001"),
		nla("no answer", Awaited, token, Drop, ""),
		nla("a changed pubKeyAuth", Refused, key, TSRequest(spoil), "credssp: TSRequest: pubKeyAuth: "),
		nla("an empty pubKeyAuth", Refused, key, TSRequest(func(q *credssp.Request) { q.PubKeyAuth = []byte{} }), "credssp: TSRequest: pubKeyAuth: "),
		nla("no pubKeyAuth", Refused, key, TSRequest(func(q *credssp.Request) { q.PubKeyAuth = nil }), "credssp: TSRequest: pubKeyAuth: is missing"),
		nla("no answer to pubKeyAuth", Awaited, key, Drop, ""),
		nla("two pubKeyAuths", Refused, key, Twice, "credssp: early user authorization result"),
		nla("access denied", Refused, early, Set(0, credssp.AccessDenied), credssp.ErrAccessDenied.Error()),
		nla("an unknown result", Refused, early, Set(3, 0x80), "credssp: early user authorization result 0x80000000"),
		nla("half a result", Awaited, early, Cut(2), ""),
		nla("more after the result", Refused, early, With([]byte{0}), "connector: a fast-path PDU while connecting"),

		redirected("nothing broken", Tolerated, StepRDSTLSCapabilities, Cut(1<<20), ""),
		redirected("another version", Refused, StepRDSTLSCapabilities, Set(0, 2), "rdstls: capabilities: Version"),
		redirected("another PDU", Refused, StepRDSTLSCapabilities, Set(2, 4), "rdstls: capabilities: PduType"),
		redirected("no version in common", Refused, StepRDSTLSCapabilities, Set(6, 2), "rdstls: capabilities: SupportedVersions"),
		redirected("half of the capabilities", Awaited, StepRDSTLSCapabilities, Cut(5), ""),
		redirected("no capabilities", Awaited, StepRDSTLSCapabilities, Drop, ""),
		redirected("the capabilities twice", Refused, StepRDSTLSCapabilities, Twice, "rdstls: authentication response: PduType"),
		redirected("another data type", Refused, StepRDSTLSResponse, Set(4, 9), "rdstls: authentication response: DataType"),
		redirected("a refusal", Refused, StepRDSTLSResponse, Set(6, 0x2E, 0x05), "rdstls: the user name or password is wrong"),
		redirected("an unknown result", Refused, StepRDSTLSResponse, Set(9, 0x80), "rdstls: result 0x80000000"),
		redirected("half a response", Awaited, StepRDSTLSResponse, Cut(9), ""),
		redirected("no response", Awaited, StepRDSTLSResponse, Drop, ""),
		redirected("two responses", Refused, StepRDSTLSResponse, Twice, "tpkt: frame: action: 0x01"),
	}
}
