// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
)

// changes tests transactions and editors that work at the same time.
func changes(t *testing.T, newStore NewStore) {
	errStop := errors.New("stop")

	each(t, newStore, "an error of the change is returned and nothing is stored", func(f *fixture) {
		id := f.connection("box", "")
		err := f.admin.Connections().Update(f.ctx, id, func(c *directory.Connection) error {
			c.Name = "changed"
			return errStop
		})
		if !errors.Is(err, errStop) {
			f.Errorf("got error %v, want that of the change", err)
		}
		got, err := f.admin.Connections().Get(f.ctx, id)
		f.must(err)
		f.want(got.Name, "box", "name")
	})

	each(t, newStore, "two editors cannot lose each other's change", func(f *fixture) {
		id := f.connection("box", "")
		const editors, rounds = 4, 10
		var wait sync.WaitGroup
		for editor := range editors {
			wait.Go(func() {
				for range rounds {
					err := f.admin.Connections().Update(f.ctx, id, func(c *directory.Connection) error {
						n, _ := strconv.Atoi(c.Attributes.Get(directory.AttrMaxConnections))
						c.Attributes.Set(directory.AttrMaxConnections, strconv.Itoa(n+1))
						c.Parameters[fmt.Sprintf("editor-%d", editor)] = strconv.Itoa(n)
						return nil
					})
					if err != nil {
						f.Errorf("editor %d: %v", editor, err)
						return
					}
				}
			})
		}
		wait.Wait()
		got, err := f.admin.OpenConnection(f.ctx, id)
		f.must(err)
		f.want(got.Attributes.Get(directory.AttrMaxConnections), strconv.Itoa(editors*rounds), "changes counted")
		f.want(len(got.Parameters), editors+1, "parameters")
	})

	each(t, newStore, "of creators of the same name one succeeds", func(f *fixture) {
		const creators = 8
		var wait sync.WaitGroup
		var created atomic.Int32
		for range creators {
			wait.Go(func() {
				err := f.admin.Connections().Create(f.ctx, &directory.Connection{Name: "box", Protocol: "ssh"})
				if err == nil {
					created.Add(1)
				} else if !errors.Is(err, directory.Conflict) {
					f.Errorf("got error %v, want a conflict", err)
				}
			})
		}
		wait.Wait()
		f.want(created.Load(), int32(1), "created")
	})

	each(t, newStore, "a transaction is kept as a whole, with failed parts undone", func(f *fixture) {
		// Features: ADM-18
		f.connection("taken", "")
		f.must(f.admin.Transaction(f.ctx, func(inner directory.UserContext) error {
			f.must(inner.Connections().Create(f.ctx, &directory.Connection{Name: "a", Protocol: "ssh"}))
			err := inner.Connections().Create(f.ctx, &directory.Connection{Name: "taken", Protocol: "ssh"})
			f.wantKind(err, directory.Conflict, "a name that is taken")
			err = inner.Connections().Create(f.ctx, &directory.Connection{Name: "a", Protocol: "ssh"})
			f.wantKind(err, directory.Conflict, "a name that is taken within the transaction")
			long := map[string]string{"p": string(make([]byte, directory.MaxParameterValueLength+1))}
			err = inner.Connections().Create(f.ctx, &directory.Connection{Name: "half", Protocol: "ssh", Parameters: long})
			f.wantKind(err, directory.TooLarge, "a parameter that is too long")
			f.must(inner.Connections().Create(f.ctx, &directory.Connection{Name: "b", Protocol: "ssh"}))
			return nil
		}))
		objects, err := f.admin.Connections().List(f.ctx, 0)
		f.must(err)
		var names []string
		for _, c := range objects {
			names = append(names, c.Name)
		}
		f.want(names, []string{"taken", "a", "b"}, "connections")
	})

	each(t, newStore, "a transaction that fails leaves nothing", func(f *fixture) {
		// Features: ADM-18
		id := f.connection("kept", "")
		err := f.admin.Transaction(f.ctx, func(inner directory.UserContext) error {
			f.must(inner.Users().Create(f.ctx, &directory.User{Username: "x"}))
			f.must(inner.Connections().Delete(f.ctx, id))
			return errStop
		})
		if !errors.Is(err, errStop) {
			f.Errorf("got error %v, want that of the func", err)
		}
		f.want(listed(f, f.admin.Connections(), 0, connectionID), []string{id}, "connections")
		f.want(listed(f, f.admin.Users(), 0, username), []string{"root"}, "users")
	})

	each(t, newStore, "others do not see a transaction that is under way, nor wait for it", func(f *fixture) {
		f.must(f.admin.Transaction(f.ctx, func(inner directory.UserContext) error {
			f.must(inner.Users().Create(f.ctx, &directory.User{Username: "x"}))
			f.want(listed(f, inner.Users(), 0, username), []string{"root", "x"}, "users within")
			f.want(listed(f, f.admin.Users(), 0, username), []string{"root"}, "users outside")
			return nil
		}))
	})

	each(t, newStore, "a cancelled call changes nothing", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		err := f.admin.Transaction(ctx, func(inner directory.UserContext) error {
			f.must(inner.Users().Create(f.ctx, &directory.User{Username: "x"}))
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			f.Errorf("got error %v, want that of the context", err)
		}
		f.want(listed(f, f.admin.Users(), 0, username), []string{"root"}, "users")
	})
}

// folding tests names without case.
func folding(t *testing.T, newStore NewStore) {
	options := store.Options{FoldUsernames: true, FoldGroupNames: true}
	eachWith(t, newStore, options, "names are compared, stored and shown in lower case if so configured", func(f *fixture) {
		// Features: AUT-07
		f.user("ÄRMEL", "pw")
		f.group("Staff")
		f.join("STAFF", userSubject("ärMel"))
		id := f.connection("box", "")
		f.grant(groupSubject("staff"), directory.ConnectionObject, id, directory.Read)
		f.want(listed(f, f.admin.Users(), 0, username), []string{"root", "ärmel"}, "users")
		f.want(listed(f, f.as("Ärmel").Connections(), 0, connectionID), []string{id}, "connections")
		f.want(listed(f, f.as("x", "sTaff").Connections(), 0, connectionID), []string{id}, "connections by a group")
		a, err := f.store.Account(f.ctx, "ÄrmeL")
		f.must(err)
		f.want(a.Username, "ärmel", "the account")
		f.want(a.Password.Verify(secret.New("pw")), true, "the password")
		f.wantKind(f.admin.Users().Create(f.ctx, &directory.User{Username: "Ärmel"}), directory.Conflict, "a second one")
		got, err := f.admin.Users().Get(f.ctx, "ÄRmel")
		f.must(err)
		f.want(got.Username, "ärmel", "the user")
	})

	each(t, newStore, "names that differ in case are different", func(f *fixture) {
		// Features: AUT-07
		f.user("alice", "pw")
		f.user("Alice", "pw")
		_, err := f.store.Account(f.ctx, "ALICE")
		f.wantKind(err, directory.NotFound, "a third spelling")
	})
}

// scale tests that what a call costs does not depend on how many objects there are.
func scale(t *testing.T, newStore NewStore) {
	t.Run("lists of 2000 objects take as many statements as lists of one", func(t *testing.T) {
		var statements atomic.Int64
		f := &fixture{T: t, ctx: t.Context(), store: newStore(t, store.Options{
			Clock: now, Trace: func(string) { statements.Add(1) },
		})}
		f.must(f.store.CreateFirstAdministrator(f.ctx, "root", secret.New("pw")))
		f.admin = f.as("root")
		alice := f.user("alice", "pw")
		f.group("staff")
		f.join("staff", userSubject("alice"))
		Fill(f.T, f.store, "root", 2000)
		ids := listed(f, f.admin.Connections(), 0, connectionID)
		f.want(len(ids), 2000, "connections")
		var grants []directory.PermissionChange
		for _, id := range ids[:1000] {
			grants = append(grants, directory.PermissionChange{Kind: directory.ConnectionObject, Identifier: id, Object: directory.Read})
		}
		f.must(f.admin.ChangePermissions(f.ctx, groupSubject("staff"), grants))

		const most = 4 // who asks, the objects, their attributes, and what the user may see of users
		count := func(what string, want int, list func() (int, error)) {
			before := statements.Load()
			n, err := list()
			f.must(err)
			f.want(n, want, what)
			if got := statements.Load() - before; got > most {
				f.Errorf("%s: got %d statements, want at most %d", what, got, most)
			}
		}
		count("connections of the administrator", 2000, func() (int, error) {
			list, err := f.admin.Connections().List(f.ctx, 0)
			return len(list), err
		})
		count("connections of alice", 1000, func() (int, error) {
			list, err := alice.Connections().List(f.ctx, 0)
			return len(list), err
		})
		count("connections by identifier", 2000, func() (int, error) {
			list, err := f.admin.Connections().GetMany(f.ctx, ids)
			return len(list), err
		})
		count("users", 1, func() (int, error) {
			list, err := alice.Users().List(f.ctx, 0)
			return len(list), err
		})
	})
}

// bounds tests that no list makes a statement longer than engines take.
func bounds(t *testing.T, newStore NewStore) {
	t.Run("a user with 6000 groups and a list of 6000 names need no statement with more parameters than engines take", func(t *testing.T) {
		const most = 5100 // of one list, and a few more
		longest := 0
		f := &fixture{T: t, ctx: t.Context(), store: newStore(t, store.Options{
			Clock: now, Trace: func(statement string) { longest = max(longest, strings.Count(statement, "?")) },
		})}
		f.must(f.store.CreateFirstAdministrator(f.ctx, "root", secret.New("pw")))
		f.admin = f.as("root")
		f.group("last")
		id := f.connection("box", "")
		f.grant(groupSubject("last"), directory.ConnectionObject, id, directory.Read)
		names := make([]string, 6000)
		for i := range names {
			names[i] = fmt.Sprint("name ", i)
		}
		names[len(names)-1] = "last"
		f.want(listed(f, f.as("stranger", names...).Connections(), 0, connectionID), []string{id}, "connections by the last of the groups")
		groups, err := f.admin.UserGroups().GetMany(f.ctx, names)
		f.must(err)
		f.want(len(groups), 1, "groups by name")
		f.want(longest <= most, true, fmt.Sprintf("the longest statement, with %d parameters, is short enough", longest))
	})
}

// Fill creates n connections in one transaction, as the named administrator.
func Fill(t testing.TB, s *store.Store, administrator string, n int) {
	t.Helper()
	ctx := t.Context()
	admin := s.UserContext(administrator, directory.ContextOptions{})
	err := admin.Transaction(ctx, func(inner directory.UserContext) error {
		for i := range n {
			c := &directory.Connection{
				Name: fmt.Sprintf("connection %d", i), Protocol: "ssh",
				Parameters: map[string]string{"hostname": "192.0.2.1", "port": "22"},
				Attributes: directory.Attributes{},
			}
			c.Attributes.Set(directory.AttrMaxConnections, "2")
			c.Attributes.Set("note", strconv.Itoa(i))
			if err := inner.Connections().Create(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
