// SPDX-License-Identifier: Apache-2.0

package rest

import "github.com/palta-gateway/palta/internal/secret"

// setupState is whether the first administrator is still to be created.
type setupState struct {
	Required bool `json:"required"`
}

func (a *API) setupState(c *call) error {
	if a.cfg.Setup == nil {
		return c.answer(setupState{})
	}
	required, err := a.cfg.Setup.Required(c.ctx())
	if err != nil {
		return err
	}
	return c.answer(setupState{Required: required})
}

// completeSetup creates the first administrator.
func (a *API) completeSetup(c *call) error {
	if a.cfg.Setup == nil {
		return notFound("There is nothing to set up.")
	}
	var in struct {
		Token    jsonText `json:"token"`
		Username jsonText `json:"username"`
		Password jsonText `json:"password"`
	}
	if err := c.decode(&in, "A token, a username and a password are wanted here."); err != nil {
		return err
	}
	if err := a.cfg.Setup.Complete(c.ctx(), string(in.Token), string(in.Username), secret.New(string(in.Password))); err != nil {
		return err
	}
	return c.done()
}
