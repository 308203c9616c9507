// SPDX-License-Identifier: Apache-2.0

package ntlm

import (
	"bytes"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrSignature is the error for a message whose signature does not match: somebody sits
// between, or the keys differ.
var ErrSignature = errors.New("ntlm: the signature does not match")

// Config says who logs on and to what.
type Config struct {
	User   string
	Domain string
	// Password is UTF-16LE, without a NUL.
	Password    []byte
	Workstation string
	// TargetName is the service's principal name: "TERMSRV/host". Empty leaves it out.
	TargetName string
	// ChannelBindings is what the function of that name returned. Nil leaves it out.
	ChannelBindings []byte
	// Now is used when the server tells no time.
	Now time.Time
	// Rand gives the client challenge and the session key.
	Rand io.Reader
}

// Client is one exchange.
type Client struct {
	cfg       Config
	negotiate []byte
	exported  []byte
	out, in   *direction
}

// NewClient returns a client of cfg.
func NewClient(cfg Config) *Client { return &Client{cfg: cfg} }

// OID is 1.3.6.1.4.1.311.2.2.10, DER without tag and length, as SPNEGO names NTLM.
func (*Client) OID() []byte { return []byte("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a") }

// Step takes the server's message, nil at first, and returns the client's.
func (c *Client) Step(in []byte) (out []byte, done bool, err error) {
	if c.negotiate == nil {
		c.negotiate = negotiateMessage()
		return c.negotiate, false, nil
	}
	if c.out != nil {
		return nil, true, errors.New("ntlm: the server sent a message after the last")
	}
	out, err = c.authenticate(in)
	return out, err == nil, err
}

func negotiateMessage() []byte {
	b := binary.LittleEndian.AppendUint32([]byte(signature), typeNegotiate)
	b = binary.LittleEndian.AppendUint32(b, negotiateFlags)
	b = append(b, make([]byte, 16)...) // no domain, no workstation
	return append(b, version...)
}

// challenge is CHALLENGE_MESSAGE (section 2.2.1.2).
type challenge struct {
	flags      uint32
	server     []byte
	targetInfo []byte
}

func parseChallenge(b []byte) (challenge, error) {
	var c challenge
	if len(b) < challengeHeader || string(b[:8]) != signature || binary.LittleEndian.Uint32(b[8:]) != typeChallenge {
		return c, fmt.Errorf("ntlm: %d bytes are no challenge message", len(b))
	}
	c.flags = binary.LittleEndian.Uint32(b[20:])
	c.server = b[24:32]
	n, at := int(binary.LittleEndian.Uint16(b[40:])), int64(binary.LittleEndian.Uint32(b[44:]))
	if n > maxTargetInfo || at+int64(n) > int64(len(b)) {
		return c, fmt.Errorf("ntlm: challenge message: TargetInfo of %d bytes at %d is outside of %d bytes", n, at, len(b))
	}
	c.targetInfo = b[at:][:n]
	const needed = flagUnicode | flagExtendedSecurity | flagKeyExchange | flag128 | flagSign | flagSeal
	if c.flags&needed != needed {
		return c, fmt.Errorf("ntlm: challenge message: flags 0x%08X lack 0x%08X", c.flags, needed&^c.flags)
	}
	return c, nil
}

// avPair is one AV pair.
type avPair struct {
	id    uint16
	value []byte
}

func parsePairs(b []byte) ([]avPair, error) {
	var pairs []avPair
	for len(b) > 0 {
		if len(b) < 4 {
			return nil, errors.New("ntlm: challenge message: an AV pair is cut")
		}
		id, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if id == avEOL {
			break
		}
		if n > len(b)-4 {
			return nil, fmt.Errorf("ntlm: challenge message: AV pair %d of %d bytes is cut", id, n)
		}
		pairs = append(pairs, avPair{id, b[4 : 4+n]})
		b = b[4+n:]
	}
	return pairs, nil
}

func appendPair(b []byte, id uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// targetInfo makes the client's AV pairs of the server's (section 3.1.5.1.2). A server that
// tells the time gets a message integrity code.
func (c *Client) targetInfo(pairs []avPair) (info []byte, filetime uint64, mic bool) {
	filetime = toFiletime(c.cfg.Now)
	var flags uint32
	for _, p := range pairs {
		switch {
		case p.id == avTimestamp && len(p.value) == 8:
			filetime, mic = binary.LittleEndian.Uint64(p.value), true
		case p.id == avFlags && len(p.value) == 4:
			flags = binary.LittleEndian.Uint32(p.value)
			continue
		case p.id == avTargetName || p.id == avChannelBindings:
			continue
		}
		info = appendPair(info, p.id, p.value)
	}
	if mic {
		flags |= avFlagMIC
	}
	if flags != 0 {
		info = appendPair(info, avFlags, binary.LittleEndian.AppendUint32(nil, flags))
	}
	if c.cfg.ChannelBindings != nil {
		info = appendPair(info, avChannelBindings, c.cfg.ChannelBindings)
	}
	if c.cfg.TargetName != "" {
		info = appendPair(info, avTargetName, utf16le(c.cfg.TargetName))
	}
	return appendPair(info, avEOL, nil), filetime, mic
}

// filetimeEpoch is 1970 in units of 100 ns since 1601.
const filetimeEpoch = 116444736000000000

func toFiletime(t time.Time) uint64 {
	return uint64(t.Unix()*10_000_000 + int64(t.Nanosecond())/100 + filetimeEpoch)
}

// authenticate answers the challenge (section 3.1.5.1.2).
func (c *Client) authenticate(in []byte) ([]byte, error) {
	ch, err := parseChallenge(in)
	if err != nil {
		return nil, err
	}
	pairs, err := parsePairs(ch.targetInfo)
	if err != nil {
		return nil, err
	}
	var random [challengeSize + keySize]byte
	if _, err := io.ReadFull(c.cfg.Rand, random[:]); err != nil {
		return nil, fmt.Errorf("ntlm: random: %w", err)
	}
	client := random[:challengeSize]
	c.exported = random[challengeSize:]
	info, filetime, mic := c.targetInfo(pairs)
	key := ntowfv2(c.cfg.Password, c.cfg.User, c.cfg.Domain)
	_, nt, base := response(key, ch.server, client, filetime, info)
	lm := make([]byte, 24)
	if !mic {
		lm = lmResponse(key, ch.server, client)
	}
	b := c.authenticateMessage(ch.flags&negotiateFlags|flagVersion, lm, nt, rc4Once(base, c.exported))
	if mic {
		copy(b[micOffset:], hmacMD5(c.exported, c.negotiate, in, b))
	}
	c.out = newDirection(c.exported, clientSigning, clientSealing)
	c.in = newDirection(c.exported, serverSigning, serverSealing)
	return b, nil
}

// authenticateMessage writes AUTHENTICATE_MESSAGE (section 2.2.1.3) with a MIC of zeros.
func (c *Client) authenticateMessage(flags uint32, lm, nt, encryptedKey []byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte(signature), typeAuthenticate)
	var payload []byte
	at := micOffset + micSize
	for _, f := range [][]byte{lm, nt, utf16le(c.cfg.Domain), utf16le(c.cfg.User), utf16le(c.cfg.Workstation), encryptedKey} {
		b = le.AppendUint16(b, uint16(len(f)))
		b = le.AppendUint16(b, uint16(len(f)))
		b = le.AppendUint32(b, uint32(at+len(payload)))
		payload = append(payload, f...)
	}
	b = le.AppendUint32(b, flags)
	b = append(b, version...)
	b = append(b, make([]byte, micSize)...)
	return append(b, payload...)
}

// Seal encrypts a message to the server and puts its signature before it (section 3.4.3).
func (c *Client) Seal(message []byte) []byte {
	sealed := make([]byte, len(message))
	c.out.stream.XORKeyStream(sealed, message)
	return append(c.out.sign(message), sealed...)
}

// Unseal decrypts a message of the server and verifies its signature.
func (c *Client) Unseal(b []byte) ([]byte, error) {
	if c.in == nil || len(b) < keySize {
		return nil, fmt.Errorf("ntlm: %d bytes are no sealed message", len(b))
	}
	message := make([]byte, len(b)-keySize)
	c.in.stream.XORKeyStream(message, b[keySize:])
	if !hmac.Equal(c.in.sign(message), b[:keySize]) {
		return nil, ErrSignature
	}
	return message, nil
}

// MIC signs a message without sealing it, as SPNEGO does with its list of mechanisms; both
// streams begin anew after that (see CheckMIC).
func (c *Client) MIC(message []byte) []byte { return c.out.sign(message) }

// CheckMIC verifies the server's MIC of a message.
func (c *Client) CheckMIC(message, mic []byte) error {
	if c.in == nil || !hmac.Equal(c.in.sign(message), mic) {
		return ErrSignature
	}
	return nil
}

// Reset lets both streams begin anew, after SPNEGO has used them for its MICs ([MS-SPNG],
// section 3.3.5.1). The sequence numbers go on.
func (c *Client) Reset() {
	if c.out != nil {
		c.out.reset()
		c.in.reset()
	}
}

// IsMessage reports whether b is an NTLM message.
func IsMessage(b []byte) bool { return bytes.HasPrefix(b, []byte(signature)) }
