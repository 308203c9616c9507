// SPDX-License-Identifier: Apache-2.0

package gatewaytest

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/secret"
)

// DataSource is the identifier of the provider's data source.
const DataSource = "fake"

// Provider knows users by name and password, who all may read the same connections. The user root is privileged. It
// is safe for concurrent use once a test has filled it.
type Provider struct {
	Passwords   map[string]string
	Connections []*directory.Connection
	Groups      map[string]*directory.ConnectionGroup
	Members     map[string][]*directory.Connection

	mu sync.Mutex
	// fail, if not nil, is the error of everything that a database would do.
	fail    error
	records []*directory.ConnectionRecord
}

// Fail makes everything that a database would do fail; nil ends that.
func (p *Provider) Fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

func (p *Provider) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fail
}

// Records returns copies of the history.
func (p *Provider) Records() []directory.ConnectionRecord {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []directory.ConnectionRecord
	for _, record := range p.records {
		list = append(list, *record)
	}
	return list
}

// WaitEnded waits until n records have ended and fails the test if that takes too long.
func (p *Provider) WaitEnded(t testing.TB, n int) {
	t.Helper()
	deadline := time.Now().Add(wait)
	for {
		ended := 0
		for _, record := range p.Records() {
			if !record.End.IsZero() {
				ended++
			}
		}
		if ended == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d records have ended, want %d: %+v", ended, n, p.Records())
		}
		time.Sleep(time.Millisecond) // a poll, bounded by the deadline
	}
}

// Name returns DataSource.
func (p *Provider) Name() string { return DataSource }

// Authenticate compares the password.
func (p *Provider) Authenticate(_ context.Context, c auth.Credentials) (*auth.Identity, error) {
	if err := p.failure(); err != nil {
		return nil, err
	}
	if c.Empty() {
		return nil, nil
	}
	password, ok := p.Passwords[c.Username]
	if !ok || !c.Password.Equal(secret.New(password)) {
		return nil, auth.InvalidLogin(nil)
	}
	return &auth.Identity{Username: c.Username, Credentials: c}, nil
}

// UserContext returns a view of the connections.
func (p *Provider) UserContext(
	_ context.Context, identity *auth.Identity, _ auth.Credentials,
) (directory.UserContext, error) {
	fixed := directory.NewFixedContext(DataSource, identity.Username, p.Connections)
	return &userContext{FixedContext: fixed, provider: p, user: identity.Username}, nil
}

// SaveUserContext implements auth.Restorer.
func (p *Provider) SaveUserContext(directory.UserContext) string { return "" }

// RestoreUserContext implements auth.Restorer: users who are no longer known are refused.
func (p *Provider) RestoreUserContext(
	ctx context.Context, identity *auth.Identity, _ string,
) (directory.UserContext, error) {
	if err := p.failure(); err != nil {
		return nil, err
	}
	if _, ok := p.Passwords[identity.Username]; !ok {
		return nil, auth.InvalidLogin(nil)
	}
	return p.UserContext(ctx, identity, identity.Credentials)
}

// Sessions returns a store of logins with the provider.
func (p *Provider) Sessions(t testing.TB) *login.Store {
	t.Helper()
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{p}})
	if err != nil {
		t.Fatal(err)
	}
	return login.NewStore(login.Config{Chain: chain})
}

// Login logs a user of the provider in.
func (p *Provider) Login(t testing.TB, sessions *login.Store, user string) (*login.Login, string) {
	t.Helper()
	session, token, err := sessions.Login(t.Context(), "", auth.Credentials{
		Username: user, Password: secret.New(p.Passwords[user]), RemoteAddr: "192.0.2.7", RemoteHost: "192.0.2.7",
	})
	if err != nil {
		t.Fatal(err)
	}
	return session, token
}

// userContext adds groups, privileges and a history to a fixed context.
type userContext struct {
	*directory.FixedContext
	provider *Provider
	user     string
}

func (c *userContext) EffectivePermissions(ctx context.Context) (*directory.Permissions, error) {
	if err := c.provider.failure(); err != nil {
		return nil, err
	}
	held, err := c.FixedContext.EffectivePermissions(ctx)
	if err == nil && c.user == "root" {
		held.System |= directory.SystemAdminister
	}
	return held, err
}

func (c *userContext) OpenConnection(ctx context.Context, id string) (*directory.Connection, error) {
	if err := c.provider.failure(); err != nil {
		return nil, err
	}
	return c.FixedContext.OpenConnection(ctx, id)
}

func (c *userContext) OpenConnectionGroup(
	_ context.Context, id string,
) (*directory.ConnectionGroup, []*directory.Connection, error) {
	group, ok := c.provider.Groups[id]
	if !ok {
		return nil, nil, directory.NotFoundError(id)
	}
	return group, c.provider.Members[id], nil
}

func (c *userContext) StartConnection(_ context.Context, record *directory.ConnectionRecord) error {
	p := c.provider
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	number := int64(len(p.records) + 1)
	record.Identifier, record.UUID = strconv.FormatInt(number, 10), directory.ConnectionRecordUUID(number)
	stored := *record
	p.records = append(p.records, &stored)
	return nil
}

func (c *userContext) EndConnection(_ context.Context, identifier string, end time.Time) error {
	p := c.provider
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	for _, record := range p.records {
		if record.Identifier == identifier && record.End.IsZero() {
			record.End = end
			return nil
		}
	}
	return directory.NotFoundError(identifier)
}
