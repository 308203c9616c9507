// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/directory/logintest"
	"github.com/palta-gateway/palta/internal/secret"
)

func TestMemoryRecords(t *testing.T) {
	logintest.Run(t, func(*testing.T) directory.LoginRecords { return &MemoryRecords{} })
}

func TestSecretsOfARecordOpenWithTheTokenOnly(t *testing.T) {
	saved := auth.Saved{Username: "alice", Password: secret.New("hunter2"), Tokens: map[string]string{"PIN": "4711"}}
	kept, err := keep("0A1B", saved)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"hunter2", "4711"} {
		if bytes.Contains(kept, []byte(hidden)) {
			t.Errorf("the record shows %q: %s", hidden, kept)
		}
	}
	got, err := open("0a1b", kept)
	if err != nil || got.Password.Reveal() != "hunter2" || got.Tokens["PIN"] != "4711" || got.Username != "alice" {
		t.Errorf("opened %+v, %v", got, err)
	}
	if got, err := open("", kept); err != nil || got.Username != "alice" || !got.Password.Empty() {
		t.Errorf("opened without the token: %+v, %v", got, err)
	}
	if _, err := open("0A1C", kept); err == nil {
		t.Error("another token opens the secrets")
	}
}

// restoring is a fakeProvider whose logins can be restored, unless refuse says otherwise.
type restoring struct {
	fakeProvider
	refuse error
}

func (p *restoring) SaveUserContext(directory.UserContext) string { return "" }

func (p *restoring) RestoreUserContext(ctx context.Context, id *auth.Identity, _ string) (directory.UserContext, error) {
	if p.refuse != nil {
		return nil, p.refuse
	}
	return p.UserContext(ctx, id, id.Credentials)
}

// gateways returns the stores of two gateways that share their logins.
func gateways(t *testing.T, provider auth.Provider) (a, b *Store) {
	t.Helper()
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{provider}})
	if err != nil {
		t.Fatal(err)
	}
	records := &MemoryRecords{}
	return NewStore(Config{Chain: chain, Records: records}), NewStore(Config{Chain: chain, Records: records})
}

func TestTokenOfAnotherGatewayIsRestored(t *testing.T) {
	provider := &restoring{}
	a, b := gateways(t, provider)
	session, token := mustLogin(t, a)
	restored, err := b.Lookup(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if restored.Username() != "alice" || restored.Identity().Credentials.Password.Reveal() != "right" ||
		!restored.Start().Equal(session.Start()) || restored.RemoteAddr() != session.RemoteAddr() {
		t.Errorf("restored as %+v", restored.Identity())
	}
	if again, err := b.Lookup(t.Context(), token); err != nil || again != restored {
		t.Errorf("second look = %v, %v; want the login that is there", again, err)
	}
	if err := session.SetAffinity(t.Context(), "g", "c"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Lookup(t.Context(), token); err != nil || restored.Affinity("g") != "c" {
		t.Errorf("affinity at the other gateway = %q, %v", restored.Affinity("g"), err)
	}

	before := restored.Login()
	if _, _, err := a.Login(t.Context(), token, alice("right")); err != nil {
		t.Fatal(err)
	}
	if again, err := b.Lookup(t.Context(), token); err != nil || again != restored || again.Login() == before {
		t.Errorf("after a re-login elsewhere: %v, %v; want the same session with the new login", again, err)
	}
}

func TestLogoutEndsTheLoginAtAllGateways(t *testing.T) {
	// Features: LOG-11
	provider := &restoring{}
	a, b := gateways(t, provider)
	session, token := mustLogin(t, a)
	tunnel := newFakeTunnel("1")
	session.AddTunnel(tunnel)
	if err := b.Logout(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if provider.closes() != 1 {
		t.Errorf("%d data sources closed, want 1", provider.closes())
	}
	if _, err := a.Lookup(t.Context(), token); !errors.Is(err, directory.NotFound) {
		t.Errorf("token after its logout: %v, want NotFound", err)
	}
	if err := <-tunnel.reason; err == nil || a.Len() != 0 {
		t.Errorf("tunnel closed with %v, %d logins held; want a reason and none", err, a.Len())
	}
}

func TestLoginsEndElsewhereAtOnceAndIdleEvenIfTheirGatewayIsGone(t *testing.T) {
	// Features: AUT-08
	synctest.Test(t, func(t *testing.T) {
		provider := &restoring{}
		a, b := gateways(t, provider)
		ctxA, stopA := context.WithCancel(t.Context())
		ctxB, stopB := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- a.Run(ctxA) }()
		go func() { done <- b.Run(ctxB) }()
		synctest.Wait()

		session, token := mustLogin(t, a)
		tunnel := newFakeTunnel("1")
		session.AddTunnel(tunnel)
		if err := b.Logout(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if len(tunnel.reason) != 1 {
			t.Error("the tunnel at the other gateway was not closed at once")
		}

		_, idle := mustLogin(t, a)
		_, busy := mustLogin(t, a)
		if session, err := b.Lookup(t.Context(), busy); err == nil {
			session.AddTunnel(newFakeTunnel("2"))
		}
		stopA()
		<-done
		if provider.closes() != 1 {
			t.Errorf("%d data sources closed, want no more by the stop of a gateway", provider.closes())
		}
		time.Sleep(70*time.Minute + time.Second)
		if err := b.Check(t.Context(), idle); !errors.Is(err, directory.NotFound) || provider.closes() != 2 {
			t.Errorf("idle login: %v, %d data sources closed; want NotFound and 2", err, provider.closes())
		}
		if err := b.Check(t.Context(), busy); err != nil {
			t.Errorf("login with a tunnel: %v", err)
		}
		stopB()
		<-done
	})
}

func TestLoginThatCannotBeRestoredEnds(t *testing.T) {
	for name, provider := range map[string]auth.Provider{
		"unable":  &fakeProvider{},
		"refuses": &restoring{refuse: auth.InvalidLogin(nil)},
	} {
		a, b := gateways(t, provider)
		_, token := mustLogin(t, a)
		if _, err := b.Lookup(t.Context(), token); !errors.Is(err, directory.NotFound) {
			t.Errorf("%s: %v, want NotFound", name, err)
		}
		if _, err := a.Lookup(t.Context(), token); !errors.Is(err, directory.NotFound) {
			t.Errorf("%s: at the first gateway %v, want NotFound", name, err)
		}
	}
	provider := &restoring{refuse: directory.Errorf(directory.Unavailable, "away")}
	a, b := gateways(t, provider)
	_, token := mustLogin(t, a)
	if _, err := b.Lookup(t.Context(), token); !errors.Is(err, directory.Unavailable) {
		t.Errorf("data source that is away: %v, want Unavailable", err)
	}
	provider.refuse = nil
	if _, err := b.Lookup(t.Context(), token); err != nil {
		t.Errorf("data source that is back: %v", err)
	}
}

// Every look-up during a re-login must find a login, even of a provider that cannot restore one.
func TestReloginAndLookupAtTheSameTime(t *testing.T) {
	s := newTestStore(t, &fakeProvider{}, nil)
	_, token := mustLogin(t, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			if _, _, err := s.Login(t.Context(), token, alice("right")); err != nil {
				t.Error(err)
			}
		}
	}()
	for {
		select {
		case <-done:
			return
		default:
		}
		if _, err := s.Lookup(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
}
