// SPDX-License-Identifier: Apache-2.0

// Package authtest has a login that leads through an identity provider elsewhere, for tests of what such logins need: a field that
// redirects, an endpoint of the provider, one-time values, and the address of the gateway.
//
//	POST api/tokens                         403 with a field of the type REDIRECT: [IdentityProvider]'s page, state S in its address
//	the identity provider's page            asks who the user is, and sends the browser on
//	GET api/ext/roundtrip/callback?state=S  303 to the web client, at #/?state=R
//	POST api/tokens, state=R                the login
//
// [RoundTrip] is the provider in the gateway. It believes any name that comes with a state, which no real one may do.
package authtest

import (
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
)

// Name is the provider's identifier.
const Name = "roundtrip"

// lifetime is how long users may take on the way.
const lifetime = 5 * time.Minute

// Purposes of the one-time values.
const (
	started  = Name + "/started"
	finished = Name + "/finished"
)

// RoundTrip is the provider.
type RoundTrip struct {
	// IdentityProvider is the address of the page that asks who the user is.
	IdentityProvider string
	OneTime          auth.OneTime
}

// Name implements auth.Provider.
func (p *RoundTrip) Name() string { return Name }

// Authenticate logs in with the state that the callback has handed out, and sends the browser away without one or with a wrong one.
func (p *RoundTrip) Authenticate(ctx context.Context, credentials auth.Credentials) (*auth.Identity, error) {
	state := credentials.Value("state")
	if state == "" {
		return nil, p.depart(ctx, credentials, nil)
	}
	username, err := p.OneTime.Take(ctx, finished, state)
	if err != nil {
		return nil, p.depart(ctx, credentials, err)
	}
	return &auth.Identity{Username: string(username)}, nil
}

// depart returns the rejection that leads to the identity provider; cause is for the log.
func (p *RoundTrip) depart(ctx context.Context, credentials auth.Credentials, cause error) error {
	state, err := p.OneTime.Put(ctx, started, nil, lifetime)
	if err != nil {
		return err
	}
	target := p.IdentityProvider + "?" + url.Values{
		"state": {state}, "return": {auth.EndpointURL(credentials.BaseURL, Name, "/callback")},
	}.Encode()
	return &auth.Rejection{
		Kind: auth.InvalidCredentials, Message: "Invalid login.", Err: cause,
		Expected: []directory.Field{auth.RedirectField("state", target, "LOGIN.INFO_IDP_REDIRECT_PENDING")},
	}
}

// Endpoints implements auth.EndpointOwner.
func (p *RoundTrip) Endpoints() []auth.Endpoint {
	return []auth.Endpoint{
		{Method: http.MethodGet, Path: "/callback", Serve: p.callback},
		{Method: http.MethodPost, Path: "/panic", Serve: func(http.ResponseWriter, *auth.Request) error { panic("of the endpoint") }},
		{Method: http.MethodGet, Path: "/whoami", NeedsLogin: true, Serve: whoami},
		{Method: http.MethodPost, Path: "/echo/{name}", Serve: echo},
	}
}

// callback takes the identity provider's answer and leads back to the web client.
func (p *RoundTrip) callback(w http.ResponseWriter, r *auth.Request) error {
	query := r.URL.Query()
	if _, err := p.OneTime.Take(r.Context(), started, query.Get("state")); err != nil {
		return auth.InvalidLogin(err)
	}
	state, err := p.OneTime.Put(r.Context(), finished, []byte(query.Get("user")), lifetime)
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, r.BaseURL+"#/?"+url.Values{"state": {state}}.Encode(), http.StatusSeeOther)
	return nil
}

// whoami tells the user of the login.
func whoami(w http.ResponseWriter, r *auth.Request) error {
	return json.NewEncoder(w).Encode(r.Login.Identity.Username)
}

// echo answers with the field of a form that the path names.
func echo(w http.ResponseWriter, r *auth.Request) error {
	return json.NewEncoder(w).Encode(r.PostFormValue(r.PathValue("name")))
}

var page = template.Must(template.New("page").Parse(`<!doctype html><title>Identity provider</title>
<form action="{{.Return}}"><input type="hidden" name="state" value="{{.State}}">
<label>Who are you? <input name="user"></label><button>Sign in</button></form>`))

// IdentityProvider starts an identity provider and returns the address of its page.
func IdentityProvider(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]string{"Return": r.FormValue("return"), "State": r.FormValue("state")}) // a client that has gone
	}))
	t.Cleanup(server.Close)
	return server.URL + "/authorize"
}
