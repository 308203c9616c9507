// SPDX-License-Identifier: Apache-2.0

package ntlm

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
)

// ErrLogon is the error for a wrong user or password.
var ErrLogon = errors.New("ntlm: wrong user or password")

// Server is the other side of a Client, which the fake servers of tests use. It knows one
// user, and takes the client's flags as they are.
type Server struct {
	User, Domain string
	// Password is UTF-16LE.
	Password []byte
	// Challenge has 8 bytes.
	Challenge []byte
	// TargetInfo are the AV pairs of its challenge. By default it tells the time alone, and
	// wants a MIC.
	TargetInfo []byte

	negotiate, challenge []byte
	in, out              *direction
}

// Step takes the client's message and returns the server's.
func (s *Server) Step(in []byte) (out []byte, done bool, err error) {
	if s.negotiate == nil {
		s.negotiate = append([]byte{}, in...)
		s.challenge = s.challengeMessage()
		return s.challenge, false, nil
	}
	return nil, true, s.verify(in)
}

func (s *Server) challengeMessage() []byte {
	le := binary.LittleEndian
	info := s.TargetInfo
	if info == nil {
		info = appendPair(appendPair(nil, avTimestamp, make([]byte, 8)), avEOL, nil)
	}
	b := le.AppendUint32([]byte(signature), typeChallenge)
	b = append(b, make([]byte, 8)...) // no target name
	b = le.AppendUint32(b, negotiateFlags)
	b = append(append(b, s.Challenge[:challengeSize]...), make([]byte, 8)...)
	b = le.AppendUint16(le.AppendUint16(b, uint16(len(info))), uint16(len(info)))
	b = le.AppendUint32(b, challengeHeader+versionSize)
	return append(append(b, version...), info...)
}

func (s *Server) verify(auth []byte) error {
	part := func(at int) []byte {
		if len(auth) < micOffset+micSize {
			return nil
		}
		n, from := int(binary.LittleEndian.Uint16(auth[at:])), int64(binary.LittleEndian.Uint32(auth[at+4:]))
		if from+int64(n) > int64(len(auth)) {
			return nil
		}
		return auth[from:][:n]
	}
	nt, key := part(20), part(52)
	if len(nt) < keySize || len(key) != keySize {
		return errors.New("ntlm: authenticate message: is cut")
	}
	owf := ntowfv2(s.Password, s.User, s.Domain)
	proof := hmacMD5(owf, s.Challenge, nt[keySize:])
	if !hmac.Equal(proof, nt[:keySize]) {
		return ErrLogon
	}
	exported := rc4Once(hmacMD5(owf, proof), key)
	unsigned := append([]byte{}, auth...)
	clear(unsigned[micOffset:][:micSize])
	if s.TargetInfo == nil && !hmac.Equal(hmacMD5(exported, s.negotiate, s.challenge, unsigned), auth[micOffset:][:micSize]) {
		return ErrSignature
	}
	s.in, s.out = newDirection(exported, clientSigning, clientSealing), newDirection(exported, serverSigning, serverSealing)
	return nil
}

// Seal encrypts a message to the client.
func (s *Server) Seal(message []byte) []byte { return (&Client{out: s.out}).Seal(message) }

// Unseal decrypts a message of the client.
func (s *Server) Unseal(b []byte) ([]byte, error) { return (&Client{in: s.in}).Unseal(b) }
