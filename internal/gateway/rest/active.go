// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"errors"

	"github.com/palta-gateway/palta/internal/directory"
)

// activeConnectionJSON is a running session as clients see it. What the viewer may not know is null.
type activeConnectionJSON struct {
	Identifier           string  `json:"identifier"`
	ConnectionIdentifier string  `json:"connectionIdentifier"`
	StartDate            *int64  `json:"startDate"`
	RemoteHost           *string `json:"remoteHost"`
	Username             *string `json:"username"`
	Connectable          bool    `json:"connectable"`
}

// activeRoutes adds the routes of running sessions.
func (a *API) activeRoutes() {
	a.data("GET", "activeConnections", listActive)
	a.data("PATCH", "activeConnections", patchActive)
	a.data("POST", "activeConnections", refuseActive)
	a.data("GET", "activeConnections/{id}", oneActive)
	a.data("PUT", "activeConnections/{id}", refuseActive)
	a.data("DELETE", "activeConnections/{id}", killActive)
	a.data("GET", "activeConnections/{id}/connection", connectionOfActive)
	a.data("GET", "activeConnections/{id}/connection/sharingProfiles", profilesOfActive)
	a.data("GET", "activeConnections/{id}/sharingCredentials/{profile}", sharingCredentials)
}

func refuseActive(*call) error { return directory.DeniedError() }

// viewer is the user as far as running sessions are concerned.
type viewer struct {
	username string
	held     *directory.Permissions
}

func (c *call) viewer() (viewer, error) {
	held, err := c.uc.EffectivePermissions(c.ctx())
	return viewer{username: c.session.Username(), held: held}, err
}

// controls reports whether the viewer may join and end a session.
func (v viewer) controls(active directory.ActiveConnection) bool {
	return v.held.Privileged() || v.username != "" && active.Username == v.username
}

func (v viewer) show(active directory.ActiveConnection) *activeConnectionJSON {
	shown := &activeConnectionJSON{
		Identifier: active.Identifier, ConnectionIdentifier: active.Connection, StartDate: millis(active.Start),
	}
	if v.controls(active) {
		shown.RemoteHost, shown.Username, shown.Connectable = &active.RemoteHost, &active.Username, true
	}
	return shown
}

// visible reports whether the viewer can read the connection of a session.
func (v viewer) visible(active directory.ActiveConnection) bool {
	return v.held.Allows(directory.ConnectionObject, active.Connection, directory.Read)
}

func listActive(c *call) error {
	filter, err := c.permissions()
	if err != nil {
		return err
	}
	v, err := c.viewer()
	if err != nil {
		return err
	}
	list, err := c.api.cfg.Broker.Active(c.ctx(), c.uc.DataSource())
	if err != nil {
		return err
	}
	shown := make(map[string]*activeConnectionJSON)
	for _, active := range list {
		if !v.visible(active) {
			continue
		}
		holds := directory.Read
		if v.controls(active) {
			holds |= directory.Delete
		}
		if filter == 0 || v.held.Privileged() || holds.Any(filter) {
			shown[active.Identifier] = v.show(active)
		}
	}
	return c.answer(shown)
}

// findActive returns one visible session and the viewer.
func (c *call) findActive(identifier string) (directory.ActiveConnection, viewer, error) {
	v, err := c.viewer()
	if err != nil {
		return directory.ActiveConnection{}, v, err
	}
	active, err := c.api.cfg.Broker.FindActive(c.ctx(), c.uc.DataSource(), identifier)
	if err == nil && !v.visible(active) {
		err = directory.NotFoundError(identifier)
	}
	return active, v, err
}

func oneActive(c *call) error {
	active, v, err := c.findActive(c.id())
	if err != nil {
		return err
	}
	return c.answer(v.show(active))
}

func killActive(c *call) error {
	if err := c.kill(c.id()); err != nil {
		return err
	}
	return c.done()
}

// kill ends a session: administrators may, and its owner.
func (c *call) kill(identifier string) error {
	active, v, err := c.findActive(identifier)
	if err != nil {
		return err
	}
	if !v.controls(active) {
		return c.audit("kill", "active connection", identifier, directory.DeniedError())
	}
	return c.audit("kill", "active connection", identifier, c.api.cfg.Broker.Kill(c.ctx(), active))
}

// patchActive ends several sessions. Those that have ended already are no failure.
func patchActive(c *call) error {
	var operations []operation
	if err := c.decode(&operations, "Data must be submitted when updating objects."); err != nil {
		return err
	}
	outcomes := make([]any, 0, len(operations))
	failed := false
	for _, o := range operations {
		identifier, err := o.identifier()
		if err != nil {
			return err
		}
		if o.Op != "remove" {
			return directory.Errorf(directory.Unsupported, "Unsupported patch operation: %q", o.Op)
		}
		done := patchDone{Op: o.Op, Identifier: &identifier, Path: o.Path}
		if err := c.kill(identifier); err != nil && !errors.Is(err, directory.NotFound) {
			failed = true
			_, object := describe(err)
			outcomes = append(outcomes, patchFailed{patchDone: done, Error: object.Translatable})
			continue
		}
		outcomes = append(outcomes, done)
	}
	if failed {
		return &patchError{outcomes: outcomes}
	}
	return c.answer(patchResult{Patches: outcomes})
}

func connectionOfActive(c *call) error {
	active, _, err := c.findActive(c.id())
	if err != nil {
		return err
	}
	return c.answerConnection(active.Connection)
}

// profilesOfActive answers the sharing profiles of the connection that a session uses.
func profilesOfActive(c *call) error {
	active, _, err := c.findActive(c.id())
	if err != nil {
		return err
	}
	c.r.SetPathValue("id", active.Connection)
	return profilesOfConnection(c)
}

func (c *call) answerConnection(identifier string) error {
	connection, err := c.uc.Connections().Get(c.ctx(), identifier)
	if err != nil {
		return err
	}
	show, err := connections.encoder(c)
	if err != nil {
		return err
	}
	return c.answer(show(connection))
}

// sharingCredentials refuses: no data source here can log in by a share key.
func sharingCredentials(c *call) error {
	active, _, err := c.findActive(c.id())
	if err != nil {
		return err
	}
	identifier := c.r.PathValue("profile")
	profile, err := c.uc.SharingProfiles().Get(c.ctx(), identifier)
	if err != nil {
		return err
	}
	if profile.PrimaryConnection != active.Connection {
		return directory.DeniedError()
	}
	return directory.Errorf(directory.Unsupported, "Sharing by link is not available.")
}
