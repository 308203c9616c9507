// SPDX-License-Identifier: Apache-2.0

package spnego_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/credssp/spnego"
)

// mech is a mechanism that says its name and how often it spoke, and is done after the
// second time.
type mech struct {
	name  string
	spoke int
	reset bool
}

func (m *mech) OID() []byte { return []byte(m.name) }

func (m *mech) Step(in []byte) ([]byte, bool, error) {
	m.spoke++
	if string(in) == "bad" {
		return nil, false, errors.New("bad token")
	}
	return fmt.Appendf(nil, "%s%d", m.name, m.spoke), m.spoke == 2, nil
}
func (m *mech) Seal(b []byte) []byte            { return append([]byte(m.name), b...) }
func (m *mech) Unseal(b []byte) ([]byte, error) { return bytes.TrimPrefix(b, []byte(m.name)), nil }
func (m *mech) MIC(list []byte) []byte          { return append([]byte("client "), list...) }
func (m *mech) Reset()                          { m.reset = true }
func (m *mech) CheckMIC(list, mic []byte) error {
	if want := append([]byte("server "), list...); !bytes.Equal(mic, want) {
		return errors.New("wrong MIC")
	}
	return nil
}

const list = "\x30\x06\x06\x01a\x06\x01b"

func TestFirstMechanism(t *testing.T) {
	a, b := &mech{name: "a"}, &mech{name: "b"}
	c := spnego.NewClient(a, b)
	init, done, err := c.Step(nil)
	want := "\x60\x1c\x06\x06\x2b\x06\x01\x05\x05\x02" +
		"\xa0\x12\x30\x10\xa0\x08" + list + "\xa2\x04\x04\x02a1"
	if err != nil || done || string(init) != want {
		t.Fatalf("init %x, want %x, %v, %v", init, want, done, err)
	}
	out, done, err := c.Step(spnego.Response{State: spnego.AcceptIncomplete, Mech: []byte("a"), Token: []byte("t")}.Append(nil))
	if err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	if p, err := spnego.ParseResponse(out); err != nil || string(p.Token) != "a2" || p.ListMIC != nil {
		t.Errorf("token %+v, %v", p, err)
	}
	if got := string(c.Seal([]byte("x"))); got != "ax" {
		t.Errorf("sealed %q", got)
	}
}

func TestSecondMechanismIsSigned(t *testing.T) {
	for mic, good := range map[string]bool{"server " + list: true, "server of another list": false, "": false} {
		a, b := &mech{name: "a"}, &mech{name: "b"}
		c := spnego.NewClient(a, b)
		c.Step(nil)
		out, done, err := c.Step(spnego.Response{State: spnego.RequestMIC, Mech: []byte("b")}.Append(nil))
		if p, _ := spnego.ParseResponse(out); err != nil || done || string(p.Token) != "b1" {
			t.Fatalf("%+v, %v, %v", p, done, err)
		}
		out, done, err = c.Step(spnego.Response{State: spnego.AcceptIncomplete, Token: []byte("t")}.Append(nil))
		if p, _ := spnego.ParseResponse(out); err != nil || done || string(p.Token) != "b2" || string(p.ListMIC) != "client "+list {
			t.Fatalf("%+v, %v, %v", p, done, err)
		}
		last := spnego.Response{State: spnego.AcceptCompleted}
		if mic != "" {
			last.ListMIC = []byte(mic)
		}
		_, done, err = c.Step(last.Append(nil))
		if done != good || (err == nil) != good || b.reset != good {
			t.Errorf("MIC %q: %v, %v", mic, done, err)
		}
		if plain, _ := c.Unseal([]byte("bx")); string(plain) != "x" {
			t.Errorf("unsealed %q", plain)
		}
	}
}

// A mechanism whose last token is the server's, as Kerberos: that token brings the server's
// signature, and the client's ends the exchange.
type shortMech struct{ mech }

func (m *shortMech) Step(in []byte) ([]byte, bool, error) {
	token, _, err := m.mech.Step(in)
	if in == nil {
		return token, false, err
	}
	return nil, true, err
}

func TestServerSignsWithTheLastToken(t *testing.T) {
	for _, c := range []struct {
		name, mic string
		state     spnego.State
		changed   bool
		answered  bool
		good      bool
	}{
		{"the second mechanism", "server " + list, spnego.AcceptIncomplete, true, true, true},
		{"the second mechanism, another list", "server of another list", spnego.AcceptIncomplete, true, false, false},
		{"the second mechanism, complete", "server " + list, spnego.AcceptCompleted, true, true, true},
		{"the first mechanism, asked for", "server " + list, spnego.RequestMIC, false, true, true},
		{"the first mechanism, the token again", "t", spnego.AcceptCompleted, false, false, true},
		{"the first mechanism, complete", "server " + list, spnego.AcceptCompleted, false, false, true},
		{"the first mechanism, another list", "server of another list", spnego.AcceptCompleted, false, false, false},
	} {
		a, b := &shortMech{mech{name: "a"}}, &shortMech{mech{name: "b"}}
		client := spnego.NewClient(a, b)
		client.Step(nil)
		chosen := a
		if c.changed {
			client.Step(spnego.Response{State: spnego.RequestMIC, Mech: []byte("b")}.Append(nil))
			chosen = b
		}
		out, done, err := client.Step(spnego.Response{State: c.state, Token: []byte("t"), ListMIC: []byte(c.mic)}.Append(nil))
		if done != c.good || (err == nil) != c.good || (out != nil) != c.answered || chosen.reset != (c.good && c.mic != "t") {
			t.Errorf("%s: answer %x, %v, %v", c.name, out, done, err)
		}
		if p, err := spnego.ParseResponse(out); c.answered && (err != nil || string(p.ListMIC) != "client "+list || p.State != spnego.AcceptCompleted) {
			t.Errorf("%s: answer %+v, %v", c.name, p, err)
		}
	}
}

func TestRejectionSaysWhy(t *testing.T) {
	c := spnego.NewClient(&mech{name: "a"})
	c.Step(nil)
	_, _, err := c.Step(spnego.Response{State: spnego.Reject, Token: []byte("bad")}.Append(nil))
	if !errors.Is(err, spnego.ErrRejected) || err.Error() != "spnego: the server rejects the authentication: bad token" {
		t.Errorf("%v", err)
	}
}

func TestClientRefuses(t *testing.T) {
	for name, p := range map[string]spnego.Response{
		"a mechanism that was not offered": {State: spnego.AcceptIncomplete, Mech: []byte("c")},
		"a rejection":                      {State: spnego.Reject},
		"a bad token":                      {State: spnego.AcceptIncomplete, Token: []byte("bad")},
	} {
		c := spnego.NewClient(&mech{name: "a"}, &mech{name: "b"})
		c.Step(nil)
		if _, done, err := c.Step(p.Append(nil)); err == nil || done {
			t.Errorf("%s: accepted", name)
		}
	}
	c := spnego.NewClient(&mech{name: "a"}, &mech{name: "b"}, &mech{name: "c"})
	c.Step(nil)
	c.Step(spnego.Response{State: spnego.AcceptIncomplete, Mech: []byte("b")}.Append(nil))
	if _, _, err := c.Step(spnego.Response{State: spnego.AcceptIncomplete, Mech: []byte("c")}.Append(nil)); err == nil {
		t.Error("a second change is accepted")
	}
}

func TestMechanismsCanSign(t *testing.T) {
	for _, m := range []credssp.Mechanism{ntlm.NewClient(ntlm.Config{}), kerberos.NewClient(kerberos.Config{})} {
		if _, ok := m.(spnego.Signer); !ok {
			t.Errorf("%T does not sign lists of mechanisms", m)
		}
	}
}

func TestResponse(t *testing.T) {
	want := spnego.Response{State: spnego.RequestMIC, Mech: []byte("m"), Token: []byte("t"), ListMIC: []byte("s")}
	b := want.Append(nil)
	got, err := spnego.ParseResponse(b)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for n := range b {
		if p, err := spnego.ParseResponse(b[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes is accepted as %+v", n, len(b), p)
		}
	}
	if p, err := spnego.ParseResponse([]byte("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x09")); err == nil {
		t.Errorf("an unknown state is accepted: %+v", p)
	}
}

func FuzzResponse(f *testing.F) {
	f.Add(spnego.Response{State: spnego.RequestMIC, Mech: []byte("m"), Token: []byte("t"), ListMIC: []byte("s")}.Append(nil))
	f.Add(spnego.Response{State: spnego.NoState, Token: []byte("t")}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := spnego.ParseResponse(b)
		if err != nil {
			return
		}
		again, err := spnego.ParseResponse(p.Append(nil))
		if diff := cmp.Diff(p, again); diff != "" || err != nil {
			t.Fatalf("%v (-first +second):\n%s", err, diff)
		}
	})
}
