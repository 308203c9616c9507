// SPDX-License-Identifier: Apache-2.0

package ntlm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

// The values of [MS-NLMP], sections 4.2.1 and 4.2.4.
const (
	exampleTargetInfo = "02000c0044006f006d00610069006e0001000c005300650072007600650072000000" + "0000"
	exampleServer     = "0123456789abcdef"
	exampleClient     = "aaaaaaaaaaaaaaaa"
	exampleKey        = "55555555555555555555555555555555"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExampleValues(t *testing.T) {
	key := ntowfv2(utf16le("Password"), "User", "Domain")
	server, client := unhex(t, exampleServer), unhex(t, exampleClient)
	proof, nt, base := response(key, server, client, 0, unhex(t, exampleTargetInfo))
	out := newDirection(unhex(t, exampleKey), clientSigning, clientSealing)
	for _, tc := range []struct {
		name string
		got  []byte
		want string
	}{
		{"NTOWFv2", key, "0c868a403bfd7a93a3001ef22ef02e3f"},
		{"LMv2 response", lmResponse(key, server, client), "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"},
		{"NTProofStr", proof, "68cd0ab851e51c96aabc927bebef6a1c"},
		{"NTLMv2 response", nt[:28], "68cd0ab851e51c96aabc927bebef6a1c" + "010100000000000000000000"},
		{"SessionBaseKey", base, "8de40ccadbc14a82f15cb0ad0de95ca3"},
		{"EncryptedRandomSessionKey", rc4Once(base, unhex(t, exampleKey)), "c5dad2544fc9799094ce1ce90bc9d03e"},
		{"client signing key", out.signKey, "4788dc861b4782f35d43fd98fe1a2d39"},
		{"client sealing key", out.sealKey, "59f600973cc4960a25480a7c196e4c58"},
	} {
		if got := hex.EncodeToString(tc.got); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	c := &Client{out: out}
	if got, want := hex.EncodeToString(c.Seal(utf16le("Plaintext"))), "010000007fb38ec5c55d497600000000"+"54e50165bf1936dc996020c1811b0f06fb5f"; got != want {
		t.Errorf("sealed %s, want %s", got, want)
	}
}

// challengeMessage is that of section 4.2.4.3, whose TargetInfo follows the target's name.
func challengeMessage(t testing.TB, info []byte) []byte {
	b := []byte(signature + "\x02\x00\x00\x00\x0c\x00\x0c\x00\x38\x00\x00\x00\x33\x82\x8a\xe2")
	b = append(b, unhex(t, exampleServer+"0000000000000000")...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(info)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(info)))
	b = append(b, 0x44, 0, 0, 0)
	b = append(b, version...)
	return append(append(b, utf16le("Server")...), info...)
}

func example(t testing.TB) *Client {
	return NewClient(Config{
		User: "User", Domain: "Domain", Password: utf16le("Password"), Workstation: "COMPUTER", Now: time.Unix(0, 0),
		Rand: bytes.NewReader(unhex(t, exampleClient+exampleKey)), TargetName: "TERMSRV/host", ChannelBindings: ChannelBindings([]byte("hash")),
	})
}

// server is the other end, for what the client cannot tell by itself.
type server struct {
	in, out *direction
}

func TestExchangeWithMIC(t *testing.T) {
	c := example(t)
	negotiate, done, err := c.Step(nil)
	if err != nil || done || !IsMessage(negotiate) {
		t.Fatalf("negotiate %x, %v, %v", negotiate, done, err)
	}
	info := unhex(t, exampleTargetInfo)
	stamp := unhex(t, "0090d336b734c301")
	info = append(appendPair(info[:len(info)-4:len(info)-4], avTimestamp, stamp), 0, 0, 0, 0)
	challenge := challengeMessage(t, info)
	auth, done, err := c.Step(challenge)
	if err != nil || !done {
		t.Fatalf("authenticate: %v, %v", done, err)
	}
	part := func(at int) []byte {
		n, from := binary.LittleEndian.Uint16(auth[at:]), binary.LittleEndian.Uint32(auth[at+4:])
		return auth[from:][:n]
	}
	if lm := part(12); !bytes.Equal(lm, make([]byte, 24)) {
		t.Errorf("LMv2 response beside a timestamp: %x", lm)
	}
	nt := part(20)
	if !bytes.Equal(nt[24:32], stamp) {
		t.Errorf("time %x, want the server's %x", nt[24:32], stamp)
	}
	pairs, err := parsePairs(nt[44:])
	if err != nil {
		t.Fatal(err)
	}
	found := map[uint16]string{}
	for _, p := range pairs {
		found[p.id] = string(p.value)
	}
	if found[avFlags] != "\x02\x00\x00\x00" || found[avTargetName] != string(utf16le("TERMSRV/host")) || len(found[avChannelBindings]) != 16 {
		t.Errorf("AV pairs %v", found)
	}
	key := ntowfv2(utf16le("Password"), "User", "Domain")
	proof := hmacMD5(key, unhex(t, exampleServer), nt[16:])
	if !bytes.Equal(proof, nt[:16]) {
		t.Errorf("NTProofStr %x, want %x", nt[:16], proof)
	}
	exported := rc4Once(hmacMD5(key, proof), part(52))
	if hex.EncodeToString(exported) != exampleKey {
		t.Errorf("session key %x", exported)
	}
	mic := bytes.Clone(auth[micOffset:][:micSize])
	clear(auth[micOffset:][:micSize])
	if want := hmacMD5(exported, negotiate, challenge, auth); !bytes.Equal(mic, want) {
		t.Errorf("MIC %x, want %x", mic, want)
	}
	exchangeSealed(t, c, &server{in: newDirection(exported, clientSigning, clientSealing), out: newDirection(exported, serverSigning, serverSealing)})
	if _, _, err := c.Step(challenge); err == nil {
		t.Error("a message after the last is accepted")
	}
}

func exchangeSealed(t *testing.T, c *Client, s *server) {
	t.Helper()
	for i := range 3 {
		sealed := c.Seal([]byte("to the server"))
		plain := make([]byte, len(sealed)-16)
		s.in.stream.XORKeyStream(plain, sealed[16:])
		if string(plain) != "to the server" || !bytes.Equal(s.in.sign(plain), sealed[:16]) {
			t.Errorf("message %d reads %q", i, plain)
		}
		back := make([]byte, 6)
		s.out.stream.XORKeyStream(back, []byte("answer"))
		if got, err := c.Unseal(append(s.out.sign([]byte("answer")), back...)); err != nil || string(got) != "answer" {
			t.Errorf("answer %d: %q, %v", i, got, err)
		}
	}
	c.Reset()
	s.in.reset()
	s.out.reset()
	// The streams begin anew, the numbers go on: this is the fourth message.
	if got := c.MIC([]byte("list")); !bytes.Equal(got, s.in.sign([]byte("list"))) || got[12] != 3 {
		t.Errorf("MIC %x", got)
	}
	if err := c.CheckMIC([]byte("list"), s.out.sign([]byte("list"))); err != nil {
		t.Error(err)
	}
	if _, err := c.Unseal(make([]byte, 22)); !errors.Is(err, ErrSignature) {
		t.Errorf("a forged message: %v", err)
	}
}

func TestChallengeRefuses(t *testing.T) {
	good := challengeMessage(t, unhex(t, exampleTargetInfo))
	for n := range good {
		c := example(t)
		c.Step(nil)
		if _, _, err := c.Step(good[:n:n]); err == nil {
			t.Errorf("cut to %d of %d bytes is accepted", n, len(good))
		}
	}
	for name, change := range map[string]func([]byte){
		"no key exchange":      func(b []byte) { b[23] &^= 0x40 },
		"a message of type 3":  func(b []byte) { b[8] = 3 },
		"info outside":         func(b []byte) { b[47] = 0xFF },
		"an AV pair that lies": func(b []byte) { b[0x46] = 0xFF },
	} {
		b := bytes.Clone(good)
		change(b)
		c := example(t)
		c.Step(nil)
		if _, _, err := c.Step(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add(challengeMessage(f, unhex(f, exampleTargetInfo)))
	f.Add(challengeMessage(f, appendPair(appendPair(nil, avTimestamp, make([]byte, 8)), avEOL, nil)))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := example(t)
		c.Step(nil)
		out, done, err := c.Step(b)
		if err == nil && (!done || !IsMessage(out) || len(out) > len(b)+1024) {
			t.Fatalf("%d bytes for a challenge of %d", len(out), len(b))
		}
		c.Unseal(b)
	})
}
