// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/crypto/etype"
)

// EncryptionType is an encryption type of Kerberos.
type EncryptionType int32

// The encryption types with AES (RFC 3962, section 7, and RFC 8009, section 8).
const (
	AES128SHA1   EncryptionType = 17
	AES256SHA1   EncryptionType = 18
	AES128SHA256 EncryptionType = 19
	AES256SHA384 EncryptionType = 20
)

// EncryptionTypes are those that this package speaks, the best first.
func EncryptionTypes() []EncryptionType {
	return []EncryptionType{AES256SHA384, AES128SHA256, AES256SHA1, AES128SHA1}
}

// Sizes in bytes.
const (
	confounderSize = 16
	aes128Size     = 16
	aes256Size     = 32
)

// ErrIntegrity is the error for a message that was changed on its way, or sealed with another
// key.
var ErrIntegrity = errors.New("kerberos: the message does not match its checksum")

// Key is EncryptionKey (RFC 4120, section 5.2.9).
type Key struct {
	Type  EncryptionType
	Value []byte
}

// cipher encrypts and signs with one key (RFC 3961, section 3).
type cipher struct {
	kind EncryptionType
	impl etype.EType
	key  []byte
}

func newCipher(key Key) (*cipher, error) {
	size := aes256Size
	switch key.Type {
	case AES128SHA1, AES128SHA256:
		size = aes128Size
	case AES256SHA1, AES256SHA384:
	default:
		return nil, fmt.Errorf("kerberos: encryption type %d is not supported", key.Type)
	}
	if len(key.Value) != size {
		return nil, fmt.Errorf("kerberos: a key of encryption type %d has %d bytes, not %d", key.Type, size, len(key.Value))
	}
	impl, err := crypto.GetEtype(int32(key.Type))
	if err != nil {
		return nil, fmt.Errorf("kerberos: %w", err)
	}
	return &cipher{kind: key.Type, impl: impl, key: key.Value}, nil
}

// Kinds of derived keys (RFC 3961, section 5.3).
const (
	deriveChecksum   = 0x99
	deriveEncryption = 0xAA
	deriveIntegrity  = 0x55
)

func (c *cipher) derive(usage uint32, kind byte) ([]byte, error) {
	return c.impl.DeriveKey(c.key, append(binary.BigEndian.AppendUint32(nil, usage), kind))
}

// macSize is how many bytes of checksum follow the ciphertext.
func (c *cipher) macSize() int { return c.impl.GetHMACBitLength() / 8 }

func (c *cipher) mac(usage uint32, kind byte, parts ...[]byte) ([]byte, error) {
	key, err := c.derive(usage, kind)
	if err != nil {
		return nil, fmt.Errorf("kerberos: key derivation: %w", err)
	}
	h := hmac.New(c.impl.GetHashFunc(), key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)[:c.macSize()], nil
}

// encrypt makes a ciphertext (RFC 3961, section 5.3, and RFC 8009, section 5).
func (c *cipher) encrypt(usage uint32, confounder, message []byte) ([]byte, error) {
	key, err := c.derive(usage, deriveEncryption)
	if err != nil {
		return nil, fmt.Errorf("kerberos: key derivation: %w", err)
	}
	plain := append(append([]byte{}, confounder[:confounderSize]...), message...)
	_, sealed, err := c.impl.EncryptData(key, plain)
	if err != nil {
		return nil, fmt.Errorf("kerberos: encryption: %w", err)
	}
	mac, err := c.integrity(usage, plain, sealed)
	return append(sealed, mac...), err
}

// decrypt verifies and decrypts a ciphertext. It may have any length.
func (c *cipher) decrypt(usage uint32, b []byte) ([]byte, error) {
	n := len(b) - c.macSize()
	if n < confounderSize {
		return nil, fmt.Errorf("kerberos: a ciphertext of %d bytes is cut", len(b))
	}
	key, err := c.derive(usage, deriveEncryption)
	if err != nil {
		return nil, fmt.Errorf("kerberos: key derivation: %w", err)
	}
	plain, err := c.impl.DecryptData(key, b[:n:n])
	if err != nil {
		return nil, fmt.Errorf("kerberos: decryption: %w", err)
	}
	mac, err := c.integrity(usage, plain, b[:n])
	if err != nil {
		return nil, err
	}
	if len(plain) != n || !hmac.Equal(mac, b[n:]) {
		return nil, ErrIntegrity
	}
	return plain[confounderSize:], nil
}

// integrity is the checksum of a ciphertext: RFC 3962 takes it of the plaintext, RFC 8009 of
// the initial vector, which is zero, and the ciphertext.
func (c *cipher) integrity(usage uint32, plain, sealed []byte) ([]byte, error) {
	if c.kind == AES128SHA256 || c.kind == AES256SHA384 {
		return c.mac(usage, deriveIntegrity, make([]byte, confounderSize), sealed)
	}
	return c.mac(usage, deriveIntegrity, plain)
}

// checksum signs without encryption (get_mic of RFC 3961, section 3).
func (c *cipher) checksum(usage uint32, parts ...[]byte) ([]byte, error) {
	return c.mac(usage, deriveChecksum, parts...)
}

// Encrypt seals a message; the confounder has 16 random bytes. Like Decrypt and Checksum it is
// for the exchange with the KDC: a Client needs none of them.
func (k Key) Encrypt(usage uint32, confounder, message []byte) ([]byte, error) {
	c, err := newCipher(k)
	if err != nil {
		return nil, err
	}
	if len(confounder) != confounderSize {
		return nil, fmt.Errorf("kerberos: a confounder has %d bytes, not %d", confounderSize, len(confounder))
	}
	return c.encrypt(usage, confounder, message)
}

// Decrypt verifies and decrypts what Encrypt made.
func (k Key) Decrypt(usage uint32, b []byte) ([]byte, error) {
	c, err := newCipher(k)
	if err != nil {
		return nil, err
	}
	return c.decrypt(usage, b)
}

// Checksum signs a message; it is of the checksum type that belongs to the encryption type
// (EncryptionType.ChecksumType).
func (k Key) Checksum(usage uint32, message []byte) ([]byte, error) {
	c, err := newCipher(k)
	if err != nil {
		return nil, err
	}
	return c.checksum(usage, message)
}

// ChecksumType is the number of the checksum type of keys of the encryption type (RFC 3962,
// section 7, and RFC 8009, section 8); 0 if the encryption type is not supported.
func (e EncryptionType) ChecksumType() int32 {
	switch e {
	case AES128SHA1:
		return 15
	case AES256SHA1:
		return 16
	case AES128SHA256:
		return 19
	case AES256SHA384:
		return 20
	}
	return 0
}
