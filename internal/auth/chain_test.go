// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// script tells in order what the providers of a test were asked.
type script struct{ lines []string }

func (s *script) add(parts ...string) { s.lines = append(s.lines, strings.Join(parts, " ")) }

// provider answers every login in the same way.
type provider struct {
	name     string
	script   *script
	identity *auth.Identity
	err      error
}

func (p *provider) Name() string { return p.name }

func (p *provider) Authenticate(_ context.Context, c auth.Credentials) (*auth.Identity, error) {
	p.script.add(p.name, "authenticate", c.Username)
	return p.identity, p.err
}

// sourceProvider also has data.
type sourceProvider struct {
	provider
	dataErr error
	none    bool
}

func (p *sourceProvider) UserContext(
	_ context.Context, identity *auth.Identity, c auth.Credentials,
) (directory.UserContext, error) {
	p.script.add(p.name, "data for", identity.Username, c.Value("key"))
	if p.none || p.dataErr != nil {
		return nil, p.dataErr
	}
	return &userContext{FixedContext: directory.NewFixedContext(p.name, identity.Username, nil), script: p.script}, nil
}

// keeper keeps its data over a re-login.
type keeper struct{ sourceProvider }

func (p *keeper) UpdateUserContext(
	_ context.Context, current directory.UserContext, _ *auth.Identity, _ auth.Credentials,
) (directory.UserContext, error) {
	p.script.add(p.name, "keeps its data")
	return current, p.dataErr
}

// userContext tells of its end.
type userContext struct {
	*directory.FixedContext
	script *script
}

func (uc *userContext) Close(context.Context) error {
	uc.script.add(uc.DataSource(), "closed")
	return nil
}

// decorator wraps, or vetoes if the code is wrong.
type decorator struct{ provider }

func (d *decorator) Decorate(
	_ context.Context, uc directory.UserContext, _ *auth.Identity, c auth.Credentials,
) (directory.UserContext, error) {
	d.script.add(d.name, "decorates", uc.DataSource())
	if c.Value("code") == "" {
		return nil, &auth.Rejection{Kind: auth.InsufficientCredentials, Message: "code"}
	}
	return decorated{uc, d.name}, d.err
}

type decorated struct {
	directory.UserContext
	by string
}

func (d decorated) Unwrap() directory.UserContext { return d.UserContext }

// gate refuses one address.
type gate struct{ provider }

func (g *gate) Allow(_ context.Context, c auth.Credentials) error {
	if c.RemoteAddr == "192.0.2.66" {
		return directory.Errorf(directory.TooMany, "Too many attempts.")
	}
	return nil
}

func (g *gate) Finished(_ context.Context, _ auth.Credentials, err error) {
	if err != nil {
		g.script.add(g.name, "told of failure")
		return
	}
	g.script.add(g.name, "told of success")
}

func chain(t *testing.T, skip []string, providers ...auth.Provider) *auth.Chain {
	t.Helper()
	c, err := auth.NewChain(auth.Config{Providers: providers, SkipIfUnavailable: skip})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func alice() auth.Credentials {
	return auth.Credentials{
		Username: "alice", Password: secret.New("pw"), RemoteAddr: "192.0.2.1", Values: map[string]string{"key": "K", "code": "1"},
	}
}

func wantLines(t *testing.T, s *script, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.lines); diff != "" {
		t.Errorf("order of events (-want +got):\n%s", diff)
	}
	s.lines = nil
}

func TestFirstProviderThatKnowsTheUserWinsAndAllAddData(t *testing.T) {
	// Features: AUT-01
	s := &script{}
	ldap := &sourceProvider{provider: provider{name: "ldap", script: s, err: auth.InvalidLogin(nil)}}
	sqlite := &sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{Username: "Alice"}}}
	other := &sourceProvider{provider: provider{name: "other", script: s, identity: &auth.Identity{Username: "x"}}}
	empty := &sourceProvider{provider: provider{name: "empty", script: s}, none: true}
	c := chain(t, nil, ldap, sqlite, other, empty)
	login, err := c.Login(t.Context(), alice())
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "ldap authenticate alice", "sqlite authenticate alice",
		"ldap data for Alice K", "sqlite data for Alice K", "other data for Alice K", "empty data for Alice K")
	if login.Identity.Provider != "sqlite" || login.Identity.Credentials.Password.Reveal() != "pw" {
		t.Errorf("identity is %+v, want one of sqlite with the credentials", login.Identity)
	}
	if diff := cmp.Diff([]string{"ldap", "sqlite", "other"}, login.DataSources()); diff != "" {
		t.Errorf("data sources: %s", diff)
	}
	if uc, ok := login.Context("other"); !ok || uc.DataSource() != "other" {
		t.Error("a data source is not found")
	}
	if _, ok := login.Context("empty"); ok {
		t.Error("a data source that is not there is found")
	}
	if err := c.Logout(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "ldap closed", "sqlite closed", "other closed")
}

func TestInsufficientIsShownBeforeInvalidAndTheFirstOfEach(t *testing.T) {
	// Features: AUT-04
	s := &script{}
	rejecting := func(name string, kind auth.RejectionKind) auth.Provider {
		return &provider{name: name, script: s, err: &auth.Rejection{Kind: kind, Message: name}}
	}
	silent := &provider{name: "silent", script: s}
	for _, test := range []struct {
		providers []auth.Provider
		kind      auth.RejectionKind
		message   string
		provider  string
	}{
		{nil, auth.InvalidCredentials, "Permission Denied.", ""},
		{[]auth.Provider{silent}, auth.InvalidCredentials, "Permission Denied.", ""},
		{[]auth.Provider{rejecting("a", 0), rejecting("b", 0)}, auth.InvalidCredentials, "a", "a"},
		{[]auth.Provider{rejecting("a", 0), rejecting("b", 1), rejecting("c", 1)}, auth.InsufficientCredentials, "b", "b"},
	} {
		_, err := chain(t, nil, test.providers...).Login(t.Context(), auth.Credentials{})
		rejection, ok := errors.AsType[*auth.Rejection](err)
		if !ok || rejection.Kind != test.kind || rejection.Message != test.message || rejection.Provider != test.provider {
			t.Errorf("got error %v, want %v %q by %q", err, test.kind, test.message, test.provider)
		}
	}
}

func TestFailureAbortsUnlessItMayBeSkipped(t *testing.T) {
	// Features: AUT-06
	failure := errors.New("connection refused")
	s := &script{}
	down := &sourceProvider{provider: provider{name: "ldap", script: s, err: failure}, dataErr: failure}
	sqlite := &sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{Username: "alice"}}}
	if _, err := chain(t, nil, down, sqlite).Login(t.Context(), alice()); !errors.Is(err, failure) {
		t.Errorf("got error %v, want that of the provider", err)
	}
	var log bytes.Buffer
	c, err := auth.NewChain(auth.Config{
		Providers: []auth.Provider{down, sqlite}, SkipIfUnavailable: []string{"ldap"},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	login, err := c.Login(t.Context(), alice())
	if err != nil || !slices.Equal(login.DataSources(), []string{"sqlite"}) {
		t.Errorf("got %v, %v, want a login without ldap", login, err)
	}
	if n := strings.Count(log.String(), "connection refused"); n != 2 {
		t.Errorf("the log has the failure %d times, want 2:\n%s", n, &log)
	}
	// A verdict on the user is none of the failures that may be skipped.
	down.err, down.dataErr = nil, directory.Errorf(directory.Invalid, "outside of hours")
	if _, err := c.Login(t.Context(), alice()); !errors.Is(err, directory.Invalid) {
		t.Errorf("got error %v, want the verdict", err)
	}
}

func TestDecoratorsWrapTheDataOfOthersAndMayVeto(t *testing.T) {
	// Features: AUT-02
	s := &script{}
	sqlite := &sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{Username: "alice"}}}
	totp := &decorator{provider{name: "totp", script: s}}
	audit := &decorator{provider{name: "audit", script: s}}
	c := chain(t, []string{"totp"}, totp, sqlite, audit)
	credentials := alice()
	credentials.Values = nil
	_, err := c.Login(t.Context(), credentials)
	rejection, ok := errors.AsType[*auth.Rejection](err)
	if !ok || rejection.Kind != auth.InsufficientCredentials || rejection.Provider != "totp" {
		t.Errorf("got error %v, want one of totp that asks for more", err)
	}
	wantLines(t, s, "totp authenticate alice", "sqlite authenticate alice", "sqlite data for alice ", "totp decorates sqlite", "sqlite closed")

	login, err := c.Login(t.Context(), alice())
	if err != nil {
		t.Fatal(err)
	}
	outer, ok := login.Contexts[0].(decorated)
	if !ok || outer.by != "audit" {
		t.Fatalf("the outermost context is %+v, want that of the last decorator", login.Contexts[0])
	}
	if inner, ok := outer.Unwrap().(decorated); !ok || inner.by != "totp" {
		t.Errorf("the next context is %+v, want that of totp", outer.Unwrap())
	}
	if _, ok := directory.As[directory.Opener](login.Contexts[0]); !ok {
		t.Error("the ability of the data source is hidden")
	}
	// A second factor that cannot be asked does not count as given, even if its failures may be skipped.
	totp.err = errors.New("cannot read secrets")
	if _, err := c.Login(t.Context(), alice()); !errors.Is(err, totp.err) {
		t.Errorf("got error %v, want that of the decorator", err)
	}
}

// updater looks again at those it authenticated.
type updater struct {
	sourceProvider
	updated *auth.Identity
}

func (p *updater) UpdateIdentity(_ context.Context, _ *auth.Identity, _ auth.Credentials) (*auth.Identity, error) {
	p.script.add(p.name, "looks again")
	return p.updated, nil
}

func TestReloginRefreshesWhatCanBeAndKeepsTheRest(t *testing.T) {
	// Features: AUT-05
	s := &script{}
	shared := &sourceProvider{provider: provider{name: "shared", script: s}}
	sqlite := &keeper{sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{Username: "alice"}}}}
	c := chain(t, nil, shared, sqlite)
	first, err := c.Login(t.Context(), alice())
	if err != nil {
		t.Fatal(err)
	}
	s.lines = nil
	again := auth.Credentials{Values: map[string]string{"key": "L", "code": "1"}}
	second, err := c.Reauthenticate(t.Context(), first, again)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "shared data for alice L", "sqlite keeps its data", "shared closed")
	if second.Identity.Credentials.Password.Reveal() != "pw" || second.Identity.Provider != "sqlite" {
		t.Errorf("identity is %+v, want that of the login", second.Identity)
	}

	sqlite.dataErr = auth.InvalidLogin(nil)
	if _, err := c.Reauthenticate(t.Context(), second, again); err == nil {
		t.Fatal("a re-login that is refused succeeds")
	}
	// Only what the refused attempt opened is closed; the login stays.
	wantLines(t, s, "shared data for alice L", "sqlite keeps its data", "shared closed")
	if err := c.Logout(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "shared closed", "sqlite closed")
}

func TestReloginAsksOnlyWhoAuthenticated(t *testing.T) {
	// Features: AUT-05
	s := &script{}
	oidc := &updater{sourceProvider: sourceProvider{provider: provider{name: "oidc", script: s}}}
	sqlite := &updater{sourceProvider: sourceProvider{provider: provider{
		name: "sqlite", script: s, identity: &auth.Identity{Username: "alice"},
	}}}
	c := chain(t, nil, oidc, sqlite)
	login, err := c.Login(t.Context(), alice())
	if err != nil {
		t.Fatal(err)
	}
	s.lines = nil
	if _, err := c.Reauthenticate(t.Context(), login, alice()); err == nil {
		t.Error("a user whom the provider no longer knows is let in")
	}
	wantLines(t, s, "sqlite looks again")
	sqlite.updated = &auth.Identity{Username: "alice", Groups: []string{"new"}}
	second, err := c.Reauthenticate(t.Context(), login, alice())
	if err != nil || !slices.Equal(second.Identity.Groups, []string{"new"}) || second.Identity.Provider != "sqlite" {
		t.Errorf("got %+v, %v, want the updated identity", second, err)
	}
}

func TestGatesRefuseBeforeAnybodyLooksAndHearTheOutcome(t *testing.T) {
	s := &script{}
	ban := &gate{provider{name: "ban", script: s}}
	sqlite := &sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{Username: "alice"}}}
	c := chain(t, nil, sqlite, ban)
	banned := alice()
	banned.RemoteAddr = "192.0.2.66"
	if _, err := c.Login(t.Context(), banned); !errors.Is(err, directory.TooMany) {
		t.Errorf("got error %v, want too many", err)
	}
	wantLines(t, s)
	if _, err := c.Login(t.Context(), alice()); err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "sqlite authenticate alice", "sqlite data for alice K", "ban told of success")
	sqlite.identity = nil
	if _, err := c.Login(t.Context(), alice()); err == nil {
		t.Fatal("an unknown user is let in")
	}
	wantLines(t, s, "sqlite authenticate alice", "ban authenticate alice", "ban told of failure")
}

func TestAnonymousUsersMayLogIn(t *testing.T) {
	// Features: AUT-10
	s := &script{}
	shared := &sourceProvider{provider: provider{name: "shared", script: s, identity: &auth.Identity{}}}
	login, err := chain(t, nil, shared).Login(t.Context(), auth.Credentials{})
	if err != nil || login.Identity.Username != "" || login.Identity.Provider != "shared" {
		t.Errorf("got %+v, %v", login, err)
	}
}

func TestNamesOfProvidersAreUniqueAndInOrder(t *testing.T) {
	s := &script{}
	a, b := &provider{name: "a", script: s}, &provider{name: "b", script: s}
	if got := chain(t, nil, b, a).Names(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("names are %v", got)
	}
	if _, err := auth.NewChain(auth.Config{Providers: []auth.Provider{a, b, a}}); err == nil {
		t.Error("a name that comes twice is accepted")
	}
}
