// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
)

// tokenHeader carries the token; the parameter of the query has lower rank.
const (
	tokenHeader    = "Guacamole-Token"
	tokenParameter = "token"
)

// call is one request.
type call struct {
	api *API
	w   http.ResponseWriter
	r   *http.Request
	// session is set on routes for those who are logged in, uc on those of a data source.
	session *login.Login
	uc      directory.UserContext
	// self is the caller's name in the data source once selfName has been asked for it.
	self string
}

func (c *call) ctx() context.Context { return c.r.Context() }

// run serves a request and answers its error.
func (a *API) run(w http.ResponseWriter, r *http.Request, h handler) {
	c := &call{api: a, w: w, r: r}
	if err := h(c); err != nil {
		c.fail(err)
	}
}

// token returns the token of the request, empty if there is none.
func (c *call) token() string {
	if token := c.r.Header.Get(tokenHeader); token != "" {
		return token
	}
	return c.r.URL.Query().Get(tokenParameter)
}

// authenticate finds the session of the request.
func (c *call) authenticate() error {
	session, err := c.api.cfg.Logins.Lookup(c.ctx(), c.token())
	if err != nil {
		return tokenError(err, errUnknownToken())
	}
	c.session = session
	return nil
}

// tokenError returns unknown for a token that stands for no login, and any other error as it is.
func tokenError(err, unknown error) error {
	if errors.Is(err, directory.NotFound) {
		return unknown
	}
	return err
}

// enter finds the data source of the request.
func (c *call) enter() error {
	name := c.r.PathValue("ds")
	uc, ok := c.session.Context(name)
	if !ok {
		return errNoDataSource(name)
	}
	c.uc = uc
	return nil
}

func errNoDataSource(name string) error {
	return directory.Errorf(directory.NotFound, "Session not associated with authentication provider %q.", name)
}

// ability returns an ability of the data source, or the error for one that has not got it.
func ability[T any](uc directory.UserContext) (T, error) {
	a, ok := directory.As[T](uc)
	if !ok {
		return a, directory.Errorf(directory.Unsupported, "Data source %q does not support this.", uc.DataSource())
	}
	return a, nil
}

// id returns the object's identifier in the path; on self it is the caller's own.
func (c *call) id() string { return c.r.PathValue("id") }

// username is id for routes of users, which also exist below self.
func (c *call) username() (string, error) {
	if id := c.id(); id != "" {
		return id, nil
	}
	return c.selfName()
}

// selfName returns the caller's name in the data source.
func (c *call) selfName() (string, error) {
	if c.self != "" {
		return c.self, nil
	}
	if named, ok := directory.As[directory.Named](c.uc); ok {
		c.self = named.Username()
		return c.self, nil
	}
	self, err := c.uc.Self(c.ctx())
	if err != nil {
		return "", err
	}
	c.self = self.Username
	return c.self, nil
}

// remoteAddr returns the client's address without the port.
func (c *call) remoteAddr() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}

// audit logs a change, whether it succeeded or not, and passes on its error.
func (c *call) audit(action, object, identifier string, err error) error {
	level, outcome := slog.LevelInfo, "done"
	attrs := []any{slog.Group("audit", "user", c.session.Username(), "address", c.remoteAddr(),
		"data_source", c.uc.DataSource(), "action", action, "object", object, "id", identifier)}
	if err != nil {
		level, outcome = slog.LevelWarn, "failed"
		attrs = append(attrs, "error", err)
	}
	c.api.cfg.Logger.Log(c.ctx(), level, "change", append(attrs, "outcome", outcome)...)
	return err
}
