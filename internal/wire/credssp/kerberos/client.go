// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrMutual is the error for a server that does not prove to have read the authenticator: it
// is not the one that the ticket is for.
var ErrMutual = errors.New("kerberos: the server does not prove to be the one that the ticket is for")

// Config says with what the client proves who it is.
type Config struct {
	Credential Credential
	// ChannelBindings is what ntlm.ChannelBindings returned, since the hash is the same. Nil
	// leaves it out.
	ChannelBindings []byte
	// Now is the time; server and KDC allow a difference of some minutes.
	Now time.Time
	// Rand gives the subkey, the sequence number and the seed of confounders.
	Rand io.Reader
}

// Client is one exchange. It is not for concurrent use.
type Client struct {
	cfg     Config
	session *cipher
	sent    authenticator
	seed    []byte
	peers   *peers
}

// NewClient returns a client of cfg.
func NewClient(cfg Config) *Client { return &Client{cfg: cfg} }

// OID is 1.2.840.113554.1.2.2, DER without tag and length.
func (*Client) OID() []byte { return []byte(oidKerberos) }

// Step returns the AP-REQ for nil, and is done once it has the server's AP-REP.
func (c *Client) Step(in []byte) (out []byte, done bool, err error) {
	switch {
	case c.session == nil:
		out, err = c.request()
		return out, false, err
	case c.peers != nil:
		return nil, true, errors.New("kerberos: the server sent a message after the last")
	}
	err = c.reply(in)
	return nil, err == nil, err
}

// maxSequence bounds the first sequence number, so that no implementation takes it for a
// negative one and none overflows.
const maxSequence = 1<<30 - 1

func (c *Client) request() ([]byte, error) {
	session, err := newCipher(c.cfg.Credential.SessionKey)
	if err != nil {
		return nil, err
	}
	if len(c.cfg.ChannelBindings) != 0 && len(c.cfg.ChannelBindings) != bindingsSize {
		return nil, fmt.Errorf("kerberos: channel bindings of %d bytes are no hash", len(c.cfg.ChannelBindings))
	}
	var random [aes256Size + 4 + confounderSize + aes256Size]byte
	if _, err := io.ReadFull(c.cfg.Rand, random[:]); err != nil {
		return nil, fmt.Errorf("kerberos: random: %w", err)
	}
	subkey, rest := random[:aes256Size], random[aes256Size:]
	cred := c.cfg.Credential
	c.seed = rest[4+confounderSize:]
	c.sent = authenticator{
		realm: cred.Realm, client: cred.Client, bindings: c.cfg.ChannelBindings,
		time:     c.cfg.Now.UTC().Truncate(time.Microsecond),
		subkey:   Key{Type: session.kind, Value: subkey[:len(session.key)]},
		sequence: binary.BigEndian.Uint32(rest) & maxSequence,
	}
	sealed, err := session.encrypt(usageAuthenticator, rest[4:][:confounderSize], c.sent.bytes())
	if err != nil {
		return nil, err
	}
	c.session = session
	return frameToken(tokenAPReq, apReq(cred.Ticket, session.kind, sealed)), nil
}

// reply takes the AP-REP (RFC 4120, section 3.2.5).
func (c *Client) reply(in []byte) error {
	id, message, err := parseToken(in)
	if err != nil {
		return err
	}
	if id == tokenError {
		refusal, err := ParseError(message)
		if err != nil {
			return err
		}
		return refusal
	}
	if id != tokenAPRep {
		return fmt.Errorf("kerberos: token: TOK_ID: 0x%04X is no AP-REP", id)
	}
	r, err := parseAPRep(message)
	if err != nil {
		return err
	}
	if r.kind != c.session.kind {
		return fmt.Errorf("kerberos: AP-REP: enc-part: encryption type %d is not that of the session key", r.kind)
	}
	plain, err := c.session.decrypt(usageAPRep, r.sealed)
	if err != nil {
		return fmt.Errorf("kerberos: AP-REP: enc-part: %w", err)
	}
	part, err := parseEncPart(plain)
	if err != nil {
		return err
	}
	if !part.time.Equal(c.sent.time) {
		return ErrMutual
	}
	return c.establish(part)
}

// establish chooses the key of messages: the acceptor's if it gave one (RFC 4121, section 2).
func (c *Client) establish(part encPart) error {
	key, flags := c.sent.subkey, byte(0)
	if part.subkey != nil {
		key, flags = *part.subkey, acceptorSubkey
	}
	messages, err := newCipher(key)
	if err != nil {
		return err
	}
	c.peers = &peers{
		cipher: messages, flags: flags, seed: c.seed,
		send: uint64(c.sent.sequence), receive: uint64(part.sequence),
	}
	return nil
}

// Seal encrypts and signs a message to the server, as a wrap token. It is nil before the
// exchange is done.
func (c *Client) Seal(message []byte) []byte {
	if c.peers == nil {
		return nil
	}
	b, err := c.peers.wrap(message)
	if err != nil {
		return nil
	}
	return b
}

var errEarly = errors.New("kerberos: there is no key before the AP-REP")

// Unseal verifies and decrypts a wrap token of the server.
func (c *Client) Unseal(b []byte) ([]byte, error) {
	if c.peers == nil {
		return nil, errEarly
	}
	return c.peers.unwrap(b)
}

// MIC signs a message without sealing it, as SPNEGO does with its list of mechanisms.
func (c *Client) MIC(message []byte) []byte {
	if c.peers == nil {
		return nil
	}
	b, err := c.peers.mic(message)
	if err != nil {
		return nil
	}
	return b
}

// CheckMIC verifies the server's MIC of a message.
func (c *Client) CheckMIC(message, mic []byte) error {
	if c.peers == nil {
		return errEarly
	}
	return c.peers.checkMIC(message, mic)
}

// Reset does nothing: unlike NTLM's, the sequence numbers go on after SPNEGO's MICs.
func (*Client) Reset() {}
