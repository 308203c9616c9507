// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
)

// restorer can make its data again.
type restorer struct{ sourceProvider }

func (p *restorer) SaveUserContext(uc directory.UserContext) string {
	return "state of " + uc.DataSource()
}

func (p *restorer) RestoreUserContext(
	_ context.Context, identity *auth.Identity, state string,
) (directory.UserContext, error) {
	p.script.add(p.name, "restores for", identity.Username, state)
	if p.dataErr != nil {
		return nil, p.dataErr
	}
	return &userContext{FixedContext: directory.NewFixedContext(p.name, identity.Username, nil), script: p.script}, nil
}

// rememberer wraps again whom it has let pass.
type rememberer struct{ decorator }

func (d *rememberer) RestoreDecorated(
	_ context.Context, uc directory.UserContext, identity *auth.Identity,
) (directory.UserContext, error) {
	d.script.add(d.name, "decorates again", uc.DataSource(), "for", identity.Username)
	return decorated{uc, d.name}, d.err
}

func TestLoginIsRestoredFromValues(t *testing.T) {
	s := &script{}
	sqlite := &restorer{sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{
		Username: "Alice", Groups: []string{"staff"}, Tokens: map[string]string{"MAIL": "alice@example.org"},
	}}}}
	empty := &sourceProvider{provider: provider{name: "empty", script: s}, none: true}
	totp := &rememberer{decorator{provider{name: "totp", script: s}}}
	c := chain(t, nil, sqlite, empty, totp)
	login, err := c.Login(t.Context(), alice())
	if err != nil {
		t.Fatal(err)
	}
	s.lines = nil
	saved := c.Save(login)
	encoded, err := json.Marshal(saved)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"pw", "alice@example.org", `"K"`} {
		if strings.Contains(string(encoded), hidden) {
			t.Errorf("what is kept has %q: %s", hidden, encoded)
		}
	}
	decoded := auth.Saved{Password: saved.Password, Tokens: saved.Tokens}
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	restored, err := c.Restore(t.Context(), decoded)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "sqlite restores for Alice state of sqlite", "totp decorates again sqlite for Alice")
	want := *login.Identity
	want.Credentials.Values, want.Credentials.Header = nil, nil
	if diff := cmp.Diff(&want, restored.Identity); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	if uc, ok := restored.Context("sqlite"); !ok || uc.(decorated).by != "totp" {
		t.Errorf("data source is %v, want one that totp has wrapped", uc)
	}
	if err := c.Logout(t.Context(), restored); err != nil {
		t.Fatal(err)
	}
	wantLines(t, s, "sqlite closed")
}

func TestProviderThatCannotRestoreSaysSo(t *testing.T) {
	s := &script{}
	able := func() *restorer {
		return &restorer{sourceProvider{provider: provider{name: "sqlite", script: s, identity: &auth.Identity{Username: "a"}}}}
	}
	plain := &sourceProvider{provider: provider{name: "plain", script: s}}
	asking := &decorator{provider{name: "duo", script: s}}
	refusing := able()
	for name, test := range map[string]struct {
		atLogin, later []auth.Provider
		refuse         error
		want           func(err error) bool
		text           string
	}{
		"source":              {atLogin: []auth.Provider{able(), plain}, want: isNotRestorable, text: "plain"},
		"decorator":           {atLogin: []auth.Provider{able(), asking}, want: isNotRestorable, text: "duo"},
		"provider that left":  {atLogin: []auth.Provider{able()}, later: []auth.Provider{plain}, want: isNotRestorable, text: "sqlite"},
		"source that refuses": {atLogin: []auth.Provider{refusing}, refuse: auth.InvalidLogin(nil), want: isRejection, text: "INVALID"},
	} {
		c := chain(t, nil, test.atLogin...)
		login, err := c.Login(t.Context(), alice())
		if err != nil {
			t.Fatal(err)
		}
		saved := c.Save(login)
		if test.later != nil {
			c = chain(t, nil, test.later...)
		}
		refusing.dataErr = test.refuse
		if _, err := c.Restore(t.Context(), saved); !test.want(err) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func isNotRestorable(err error) bool { return errors.Is(err, auth.ErrNotRestorable) }

func isRejection(err error) bool {
	_, ok := errors.AsType[*auth.Rejection](err)
	return ok
}
