// SPDX-License-Identifier: Apache-2.0

// Package login keeps who is logged in: the tokens that the REST API and the tunnels take as proof of a login.
//
// In reading order:
//
//   - [Store] logs in through an auth.Chain, finds a [Login] by its token, and ends logins: by logout, by idling, or because a
//     data source no longer vouches for the user.
//   - A directory.LoginRecord is what is kept of a login for all gateways, in a directory.LoginRecords such as [MemoryRecords]. It is
//     asked at each look-up, within recordTimeout, so that a login that has ended at one gateway has ended at all.
//   - [Login] is a login as this gateway holds it: its data sources and its open tunnels. It is made of the record again if another
//     gateway made it. A login with an open tunnel does not idle; sweeps tell the record of accesses (sweep.go).
//   - throttle.go slows down who guesses passwords.
//
// A token is 256 random bits, kept only as its SHA-256 hash, so neither a memory dump nor the time of a lookup helps to guess one. The
// secrets of a record are sealed with a key made from the token (seal.go).
//
// [Store.Run] sweeps until its context ends, and then ends every login, unless the records are shared.
package login
