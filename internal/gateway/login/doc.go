// SPDX-License-Identifier: Apache-2.0

// Package login keeps who is logged in: the tokens that the REST API and the tunnels take as proof of a login.
//
// In reading order:
//
//   - [Store] logs in through an auth.Chain, finds a [Session] by its token, and ends sessions: by logout, by idling, or because a
//     data source no longer vouches for the user.
//   - [Session] is one login: its data sources and its open tunnels. A session with an open tunnel does not idle.
//   - throttle.go slows down who guesses passwords.
//
// A token is 256 random bits, kept only as its SHA-256 hash, so neither a memory dump nor the time of a lookup helps to guess one.
//
// [Store.Run] sweeps until its context ends and then ends every session.
package login
