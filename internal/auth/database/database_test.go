// SPDX-License-Identifier: Apache-2.0

package database_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/auth/database"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// accounts is a store in memory which tells what it was asked.
type accounts struct {
	users   map[string]*directory.Account
	policy  directory.PasswordPolicy
	calls   []string
	options directory.ContextOptions
	failure error
}

func newAccounts() *accounts {
	a := &accounts{users: make(map[string]*directory.Account)}
	a.users["alice"] = &directory.Account{Username: "alice", Password: directory.HashPassword(secret.New("pw"), noon())}
	return a
}

func (a *accounts) call(parts ...string) {
	a.calls = append(a.calls, parts...)
}

func (a *accounts) Name() string { return "sqlite" }

func (a *accounts) Account(_ context.Context, username string) (*directory.Account, error) {
	a.call("look up")
	if a.failure != nil {
		return nil, a.failure
	}
	if account, ok := a.users[username]; ok {
		return account, nil
	}
	return nil, directory.NotFoundError(username)
}

func (a *accounts) CreateAccount(_ context.Context, username string) error {
	a.call("create " + username)
	a.users[username] = &directory.Account{Username: username, Password: directory.UnusablePassword(noon())}
	return nil
}

func (a *accounts) ReplaceExpiredPassword(_ context.Context, username string, password secret.String) error {
	a.call("replace password of " + username + " by " + password.Reveal())
	return nil
}

func (a *accounts) PasswordPolicy() directory.PasswordPolicy { return a.policy }

func (a *accounts) StartLogin(_ context.Context, username string, _ *directory.Account, remoteHost string) (string, error) {
	a.call("login of " + username + " from " + remoteHost)
	return "7", nil
}

func (a *accounts) EndLogin(_ context.Context, record string, end time.Time) error {
	a.call("end of " + record + " at " + end.Format(time.TimeOnly))
	return nil
}

func (a *accounts) Context(username string, options directory.ContextOptions) directory.UserContext {
	a.options = options
	return directory.NewFixedContext("sqlite", username, nil)
}

// take returns the calls so far but the look-ups, and forgets them.
func (a *accounts) take() []string {
	calls := slices.DeleteFunc(a.calls, func(call string) bool { return call == "look up" })
	a.calls = nil
	return calls
}

// sso vouches for a user by name, without password.
type sso struct{}

func (sso) Name() string { return "sso" }

func (sso) Authenticate(_ context.Context, c auth.Credentials) (*auth.Identity, error) {
	if user := c.Value("sso"); user != "" {
		return &auth.Identity{Username: user, Groups: []string{"staff"}}, nil
	}
	return nil, nil
}

func chain(t *testing.T, cfg database.Config) *auth.Chain {
	t.Helper()
	cfg.Clock = noon
	c, err := auth.NewChain(auth.Config{Providers: []auth.Provider{sso{}, database.New(cfg)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func credentials(username, password string, values ...string) auth.Credentials {
	c := auth.Credentials{
		Username: username, Password: secret.New(password), RemoteAddr: "192.0.2.1", Values: make(map[string]string),
	}
	for i := 0; i < len(values); i += 2 {
		c.Values[values[i]] = values[i+1]
	}
	return c
}

func wantCalls(t *testing.T, a *accounts, want ...string) {
	t.Helper()
	if got := a.take(); !slices.Equal(got, want) {
		t.Errorf("got calls %q, want %q", got, want)
	}
}

// key returns the translation key of a refusal, or its message.
func key(err error) string {
	if rejection, ok := errors.AsType[*auth.Rejection](err); ok {
		if rejection.Translatable.Key != "" {
			return rejection.Translatable.Key
		}
		return rejection.Message
	}
	if e, ok := errors.AsType[*directory.Error](err); ok {
		return e.Translatable.Key
	}
	return ""
}

func TestLoginIsRecordedUntilLogout(t *testing.T) {
	// Features: RES-07
	a := newAccounts()
	c := chain(t, database.Config{Accounts: a, EnforceWindows: true})
	login, err := c.Login(t.Context(), credentials("alice", "pw"))
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, a, "login of alice from 192.0.2.1")
	if diff := cmp.Diff(directory.ContextOptions{NeedAccount: true, Restricted: true}, a.options); diff != "" {
		t.Error(diff)
	}
	again, err := c.Reauthenticate(t.Context(), login, auth.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, a)
	if err := c.Logout(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, a, "end of 7 at 12:00:00")
}

func TestWrongNamePasswordAndDisabledAccountLookTheSame(t *testing.T) {
	// Features: RES-01
	a := newAccounts()
	a.users["gone"] = &directory.Account{Username: "gone", Disabled: true, Password: a.users["alice"].Password}
	c := chain(t, database.Config{Accounts: a})
	var seen []auth.Rejection
	var lookUps []int
	for _, try := range []auth.Credentials{
		credentials("nobody", "pw"), credentials("alice", "wrong"), credentials("gone", "wrong"), credentials("gone", "pw"),
	} {
		a.calls = nil
		_, err := c.Login(t.Context(), try)
		rejection, ok := errors.AsType[*auth.Rejection](err)
		if !ok {
			t.Fatalf("got error %v, want a rejection", err)
		}
		shown := *rejection
		shown.Err = nil
		seen = append(seen, shown)
		lookUps = append(lookUps, len(a.calls))
	}
	for i := range seen {
		if diff := cmp.Diff(seen[0], seen[i]); diff != "" || lookUps[i] != lookUps[0] {
			t.Errorf("answer %d differs, or takes %d look-ups instead of %d:\n%s", i, lookUps[i], lookUps[0], diff)
		}
	}
	if seen[0].Message != "Invalid login" || len(seen[0].Expected) != 2 {
		t.Errorf("got %+v", seen[0])
	}
}

func TestNoCredentialsAreNotForTheDatabase(t *testing.T) {
	a := newAccounts()
	c := chain(t, database.Config{Accounts: a})
	for _, try := range []auth.Credentials{{}, credentials("alice", ""), credentials("", "pw")} {
		if _, err := c.Login(t.Context(), try); key(err) != "Permission Denied." {
			t.Errorf("got error %v, want that nobody knows the user", err)
		}
	}
	if len(a.calls) != 0 {
		t.Errorf("the store was asked: %q", a.calls)
	}
}

func TestFailureOfTheStoreIsNoRejection(t *testing.T) {
	a := newAccounts()
	a.failure = directory.Errorf(directory.Unavailable, "The disk is full.")
	_, err := chain(t, database.Config{Accounts: a}).Login(t.Context(), credentials("alice", "pw"))
	if !errors.Is(err, directory.Unavailable) {
		t.Errorf("got error %v, want that of the store", err)
	}
}

func TestRestrictionsRefuseTheLogin(t *testing.T) {
	// Features: RES-03, RES-04
	a := newAccounts()
	c := chain(t, database.Config{Accounts: a})
	a.users["alice"].Restrictions.ValidUntil = directory.Date{Year: 2026, Month: 11, Day: 23}
	if _, err := c.Login(t.Context(), credentials("alice", "pw")); key(err) != "LOGIN.ERROR_NOT_VALID" {
		t.Errorf("after the last day: got error %v", err)
	}
	morning := directory.TimeOfDay(11 * time.Hour)
	a.users["alice"].Restrictions = directory.Restrictions{WindowEnd: &morning}
	if _, err := c.Login(t.Context(), credentials("alice", "pw")); key(err) != "LOGIN.ERROR_NOT_ACCESSIBLE" {
		t.Errorf("after the hours: got error %v", err)
	}
	wantCalls(t, a)
}

func TestExpiredPasswordIsReplacedDuringTheLogin(t *testing.T) {
	// Features: RES-02
	a := newAccounts()
	a.users["alice"].Expired = true
	c := chain(t, database.Config{Accounts: a})
	_, err := c.Login(t.Context(), credentials("alice", "pw"))
	rejection, ok := errors.AsType[*auth.Rejection](err)
	if !ok || rejection.Kind != auth.InsufficientCredentials || key(err) != "LOGIN.INFO_PASSWORD_EXPIRED" {
		t.Fatalf("got error %v, want one that asks for a new password", err)
	}
	var names []string
	for _, field := range rejection.Expected {
		names = append(names, field.Name)
	}
	if diff := cmp.Diff([]string{"username", "password", "new-password", "confirm-new-password"}, names); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct{ password, again, want string }{
		{"pw", "x", "LOGIN.ERROR_PASSWORD_SAME"},
		{"", "x", "LOGIN.ERROR_PASSWORD_BLANK"},
		{"new", "x", "LOGIN.ERROR_PASSWORD_MISMATCH"},
	} {
		_, err := c.Login(t.Context(), credentials("alice", "pw", "new-password", test.password, "confirm-new-password", test.again))
		if key(err) != test.want || !errors.Is(err, directory.Invalid) {
			t.Errorf("%q: got error %v, want %s", test.password, err, test.want)
		}
	}
	wantCalls(t, a)
	_, err = c.Login(t.Context(), credentials("alice", "pw", "new-password", "new", "confirm-new-password", "new"))
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, a, "replace password of alice by new", "login of alice from 192.0.2.1")
}

func TestOldPasswordExpiresByItsAge(t *testing.T) {
	// Features: RES-05
	a := newAccounts()
	a.policy.MaxAge = 30
	a.users["alice"].Password.Date = noon().AddDate(0, 0, -30)
	_, err := chain(t, database.Config{Accounts: a}).Login(t.Context(), credentials("alice", "pw"))
	if key(err) != "LOGIN.INFO_PASSWORD_EXPIRED" {
		t.Errorf("got error %v, want that the password has expired", err)
	}
}

func TestUsersOfOtherProviders(t *testing.T) {
	// Features: RES-08, AUT-03
	late := directory.TimeOfDay(13 * time.Hour)
	restricted := &directory.Account{Username: "late", Expired: true, Restrictions: directory.Restrictions{WindowStart: &late}}
	for name, test := range map[string]struct {
		cfg     database.Config
		user    string
		refused string
		calls   []string
		options directory.ContextOptions
	}{
		"without account": {
			database.Config{},
			"bob", "",
			[]string{"login of bob from 192.0.2.1"},
			directory.ContextOptions{Groups: []string{"staff"}},
		},
		"without account, required": {database.Config{UserRequired: true}, "bob", "Invalid login", nil, directory.ContextOptions{}},
		"without account, made": {
			database.Config{AutoCreate: true},
			"bob", "",
			[]string{"create bob", "login of bob from 192.0.2.1"},
			directory.ContextOptions{Groups: []string{"staff"}},
		},
		"disabled": {
			database.Config{AutoCreate: true},
			"gone", "",
			[]string{"login of gone from 192.0.2.1"},
			directory.ContextOptions{Groups: []string{"staff"}},
		},
		"disabled, required": {database.Config{UserRequired: true}, "gone", "Invalid login", nil, directory.ContextOptions{}},
		"outside of hours": {
			database.Config{EnforceWindows: true},
			"late", "",
			[]string{"login of late from 192.0.2.1"},
			directory.ContextOptions{Groups: []string{"staff"}},
		},
		"outside of hours, required": {
			database.Config{UserRequired: true}, "late", "LOGIN.ERROR_NOT_ACCESSIBLE", nil, directory.ContextOptions{},
		},
		"required": {
			database.Config{UserRequired: true, EnforceWindows: true},
			"alice", "",
			[]string{"login of alice from 192.0.2.1"},
			directory.ContextOptions{Groups: []string{"staff"}, NeedAccount: true, Restricted: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccounts()
			a.users["gone"] = &directory.Account{Username: "gone", Disabled: true}
			a.users["late"] = restricted
			test.cfg.Accounts = a
			_, err := chain(t, test.cfg).Login(t.Context(), credentials("", "", "sso", test.user))
			if (err != nil) != (test.refused != "") || err != nil && key(err) != test.refused {
				t.Errorf("got error %v, want %q", err, test.refused)
			}
			wantCalls(t, a, test.calls...)
			if diff := cmp.Diff(test.options, a.options); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAccountThatIsDisabledEndsAtTheNextRelogin(t *testing.T) {
	// Features: AUT-05
	a := newAccounts()
	c := chain(t, database.Config{Accounts: a})
	login, err := c.Login(t.Context(), credentials("alice", "pw"))
	if err != nil {
		t.Fatal(err)
	}
	a.users["alice"].Disabled = true
	if _, err := c.Reauthenticate(t.Context(), login, auth.Credentials{}); key(err) != "Invalid login" {
		t.Errorf("got error %v, want a rejection", err)
	}
}

func BenchmarkLogin(b *testing.B) {
	a := newAccounts()
	provider := database.New(database.Config{Accounts: a, Clock: noon})
	for _, username := range []string{"alice", "nobody"} {
		b.Run(username, func(b *testing.B) {
			try := credentials(username, "wrong")
			for b.Loop() {
				_, _ = provider.Authenticate(b.Context(), try)
				a.calls = a.calls[:0]
			}
		})
	}
}

func TestRestoredLoginGoesOnWithItsRecord(t *testing.T) {
	a := newAccounts()
	c := chain(t, database.Config{Accounts: a})
	login, err := c.Login(t.Context(), credentials("alice", "pw"))
	if err != nil {
		t.Fatal(err)
	}
	saved := c.Save(login)
	a.take()
	restored, err := c.Restore(t.Context(), saved)
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, a)
	if !a.options.NeedAccount {
		t.Error("the restored context does not end with the account")
	}
	if err := c.Logout(t.Context(), restored); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, a, "end of 7 at 12:00:00")
	a.users["alice"].Disabled = true
	if _, err := c.Restore(t.Context(), saved); err == nil {
		t.Error("a login was restored though its account is disabled")
	}
}
