// SPDX-License-Identifier: Apache-2.0

package license

import (
	"crypto/rc4" //nolint:gosec // the specification's algorithm
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
)

// Keys are the keys of one exchange ([MS-RDPELE], section 5.1.3).
type Keys struct {
	mac        []byte
	encryption []byte
}

// PremasterSize is the size of the premaster secret.
const PremasterSize = 48

// DeriveKeys makes the keys of the premaster secret and both randoms.
func DeriveKeys(premaster, clientRandom, serverRandom []byte) Keys {
	master := sec.Ladder(premaster, sec.MasterSalts, clientRandom, serverRandom)
	blob := sec.Ladder(master, sec.MasterSalts, serverRandom, clientRandom)
	return Keys{mac: blob[:16], encryption: sec.FinalHash(blob[16:32], clientRandom, serverRandom)}
}

// Crypt encrypts or decrypts; each blob begins anew.
func (k Keys) Crypt(data []byte) []byte {
	c, err := rc4.NewCipher(k.encryption) //nolint:gosec // the specification's algorithm
	if err != nil {
		panic("license: " + err.Error()) // the key has 16 bytes
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}

// MAC signs what was encrypted.
func (k Keys) MAC(data []byte) []byte { return sec.MAC(k.mac, data, nil) }

// Client answers the server's messages.
type Client struct {
	UserName    string
	MachineName string
	// HardwareID must be the same for each connection from here to one host.
	HardwareID [16]byte
	// ServerKey is the key that the server showed while connecting, for requests without a
	// certificate; nil if it showed none.
	ServerKey *sec.PublicKey
	// Rand gives the client's random and the premaster secret.
	Rand io.Reader

	keys *Keys
}

// The platform challenge response data ([MS-RDPELE], section 2.2.2.5.1).
const (
	responseVersion = 0x0100
	clientType      = 0x0100 // other
	detailLevel     = 3
)

// Handle takes a message of the server. It returns the answer, if there is one, and whether
// licensing is over and the server goes on to demand active.
func (c *Client) Handle(b []byte) (answer []byte, done bool, err error) {
	m, err := ParseMessage(b)
	if err != nil {
		return nil, false, err
	}
	switch m.Type {
	case TypeErrorAlert:
		alert, err := ParseErrorAlert(m.Body)
		if err != nil {
			return nil, false, err
		}
		if alert.Code == ValidClient || alert.Transition == NoTransition {
			return nil, true, nil
		}
		return nil, false, alert
	case TypeLicenseRequest:
		return c.newLicenseRequest(m)
	case TypePlatformChallenge:
		return c.platformChallenge(m)
	case TypeNewLicense, TypeUpgradeLicense:
		return c.newLicense(m)
	}
	return nil, false, fmt.Errorf("license: a message of type 0x%02X", uint8(m.Type))
}

func (c *Client) newLicenseRequest(m Message) ([]byte, bool, error) {
	q, err := ParseRequest(m.Body)
	if err != nil {
		return nil, false, err
	}
	key := c.ServerKey
	if len(q.Certificate) > 0 {
		parsed, err := sec.ParseCertificate(q.Certificate)
		if err != nil {
			return nil, false, fmt.Errorf("license: request: %w", err)
		}
		key = &parsed
	}
	if key == nil {
		return nil, false, errors.New("license: request: ServerCertificate: is missing")
	}
	random := make([]byte, randomSize+PremasterSize)
	if _, err := io.ReadFull(c.Rand, random); err != nil {
		return nil, false, fmt.Errorf("license: random: %w", err)
	}
	keys := DeriveKeys(random[randomSize:], random[:randomSize], q.ServerRandom)
	c.keys = &keys
	body := NewLicenseRequest{
		KeyExchange: keyExchangeRSA, PlatformID: platformID, ClientRandom: random[:randomSize],
		EncryptedPremaster: key.Encrypt(random[randomSize:]),
		UserName:           append([]byte(c.UserName), 0), MachineName: append([]byte(c.MachineName), 0),
	}.Append(nil)
	return Message{Type: TypeNewLicenseRequest, Flags: preambleVersion, Body: body}.Append(nil), false, nil
}

// open decrypts what the server encrypted and verifies its signature.
func (c *Client) open(name string, encrypted, mac []byte) ([]byte, error) {
	if c.keys == nil {
		return nil, fmt.Errorf("license: %s before the license request", name)
	}
	plain := c.keys.Crypt(encrypted)
	if subtle.ConstantTimeCompare(c.keys.MAC(plain), mac) != 1 {
		return nil, fmt.Errorf("license: %s: MACData: does not match", name)
	}
	return plain, nil
}

func (c *Client) platformChallenge(m Message) ([]byte, bool, error) {
	p, err := ParsePlatformChallenge(m.Body)
	if err != nil {
		return nil, false, err
	}
	challenge, err := c.open("platform challenge", p.Encrypted, p.MAC)
	if err != nil {
		return nil, false, err
	}
	data := responseData(challenge)
	id := append(binary.LittleEndian.AppendUint32(nil, platformID), c.HardwareID[:]...)
	body := PlatformChallengeResponse{
		EncryptedResponse: c.keys.Crypt(data), EncryptedHardwareID: c.keys.Crypt(id), MAC: c.keys.MAC(append(data[:len(data):len(data)], id...)),
	}.Append(nil)
	return Message{Type: TypePlatformChallengeResponse, Flags: preambleVersion, Body: body}.Append(nil), false, nil
}

func responseData(challenge []byte) []byte {
	var b []byte
	for _, v := range []int{responseVersion, clientType, detailLevel, len(challenge)} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return append(b, challenge...)
}

func (c *Client) newLicense(m Message) ([]byte, bool, error) {
	p, err := ParseNewLicense(m.Body)
	if err != nil {
		return nil, false, err
	}
	_, err = c.open("new license", p.Encrypted, p.MAC)
	return nil, err == nil, err
}
