// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"bytes"
	"fmt"
)

// Acceptor is the other side of a Client, which the fake servers of tests use. It knows the
// session key instead of reading the ticket for it, and checks no time.
type Acceptor struct {
	SessionKey Key
	// Subkey is the acceptor's, or nil.
	Subkey *Key
	// Sequence is its first sequence number.
	Sequence uint32
	// ChannelBindings are those that the client must have, if not nil.
	ChannelBindings []byte

	peers *peers
}

// Step takes the AP-REQ and returns the AP-REP.
func (a *Acceptor) Step(in []byte) (out []byte, done bool, err error) {
	id, message, err := parseToken(in)
	if err != nil || id != tokenAPReq {
		return nil, false, fmt.Errorf("kerberos: token 0x%04X is no AP-REQ (%w)", id, err)
	}
	_, sealed, err := parseAPReq(message)
	if err != nil {
		return nil, false, err
	}
	session, err := newCipher(a.SessionKey)
	if err != nil {
		return nil, false, err
	}
	plain, err := session.decrypt(usageAuthenticator, sealed)
	if err != nil {
		return nil, false, err
	}
	auth, err := parseAuthenticator(plain)
	if err != nil {
		return nil, false, err
	}
	if a.ChannelBindings != nil && !bytes.Equal(a.ChannelBindings, auth.bindings) {
		return nil, false, fmt.Errorf("kerberos: channel bindings %x are not %x", auth.bindings, a.ChannelBindings)
	}
	if err := a.establish(auth); err != nil {
		return nil, false, err
	}
	part := encPart{time: auth.time, subkey: a.Subkey, sequence: a.Sequence}
	answer, err := session.encrypt(usageAPRep, make([]byte, confounderSize), part.bytes())
	return frameToken(tokenAPRep, apRep{kind: session.kind, sealed: answer}.bytes()), true, err
}

func (a *Acceptor) establish(auth authenticator) error {
	key, flags := auth.subkey, byte(sentByAcceptor)
	if a.Subkey != nil {
		key, flags = *a.Subkey, sentByAcceptor|acceptorSubkey
	}
	messages, err := newCipher(key)
	a.peers = &peers{cipher: messages, flags: flags, send: uint64(a.Sequence), receive: uint64(auth.sequence)}
	return err
}

// Seal encrypts a message to the client.
func (a *Acceptor) Seal(message []byte) []byte {
	b, err := a.peers.wrap(message)
	if err != nil {
		return nil
	}
	return b
}

// Unseal decrypts a message of the client.
func (a *Acceptor) Unseal(b []byte) ([]byte, error) { return a.peers.unwrap(b) }

// MIC signs a message to the client.
func (a *Acceptor) MIC(message []byte) []byte {
	b, err := a.peers.mic(message)
	if err != nil {
		return nil
	}
	return b
}

// CheckMIC verifies the client's MIC of a message.
func (a *Acceptor) CheckMIC(message, mic []byte) error { return a.peers.checkMIC(message, mic) }

// Refuse returns the token of an Acceptor that refuses with e.
func Refuse(e *Error) []byte { return frameToken(tokenError, e.Append(nil)) }
