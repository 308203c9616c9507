// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// history tests records of sessions and logins.
func history(t *testing.T, newStore NewStore) {
	start := func(f *fixture, username, connection, name string, at time.Time) *directory.ConnectionRecord {
		f.Helper()
		r := &directory.ConnectionRecord{
			Username: username, RemoteHost: "192.0.2.7", Connection: connection, ConnectionName: name, Start: at,
		}
		f.must(f.admin.StartConnection(f.ctx, r))
		return r
	}
	names := func(f *fixture, reader directory.HistoryReader, query directory.HistoryQuery) []string {
		f.Helper()
		records, err := reader.ConnectionHistory(f.ctx, query)
		f.must(err)
		var names []string
		for _, r := range records {
			names = append(names, r.ConnectionName)
		}
		return names
	}

	each(t, newStore, "a record begins, ends once, and has the UUID of its number", func(f *fixture) {
		// Features: ADM-15
		// Part of: SHA-12
		id := f.connection("box", "")
		profile := f.profile(id)
		r := &directory.ConnectionRecord{
			Username: "root", RemoteHost: "192.0.2.7", Connection: id, ConnectionName: "box",
			SharingProfile: profile, SharingProfileName: "view",
		}
		f.must(f.admin.StartConnection(f.ctx, r))
		f.want(r.Start.Equal(now()), true, "the start is now")
		end := now().Add(time.Minute)
		f.must(f.admin.EndConnection(f.ctx, r.Identifier, end))
		f.must(f.admin.EndConnection(f.ctx, r.Identifier, end.Add(time.Hour)))
		records, err := f.admin.ConnectionHistory(f.ctx, directory.HistoryQuery{})
		f.must(err)
		r.End = end
		f.want(records, []*directory.ConnectionRecord{r}, "records")
		c, err := f.admin.Connections().Get(f.ctx, id)
		f.must(err)
		f.want(c.LastActive.Equal(now()), true, "the start is the last activity of the connection")
		f.wantKind(f.admin.EndConnection(f.ctx, "x", end), directory.NotFound, "an identifier that is no number")
	})

	each(t, newStore, "anonymous users and connections of other sources are kept by name", func(f *fixture) {
		start(f, "", "key", "shared", now())
		start(f, "stranger", "", "external", now())
		f.want(names(f, f.admin, directory.HistoryQuery{Ascending: true}), []string{"shared", "external"}, "records")
	})

	each(t, newStore, "records are narrowed, ordered and limited", func(f *fixture) {
		f.user("alice", "pw")
		one, two := f.connection("one", ""), f.connection("two", "")
		first := start(f, "alice", one, "one", now().Add(-2*time.Hour))
		start(f, "root", two, "two", now().Add(-time.Hour))
		start(f, "alice", two, "two again", now())
		for _, test := range []struct {
			what  string
			query directory.HistoryQuery
			want  []string
		}{
			{"all, the newest first", directory.HistoryQuery{}, []string{"two again", "two", "one"}},
			{"the oldest first", directory.HistoryQuery{Ascending: true}, []string{"one", "two", "two again"}},
			{"a limit", directory.HistoryQuery{Limit: 1}, []string{"two again"}},
			{"one record", directory.HistoryQuery{Identifier: first.Identifier}, []string{"one"}},
			{"one connection", directory.HistoryQuery{Connection: two}, []string{"two again", "two"}},
			{"one user", directory.HistoryQuery{Username: "alice"}, []string{"two again", "one"}},
			{"no such record", directory.HistoryQuery{Identifier: "x"}, nil},
			{"no such user", directory.HistoryQuery{Username: "nobody"}, nil},
		} {
			f.want(names(f, f.admin, test.query), test.want, test.what)
		}
	})

	each(t, newStore, "terms match users, connections that still exist, and times", func(f *fixture) {
		f.user("alice", "pw")
		box, gone := f.connection("box 100%_", ""), f.connection("gone", "")
		start(f, "alice", box, "a", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC))
		start(f, "root", gone, "b", time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC))
		f.must(f.admin.Connections().Delete(f.ctx, gone))
		for _, test := range []struct {
			terms []string
			want  []string
		}{
			{[]string{"lic"}, []string{"a"}},
			{[]string{"LIC"}, nil},
			{[]string{"oo"}, []string{"b"}},
			{[]string{"100%_"}, []string{"a"}},
			{[]string{"_x"}, nil},
			{[]string{"gone"}, nil},
			{[]string{"2024"}, []string{"a"}},
			{[]string{"2024-"}, []string{"a"}},
			{[]string{"2024-02"}, []string{"a"}},
			{[]string{"2024-02-29"}, []string{"a"}},
			{[]string{"2024-02-28"}, nil},
			{[]string{"2025-02-01"}, []string{"b"}},
			{[]string{"2025-01-31"}, nil},
			{[]string{"alice", "2024"}, []string{"a"}},
			{[]string{"alice", "2025"}, nil},
			{[]string{"", "alice"}, []string{"a"}},
		} {
			f.want(names(f, f.admin, directory.HistoryQuery{Terms: test.terms}), test.want, test.terms[0])
		}
		f.must(f.admin.Users().Delete(f.ctx, "alice"))
		f.want(names(f, f.admin, directory.HistoryQuery{Terms: []string{"alice"}}), none(), "a deleted user")
	})

	each(t, newStore, "without AUDIT one sees records whose user and connection are both readable", func(f *fixture) {
		// Features: ADM-13
		alice := f.user("alice", "pw")
		f.user("bob", "pw")
		box, other := f.connection("box", ""), f.connection("other", "")
		start(f, "alice", box, "own", now())
		start(f, "bob", box, "bob's", now())
		start(f, "alice", other, "other", now())
		f.want(names(f, alice, directory.HistoryQuery{}), none(), "without READ on the connection")
		f.grant(userSubject("alice"), directory.ConnectionObject, box, directory.Read)
		f.want(names(f, alice, directory.HistoryQuery{}), []string{"own"}, "with READ on the connection")
		f.grant(userSubject("alice"), directory.UserObject, "bob", directory.Read)
		f.want(names(f, alice, directory.HistoryQuery{Ascending: true}), []string{"own", "bob's"}, "with READ on bob too")
		f.grantSystem(userSubject("alice"), directory.Audit)
		f.want(len(names(f, alice, directory.HistoryQuery{})), 3, "records for an auditor")
	})

	each(t, newStore, "logins are recorded, found and ended", func(f *fixture) {
		// Features: RES-07
		alice := f.user("alice", "pw")
		f.user("bob", "pw")
		id, err := startLogin(f, f.store, "alice", "192.0.2.1")
		f.must(err)
		_, err = startLogin(f, f.store, "bob", "192.0.2.2")
		f.must(err)
		_, err = startLogin(f, f.store, "stranger", "")
		f.must(err)
		f.must(f.store.EndLogin(f.ctx, id, now().Add(time.Hour)))
		records, err := f.admin.UserHistory(f.ctx, directory.HistoryQuery{Terms: []string{"ali"}})
		f.must(err)
		f.want(len(records), 1, "records of alice")
		f.want(*records[0], directory.UserRecord{
			Identifier: id, UUID: records[0].UUID, Username: "alice", RemoteHost: "192.0.2.1",
			Start: now(), End: now().Add(time.Hour),
		}, "the record")
		own, err := alice.UserHistory(f.ctx, directory.HistoryQuery{})
		f.must(err)
		f.want(len(own), 1, "records that alice sees")
		one, err := f.admin.UserHistory(f.ctx, directory.HistoryQuery{Identifier: id})
		f.must(err)
		f.want(len(one), 1, "records with that identifier")
		all, err := f.admin.UserHistory(f.ctx, directory.HistoryQuery{})
		f.must(err)
		f.want(len(all), 3, "all records")
	})

	each(t, newStore, "no more than the limit is returned", func(f *fixture) {
		for range directory.MaxHistory + 1 {
			start(f, "root", "", "x", now())
		}
		f.want(len(names(f, f.admin, directory.HistoryQuery{Limit: 5000})), directory.MaxHistory, "records")
	})
}
