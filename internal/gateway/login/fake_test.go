// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// fakeProvider knows alice with the password "right"; code, if set, is asked for besides.
type fakeProvider struct {
	code string

	mu      sync.Mutex
	closed  int
	invalid error
	failure error
	hold    chan struct{}
}

// closes returns how many data sources have been closed.
func (p *fakeProvider) closes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *fakeProvider) Name() string { return "fake" }

func (p *fakeProvider) Authenticate(_ context.Context, c auth.Credentials) (*auth.Identity, error) {
	if p.hold != nil {
		<-p.hold
	}
	switch {
	case p.failure != nil:
		return nil, p.failure
	case c.Empty():
		return nil, nil
	case c.Username != "alice" || !c.Password.Equal(secret.New("right")):
		return nil, auth.InvalidLogin(nil)
	case p.code != "" && c.Value("code") != p.code:
		return nil, &auth.Rejection{Kind: auth.InsufficientCredentials, Message: "Code wanted."}
	}
	return &auth.Identity{Username: c.Username, Credentials: c}, nil
}

func (p *fakeProvider) UserContext(_ context.Context, id *auth.Identity, _ auth.Credentials) (directory.UserContext, error) {
	return &fakeContext{FixedContext: directory.NewFixedContext("fake", id.Username, nil), provider: p}, nil
}

type fakeContext struct {
	*directory.FixedContext
	provider *fakeProvider
}

func (c *fakeContext) Close(context.Context) error {
	c.provider.mu.Lock()
	defer c.provider.mu.Unlock()
	c.provider.closed++
	return nil
}

func (c *fakeContext) Valid(context.Context, time.Time) error {
	c.provider.mu.Lock()
	defer c.provider.mu.Unlock()
	return c.provider.invalid
}

type fakeTunnel struct {
	id     string
	reason chan error
}

func newFakeTunnel(id string) *fakeTunnel { return &fakeTunnel{id: id, reason: make(chan error, 1)} }

func (t *fakeTunnel) UUID() string { return t.id }

func (t *fakeTunnel) Close(reason error) { t.reason <- reason }
