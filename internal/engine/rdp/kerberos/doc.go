// SPDX-License-Identifier: Apache-2.0

// Package kerberos gets tickets from KDCs, so that RDP's network level authentication can use
// Kerberos: the exchanges of RFC 4120, sections 3.1 and 3.3, with a password. What is done
// with a ticket is in internal/wire/credssp/kerberos, which this package's results are for.
//
//	client                                        KDC
//	AS-REQ{user}                                →
//	                                            ← KRB-ERROR{preauthentication, salt}
//	AS-REQ{user, time sealed with the password} →
//	                                            ← AS-REP{ticket-granting ticket}
//	TGS-REQ{ticket-granting ticket, TERMSRV/host} →
//	                                            ← TGS-REP{ticket}, or a ticket-granting ticket of another realm
//
// [Config] says where the KDCs are, [New] checks it, and [Client.Ticket] goes through all of
// it. Everything ends with the context. A refusal is a *wire.Error, in which errors.Is finds
// codes such as WrongPassword and ClockSkew; [ErrNoKDC] is for KDCs that do not answer.
//
// gokrb5 gives the messages and the derivation of keys. Its client is not used: that dials by
// itself, knows no contexts, and takes as many bytes as a KDC announces. Since the library
// reads what comes from the network, its parsers are called in one place (decode.go) that
// turns a panic into an error.
//
// Only encryption types with AES are asked for. There is no FAST, no SPAKE, no certificate,
// and no look-up of KDCs in the DNS.
package kerberos
