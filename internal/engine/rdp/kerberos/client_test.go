// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/palta-gateway/palta/internal/secret"
	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

func TestTicket(t *testing.T) {
	cred, err := newFakeKDC(t).ticket()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(cred.Ticket, []byte("only the service can read this")) {
		t.Errorf("ticket %x", cred.Ticket)
	}
	cred.Ticket = nil
	want := wire.Credential{SessionKey: serviceKey, Realm: fakeRealm, Client: wire.PrincipalName{Type: 1, Parts: []string{"user"}}}
	if diff := cmp.Diff(want, cred); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// isGranting tells the answer with the ticket-granting ticket from the other.
func isGranting(rep *messages.KDCRepFields) bool { return rep.Ticket.SName.NameString[0] == "krbtgt" }

func TestAnswersThatAreRefused(t *testing.T) {
	type change = func(rep *messages.KDCRepFields, part *messages.EncKDCRepPart)
	for name, spoil := range map[string]change{
		"another nonce": func(_ *messages.KDCRepFields, part *messages.EncKDCRepPart) { part.Nonce++ },
		"another user": func(rep *messages.KDCRepFields, _ *messages.EncKDCRepPart) {
			rep.CName = types.NewPrincipalName(1, "other")
		},
		"another realm of the user": func(rep *messages.KDCRepFields, _ *messages.EncKDCRepPart) { rep.CRealm = "OTHER" },
		"another service": func(_ *messages.KDCRepFields, part *messages.EncKDCRepPart) {
			part.SName = types.NewPrincipalName(2, "TERMSRV/other")
		},
		"no service": func(_ *messages.KDCRepFields, part *messages.EncKDCRepPart) { part.SName.NameString = nil },
		"no user":    func(rep *messages.KDCRepFields, _ *messages.EncKDCRepPart) { rep.CName.NameString = nil },
		"a key of RC4": func(_ *messages.KDCRepFields, part *messages.EncKDCRepPart) {
			part.Key = types.EncryptionKey{KeyType: 23, KeyValue: make([]byte, 16)}
		},
		"a ticket that is not valid yet": func(_ *messages.KDCRepFields, part *messages.EncKDCRepPart) {
			types.SetFlag(&part.Flags, flags.Invalid)
		},
	} {
		for _, granting := range []bool{true, false} {
			k := newFakeKDC(t)
			k.change = func(rep *messages.KDCRepFields, part *messages.EncKDCRepPart) {
				if isGranting(rep) == granting {
					spoil(rep, part)
				}
			}
			if cred, err := k.ticket(); err == nil {
				t.Errorf("%s in the answer to the login (%v): ticket %v", name, granting, cred)
			}
		}
	}
}

func TestAnswersThatAreCutOrChanged(t *testing.T) {
	var size int
	for n := 0; n == 0 || n < size; n++ {
		for name, spoil := range map[string]func(b []byte) []byte{
			"cut": func(b []byte) []byte { return b[:min(n, len(b)-1)] },
			"changed": func(b []byte) []byte {
				at := min(n, len(b)-1)
				b[at] ^= 0x81
				return b
			},
		} {
			k := newFakeKDC(t)
			// The last answer is spoilt: the client's part of it is at its end.
			k.spoil = func(b []byte) []byte {
				if bytes.Contains(b, []byte("TERMSRV")) {
					size = len(b)
					return spoil(b)
				}
				return b
			}
			// What is in the ticket is the service's to verify.
			if _, err := k.ticket(); err == nil && (name == "cut" || n > size-100) {
				t.Fatalf("%s at %d of %d bytes is accepted", name, n, size)
			}
		}
	}
	if size < 200 {
		t.Fatalf("an answer of %d bytes", size)
	}
}

func TestReferralsEnd(t *testing.T) {
	k, hops := newFakeKDC(t), 0
	k.change = func(rep *messages.KDCRepFields, part *messages.EncKDCRepPart) {
		if !isGranting(rep) {
			hops++
			part.SName = grantingService(fmt.Sprintf("REALM%d", hops))
			part.Key = types.EncryptionKey{KeyType: int32(grantingKey.Type), KeyValue: grantingKey.Value}
		}
	}
	c := k.client()
	for i := range 20 {
		c.conf.kdcs[fmt.Sprintf("REALM%d", i)] = []string{"kdc:88"}
	}
	_, err := c.Ticket(t.Context(), Login{User: "user", Password: secret.New("password")}, "TERMSRV", "host")
	if err == nil || !strings.Contains(err.Error(), "more than 5") || hops != maxReferrals+1 {
		t.Errorf("%d hops, %v", hops, err)
	}
}

func TestPasswordInfoIsBounded(t *testing.T) {
	entry := func(params ...byte) []byte {
		return methodData(t, []infoEntry{{EType: int32(wire.AES128SHA1), Salt: salt("salt"), S2KParams: params}})
	}
	for name, c := range map[string]struct {
		methods []byte
		want    string
	}{
		"2³² iterations":       {entry(0, 0, 0, 0), "above the limit"},
		"too many iterations":  {entry(0, 0x10, 0, 1), "above the limit"},
		"a cut number":         {entry(0, 0, 1), "no number"},
		"only RC4":             {methodData(t, []infoEntry{{EType: 23, Salt: salt("")}}), "no key of an encryption type"},
		"an empty list":        {methodData(t, []infoEntry{}), "no key of an encryption type"},
		"no list":              {methodData(t, nil), "no key of an encryption type"},
		"no methods":           {nil, "METHOD-DATA"},
		"methods that are cut": {entry(0, 0, 0, 1)[:10], "METHOD-DATA"},
	} {
		k := newFakeKDC(t)
		k.methods = c.methods
		if _, err := k.ticket(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAnotherProofThanAPassword(t *testing.T) {
	k := newFakeKDC(t)
	k.methods = append([]byte{}, k.methods...)
	at := bytes.Index(k.methods, []byte{0xa1, 3, 2, 1, byte(patype.PA_ENC_TIMESTAMP)})
	k.methods[at+4] = 99
	if _, err := k.ticket(); !errors.Is(err, wire.PreauthRequired) {
		t.Errorf("%v", err)
	}
}

func TestSaltByDefault(t *testing.T) {
	info, err := infoFrom(nil, wire.AES256SHA1, types.NewPrincipalName(1, "user/admin"), "REALM")
	if want := (keyInfo{kind: wire.AES256SHA1, salt: "REALMuseradmin"}); err != nil || info != want {
		t.Errorf("%+v, %v, want %+v", info, err, want)
	}
	key, err := info.key(secret.New("password"))
	if err != nil || len(key.Value) != 32 {
		t.Errorf("key of %d bytes, %v", len(key.Value), err)
	}
}

func TestLoginNames(t *testing.T) {
	c, err := New(Config{Krb5Conf: "[libdefaults]\ndefault_realm = Mixed.Case\n[realms]\nMixed.Case = {\n kdc = a\n}\n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		login       Login
		user, realm string
	}{
		{Login{User: "user"}, "user", "Mixed.Case"},
		{Login{User: "user@example.org"}, "user", "EXAMPLE.ORG"},
		{Login{User: "user@Mixed.Case"}, "user", "Mixed.Case"},
		{Login{User: "us@er", Realm: "example.org"}, "us@er", "EXAMPLE.ORG"},
	} {
		user, realm, err := c.who(l.login)
		if err != nil || user.PrincipalNameString() != l.user || realm != l.realm {
			t.Errorf("%+v is %v of %q, %v", l.login, user, realm, err)
		}
	}
	if _, _, err := c.who(Login{Realm: "X"}); err == nil {
		t.Error("nobody is accepted")
	}
	bare, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bare.Ticket(context.Background(), Login{User: "user"}, "TERMSRV", "host"); !errors.Is(err, ErrNoRealm) {
		t.Errorf("no realm: %v", err)
	}
	if _, err := bare.Ticket(context.Background(), Login{User: "user@R"}, "TERMSRV", "[::1]"); !errors.Is(err, ErrAddress) {
		t.Errorf("an address: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	c, err := New(Config{
		Realm: "B", KDCs: []string{"kdc", "port:", "10.0.0.1:750", "::1", "[fe80::1]:99"},
		Krb5Conf: "[realms]\nB = {\nkdc = last:1*\n}\nA = {\nkdc = [::2]\n}\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[::2]:88", "kdc:88", "port:88", "10.0.0.1:750", "[::1]:88", "[fe80::1]:99", "last:1"}
	if diff := cmp.Diff(want, c.Addresses()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, cfg := range map[string]Config{
		"KDCs of no realm": {KDCs: []string{"kdc"}}, "an empty KDC": {Realm: "R", KDCs: []string{""}},
		"a KDC behind HTTPS": {Realm: "R", KDCs: []string{"https://kdc/KdcProxy"}}, "a bad krb5.conf": {Krb5Conf: "x"},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
