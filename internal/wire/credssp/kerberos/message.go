// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSequence is the error for a message that was replayed, left out or put elsewhere.
var ErrSequence = errors.New("kerberos: the message does not have the next sequence number")

// Flags of per-message tokens (RFC 4121, section 4.2.2).
const (
	sentByAcceptor = 1
	sealed         = 2
	acceptorSubkey = 4
)

// headerSize is the size of the header of both tokens:
//
//	TOK_ID (2) | Flags (1) | FF (1) | EC (2) | RRC (2) | SND_SEQ (8)   wrap token, 4.2.6.2
//	TOK_ID (2) | Flags (1) | FF (5)                    | SND_SEQ (8)   MIC token, 4.2.6.1
const headerSize = 16

// peers is one side of an established context: it makes tokens and takes the other side's.
type peers struct {
	cipher *cipher
	// flags are those of own tokens, without sealed.
	flags byte
	// seed makes the confounders.
	seed []byte
	// send and receive are the next sequence numbers.
	send, receive uint64
}

// usage chooses the key usage: each side has its own for its tokens.
func usage(flags byte, acceptor, initiator uint32) uint32 {
	if flags&sentByAcceptor != 0 {
		return acceptor
	}
	return initiator
}

// theirs are the flags of the other side's tokens, without sealed.
func (p *peers) theirs() byte { return p.flags ^ sentByAcceptor }

// confounder is a random block that is never repeated: it comes from the seed and the number
// of the message.
func (p *peers) confounder() []byte {
	h := hmac.New(sha256.New, p.seed)
	h.Write(binary.BigEndian.AppendUint64(nil, p.send))
	return h.Sum(nil)[:confounderSize]
}

func wrapHeader(flags byte, rrc uint16, sequence uint64) []byte {
	b := binary.BigEndian.AppendUint16(nil, tokenWrap)
	b = append(b, flags|sealed, 0xFF, 0, 0) // no extra count
	b = binary.BigEndian.AppendUint16(b, rrc)
	return binary.BigEndian.AppendUint64(b, sequence)
}

// wrap seals a message (RFC 4121, section 4.2.4). What follows the message within the
// ciphertext is rotated before it, as Windows does and expects ([MS-KILE], section 3.4.5.4.1).
func (p *peers) wrap(message []byte) ([]byte, error) {
	plain := append(append([]byte{}, message...), wrapHeader(p.flags, 0, p.send)...)
	b, err := p.cipher.encrypt(usage(p.flags, usageAcceptorSeal, usageInitiatorSeal), p.confounder(), plain)
	if err != nil {
		return nil, err
	}
	rrc := headerSize + p.cipher.macSize()
	out := wrapHeader(p.flags, uint16(rrc), p.send)
	p.send++
	out = append(out, b[len(b)-rrc:]...)
	return append(out, b[:len(b)-rrc]...), nil
}

// wrapToken is the header of a wrap token and what follows it.
type wrapToken struct {
	flags    byte
	ec, rrc  int
	sequence uint64
	data     []byte
}

func parseWrap(b []byte) (t wrapToken, err error) {
	if len(b) < headerSize || binary.BigEndian.Uint16(b) != tokenWrap || b[3] != 0xFF {
		return t, fmt.Errorf("kerberos: %d bytes are no wrap token", len(b))
	}
	return wrapToken{
		flags: b[2], ec: int(binary.BigEndian.Uint16(b[4:])), rrc: int(binary.BigEndian.Uint16(b[6:])),
		sequence: binary.BigEndian.Uint64(b[8:]), data: b[headerSize:],
	}, nil
}

// rotated returns the data rotated left by n bytes.
func (t wrapToken) rotated(n int) []byte {
	if len(t.data) == 0 {
		return nil
	}
	n %= len(t.data)
	return append(bytes.Clone(t.data[n:]), t.data[:n]...)
}

// unwrap verifies and decrypts a wrap token; without encryption it is refused.
func (p *peers) unwrap(b []byte) ([]byte, error) {
	t, err := parseWrap(b)
	if err != nil {
		return nil, err
	}
	if t.flags&(sealed|acceptorSubkey|sentByAcceptor) != p.theirs()|sealed {
		return nil, fmt.Errorf("kerberos: wrap token: Flags: 0x%02X is not 0x%02X", t.flags, p.theirs()|sealed)
	}
	if t.sequence != p.receive {
		return nil, ErrSequence
	}
	plain, err := p.open(t)
	if err != nil {
		return nil, err
	}
	n := len(plain) - headerSize
	if n < t.ec {
		return nil, fmt.Errorf("kerberos: wrap token: EC: %d bytes of padding in %d bytes", t.ec, n)
	}
	header := bytes.Clone(b[:headerSize])
	header[6], header[7] = 0, 0 // RRC
	if !bytes.Equal(plain[n:], header) {
		return nil, ErrIntegrity
	}
	p.receive++
	return plain[:n-t.ec], nil
}

// open decrypts. Deviation: Windows rotates by EC more where it pads ([MS-KILE], section
// 3.4.5.4.1), so both are tried.
func (p *peers) open(t wrapToken) ([]byte, error) {
	number := usage(t.flags, usageAcceptorSeal, usageInitiatorSeal)
	plain, err := p.cipher.decrypt(number, t.rotated(t.rrc))
	if errors.Is(err, ErrIntegrity) && t.ec > 0 {
		return p.cipher.decrypt(number, t.rotated(t.rrc+t.ec))
	}
	return plain, err
}

func micHeader(flags byte, sequence uint64) []byte {
	b := binary.BigEndian.AppendUint16(nil, tokenMIC)
	b = append(b, flags, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
	return binary.BigEndian.AppendUint64(b, sequence)
}

// mic signs a message (RFC 4121, section 4.2.4).
func (p *peers) mic(message []byte) ([]byte, error) {
	header := micHeader(p.flags, p.send)
	sum, err := p.cipher.checksum(usage(p.flags, usageAcceptorSign, usageInitiatorSign), message, header)
	if err != nil {
		return nil, err
	}
	p.send++
	return append(header, sum...), nil
}

// checkMIC verifies the other side's signature of a message.
func (p *peers) checkMIC(message, mic []byte) error {
	if len(mic) < headerSize {
		return fmt.Errorf("kerberos: %d bytes are no MIC token", len(mic))
	}
	header, sequence := mic[:headerSize], binary.BigEndian.Uint64(mic[8:])
	flags := header[2]
	if !bytes.Equal(header, micHeader(flags, sequence)) || flags&(sealed|acceptorSubkey|sentByAcceptor) != p.theirs() {
		return fmt.Errorf("kerberos: MIC token: header %x is wrong", header)
	}
	if sequence != p.receive {
		return ErrSequence
	}
	want, err := p.cipher.checksum(usage(flags, usageAcceptorSign, usageInitiatorSign), message, header)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, mic[headerSize:]) {
		return ErrIntegrity
	}
	p.receive++
	return nil
}
