// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bytes"
	"io"
	"strings"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/gateway/forwarded"
)

// extensionRoutes adds the endpoints that providers own: below ext without a login, below session/ext with one.
func (a *API) extensionRoutes() {
	allowed := make(map[string][]string) // methods by path
	for provider, endpoints := range a.cfg.Endpoints {
		for _, e := range endpoints {
			add, path := a.public, "/ext/"+provider+e.Path
			if e.NeedsLogin {
				add, path = a.private, "/session"+path
			}
			add(e.Method+" "+path, serveEndpoint(e))
			allowed[path] = append(allowed[path], e.Method)
		}
	}
	for path, methods := range allowed {
		a.public(path, func(c *call) error { return c.methodNotAllowed(strings.Join(methods, ", ")) })
	}
	for _, below := range []string{"", "/{rest...}"} {
		a.public("/ext/{id}"+below, noResource)
		a.private("/session/ext/{id}"+below, noSessionResource)
	}
}

// serveEndpoint reads the body and hands the request to the provider.
func serveEndpoint(e auth.Endpoint) handler {
	return func(c *call) error {
		body, err := c.body()
		if err != nil {
			return err
		}
		c.r.Body = io.NopCloser(bytes.NewReader(body))
		c.w.Header().Set("Cache-Control", "no-store")
		request := &auth.Request{Request: c.r, BaseURL: forwarded.BaseURL(c.r)}
		if c.session != nil {
			request.Login = c.session.Login()
		}
		return e.Serve(c.w, request)
	}
}

func noResource(*call) error { return notFound("No such resource.") }

// noSessionResource tells a data source that has no endpoint apart from one that the login has not got.
func noSessionResource(c *call) error {
	if _, ok := c.session.Context(c.r.PathValue("id")); !ok {
		return errNoDataSource(c.r.PathValue("id"))
	}
	return noResource(c)
}
