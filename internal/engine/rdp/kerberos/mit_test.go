// SPDX-License-Identifier: Apache-2.0

//go:build integration

package kerberos

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/credssptest"
	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/credssp/spnego"
	"github.com/palta-gateway/palta/test/servers"
)

const (
	testPassword = "alligator pear é"
	testHost     = "rdp.palta.test"
)

// realm is a KDC with a user and a host, whose keytab it has.
type realm struct {
	*servers.KDC
	keytab string
}

func startRealm(t *testing.T, o servers.KDCOptions) *realm {
	t.Helper()
	r := &realm{KDC: servers.StartKDC(t, o)}
	r.AddUser(t, "user", testPassword)
	r.keytab = r.AddService(t, "TERMSRV/"+testHost)
	return r
}

func (r *realm) client(t *testing.T, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{Krb5Conf: r.Config, Dialer: new(net.Dialer)}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *realm) ticket(t *testing.T) wire.Credential {
	t.Helper()
	cred, err := r.client(t, nil).Ticket(t.Context(), login("user", testPassword), "TERMSRV", testHost)
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

func login(user, password string) Login { return Login{User: user, Password: secret.New(password)} }

var endpoint = sha256.Sum256([]byte("certificate"))

func mechanism(cred wire.Credential) *wire.Client {
	return wire.NewClient(wire.Config{
		Credential: cred, ChannelBindings: ntlm.ChannelBindings(endpoint[:]), Now: time.Now(), Rand: rand.Reader,
	})
}

// establish runs the exchange of tokens to its end.
func establish(m credssp.Mechanism, a *acceptor) error {
	var in []byte
	for range 5 {
		out, done, err := m.Step(in)
		if err != nil {
			return err
		}
		over := false
		if len(out) > 0 {
			var err error
			if in, over, err = a.Step(out); err != nil {
				return err
			}
		}
		if done {
			return nil
		}
		if over && len(in) == 0 {
			return errors.New("the acceptor is done, the client is not")
		}
	}
	return errors.New("no end")
}

// Each encryption type with AES, with MIT's acceptor: AP-REQ, AP-REP, sealed messages both
// ways, MICs both ways.
func TestEncryptionTypesWithMIT(t *testing.T) {
	for kind, name := range map[wire.EncryptionType]string{
		wire.AES128SHA1: "aes128-cts-hmac-sha1-96", wire.AES256SHA1: "aes256-cts-hmac-sha1-96",
		wire.AES128SHA256: "aes128-cts-hmac-sha256-128", wire.AES256SHA384: "aes256-cts-hmac-sha384-192",
	} {
		t.Run(name, func(t *testing.T) {
			r := startRealm(t, servers.KDCOptions{EncryptionTypes: name + ":normal"})
			r.Admin(t, "setstr", "TERMSRV/"+testHost, "session_enctypes", name)
			cred := r.ticket(t)
			if cred.SessionKey.Type != kind {
				t.Fatalf("the session key is of type %d, want %d", cred.SessionKey.Type, kind)
			}
			m, a := mechanism(cred), r.startAcceptor(t, endpoint[:])
			if err := establish(m, a); err != nil {
				t.Fatal(err)
			}
			word, flags, err := a.call("who", nil)
			if err != nil || word != "user@PALTA.TEST" {
				t.Errorf("the acceptor knows %q, %v", word, err)
			}
			for _, flag := range []string{"mutual_authentication", "confidentiality", "integrity", "out_of_sequence_detection", "replay_detection"} {
				if !strings.Contains(string(flags), flag) {
					t.Errorf("the acceptor has flags %s, not %s", flags, flag)
				}
			}
			talk(t, m, a)
		})
	}
}

func talk(t *testing.T, m *wire.Client, a *acceptor) {
	t.Helper()
	for _, size := range []int{0, 1, 15, 16, 17, 100, 5000} {
		want := bytes.Repeat([]byte{'m'}, size)
		if got, err := a.Unseal(m.Seal(want)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes reach MIT as %d, %v", size, len(got), err)
		}
		if got, err := m.Unseal(a.Seal(want)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes come from MIT as %d, %v", size, len(got), err)
		}
		short := want[:min(size, 200)]
		if err := a.check(short, m.MIC(short)); err != nil {
			t.Errorf("MIC of %d bytes: %v", len(short), err)
		}
		if err := m.CheckMIC(short, a.mic(short)); err != nil {
			t.Errorf("MIC of %d bytes from MIT: %v", len(short), err)
		}
	}
	sealed := m.Seal([]byte("once"))
	if _, err := a.Unseal(sealed); err != nil {
		t.Error(err)
	}
	if _, err := a.Unseal(sealed); err == nil {
		t.Error("MIT takes a message twice")
	}
}

func TestChannelBindingsWithMIT(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	if err := establish(mechanism(r.ticket(t)), r.startAcceptor(t, nil)); err != nil {
		t.Errorf("an acceptor without bindings: %v", err)
	}
	other := sha256.Sum256([]byte("the certificate of somebody between"))
	for name, wrap := range map[string]func(m credssp.Mechanism) credssp.Mechanism{
		"Kerberos": func(m credssp.Mechanism) credssp.Mechanism { return m },
		"SPNEGO":   func(m credssp.Mechanism) credssp.Mechanism { return spnego.NewClient(m) },
	} {
		m := wrap(mechanism(r.ticket(t)))
		request, _, err := m.Step(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, token, err := r.startAcceptor(t, other[:]).call("step", request)
		if err == nil || !strings.Contains(err.Error(), "Incorrect channel bindings") {
			t.Errorf("%s: bindings of another certificate: %v", name, err)
		}
		_, done, err := m.Step(token)
		var refusal *wire.Error
		if !errors.As(err, &refusal) || refusal.Code != wire.Unspecified || done {
			t.Errorf("%s: the refusal is read as %v, %v", name, done, err)
		}
	}
}

// dead is a mechanism that the acceptor does not have, offered first, so that Kerberos is the
// second one and the list must be signed.
type dead struct{ credssp.Mechanism }

func (dead) OID() []byte                       { return []byte("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a") }
func (dead) Step([]byte) ([]byte, bool, error) { return []byte("NTLMSSP\x00"), false, nil }

func TestNegotiationWithMIT(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	for name, offer := range map[string]func(m credssp.Mechanism) *spnego.Client{
		"Kerberos alone":       func(m credssp.Mechanism) *spnego.Client { return spnego.NewClient(m) },
		"Kerberos before NTLM": func(m credssp.Mechanism) *spnego.Client { return spnego.NewClient(m, dead{}) },
		"Kerberos behind NTLM": func(m credssp.Mechanism) *spnego.Client { return spnego.NewClient(dead{}, m) },
	} {
		t.Run(name, func(t *testing.T) {
			m, a := mechanism(r.ticket(t)), r.startAcceptor(t, endpoint[:])
			if err := establish(offer(m), a); err != nil {
				t.Fatal(err)
			}
			talk(t, m, a)
		})
	}
}

// Kerberos is offered first, and the host knows NTLM only.
func TestFallbackToNTLM(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	for version := 2; version <= 6; version++ {
		fallback := ntlm.NewClient(ntlm.Config{
			User: "user", Domain: "DOMAIN", Password: []byte("p\x00w\x00"), ChannelBindings: ntlm.ChannelBindings(endpoint[:]),
			Now: time.Now(), Rand: rand.Reader,
		})
		c := credssp.NewClient(credssp.Config{
			Mechanism: spnego.NewClient(mechanism(r.ticket(t)), fallback), PublicKey: []byte("the key"), Domain: "DOMAIN",
			User: "user", Password: []byte("p\x00w\x00"), Rand: rand.Reader,
		})
		s := &credssptest.Server{
			Mechanism: startNTLMAcceptor(t, "DOMAIN", "user", "pw", endpoint[:]), PublicKey: []byte("the key"), Version: version,
		}
		if err := runCredSSP(c, s); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if !bytes.Contains(s.Credentials, []byte("p\x00w\x00")) {
			t.Errorf("version %d: credentials %q", version, s.Credentials)
		}
	}
}

// The whole of CredSSP: ticket from MIT's KDC, negotiation and sealing with MIT's acceptor.
func TestCredSSPWithMIT(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	for version := 2; version <= 6; version++ {
		for name, behind := range map[string]bool{"first": false, "second": true} {
			t.Run(fmt.Sprintf("version %d, Kerberos %s", version, name), func(t *testing.T) {
				mechs := []credssp.Mechanism{mechanism(r.ticket(t)), dead{}}
				if behind {
					slices.Reverse(mechs)
				}
				c := credssp.NewClient(credssp.Config{
					Mechanism: spnego.NewClient(mechs...), PublicKey: []byte("the key"), Domain: "PALTA.TEST",
					User: "user", Password: []byte("p\x00w\x00"), Rand: rand.Reader,
				})
				s := &credssptest.Server{Mechanism: r.startAcceptor(t, endpoint[:]), PublicKey: []byte("the key"), Version: version}
				if err := runCredSSP(c, s); err != nil {
					t.Fatal(err)
				}
				if !bytes.Contains(s.Credentials, []byte("p\x00w\x00")) || !bytes.Contains(s.Credentials, []byte("u\x00s\x00e\x00r\x00")) {
					t.Errorf("credentials %q", s.Credentials)
				}
			})
		}
	}
}

func runCredSSP(c *credssp.Client, s *credssptest.Server) error {
	var in []byte
	for range 10 {
		n, out, _, err := c.Step(in, nil)
		if err != nil {
			return err
		}
		in = in[n:]
		for len(out) > 0 {
			n, answer, done, err := s.Handle(out)
			if err != nil || done {
				return err
			}
			if n == 0 {
				return errors.New("a request is cut")
			}
			in, out = append(in, answer...), out[n:]
		}
	}
	return errors.New("no end")
}

func TestUDPAndLargeAnswers(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	c := r.client(t, func(cfg *Config) { cfg.UDP = true })
	if _, err := c.Ticket(t.Context(), login("user@PALTA.TEST", testPassword), "TERMSRV", testHost); err != nil {
		t.Error(err)
	}
}

func TestRealmAsParameters(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	c := r.client(t, func(cfg *Config) {
		*cfg = Config{Realm: "palta.test", KDCs: []string{servers.Address(servers.FreePort(t)), r.Address}, Dialer: cfg.Dialer}
	})
	cred, err := c.Ticket(t.Context(), login("user", testPassword), "TERMSRV", testHost)
	if err != nil || cred.Realm != "PALTA.TEST" || !slices.Equal(cred.Client.Parts, []string{"user"}) {
		t.Errorf("%s %v, %v", cred.Realm, cred.Client, err)
	}
}

func TestRefusalsOfMIT(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	r.AddUser(t, "locked", testPassword, "-allow_tix")
	r.AddUser(t, "expired", testPassword, "-pwexpire", "2001-01-01 00:00:00 UTC")
	r.AddUser(t, "open", testPassword, "-requires_preauth")
	r.AddUser(t, "weak", testPassword, "-e", "camellia256-cts-cmac:normal")
	for _, c := range []struct {
		name, user, password, host string
		change                     func(*Config)
		want                       error
	}{
		{"a wrong password", "user", "wrong", testHost, nil, wire.WrongPassword},
		{"a wrong password without preauthentication", "open", "wrong", testHost, nil, wire.WrongPassword},
		{"an unknown user", "nobody", testPassword, testHost, nil, wire.UnknownClient},
		{"an unknown host", "user", testPassword, "other.palta.test", nil, wire.UnknownService},
		{"a locked user", "locked", testPassword, testHost, nil, wire.ClientRevoked},
		{"an expired password", "expired", testPassword, testHost, nil, wire.PasswordExpired},
		{"keys that are not AES", "weak", testPassword, testHost, nil, wire.NoEncryptionType},
		{"a clock that is wrong", "user", testPassword, testHost, func(cfg *Config) {
			cfg.Now = func() time.Time { return time.Now().Add(-time.Hour) }
		}, wire.ClockSkew},
		{"a realm without KDC", "user@ELSEWHERE", testPassword, testHost, nil, ErrNoKDC},
		{"a KDC that is down", "user", testPassword, testHost, func(cfg *Config) {
			*cfg = Config{Realm: "PALTA.TEST", KDCs: []string{servers.Address(servers.FreePort(t))}, Dialer: cfg.Dialer}
		}, ErrNoKDC},
		{"an address", "user", testPassword, "127.0.0.1", nil, ErrAddress},
	} {
		_, err := r.client(t, c.change).Ticket(t.Context(), login(c.user, c.password), "TERMSRV", c.host)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		t.Logf("%s: %v", c.name, err)
	}
	if _, err := r.client(t, nil).Ticket(t.Context(), login("open", testPassword), "TERMSRV", testHost); err != nil {
		t.Errorf("a user without preauthentication: %v", err)
	}
}

// The host is of another realm than the user: the client's krb5.conf says so, or the KDC does.
func TestHostOfAnotherRealm(t *testing.T) {
	host := startRealm(t, servers.KDCOptions{Realm: "HOSTS.TEST"})
	user := startRealm(t, servers.KDCOptions{Conf: "[domain_realm]\n .palta.test = HOSTS.TEST\n"})
	user.Admin(t, "delprinc", "-force", "TERMSRV/"+testHost)
	user.Trust(t, host.KDC)
	for name, conf := range map[string]string{
		"the KDC refers": "", "krb5.conf says so": "[domain_realm]\n .palta.test = HOSTS.TEST\n",
	} {
		c := user.client(t, func(cfg *Config) { cfg.Krb5Conf += conf + "[realms]\nHOSTS.TEST = {\nkdc = " + host.Address + "\n}\n" })
		cred, err := c.Ticket(t.Context(), login("user", testPassword), "TERMSRV", testHost)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m, a := mechanism(cred), host.startAcceptor(t, endpoint[:])
		if err := establish(m, a); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if who, _, err := a.call("who", nil); err != nil || who != "user@PALTA.TEST" {
			t.Errorf("%s: the acceptor knows %q, %v", name, who, err)
		}
	}
	c := user.client(t, nil)
	if _, err := c.Ticket(t.Context(), login("user", testPassword), "TERMSRV", testHost); !errors.Is(err, ErrNoKDC) {
		t.Errorf("a referral to a realm whose KDC is not configured: %v", err)
	}
}

// The host's clock counts too: MIT closes without a token then.
func TestClockSkewAtTheHost(t *testing.T) {
	r := startRealm(t, servers.KDCOptions{})
	m := wire.NewClient(wire.Config{Credential: r.ticket(t), Now: time.Now().Add(-time.Hour), Rand: rand.Reader})
	if err := establish(m, r.startAcceptor(t, nil)); err == nil || !strings.Contains(err.Error(), "Clock skew too great") {
		t.Errorf("%v", err)
	}
}
