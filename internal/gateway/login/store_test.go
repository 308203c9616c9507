// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

func newTestStore(t *testing.T, provider *fakeProvider, logger *slog.Logger) *Store {
	t.Helper()
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{provider}})
	if err != nil {
		t.Fatal(err)
	}
	return NewStore(Config{Chain: chain, Logger: logger})
}

func alice(password string) auth.Credentials {
	return auth.Credentials{Username: "alice", Password: secret.New(password), RemoteAddr: "192.0.2.7"}
}

func mustLogin(t *testing.T, s *Store) (*Login, string) {
	t.Helper()
	session, token, err := s.Login(t.Context(), "", alice("right"))
	if err != nil {
		t.Fatal(err)
	}
	return session, token
}

func TestTokenIs256BitsInUpperCase(t *testing.T) {
	s := newTestStore(t, &fakeProvider{}, nil)
	session, token := mustLogin(t, s)
	if !regexp.MustCompile(`^[0-9A-F]{64}$`).MatchString(token) {
		t.Errorf("token = %q, want 64 upper case hexadecimal digits", token)
	}
	if _, other := mustLogin(t, s); other == token {
		t.Error("two logins got the same token")
	}
	if got, err := s.Lookup(t.Context(), token); err != nil || got != session {
		t.Errorf("the token finds %v, %v", got, err)
	}
	if _, err := s.Lookup(t.Context(), token[:63]+"x"); !errors.Is(err, directory.NotFound) {
		t.Error("a token with another end finds a session")
	}
	if _, err := s.Lookup(t.Context(), ""); !errors.Is(err, directory.NotFound) {
		t.Error("the empty token finds a session")
	}
}

func TestReloginKeepsTokenAndClosesTheOldDataSource(t *testing.T) {
	// Features: AUT-05
	provider := &fakeProvider{}
	s := newTestStore(t, provider, nil)
	session, token := mustLogin(t, s)
	again, sameToken, err := s.Login(t.Context(), token, auth.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	if again != session || sameToken != token {
		t.Errorf("re-login gave another session or token")
	}
	if provider.closed != 1 {
		t.Errorf("%d data sources closed, want that of the first login", provider.closed)
	}
}

func TestUnknownTokenIsAFreshLogin(t *testing.T) {
	s := newTestStore(t, &fakeProvider{}, nil)
	if _, _, err := s.Login(t.Context(), "0123", auth.Credentials{}); err == nil {
		t.Error("login with an unknown token and nothing else succeeded")
	}
	_, token, err := s.Login(t.Context(), "0123", alice("right"))
	if err != nil || token == "0123" {
		t.Errorf("Login = token %q, error %v; want a fresh token", token, err)
	}
}

func TestLogoutClosesTunnels(t *testing.T) {
	// Features: LOG-11
	provider := &fakeProvider{}
	s := newTestStore(t, provider, nil)
	session, token := mustLogin(t, s)
	tunnel := newFakeTunnel("a")
	session.AddTunnel(tunnel)
	if err := s.Logout(t.Context(), token); err != nil {
		t.Fatalf("logout of a live token: %v", err)
	}
	if reason := <-tunnel.reason; guac.StatusOf(reason) != guac.SessionClosed {
		t.Errorf("tunnel closed with %v, want SESSION_CLOSED", reason)
	}
	if err := s.Logout(t.Context(), token); !errors.Is(err, directory.NotFound) {
		t.Errorf("second logout = %v, want NotFound", err)
	}
	if session.AddTunnel(newFakeTunnel("b")) {
		t.Error("a session that ended took a tunnel")
	}
	if provider.closed != 1 {
		t.Errorf("%d data sources closed, want 1", provider.closed)
	}
}

func TestSessionIdlesOutUnlessATunnelIsOpen(t *testing.T) {
	// Features: AUT-08
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, &fakeProvider{}, nil)
		_, idle := mustLogin(t, s)
		busy, _ := mustLogin(t, s)
		tunnel := newFakeTunnel("a")
		busy.AddTunnel(tunnel)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()

		time.Sleep(59 * time.Minute)
		if err := s.Check(t.Context(), idle); err != nil {
			t.Fatal("session gone before its timeout")
		}
		time.Sleep(3 * time.Minute)
		if err := s.Check(t.Context(), idle); err == nil {
			t.Error("idle session lives on after its timeout")
		}
		if s.Len() != 1 {
			t.Fatalf("%d sessions left, want the one with a tunnel", s.Len())
		}
		busy.RemoveTunnel(tunnel, time.Now())
		time.Sleep(62 * time.Minute)
		if s.Len() != 0 {
			t.Error("session lives on an hour after its last tunnel closed")
		}
		mustLogin(t, s)
		cancel()
		if err := <-done; err != nil || s.Len() != 0 {
			t.Errorf("Run = %v with %d sessions left, want nil and none", err, s.Len())
		}
	})
}

func TestSweepEndsSessionsThatADataSourceDisowns(t *testing.T) {
	provider := &fakeProvider{}
	s := newTestStore(t, provider, nil)
	_, token := mustLogin(t, s)
	provider.invalid = directory.Errorf(directory.Unavailable, "database is away")
	s.Sweep(t.Context())
	if err := s.Check(t.Context(), token); err != nil {
		t.Fatal("a data source that could not answer ended the session")
	}
	provider.invalid = directory.Errorf(directory.Invalid, "outside the window")
	s.Sweep(t.Context())
	if err := s.Check(t.Context(), token); err == nil {
		t.Error("session lives on though its data source disowned it")
	}
}

func TestGuessingIsBlockedByAddressAndUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, &fakeProvider{}, nil)
		for range pairLimits.failures {
			if _, _, err := s.Login(t.Context(), "", alice("wrong")); errors.Is(err, directory.TooMany) {
				t.Fatal("blocked before the limit")
			}
		}
		if _, _, err := s.Login(t.Context(), "", alice("right")); !errors.Is(err, directory.TooMany) {
			t.Errorf("login = %v, want TooMany", err)
		}
		other := alice("right")
		other.RemoteAddr = "192.0.2.8"
		if _, _, err := s.Login(t.Context(), "", other); err != nil {
			t.Errorf("another address is blocked too: %v", err)
		}
		time.Sleep(throttleBase + time.Second)
		if _, _, err := s.Login(t.Context(), "", alice("right")); err != nil {
			t.Errorf("still blocked after the delay: %v", err)
		}
		for range pairLimits.failures - 1 {
			if _, _, err := s.Login(t.Context(), "", alice("wrong")); errors.Is(err, directory.TooMany) {
				t.Fatal("a success did not clear the count")
			}
		}
	})
}

func TestAskingForMoreIsNoGuess(t *testing.T) {
	s := newTestStore(t, &fakeProvider{code: "1"}, nil)
	for i := range 3 * pairLimits.failures {
		_, _, err := s.Login(t.Context(), "", alice("right"))
		if rejection, ok := errors.AsType[*auth.Rejection](err); !ok || rejection.Kind != auth.InsufficientCredentials {
			t.Fatalf("attempt %d = %v, want insufficient credentials", i, err)
		}
	}
}

func TestParallelLoginsWithTheRightPasswordPass(t *testing.T) {
	s := newTestStore(t, &fakeProvider{}, nil)
	var group sync.WaitGroup
	for range pairLimits.parallel / 2 {
		group.Go(func() {
			if _, _, err := s.Login(t.Context(), "", alice("right")); err != nil {
				t.Errorf("login = %v", err)
			}
		})
	}
	group.Wait()
}

func TestParallelGuessesAreBounded(t *testing.T) {
	provider := &fakeProvider{hold: make(chan struct{})}
	s := newTestStore(t, provider, nil)
	results := make(chan error, 200)
	for range cap(results) {
		go func() {
			_, _, err := s.Login(t.Context(), "", alice("wrong"))
			results <- err
		}()
	}
	blocked := 0
	for range cap(results) - pairLimits.parallel {
		if err := <-results; errors.Is(err, directory.TooMany) {
			blocked++
		}
	}
	close(provider.hold)
	for range pairLimits.parallel {
		<-results
	}
	if blocked != cap(results)-pairLimits.parallel {
		t.Errorf("%d of %d parallel guesses were blocked, want all but %d", blocked, cap(results), pairLimits.parallel)
	}
}

func TestThrottleForgetsTheOldestBeyondItsBound(t *testing.T) {
	throttle := newThrottle()
	now := time.Unix(0, 0)
	for i := range throttleEntries + 100 {
		address := "198.51." + strings.Repeat("1", i%3) + "x" + time.Duration(i).String()
		if err := throttle.begin(address, "u", now); err == nil {
			throttle.settle(address, "u", wrongGuess, now)
		}
	}
	if got := len(throttle.entries); got > throttleEntries || throttle.recent.Len() != got {
		t.Errorf("%d entries and %d in order, want at most %d and equal", got, throttle.recent.Len(), throttleEntries)
	}
}

func TestIPv6NeighboursShareALimit(t *testing.T) {
	one, _ := throttleKeys("2001:db8:0:1::1", "u")
	two, _ := throttleKeys("2001:db8:0:1:ffff::2", "u")
	three, _ := throttleKeys("2001:db8:0:2::1", "u")
	if one != two || one == three {
		t.Errorf("keys %v, %v, %v: want the first two equal and the third not", one, two, three)
	}
	mapped, _ := throttleKeys("::ffff:192.0.2.1", "u")
	plain, _ := throttleKeys("192.0.2.1", "u")
	if mapped != plain {
		t.Errorf("keys %v and %v of the same IPv4 address differ", mapped, plain)
	}
}

func TestAuditLinesNameUserAndAddressAndNoSecret(t *testing.T) {
	var log bytes.Buffer
	s := newTestStore(t, &fakeProvider{}, slog.New(slog.NewTextHandler(&log, nil)))
	_, _, _ = s.Login(t.Context(), "", alice("wrong"))
	_, token := mustLogin(t, s)
	if err := s.Logout(t.Context(), token); err != nil {
		t.Error(err)
	}
	_, _, _ = s.Login(t.Context(), "", auth.Credentials{RemoteAddr: "192.0.2.7"})

	text := log.String()
	for _, want := range []string{
		`level=WARN msg="login failed" audit.user=alice audit.provider=fake audit.address=192.0.2.7`,
		`level=INFO msg=login audit.user=alice audit.provider=fake audit.address=192.0.2.7`,
		`level=INFO msg=logout audit.user=alice audit.address=192.0.2.7 reason=logout`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("log lacks %q:\n%s", want, text)
		}
	}
	if strings.Count(text, "\n") != 3 {
		t.Errorf("an attempt without credentials was logged as a failure:\n%s", text)
	}
	for _, secretText := range []string{"wrong", "right", token} {
		if strings.Contains(text, secretText) {
			t.Errorf("log shows %q:\n%s", secretText, text)
		}
	}
}
