// SPDX-License-Identifier: Apache-2.0

package credssp

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// ErrPublicKey is the error for a server that does not prove to see the same TLS key: a man
// in the middle.
var ErrPublicKey = errors.New("credssp: the server does not hold the key of the TLS connection")

// AccessDenied is the early user authorization result for a user who may not log on.
const AccessDenied = 5

// ErrAccessDenied is the error for the early user authorization result AccessDenied.
var ErrAccessDenied = errors.New("credssp: the user may not log on to this host")

// Config says who logs on.
type Config struct {
	// Mechanism authenticates the user.
	Mechanism Mechanism
	// PublicKey is the content of the BIT STRING in the server certificate's
	// SubjectPublicKeyInfo: see SubjectPublicKey.
	PublicKey []byte
	Domain    string
	User      string
	// Password is UTF-16LE, without a NUL. The client clears it once it is sent.
	Password []byte
	// RestrictedAdmin hands over no password: the server acts as the user on itself only.
	RestrictedAdmin bool
	// EarlyUserAuth says that HYBRID_EX was negotiated.
	EarlyUserAuth bool
	// Rand gives the nonce.
	Rand io.Reader
}

// Client goes through CredSSP.
type Client struct {
	cfg     Config
	state   func(c *Client, in []byte, out []byte) (n int, answer []byte, err error)
	nonce   []byte
	version int
	done    bool
	// answered is set once the server has answered with a token.
	answered bool
}

// NewClient returns a client of cfg.
func NewClient(cfg Config) *Client { return &Client{cfg: cfg, version: Version} }

// Step takes the bytes received and not yet consumed; the first call has none. It returns
// how many of them it consumed, 0 if it needs more, and out with the answer appended. If the
// connection ends while Step waits, Closed tells what that means.
func (c *Client) Step(in, out []byte) (n int, answer []byte, done bool, err error) {
	if c.state == nil {
		out, err = c.begin(out)
		return 0, out, false, err
	}
	if c.done {
		return 0, out, true, nil
	}
	n, out, err = c.state(c, in, out)
	return n, out, c.done, err
}

// Closed returns what it means that the server has closed the connection without a word:
// LogonFailure once it can know who the user is, since old servers say no more than that.
func (c *Client) Closed() error {
	if c.answered {
		return fmt.Errorf("%w: the server closed the connection", LogonFailure)
	}
	return errors.New("credssp: the server closed the connection before it answered")
}

func (c *Client) begin(out []byte) ([]byte, error) {
	token, done, err := c.cfg.Mechanism.Step(nil)
	if err != nil {
		return out, err
	}
	c.nonce = make([]byte, sha256.Size)
	if _, err := io.ReadFull(c.cfg.Rand, c.nonce); err != nil {
		return out, fmt.Errorf("credssp: nonce: %w", err)
	}
	c.state = (*Client).negotiate
	if done {
		return out, errors.New("credssp: the mechanism is done before the server spoke")
	}
	return Request{Version: Version, NegoTokens: [][]byte{token}}.Append(out), nil
}

// request reads one TSRequest; n is 0 if it is not whole yet.
func (c *Client) request(in []byte) (q Request, n int, err error) {
	n, err = RequestLength(in)
	if err != nil || n == 0 || n > len(in) {
		return q, 0, err
	}
	if q, err = ParseRequest(in[:n]); err != nil {
		return q, 0, err
	}
	c.version = min(c.version, q.Version)
	if q.ErrorCode != 0 {
		return q, 0, q.ErrorCode
	}
	return q, n, nil
}

func (c *Client) negotiate(in, out []byte) (int, []byte, error) {
	q, n, err := c.request(in)
	if err != nil || n == 0 {
		return 0, out, err
	}
	if len(q.NegoTokens) == 0 {
		return 0, out, errors.New("credssp: TSRequest: negoTokens: is missing")
	}
	token, done, err := c.cfg.Mechanism.Step(q.NegoTokens[0])
	if err != nil {
		return 0, out, err
	}
	c.answered = true
	answer := Request{Version: Version}
	if len(token) > 0 {
		answer.NegoTokens = [][]byte{token}
	}
	if done {
		answer.PubKeyAuth = c.cfg.Mechanism.Seal(c.binding(toServer))
		if c.version >= 5 {
			answer.ClientNonce = c.nonce
		}
		c.state = (*Client).verify
	}
	return n, answer.Append(out), nil
}

// Magic strings of the binding (section 3.1.5).
const (
	toServer = "CredSSP Client-To-Server Binding Hash\x00"
	toClient = "CredSSP Server-To-Client Binding Hash\x00"
)

// binding is what pubKeyAuth seals: a hash from version 5 on, else the key itself, whose
// first byte the server answers incremented.
func (c *Client) binding(magic string) []byte {
	if c.version >= 5 {
		h := sha256.New()
		h.Write([]byte(magic))
		h.Write(c.nonce)
		h.Write(c.cfg.PublicKey)
		return h.Sum(nil)
	}
	key := bytes.Clone(c.cfg.PublicKey)
	if magic == toClient && len(key) > 0 {
		key[0]++
	}
	return key
}

func (c *Client) verify(in, out []byte) (int, []byte, error) {
	q, n, err := c.request(in)
	if err != nil || n == 0 {
		return 0, out, err
	}
	if q.PubKeyAuth == nil {
		return 0, out, errors.New("credssp: TSRequest: pubKeyAuth: is missing")
	}
	got, err := c.cfg.Mechanism.Unseal(q.PubKeyAuth)
	if err != nil {
		return 0, out, fmt.Errorf("credssp: TSRequest: pubKeyAuth: %w", err)
	}
	if subtle.ConstantTimeCompare(got, c.binding(toClient)) != 1 {
		return 0, out, ErrPublicKey
	}
	credentials := c.credentials()
	out = Request{Version: Version, AuthInfo: c.cfg.Mechanism.Seal(credentials)}.Append(out)
	clear(credentials)
	clear(c.cfg.Password)
	c.state = (*Client).earlyUserAuth
	c.done = !c.cfg.EarlyUserAuth
	return n, out, nil
}

const passwordCredentials = 1

// credentials makes TSCredentials with TSPasswordCreds (sections 2.2.1.2 and 2.2.1.2.1).
func (c *Client) credentials() []byte {
	domain, user, password := utf16le(c.cfg.Domain), utf16le(c.cfg.User), append([]byte{}, c.cfg.Password...)
	if c.cfg.RestrictedAdmin {
		domain, user, password = []byte{}, []byte{}, []byte{}
	}
	var creds cryptobyte.Builder
	creds.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addOctets(b, 0, domain)
		addOctets(b, 1, user)
		addOctets(b, 2, password)
	})
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddASN1Int64(passwordCredentials) })
		addOctets(b, 1, creds.BytesOrPanic())
	})
	return b.BytesOrPanic()
}

func utf16le(s string) []byte {
	b := []byte{}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// earlyUserAuth reads the early user authorization result PDU ([MS-RDPBCGR], section
// 2.2.10.2).
func (c *Client) earlyUserAuth(in, out []byte) (int, []byte, error) {
	if len(in) < 4 {
		return 0, out, nil
	}
	switch result := binary.LittleEndian.Uint32(in); result {
	case 0:
		c.done = true
		return 4, out, nil
	case AccessDenied:
		return 0, out, ErrAccessDenied
	default:
		return 0, out, fmt.Errorf("credssp: early user authorization result 0x%08X", result)
	}
}

// SubjectPublicKey returns the content of the BIT STRING of a SubjectPublicKeyInfo in DER,
// as x509.Certificate has it in RawSubjectPublicKeyInfo.
func SubjectPublicKey(spki []byte) ([]byte, error) {
	in := cryptobyte.String(spki)
	var body, bits cryptobyte.String
	if !in.ReadASN1(&body, asn1.SEQUENCE) || !body.SkipASN1(asn1.SEQUENCE) || !body.ReadASN1(&bits, asn1.BIT_STRING) || !bits.Skip(1) {
		return nil, errors.New("credssp: SubjectPublicKeyInfo: holds no key")
	}
	return bits, nil
}
