// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"log/slog"

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
	// AcceptPort returns the port on which a connection waits for its host, 0 if it dials.
	// It is nil where connections always dial.
	AcceptPort func(v Values) int
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
	// Dialer is all of the network that the engine has.
	Dialer Dialer
	// Files creates the files that the parameters name.
	Files Files
	// Logger has the session's fields.
	Logger *slog.Logger
}

// Names returns the names of the parameters in the order of args.
func (p Protocol) Names() []string {
	names := make([]string, len(p.Params))
	for i := range p.Params {
		names[i] = p.Params[i].Name
	}
	return names
}

// Ended is the error with which an engine ends: the reason for which ctx ended, if it has,
// rather than err, which is that of a connection that was closed for it.
func Ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
