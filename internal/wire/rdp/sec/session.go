// SPDX-License-Identifier: Apache-2.0

package sec

import (
	"crypto/cipher"
	"crypto/des" //nolint:gosec // the specification's algorithm
	"crypto/hmac"
	"crypto/rc4"  //nolint:gosec // the specification's algorithm
	"crypto/sha1" //nolint:gosec // the specification's algorithm
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
)

// updateInterval is the number of PDUs that a key is used for (section 5.3.7).
const updateInterval = 4096

// Fields of the FIPS header (section 2.2.8.1.1.2.3).
const (
	fipsLength  = 0x10
	fipsVersion = 1
)

var fipsIV = []byte{0x12, 0x34, 0x56, 0x78, 0x90, 0xAB, 0xCD, 0xEF}

// Role says which side a session is on.
type Role uint8

// The roles.
const (
	Client Role = iota
	Server
)

// Session encrypts what one side sends and decrypts what it receives. It is not for
// concurrent use; but sealing and opening do not touch the same state.
type Session struct {
	// Salted makes the MACs of what is sent depend on the PDU's number. It may be set once the
	// other side's general capability set has ENC_SALTED_CHECKSUM, not before. FIPS ignores it.
	Salted bool

	fips bool
	mac  []byte
	salt []byte
	out  direction
	in   direction
}

// direction is the state of one direction.
type direction struct {
	initial []byte
	current []byte
	stream  *rc4.Cipher
	block   cipher.BlockMode
	used    int    // PDUs since the last update of the key
	count   uint32 // PDUs so far
}

var shortSalt = []byte{0xD1, 0x26, 0x9E}

// NewSession returns a session of the method that the server chose.
func NewSession(method gcc.EncryptionMethods, role Role, clientRandom, serverRandom []byte) (*Session, error) {
	if len(clientRandom) != RandomSize || len(serverRandom) != RandomSize {
		return nil, fmt.Errorf("sec: randoms of %d and %d bytes", len(clientRandom), len(serverRandom))
	}
	s := new(Session)
	switch method {
	case gcc.Encryption40Bit:
		s.salt = shortSalt
	case gcc.Encryption56Bit:
		s.salt = shortSalt[:1]
	case gcc.Encryption128Bit:
	case gcc.EncryptionFIPS:
		s.fips = true
	default:
		return nil, fmt.Errorf("sec: encryption method 0x%X is unknown", uint32(method))
	}
	keys := deriveKeys(s.salt, clientRandom, serverRandom)
	if s.fips {
		keys = fipsKeys(clientRandom, serverRandom)
	}
	s.mac = keys.mac
	outKey, inKey := keys.client, keys.server
	if role == Server {
		outKey, inKey = inKey, outKey
	}
	return s, s.start(outKey, inKey)
}

func (s *Session) start(outKey, inKey []byte) error {
	if !s.fips {
		s.out.initial, s.in.initial = outKey, inKey
		s.out.use(outKey)
		s.in.use(inKey)
		return nil
	}
	out, err := des.NewTripleDESCipher(outKey) //nolint:gosec // the specification's algorithm
	if err != nil {
		return fmt.Errorf("sec: %w", err)
	}
	in, err := des.NewTripleDESCipher(inKey) //nolint:gosec // the specification's algorithm
	if err != nil {
		return fmt.Errorf("sec: %w", err)
	}
	s.out.block = cipher.NewCBCEncrypter(out, fipsIV) //nolint:gosec // the specification gives the first vector
	s.in.block = cipher.NewCBCDecrypter(in, fipsIV)
	return nil
}

func (d *direction) use(key []byte) {
	c, err := rc4.NewCipher(key) //nolint:gosec // the specification's algorithm
	if err != nil {
		panic("sec: " + err.Error()) // the key has 8 or 16 bytes
	}
	d.current, d.stream, d.used = key, c, 0
}

// crypt runs RC4 over one PDU, with a new key when it is time.
func (d *direction) crypt(data, salt []byte) {
	if d.used == updateInterval {
		d.use(updateKey(d.initial, d.current, salt))
	}
	d.stream.XORKeyStream(data, data)
	d.used++
}

func (s *Session) signature(data []byte, count uint32, salted bool) []byte {
	number := binary.LittleEndian.AppendUint32(nil, count)
	switch {
	case s.fips:
		h := hmac.New(sha1.New, s.mac)
		h.Write(data)
		h.Write(number)
		return h.Sum(nil)[:macSize]
	case salted:
		return MAC(s.mac, data, number)[:macSize]
	}
	return MAC(s.mac, data, nil)[:macSize]
}

// SealFast appends what a fast-path PDU has between its header and the end: FIPS
// information, signature, and the encrypted data. With Salted the PDU's header says
// SECURE_CHECKSUM.
func (s *Session) SealFast(b, data []byte) []byte {
	mac := s.signature(data, s.out.count, s.Salted)
	pad := 0
	if s.fips {
		pad = (des.BlockSize - len(data)%des.BlockSize) % des.BlockSize
		b = append(b, fipsLength, 0, fipsVersion, byte(pad))
	}
	b = append(b, mac...)
	start := len(b)
	b = append(append(b, data...), make([]byte, pad)...)
	if s.fips {
		s.out.block.CryptBlocks(b[start:], b[start:])
	} else {
		s.out.crypt(b[start:], s.salt)
	}
	s.out.count++
	return b
}

// Seal appends a security header with the given flags and FlagEncrypt, and the encrypted
// data.
func (s *Session) Seal(b []byte, flags Flags, data []byte) []byte {
	flags |= FlagEncrypt
	if s.Salted && !s.fips {
		flags |= FlagSecureChecksum
	}
	return s.SealFast(AppendHeader(b, flags), data)
}

// OpenFast decrypts, in place, what a fast-path PDU has between its header and the end, and
// verifies the signature.
func (s *Session) OpenFast(b []byte, salted bool) ([]byte, error) {
	r := field.NewReader("sec: encrypted PDU", b)
	pad := 0
	if s.fips {
		r.Expect("length", uint64(r.U16("length")), fipsLength)
		r.Expect("version", uint64(r.U8("version")), fipsVersion)
		pad = int(r.U8("padlen"))
	}
	mac := r.Bytes("dataSignature", macSize)
	data := r.Rest()
	if s.fips && len(data)%des.BlockSize != 0 {
		r.Fail("encrypted data", "%d bytes are no whole blocks", len(data))
	}
	if pad >= des.BlockSize || pad > len(data) {
		r.Fail("padlen", "%d", pad)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	if s.fips {
		s.in.block.CryptBlocks(data, data)
		data = data[:len(data)-pad]
	} else {
		s.in.crypt(data, s.salt)
	}
	want := s.signature(data, s.in.count, salted)
	s.in.count++
	if subtle.ConstantTimeCompare(mac, want) != 1 {
		r.Fail("dataSignature", "does not match")
		return nil, r.Err()
	}
	return data, nil
}

// Open reads a security header and, if it says that the data is encrypted, decrypts it in
// place.
func (s *Session) Open(b []byte) (Flags, []byte, error) {
	flags, data, err := ParseHeader(b)
	if err != nil || flags&FlagEncrypt == 0 {
		return flags, data, err
	}
	data, err = s.OpenFast(data, flags&FlagSecureChecksum != 0)
	return flags, data, err
}

// FIPS reports whether fast-path PDUs have FIPS information.
func (s *Session) FIPS() bool { return s.fips }
