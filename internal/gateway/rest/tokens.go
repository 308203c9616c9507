// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"net/url"
	"strings"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/forwarded"
	"github.com/palta-gateway/palta/internal/secret"
)

// authenticationResult is the answer to a login.
type authenticationResult struct {
	AuthToken            string   `json:"authToken"`
	Username             string   `json:"username"`
	DataSource           string   `json:"dataSource"`
	AvailableDataSources []string `json:"availableDataSources"`
}

// createToken logs in, or logs in again on top of the session of the parameter token.
func (a *API) createToken(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	session, token, err := a.cfg.Logins.Login(c.ctx(), form.Get(tokenParameter), c.credentials(form))
	if err != nil {
		return err
	}
	identity := session.Identity()
	result := authenticationResult{
		AuthToken: token, Username: identity.Username, DataSource: identity.Provider, AvailableDataSources: []string{},
	}
	for _, uc := range session.Contexts() {
		result.AvailableDataSources = append(result.AvailableDataSources, uc.DataSource())
	}
	return c.answer(result)
}

// form reads the body as a form whatever its type is said to be, since scripts leave the type out or get it wrong. The query is not looked at.
func (c *call) form() (url.Values, error) {
	b, err := c.body()
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, directory.Errorf(directory.Invalid, "Malformed form: %w", err)
	}
	return form, nil
}

// credentials collects what a login request brings.
func (c *call) credentials(form url.Values) auth.Credentials {
	credentials := auth.Credentials{
		Username: form.Get("username"), Password: secret.New(form.Get("password")),
		RemoteAddr: c.remoteAddr(), RemoteHost: c.remoteAddr(), Header: c.r.Header, Values: make(map[string]string, len(form)),
		FromTrustedProxy: forwarded.Trusted(c.r), BaseURL: forwarded.BaseURL(c.r),
	}
	for name := range form {
		credentials.Values[name] = form.Get(name)
	}
	if !form.Has("username") && !form.Has("password") {
		if username, password, ok := c.r.BasicAuth(); ok {
			credentials.Username, credentials.Password = username, secret.New(password)
		}
	}
	return credentials
}

// deleteToken logs out; the path itself is the proof.
func (a *API) deleteToken(c *call) error {
	if err := a.cfg.Logins.Logout(c.ctx(), c.r.PathValue(tokenParameter)); err != nil {
		return tokenError(err, notFound("No such token."))
	}
	return c.done()
}

// deleteSession logs out by the token of the request.
func (a *API) deleteSession(c *call) error {
	if err := a.cfg.Logins.Logout(c.ctx(), c.token()); err != nil {
		return tokenError(err, errUnknownToken())
	}
	return c.done()
}

// checkSession tells whether the token is valid, without keeping the session alive.
func (a *API) checkSession(c *call) error {
	if err := a.cfg.Logins.Check(c.ctx(), c.token()); err != nil {
		return tokenError(err, errUnknownToken())
	}
	return c.done()
}
