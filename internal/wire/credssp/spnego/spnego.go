// SPDX-License-Identifier: Apache-2.0

// Package spnego is the client's side of SPNEGO (RFC 4178, [MS-SPNG]): it offers a list of
// mechanisms and carries the tokens of the one that the server takes.
//
//	client                                           server
//	NegTokenInit{mechTypes, mechToken of the first} →
//	                                                ← NegTokenResp{negState, supportedMech, responseToken}
//	NegTokenResp{responseToken, mechListMIC}        →  … as often as needed
//	                                                ← NegTokenResp{accept-completed, mechListMIC}
//
// The list is signed if the mechanism taken is not the first one or the server asks for it,
// so that nobody can have changed the choice on the way. Where the server has the last word
// of the mechanism, as with Kerberos, it signs first, and the client's signature is the last
// token. [Client] is a mechanism itself, as credssp.Client takes one.
package spnego

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/palta-gateway/palta/internal/wire/credssp"
)

// Signer is a mechanism that can sign the list of mechanisms. Reset is called when both
// signatures were exchanged.
type Signer interface {
	MIC(message []byte) []byte
	CheckMIC(message, mic []byte) error
	Reset()
}

// State is negState (RFC 4178, section 4.2.2).
type State uint8

// The states.
const (
	AcceptCompleted  State = 0
	AcceptIncomplete State = 1
	Reject           State = 2
	RequestMIC       State = 3
	// NoState stands for a response without one.
	NoState State = 0xFF
)

// ErrRejected is the error for a server that takes none of the mechanisms, or not the user.
var ErrRejected = errors.New("spnego: the server rejects the authentication")

// oid is 1.3.6.1.5.5.2.
var oid = []byte("\x2b\x06\x01\x05\x05\x02")

func context(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

const initTag = asn1.Tag(0) | 0x60 // [APPLICATION 0]

// Response is NegTokenResp.
type Response struct {
	State   State
	Mech    []byte
	Token   []byte
	ListMIC []byte
}

// ParseResponse reads a NegTokenResp.
func ParseResponse(b []byte) (Response, error) {
	p := Response{State: NoState}
	in := cryptobyte.String(b)
	var outer, body cryptobyte.String
	if !in.ReadASN1(&outer, context(1)) || !in.Empty() || !outer.ReadASN1(&body, asn1.SEQUENCE) {
		return p, errors.New("spnego: NegTokenResp: is cut")
	}
	for _, f := range []struct {
		name string
		tag  uint8
		kind asn1.Tag
		set  func([]byte)
	}{
		{"negState", 0, asn1.ENUM, func(b []byte) { p.State = State(b[len(b)-1]) }},
		{"supportedMech", 1, asn1.OBJECT_IDENTIFIER, func(b []byte) { p.Mech = b }},
		{"responseToken", 2, asn1.OCTET_STRING, func(b []byte) { p.Token = b }},
		{"mechListMIC", 3, asn1.OCTET_STRING, func(b []byte) { p.ListMIC = b }},
	} {
		var field, value cryptobyte.String
		var present bool
		if !body.ReadOptionalASN1(&field, &present, context(f.tag)) {
			return p, fmt.Errorf("spnego: NegTokenResp: %s: is cut", f.name)
		}
		if !present {
			continue
		}
		if !field.ReadASN1(&value, f.kind) || f.kind == asn1.ENUM && (len(value) != 1 || value[0] > byte(RequestMIC)) {
			return p, fmt.Errorf("spnego: NegTokenResp: %s: is wrong", f.name)
		}
		f.set(append([]byte{}, value...))
	}
	return p, nil
}

// Append appends the NegTokenResp.
func (p Response) Append(out []byte) []byte {
	b := cryptobyte.NewBuilder(out)
	b.AddASN1(context(1), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			add := func(tag uint8, kind asn1.Tag, value []byte) {
				if value != nil {
					b.AddASN1(context(tag), func(b *cryptobyte.Builder) {
						b.AddASN1(kind, func(b *cryptobyte.Builder) { b.AddBytes(value) })
					})
				}
			}
			if p.State != NoState {
				add(0, asn1.ENUM, []byte{byte(p.State)})
			}
			add(1, asn1.OBJECT_IDENTIFIER, p.Mech)
			add(2, asn1.OCTET_STRING, p.Token)
			add(3, asn1.OCTET_STRING, p.ListMIC)
		})
	})
	return b.BytesOrPanic()
}

// Client offers mechanisms. It is not for concurrent use.
type Client struct {
	mechs    []credssp.Mechanism
	chosen   int
	started  bool
	done     bool // the chosen mechanism is
	wantMIC  bool
	sentMIC  bool
	mechList []byte
}

// NewClient returns a client that offers mechanisms, the one it likes best first.
func NewClient(mechs ...credssp.Mechanism) *Client {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, m := range mechs {
			b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(m.OID()) })
		}
	})
	return &Client{mechs: mechs, mechList: b.BytesOrPanic()}
}

// OID is that of SPNEGO.
func (*Client) OID() []byte { return oid }

// Seal and Unseal are those of the mechanism taken.
func (c *Client) Seal(message []byte) []byte { return c.mechs[c.chosen].Seal(message) }

// Unseal is that of the mechanism taken.
func (c *Client) Unseal(sealed []byte) ([]byte, error) { return c.mechs[c.chosen].Unseal(sealed) }

// Step takes the server's token, nil at first, and returns the client's.
func (c *Client) Step(in []byte) (out []byte, done bool, err error) {
	if !c.started {
		c.started = true
		token, _, err := c.mechs[0].Step(nil)
		if err != nil {
			return nil, false, err
		}
		return c.initToken(token), false, nil
	}
	p, err := ParseResponse(in)
	switch {
	case err != nil:
		return nil, false, err
	case p.State == Reject:
		return nil, false, c.rejected(p.Token)
	}
	c.wantMIC = c.wantMIC || p.State == RequestMIC
	if p.Mech != nil && !bytes.Equal(p.Mech, c.mechs[c.chosen].OID()) {
		return c.change(p.Mech)
	}
	return c.next(p)
}

// rejected is the error for a rejection; if the mechanism's token says why, so does it.
func (c *Client) rejected(token []byte) error {
	if len(token) > 0 {
		if _, _, err := c.mechs[c.chosen].Step(token); err != nil {
			return fmt.Errorf("%w: %w", ErrRejected, err)
		}
	}
	return ErrRejected
}

func (c *Client) initToken(token []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(initTag, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(oid) })
		b.AddASN1(context(0), func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddBytes(c.mechList) })
				b.AddASN1(context(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(token) })
			})
		})
	})
	return b.BytesOrPanic()
}

// change begins anew with the mechanism that the server takes.
func (c *Client) change(mech []byte) ([]byte, bool, error) {
	if c.chosen != 0 || c.done {
		return nil, false, errors.New("spnego: the server changes the mechanism again")
	}
	for i, m := range c.mechs {
		if bytes.Equal(mech, m.OID()) {
			c.chosen, c.wantMIC = i, true
			token, done, err := m.Step(nil)
			c.done = done
			return Response{State: NoState, Token: token}.Append(nil), false, err
		}
	}
	return nil, false, fmt.Errorf("spnego: the server takes the mechanism %x, which was not offered", mech)
}

// next carries on with the chosen mechanism and, at its end, with the signatures.
func (c *Client) next(p Response) ([]byte, bool, error) {
	if c.sentMIC {
		return c.finish(p)
	}
	if c.done {
		return nil, false, errors.New("spnego: the server goes on after the last token")
	}
	token, done, err := c.mechs[c.chosen].Step(p.Token)
	if err != nil {
		return nil, false, err
	}
	c.done = done
	answer := Response{State: NoState, Token: token}
	// Deviation: old servers repeat the token where the signature would be; others ignore that.
	if done && p.ListMIC != nil && !bytes.Equal(p.ListMIC, p.Token) {
		return c.countersign(p, answer)
	}
	if done && c.wantMIC {
		signer, ok := c.mechs[c.chosen].(Signer)
		if !ok {
			return nil, false, errUnsigned
		}
		answer.ListMIC, c.sentMIC = signer.MIC(c.mechList), true
		return answer.Append(nil), false, nil
	}
	if done && token == nil {
		return nil, true, nil
	}
	return answer.Append(nil), done, nil
}

var errUnsigned = errors.New("spnego: the mechanism cannot sign the list of mechanisms")

// countersign verifies the signature that came with the mechanism's last token and, unless
// the server needs none, adds the client's.
func (c *Client) countersign(p, answer Response) ([]byte, bool, error) {
	signer, ok := c.mechs[c.chosen].(Signer)
	if !ok {
		return nil, false, errUnsigned
	}
	if err := signer.CheckMIC(c.mechList, p.ListMIC); err != nil {
		return nil, false, fmt.Errorf("spnego: NegTokenResp: mechListMIC: %w", err)
	}
	if p.State == AcceptCompleted && !c.wantMIC && answer.Token == nil {
		signer.Reset()
		return nil, true, nil
	}
	answer.State, answer.ListMIC = AcceptCompleted, signer.MIC(c.mechList)
	signer.Reset()
	return answer.Append(nil), true, nil
}

func (c *Client) finish(p Response) ([]byte, bool, error) {
	signer, ok := c.mechs[c.chosen].(Signer)
	if !ok || p.ListMIC == nil || c.done && p.State != AcceptCompleted {
		return nil, false, errors.New("spnego: NegTokenResp: mechListMIC: is missing")
	}
	if err := signer.CheckMIC(c.mechList, p.ListMIC); err != nil {
		return nil, false, fmt.Errorf("spnego: NegTokenResp: mechListMIC: %w", err)
	}
	signer.Reset()
	return nil, true, nil
}
