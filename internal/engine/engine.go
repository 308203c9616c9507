// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"log/slog"
	"net"

	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Protocol is one engine, such as ssh.
type Protocol struct {
	// Name is what select asks for.
	Name string
	// Params are the connection parameters in the order of args.
	Params []Param
	// Forms say which parameters people edit, in which groups and order. A parameter in
	// no form works all the same.
	Forms []Form
	// Run connects, draws and serves until the remote side ends or ctx does. A normal end
	// is nil; an error carries the status for the users if it wraps a guac.Error.
	Run func(ctx context.Context, cfg Config) error
}

// Registry are the engines by name. There is one, filled by the command.
type Registry map[string]Protocol

// Config is what an engine runs with.
type Config struct {
	// Session has the users; the engine sets its handler first of all.
	Session *session.Session
	// Params are the owner's; a user's own are in session.User.Params, as Values.
	Params Values
	// Owner is what the owner's client told of itself.
	Owner guac.ClientInfo
	// Dialer opens every connection that the engine needs.
	Dialer Dialer
	// Logger has the session's fields.
	Logger *slog.Logger
}

// Dialer opens connections to remote hosts. Its errors are guac.Errors:
//
//	unknown host            UPSTREAM_NOT_FOUND
//	refused, unreachable    UPSTREAM_UNAVAILABLE
//	deadline of the context UPSTREAM_TIMEOUT
//	not allowed             CLIENT_FORBIDDEN
//	anything else           UPSTREAM_ERROR
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Names returns the names of the parameters in the order of args.
func (p Protocol) Names() []string {
	names := make([]string, len(p.Params))
	for i := range p.Params {
		names[i] = p.Params[i].Name
	}
	return names
}

// Hosts returns the hosts that the connection's own parameters name, which are those that
// its engine may dial.
func (p Protocol) Hosts(v Values) []string {
	var hosts []string
	for i := range p.Params {
		if p.Params[i].Host && v.Has(p.Params[i].Name) {
			hosts = append(hosts, v.String(p.Params[i].Name))
		}
	}
	return hosts
}
