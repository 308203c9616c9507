// SPDX-License-Identifier: Apache-2.0

package sec

import (
	"crypto/md5"  //nolint:gosec // the specification's algorithm
	"crypto/rc4"  //nolint:gosec // the specification's algorithm
	"crypto/sha1" //nolint:gosec // the specification's algorithm
	"encoding/binary"
	"math/bits"
)

// RandomSize is the size of either side's random.
const RandomSize = 32

const (
	longKey  = 16
	shortKey = 8
	macSize  = 8
)

// Pads of the MAC (section 5.3.6.1).
var pad1, pad2 = repeated(0x36, 40), repeated(0x5C, 48)

func repeated(c byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = c
	}
	return b
}

func sum1(parts ...[]byte) []byte {
	h := sha1.New() //nolint:gosec // the specification's algorithm
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func sum5(parts ...[]byte) []byte {
	h := md5.New() //nolint:gosec // the specification's algorithm
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// SaltedHash is the function of that name (section 5.3.5.1): MD5(secret ‖ SHA1(salt ‖ secret
// ‖ random1 ‖ random2)).
func SaltedHash(secret []byte, salt string, random1, random2 []byte) []byte {
	return sum5(secret, sum1([]byte(salt), secret, random1, random2))
}

// Ladder makes 48 bytes of a secret with three salts: "A", "BB", "CCC" for a master secret
// and "X", "YY", "ZZZ" for a key blob. Licensing uses it too.
func Ladder(secret []byte, salts [3]string, random1, random2 []byte) []byte {
	var out []byte
	for _, salt := range salts {
		out = append(out, SaltedHash(secret, salt, random1, random2)...)
	}
	return out
}

// The salts of master secret and key blob.
var (
	MasterSalts = [3]string{"A", "BB", "CCC"}
	BlobSalts   = [3]string{"X", "YY", "ZZZ"}
)

// FinalHash is the function of that name (section 5.3.5.1).
func FinalHash(key, random1, random2 []byte) []byte { return sum5(key, random1, random2) }

// MAC is the full data signature (section 5.3.6.1), of which RDP uses eight bytes and
// licensing all; count is the encryption count of a salted MAC, or nil.
func MAC(key, data, count []byte) []byte {
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
	return sum5(key, pad2, sum1(key, pad1, length, data, count))
}

// keySet has the keys of one session of RC4 (section 5.3.5.1).
type keySet struct {
	mac    []byte
	client []byte // what the client encrypts with
	server []byte
}

// reduce makes a key of a method of a full one: 40 and 56 bits are eight bytes whose first
// ones everybody knows.
func reduce(key []byte, salt []byte) []byte {
	if salt == nil {
		return key[:longKey]
	}
	return append(salt[:len(salt):len(salt)], key[len(salt):shortKey]...)
}

func deriveKeys(salt, clientRandom, serverRandom []byte) keySet {
	preMaster := append(clientRandom[:24:24], serverRandom[:24]...)
	master := Ladder(preMaster, MasterSalts, clientRandom, serverRandom)
	blob := Ladder(master, BlobSalts, clientRandom, serverRandom)
	return keySet{
		mac:    reduce(blob[:16], salt),
		server: reduce(FinalHash(blob[16:32], clientRandom, serverRandom), salt),
		client: reduce(FinalHash(blob[32:48], clientRandom, serverRandom), salt),
	}
}

// updateKey makes the next key after 4096 PDUs (section 5.3.7).
func updateKey(initial, current, salt []byte) []byte {
	key := sum5(initial, pad2, sum1(initial, pad1, current))[:len(initial)]
	c, err := rc4.NewCipher(key) //nolint:gosec // the specification's algorithm
	if err != nil {
		panic("sec: " + err.Error()) // the key has 8 or 16 bytes
	}
	c.XORKeyStream(key, key)
	return reduce(key, salt)
}

// fipsKeys derives the keys of FIPS (section 5.3.5.2): 24 bytes for 3DES and 20 for HMAC.
func fipsKeys(clientRandom, serverRandom []byte) keySet {
	client := sum1(clientRandom[16:], serverRandom[16:])
	server := sum1(clientRandom[:16], serverRandom[:16])
	return keySet{mac: sum1(server, client), client: expandFIPS(client), server: expandFIPS(server)}
}

// expandFIPS spreads 168 bits, the first byte taken twice, over 24 bytes of seven bits, each
// counted from the lowest bit. The highest bit of a byte is then 0, and the lowest, which DES
// ignores, makes its parity odd: a key bit is lost. The specification does not say so, but
// all implementations agree on it.
func expandFIPS(key []byte) []byte {
	var in [22]byte
	for i, c := range append(key[:20:20], key[0]) {
		in[i] = bits.Reverse8(c)
	}
	out := make([]byte, 24)
	for i := range out {
		at, shift := 7*i/8, uint(7*i%8)
		seven := byte(binary.BigEndian.Uint16(in[at:])<<shift>>8) & 0xFE
		out[i] = bits.Reverse8(seven)
		if bits.OnesCount8(out[i])%2 == 0 {
			out[i] ^= 1
		}
	}
	return out
}
