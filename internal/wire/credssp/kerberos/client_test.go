// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

var now = time.Date(2026, 11, 24, 19, 30, 15, 123456789, time.UTC)

func testConfig(key Key) Config {
	return Config{
		Credential: Credential{
			Ticket: []byte("\x61\x06ticket"), SessionKey: key, Realm: "EXAMPLE.ORG",
			Client: PrincipalName{NamePrincipal, []string{"user"}},
		},
		ChannelBindings: []byte("0123456789abcdef"),
		Now:             now,
		Rand:            bytes.NewReader(bytes.Repeat([]byte("random"), 50)),
	}
}

func TestExchange(t *testing.T) {
	for _, key := range keys() {
		for _, subkey := range []*Key{nil, {AES256SHA1, make([]byte, aes256Size)}} {
			c := NewClient(testConfig(key))
			s := Acceptor{SessionKey: key, Subkey: subkey, Sequence: 0xFFFFFFFF, ChannelBindings: []byte("0123456789abcdef")}
			request, done, err := c.Step(nil)
			if err != nil || done {
				t.Fatalf("type %d: %v, %v", key.Type, done, err)
			}
			reply, _, err := s.Step(request)
			if err != nil {
				t.Fatalf("type %d: the acceptor: %v", key.Type, err)
			}
			out, done, err := c.Step(reply)
			if err != nil || !done || out != nil {
				t.Fatalf("type %d: %x, %v, %v", key.Type, out, done, err)
			}
			if got, err := s.Unseal(c.Seal([]byte("to the server"))); err != nil || string(got) != "to the server" {
				t.Errorf("type %d: %q, %v", key.Type, got, err)
			}
			if got, err := c.Unseal(s.Seal([]byte("to the client"))); err != nil || string(got) != "to the client" {
				t.Errorf("type %d: %q, %v", key.Type, got, err)
			}
			if err := s.CheckMIC([]byte("list"), c.MIC([]byte("list"))); err != nil {
				t.Errorf("type %d: the client's MIC: %v", key.Type, err)
			}
			if err := c.CheckMIC([]byte("list"), s.MIC([]byte("list"))); err != nil {
				t.Errorf("type %d: the server's MIC: %v", key.Type, err)
			}
			if _, _, err := c.Step(reply); err == nil {
				t.Errorf("type %d: a second AP-REP is accepted", key.Type)
			}
		}
	}
}

// The authenticator in the words of RFC 4121, section 4.1.1: checksum 0x8003 with the length
// of the bindings, the bindings, and the flags.
func TestAuthenticatorHasBindingsAndFlags(t *testing.T) {
	key := keys()[0]
	c := NewClient(testConfig(key))
	if _, _, err := c.Step(nil); err != nil {
		t.Fatal(err)
	}
	want := "\xa0\x05\x02\x03\x00\x80\x03" + "\xa1\x1a\x04\x18" + "\x10\x00\x00\x00" + "0123456789abcdef" + "\x3e\x00\x00\x00"
	if b := c.sent.bytes(); !bytes.Contains(b, []byte(want)) {
		t.Errorf("the authenticator %x lacks the checksum", b)
	}
	c.sent.bindings = nil
	if b := c.sent.bytes(); !bytes.Contains(b, append(make([]byte, bindingsSize), 0x3e, 0, 0, 0)) {
		t.Errorf("the authenticator %x lacks the empty bindings", b)
	}
}

// reply makes the token of an AP-REP with part.
func reply(tb testing.TB, key Key, part encPart) []byte {
	tb.Helper()
	k, err := newCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	sealed, err := k.encrypt(usageAPRep, make([]byte, confounderSize), part.bytes())
	if err != nil {
		tb.Fatal(err)
	}
	return frameToken(tokenAPRep, apRep{key.Type, sealed}.bytes())
}

func TestRepliesThatAreRefused(t *testing.T) {
	key := Key{AES256SHA1, make([]byte, aes256Size)}
	begin := func() *Client {
		c := NewClient(testConfig(key))
		if _, _, err := c.Step(nil); err != nil {
			t.Fatal(err)
		}
		return c
	}
	sent := begin().sent.time
	good := reply(t, key, encPart{time: sent, subkey: &key, sequence: 5})
	for n := range good {
		if _, done, err := begin().Step(good[:n:n]); err == nil || done {
			t.Errorf("cut to %d of %d bytes is accepted", n, len(good))
		}
		changed := bytes.Clone(good)
		changed[n] ^= 1
		if _, done, err := begin().Step(changed); err == nil || done {
			t.Errorf("byte %d changed is accepted", n)
		}
	}
	for name, c := range map[string]struct {
		token []byte
		want  error
	}{
		"the time of another request": {reply(t, key, encPart{time: sent.Add(time.Microsecond)}), ErrMutual},
		"another key":                 {reply(t, Key{AES256SHA1, bytes.Repeat([]byte{1}, aes256Size)}, encPart{time: sent}), ErrIntegrity},
		"a key of RC4":                {reply(t, key, encPart{time: sent, subkey: &Key{23, make([]byte, 16)}}), nil},
		"another encryption type":     {reply(t, Key{AES128SHA1, make([]byte, aes128Size)}, encPart{time: sent}), nil},
		"an AP-REQ":                   {frameToken(tokenAPReq, nil), nil},
		"more behind it":              {append(bytes.Clone(good), 0), nil},
		"a refusal":                   {Refuse(&Error{Code: ClockSkew, ServerTime: now}), ClockSkew},
	} {
		_, done, err := begin().Step(c.token)
		if err == nil || done || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, done, err, c.want)
		}
	}
	if _, done, err := begin().Step(good); err != nil || !done {
		t.Errorf("the reply itself: %v", err)
	}
}

func TestNothingIsSealedBeforeTheReply(t *testing.T) {
	c := NewClient(testConfig(keys()[0]))
	if b := c.Seal([]byte("message")); b != nil {
		t.Errorf("sealed %x", b)
	}
	if b := c.MIC([]byte("message")); b != nil {
		t.Errorf("signed %x", b)
	}
	if _, err := c.Unseal(nil); err == nil {
		t.Error("unsealed")
	}
	if err := c.CheckMIC(nil, nil); err == nil {
		t.Error("a MIC is accepted")
	}
}

func TestConfigsThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"RC4":            func(c *Config) { c.Credential.SessionKey = Key{23, make([]byte, 16)} },
		"no randomness":  func(c *Config) { c.Rand = bytes.NewReader(nil) },
		"short bindings": func(c *Config) { c.ChannelBindings = []byte("short") },
	} {
		cfg := testConfig(keys()[0])
		change(&cfg)
		if _, _, err := NewClient(cfg).Step(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestError(t *testing.T) {
	want := &Error{Code: PreauthRequired, ServerTime: now.Truncate(time.Microsecond), Text: "text", Data: []byte("data")}
	b := want.Append(nil)
	got, err := ParseError(b)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !IsError(b) || IsError(nil) || IsError([]byte("\x6f")) {
		t.Error("IsError is wrong")
	}
	for n := range b {
		if e, err := ParseError(b[:n:n]); err == nil {
			t.Errorf("cut to %d of %d bytes is accepted as %+v", n, len(b), e)
		}
	}
	if got, want := want.Error(), `kerberos: the KDC wants another proof than a password ("text")`; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if got, want := (&Error{Code: 99}).Error(), "kerberos: the other side refuses with code 99"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

// Old implementations write sequence numbers above 2³¹ as negative ones.
func TestNegativeSequenceNumber(t *testing.T) {
	var b cryptobyte.Builder
	b.AddASN1(application(encPartTag), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addTime(b, 1, 0, now)
			addInt(b, 3, -2)
		})
	})
	p, err := parseEncPart(b.BytesOrPanic())
	if err != nil || p.sequence != 0xFFFFFFFE || p.subkey != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

func FuzzAPRep(f *testing.F) {
	key := Key{AES256SHA1, make([]byte, aes256Size)}
	f.Add(reply(f, key, encPart{time: now, subkey: &key, sequence: 5}))
	f.Add(reply(f, key, encPart{time: now}))
	f.Add(Refuse(&Error{Code: ClockSkew, ServerTime: now, Text: "skew"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, message, err := parseToken(b)
		if err != nil {
			return
		}
		if id == tokenError {
			roundTripError(t, message)
			return
		}
		r, err := parseAPRep(message)
		if err != nil {
			return
		}
		again, err := parseAPRep(r.bytes())
		if err != nil || again.kind != r.kind || !bytes.Equal(again.sealed, r.sealed) {
			t.Fatalf("%+v comes back as %+v, %v", r, again, err)
		}
	})
}

func roundTripError(t *testing.T, b []byte) {
	t.Helper()
	e, err := ParseError(b)
	if err != nil {
		return
	}
	again, err := ParseError(e.Append(nil))
	if diff := cmp.Diff(e, again); diff != "" || err != nil {
		t.Fatalf("%v (-first +second):\n%s", err, diff)
	}
}

func FuzzEncAPRepPart(f *testing.F) {
	f.Add(encPart{time: now, subkey: &Key{AES128SHA1, make([]byte, aes128Size)}, sequence: 5}.bytes())
	f.Add(encPart{time: now, sequence: 1 << 31}.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseEncPart(b)
		if err != nil {
			return
		}
		again, err := parseEncPart(p.bytes())
		if err != nil || !again.time.Equal(p.time) || again.sequence != p.sequence || !cmp.Equal(again.subkey, p.subkey) {
			t.Fatalf("%+v comes back as %+v, %v", p, again, err)
		}
	})
}

// The acceptor serves tests only, but it must not fall over either.
func FuzzAPReq(f *testing.F) {
	key := keys()[0]
	request, _, err := NewClient(testConfig(key)).Step(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(request)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Acceptor{SessionKey: key}
		if _, done, err := s.Step(b); err != nil && done {
			t.Fatal("an error and done")
		}
	})
}
