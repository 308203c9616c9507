// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/secret"
)

// DefaultMaxRequest is the largest request body by default, as upstream has it.
const DefaultMaxRequest = 2 << 20

// Setup creates the first administrator.
type Setup interface {
	// Required reports whether there is no user yet.
	Required(ctx context.Context) (bool, error)
	// Complete stores the administrator if the token is the one that the operator was given. It works once.
	Complete(ctx context.Context, token, username string, password secret.String) error
}

// Config is what an [API] is made of.
type Config struct {
	Logins *login.Store
	Broker *broker.Broker
	// Protocols are described to editors.
	Protocols engine.Registry
	// Endpoints are those that login providers own, by the provider's name.
	Endpoints map[string][]auth.Endpoint
	// Languages are the names of the interface's languages by key. If nil, English.
	Languages map[string]string
	// Patches are the HTML patches of extensions.
	Patches []string
	// Setup serves the first start; nil if no data source can have a first administrator.
	Setup Setup
	// MaxRequest is the largest request body in bytes; 0 means DefaultMaxRequest, a negative number any size. Uploads are not bound by it.
	MaxRequest int64
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger takes audit lines and failures; nil discards.
	Logger *slog.Logger
}

// API is the handler of everything below api/.
type API struct {
	cfg Config
	mux *http.ServeMux
}

// New returns the handler. It expects paths without the prefix api.
func New(cfg Config) *API {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxRequest == 0 {
		cfg.MaxRequest = DefaultMaxRequest
	}
	if cfg.Languages == nil {
		cfg.Languages = map[string]string{"en": "English"}
	}
	a := &API{cfg: cfg, mux: http.NewServeMux()}
	a.routes()
	return a
}

// handler serves one request; its error is answered by the caller.
type handler func(c *call) error

// routes is the route table.
func (a *API) routes() {
	a.public("GET /languages", a.languages)
	a.public("GET /patches", a.patches)
	a.public("POST /tokens", a.createToken)
	a.public("DELETE /tokens/{token}", a.deleteToken)
	a.public("GET /palta/setup", a.setupState)
	a.public("POST /palta/setup", a.completeSetup)

	a.public("GET /session", a.checkSession)
	a.public("DELETE /session", a.deleteSession)
	a.tunnelRoutes()
	a.extensionRoutes()

	addDirectory(a, "users", users)
	addDirectory(a, "userGroups", userGroups)
	addDirectory(a, "connections", connections)
	addDirectory(a, "connectionGroups", connectionGroups)
	addDirectory(a, "sharingProfiles", sharingProfiles)
	a.userRoutes("users/{id}")
	a.userRoutes("self")
	a.data("GET", "self", one(users))
	a.data("PUT", "self", replace(users))
	a.data("DELETE", "self", deleteSelf)
	a.groupRoutes()
	a.connectionRoutes("connections/{id}")
	a.data("GET", "connectionGroups/{id}/tree", tree)
	a.data("GET", "sharingProfiles/{id}/parameters", sharingProfileParameters)
	a.activeRoutes()
	a.historyRoutes()
	a.schemaRoutes()
}

// public adds a route that needs no login.
func (a *API) public(pattern string, h handler) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if a.cfg.MaxRequest > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, a.cfg.MaxRequest)
		}
		a.run(w, r, h)
	})
}

// streaming adds a route for those who are logged in whose body may have any size.
func (a *API) streaming(pattern string, h handler) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		a.run(w, r, func(c *call) error {
			if err := c.authenticate(); err != nil {
				return err
			}
			return h(c)
		})
	})
}

// private adds a route for those who are logged in.
func (a *API) private(pattern string, h handler) {
	a.public(pattern, func(c *call) error {
		if err := c.authenticate(); err != nil {
			return err
		}
		return h(c)
	})
}

// data adds a route below session/data/{ds}.
func (a *API) data(method, path string, h handler) {
	a.private(method+" /session/data/{ds}/"+path, func(c *call) error {
		if err := c.enter(); err != nil {
			return err
		}
		return h(c)
	})
}

// ServeHTTP serves a request. A slash at the end of the path is ignored.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = withoutSlash(r)
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.refuse(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// refuse answers a path or method that is not in the table.
func (a *API) refuse(w http.ResponseWriter, r *http.Request) {
	probe := &statusProbe{header: http.Header{}}
	a.mux.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		a.run(w, r, func(c *call) error { return c.methodNotAllowed(probe.header.Get("Allow")) })
		return
	}
	writeError(w, http.StatusNotFound, &errorObject{Message: text("Not found."), Type: "NOT_FOUND"})
}

// statusProbe is a response of which only the status and the header are of interest.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header { return p.header }

func (p *statusProbe) WriteHeader(status int) { p.status = status }

func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }

func withoutSlash(r *http.Request) *http.Request {
	if len(r.URL.Path) < 2 || !strings.HasSuffix(r.URL.Path, "/") {
		return r
	}
	changed := r.Clone(r.Context())
	changed.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	changed.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
	return changed
}

func (a *API) languages(c *call) error { return c.answer(a.cfg.Languages) }

// patches answers with a list, if an empty one.
func (a *API) patches(c *call) error { return c.answer(append([]string{}, a.cfg.Patches...)) }
