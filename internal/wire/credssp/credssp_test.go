// SPDX-License-Identifier: Apache-2.0

package credssp_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/credssptest"
	"github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/credssp/spnego"
)

func wide(s string) []byte {
	var b []byte
	for _, c := range s {
		b = append(b, byte(c), 0)
	}
	return b
}

func config(password string) credssp.Config {
	random := bytes.NewReader(bytes.Repeat([]byte("random"), 100))
	return credssp.Config{
		Mechanism: ntlm.NewClient(ntlm.Config{User: "User", Domain: "Domain", Password: wide(password), Now: time.Unix(0, 0), Rand: random}),
		PublicKey: []byte("the key"), Domain: "Domain", User: "User", Password: wide(password), Rand: random,
	}
}

func newServer(version int) *credssptest.Server {
	return &credssptest.Server{
		NTLM:      ntlm.Server{User: "User", Domain: "Domain", Password: wide("Password"), Challenge: []byte("12345678")},
		PublicKey: []byte("the key"), Version: version,
	}
}

// run connects both, with bytes to the client in pieces of the given size.
func run(c *credssp.Client, s *credssptest.Server, piece int, after []byte) (done bool, err error) {
	var toClient, toServer, pending []byte
	over := false
	for range 100_000 {
		n, out, done, err := c.Step(pending, nil)
		if done || err != nil {
			return done, err
		}
		pending, toServer = pending[n:], append(toServer, out...)
		if n > 0 {
			continue
		}
		if !over {
			n, answer, finished, err := s.Handle(toServer)
			if err != nil {
				return false, err
			}
			toServer, toClient = toServer[n:], append(toClient, answer...)
			if finished {
				over, toClient = true, append(toClient, after...)
			}
		}
		take := min(piece, len(toClient))
		pending, toClient = append(pending[:len(pending):len(pending)], toClient[:take]...), toClient[take:]
	}
	return false, errors.New("no end")
}

func TestCredentialsReachTheServer(t *testing.T) {
	for version := 2; version <= 6; version++ {
		for _, piece := range []int{1, 7, 10_000} {
			t.Run(fmt.Sprintf("version %d in pieces of %d", version, piece), func(t *testing.T) {
				s, cfg := newServer(version), config("Password")
				cfg.EarlyUserAuth = true
				done, err := run(credssp.NewClient(cfg), s, piece, make([]byte, 4))
				if err != nil || !done {
					t.Fatalf("%v, %v", done, err)
				}
				for _, part := range []string{"Domain", "User", "Password"} {
					if !bytes.Contains(s.Credentials, wide(part)) {
						t.Errorf("credentials %q lack %s", s.Credentials, part)
					}
				}
				if bytes.Contains(cfg.Password, wide("P")) {
					t.Error("the password is not cleared")
				}
			})
		}
	}
}

// accepting is the server's side of SPNEGO with Kerberos.
type accepting struct {
	kerberos.Acceptor
	t *testing.T
}

func (a *accepting) Step(in []byte) ([]byte, bool, error) {
	_, rest, found := bytes.Cut(in, []byte("\xa2")) // mechToken
	at := bytes.Index(rest, []byte("\x60"))
	if !found || at < 0 {
		a.t.Fatalf("token %x has no mechToken", in)
	}
	token, done, err := a.Acceptor.Step(rest[at:])
	return spnego.Response{State: spnego.AcceptCompleted, Mech: new(kerberos.Client).OID(), Token: token}.Append(nil), done, err
}

func TestKerberos(t *testing.T) {
	for version := 2; version <= 6; version++ {
		key := kerberos.Key{Type: kerberos.AES256SHA1, Value: make([]byte, 32)}
		cfg := config("Password")
		cfg.EarlyUserAuth = true
		cfg.Mechanism = spnego.NewClient(kerberos.NewClient(kerberos.Config{
			Credential: kerberos.Credential{Ticket: []byte("\x61\x00"), SessionKey: key, Realm: "REALM"},
			Now:        time.Unix(0, 0), Rand: cfg.Rand,
		}), cfg.Mechanism)
		s := newServer(version)
		s.Mechanism = &accepting{kerberos.Acceptor{SessionKey: key, Subkey: &key, Sequence: 99}, t}
		if done, err := run(credssp.NewClient(cfg), s, 100, make([]byte, 4)); err != nil || !done {
			t.Fatalf("version %d: %v, %v", version, done, err)
		}
		if !bytes.Contains(s.Credentials, wide("Password")) {
			t.Errorf("version %d: credentials %q lack the password", version, s.Credentials)
		}
	}
}

func TestRestrictedAdminHandsOverNothing(t *testing.T) {
	s, cfg := newServer(6), config("Password")
	cfg.RestrictedAdmin, cfg.EarlyUserAuth = true, true
	if done, err := run(credssp.NewClient(cfg), s, 100, make([]byte, 4)); err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	want := "\x30\x15\xa0\x03\x02\x01\x01\xa1\x0e\x04\x0c\x30\x0a\xa0\x02\x04\x00\xa1\x02\x04\x00\xa2\x02\x04\x00"
	if got := string(s.Credentials); got[len(got)-12:] != want[len(want)-12:] || len(s.Credentials) > len(want)+2 {
		t.Errorf("credentials %x", s.Credentials)
	}
}

func TestServerRefuses(t *testing.T) {
	s := newServer(6)
	s.Status = credssp.LogonFailure
	_, err := run(credssp.NewClient(config("wrong")), s, 1, nil)
	var status credssp.Status
	if !errors.As(err, &status) || status != credssp.LogonFailure || err.Error() != "credssp: the user name or password is wrong" {
		t.Errorf("a wrong password: %v", err)
	}
	closing := credssp.NewClient(config("wrong"))
	if err := closing.Closed(); err == nil || errors.As(err, &status) {
		t.Errorf("a server that closes at once: %v", err)
	}
	if _, err = run(closing, newServer(6), 1, nil); !errors.Is(err, credssptest.ErrClosed) {
		t.Errorf("a server that closes: %v", err)
	}
	if err := closing.Closed(); !errors.Is(err, credssp.LogonFailure) {
		t.Errorf("a server that closes on a wrong password: %v", err)
	}
	cfg := config("Password")
	cfg.EarlyUserAuth = true
	if _, err = run(credssp.NewClient(cfg), newServer(6), 1, []byte{5, 0, 0, 0}); !errors.Is(err, credssp.ErrAccessDenied) {
		t.Errorf("access denied: %v", err)
	}
	if got := credssp.Status(0xC0001234).String(); got != "the server refuses with status 0xC0001234" {
		t.Errorf("unknown status: %q", got)
	}
}

// A man in the middle has another key; he passes the tokens on but cannot make the answer.
type passing struct{ credssp.Mechanism }

func (passing) Unseal([]byte) ([]byte, error) { return []byte("another key"), nil }

func TestManInTheMiddleIsFound(t *testing.T) {
	for _, version := range []int{3, 6} {
		cfg := config("Password")
		cfg.Mechanism = passing{cfg.Mechanism}
		s := newServer(version)
		if _, err := run(credssp.NewClient(cfg), s, 100, nil); !errors.Is(err, credssp.ErrPublicKey) || s.Credentials != nil {
			t.Errorf("version %d: %v, credentials %q", version, err, s.Credentials)
		}
	}
}

func TestRequest(t *testing.T) {
	want := credssp.Request{
		Version: 6, NegoTokens: [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), 300)}, AuthInfo: []byte("c"), PubKeyAuth: []byte("d"),
		ErrorCode: credssp.AccountLockedOut, ClientNonce: []byte("e"),
	}
	b := want.Append(nil)
	got, err := credssp.ParseRequest(b)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for n := range b {
		if q, err := credssp.ParseRequest(b[:n:n]); err == nil {
			t.Errorf("cut to %d of %d bytes is accepted as %+v", n, len(b), q)
		}
		if size, err := credssp.RequestLength(b[:n]); err != nil || size != 0 && size != len(b) {
			t.Errorf("%d bytes tell a length of %d, %v", n, size, err)
		}
	}
	for name, b := range map[string]string{"a huge length": "\x30\x84\x7f\xff\xff\xff", "an endless length": "\x30\x80", "HTTP": "HTTP"} {
		if n, err := credssp.RequestLength([]byte(b)); err == nil {
			t.Errorf("%s: %d", name, n)
		}
	}
}

func TestSubjectPublicKey(t *testing.T) {
	spki := []byte("\x30\x0b\x30\x03\x06\x01\x2a\x03\x04\x00key")
	if got, err := credssp.SubjectPublicKey(spki); err != nil || string(got) != "key" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := credssp.SubjectPublicKey(spki[:8]); err == nil {
		t.Error("a cut key is accepted")
	}
}

func FuzzRequest(f *testing.F) {
	f.Add(credssp.Request{Version: 6, NegoTokens: [][]byte{[]byte("token")}}.Append(nil))
	f.Add(credssp.Request{Version: 3, ErrorCode: credssp.LogonFailure, PubKeyAuth: []byte("x")}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := credssp.ParseRequest(b)
		if err != nil {
			return
		}
		again, err := credssp.ParseRequest(q.Append(nil))
		if diff := cmp.Diff(q, again); diff != "" || err != nil {
			t.Fatalf("%v (-first +second):\n%s", err, diff)
		}
	})
}

func FuzzClient(f *testing.F) {
	s := newServer(6)
	_, challenge, _, err := s.Handle(credssp.Request{Version: 6, NegoTokens: [][]byte{[]byte("NTLMSSP\x00")}}.Append(nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(challenge)
	f.Fuzz(func(t *testing.T, in []byte) {
		c := credssp.NewClient(config("Password"))
		c.Step(nil, nil)
		for {
			n, _, done, err := c.Step(in, nil)
			if done {
				t.Fatal("a server without the key is trusted")
			}
			if err != nil || n == 0 {
				return
			}
			in = in[n:]
		}
	})
}
