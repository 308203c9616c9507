// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
)

// Gateways tests several gateways on one database: newStore opens the same one at each call.
func Gateways(t *testing.T, newStore NewStore) {
	t.Helper()
	clock := now()
	open := func() *store.Store { return newStore(t, store.Options{Clock: func() time.Time { return clock }}) }
	one, two, upstream := open(), open(), open()
	f := &fixture{T: t, ctx: t.Context(), store: one}
	f.must(one.CreateFirstAdministrator(f.ctx, "root", secret.New("pw")))
	f.admin = f.as("root")
	f.must(one.Own(f.ctx, "one"))
	f.must(two.Own(f.ctx, "two"))
	// begin begins a login and a session, and returns the number of the latter.
	begin := func(s *store.Store, name string) string {
		t.Helper()
		_, err := startLogin(f, s, name, "")
		f.must(err)
		r := &directory.ConnectionRecord{Username: name, ConnectionName: name}
		f.must(s.UserContext("root", directory.ContextOptions{}).StartConnection(f.ctx, r))
		return r.Identifier
	}
	// ends returns the ends of all records, in the order of their starts; "" if there is none.
	ends := func(what string, want ...string) {
		t.Helper()
		show := func(name string, end time.Time) string {
			if end.IsZero() {
				return name + " runs"
			}
			return name + " until " + end.UTC().Format(time.TimeOnly)
		}
		var sessions, logins []string
		connections, err := f.admin.ConnectionHistory(f.ctx, directory.HistoryQuery{Ascending: true})
		f.must(err)
		for _, r := range connections {
			sessions = append(sessions, show(r.ConnectionName, r.End))
		}
		users, err := f.admin.UserHistory(f.ctx, directory.HistoryQuery{Ascending: true})
		f.must(err)
		for _, r := range users {
			logins = append(logins, show(r.Username, r.End))
		}
		f.want(sessions, want, "sessions, "+what)
		if what != "after an end of its own" { // of which there is none for logins
			f.want(logins, want, "logins, "+what)
		}
	}

	begin(one, "first")
	second := begin(two, "second")
	begin(upstream, "upstream's")
	clock = clock.Add(time.Minute)
	f.must(one.Beat(f.ctx))
	clock = clock.Add(30 * time.Second)
	begin(one, "late")
	clock = clock.Add(time.Hour)
	ends("while all run", "first runs", "second runs", "upstream's runs", "late runs")

	f.must(open().Own(f.ctx, "three"))
	ends("after a new gateway's start", "first runs", "second runs", "upstream's runs", "late runs")

	again := open()
	f.must(again.Own(f.ctx, "one"))
	after := []string{"first until 12:01:00", "second runs", "upstream's runs", "late until 12:01:30"}
	ends("after the start of the first gateway, which had died", after...)
	f.must(again.Own(f.ctx, "one"))
	ends("after another start of it", after...)

	f.must(two.UserContext("root", directory.ContextOptions{}).EndConnection(f.ctx, second, clock))
	after[1] = "second until 13:01:30"
	ends("after an end of its own", after...)
	clock = clock.Add(time.Hour)
	f.must(open().Own(f.ctx, "two"))
	ends("after an end of its own", after...)
}
