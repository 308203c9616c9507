// SPDX-License-Identifier: Apache-2.0

package auth

import "net/http"

// EndpointOwner is a provider that answers HTTP requests of its own: the callback of an identity provider, metadata, enrolment.
type EndpointOwner interface {
	Endpoints() []Endpoint
}

// Endpoint is one of them.
type Endpoint struct {
	// Method and Path are as in patterns of http.ServeMux, the path below the provider's name: "POST" and "/callback" are for
	// POST api/ext/NAME/callback.
	Method, Path string
	// NeedsLogin puts it below api/session/ext/NAME instead, for users who are logged in.
	NeedsLogin bool
	// Serve answers. An error, which must be returned before the answer begins, is answered in the form of the REST API: a
	// [*Rejection] or a directory.Error as what it is, any other as an internal error.
	Serve func(w http.ResponseWriter, r *Request) error
}

// Request is a request to an endpoint. Its body has been read, within the bounds of all requests, and waits in memory.
type Request struct {
	*http.Request
	// BaseURL is where the browser finds the web client, with a slash at its end.
	BaseURL string
	// Login is the login of the user; nil if the endpoint needs none.
	Login *Login
}

// EndpointURL returns the address of an endpoint of the provider with that name that needs no login.
func EndpointURL(baseURL, provider, path string) string {
	return baseURL + "api/ext/" + provider + path
}

// Endpoints returns the endpoints of all providers by the provider's name.
func (c *Chain) Endpoints() map[string][]Endpoint {
	all := make(map[string][]Endpoint)
	for _, p := range c.providers {
		if owner, ok := p.(EndpointOwner); ok {
			all[p.Name()] = owner.Endpoints()
		}
	}
	return all
}
