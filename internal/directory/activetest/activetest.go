// SPDX-License-Identifier: Apache-2.0

// Package activetest is the definition of a directory.ActiveConnections: what [Run] asserts holds for every implementation.
package activetest

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
)

// Run tests a registry, of which open returns an empty one.
func Run(t *testing.T, open func(t *testing.T) directory.ActiveConnections) {
	for name, test := range map[string]func(t *testing.T, registry directory.ActiveConnections){
		"each limit holds":                                  eachLimitHolds,
		"limits hold when many reserve at once":             limitsHoldWhenManyReserveAtOnce,
		"a reservation moves and otherwise stays":           aReservationMovesAndOtherwiseStays,
		"what is confirmed is listed, found and counted":    whatIsConfirmedIsListedFoundAndCounted,
		"who joins takes no seat and ends with the primary": whoJoinsTakesNoSeatAndEndsWithThePrimary,
		"the gateway that carries a use ends it":            theGatewayThatCarriesAUseEndsIt,
		"a gateway is known until it leaves":                aGatewayIsKnownUntilItLeaves,
		"an ended context is an error":                      anEndedContextIsAnError,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

const dataSource = "db"

// use returns a use of the connection c of the user alice.
func use(key string, change func(u *directory.ActiveConnection)) directory.ActiveConnection {
	u := directory.ActiveConnection{
		Key: key, Gateway: "A", DataSource: dataSource, Identifier: "uuid-" + key, Connection: "c", Username: "alice", RemoteHost: "192.0.2.1",
		Start:   time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Session: directory.ActiveSession{Name: "$" + key, Address: "guacd:4822", TLS: true},
	}
	if change != nil {
		change(&u)
	}
	return u
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, registry directory.ActiveConnections) directory.ActiveCounts {
	t.Helper()
	counts, err := registry.Count(t.Context(), dataSource)
	must(t, err)
	return counts
}

func eachLimitHolds(t *testing.T, registry directory.ActiveConnections) {
	inGroup := func(u *directory.ActiveConnection) { u.Group = "g" }
	must(t, registry.Reserve(t.Context(), use("1", inGroup), directory.ActiveLimits{}))
	for name, test := range map[string]struct {
		limits directory.ActiveLimits
		change func(u *directory.ActiveConnection)
		want   error
	}{
		"data source":         {directory.ActiveLimits{Total: 1}, func(u *directory.ActiveConnection) { u.Connection, u.Username = "d", "bob" }, directory.TotalLimit},
		"connection":          {directory.ActiveLimits{PerConnection: 1}, func(u *directory.ActiveConnection) { u.Username = "bob" }, directory.ConnectionLimit},
		"connection and user": {directory.ActiveLimits{PerConnectionUser: 1}, nil, directory.ConnectionUserLimit},
		"group":               {directory.ActiveLimits{PerGroup: 1}, func(u *directory.ActiveConnection) { u.Group, u.Connection, u.Username = "g", "", "bob" }, directory.GroupLimit},
		"group and user":      {directory.ActiveLimits{PerGroupUser: 1}, func(u *directory.ActiveConnection) { u.Group, u.Connection = "g", "" }, directory.GroupUserLimit},
		"another connection":  {directory.ActiveLimits{PerConnection: 1}, func(u *directory.ActiveConnection) { u.Connection = "d" }, nil},
		"another user":        {directory.ActiveLimits{PerConnectionUser: 1}, func(u *directory.ActiveConnection) { u.Username = "bob" }, nil},
		"another group":       {directory.ActiveLimits{PerGroup: 1}, func(u *directory.ActiveConnection) { u.Group = "h" }, nil},
		"another data source": {directory.ActiveLimits{Total: 1}, func(u *directory.ActiveConnection) { u.DataSource = "other" }, nil},
		"room for two":        {directory.ActiveLimits{Total: 2, PerConnection: 2, PerConnectionUser: 2}, nil, nil},
	} {
		err := registry.Reserve(t.Context(), use("2", test.change), test.limits)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		_, err = registry.Remove(t.Context(), "2")
		must(t, err)
	}
}

func limitsHoldWhenManyReserveAtOnce(t *testing.T, registry directory.ActiveConnections) {
	const limit, attempts = 5, 40
	var group sync.WaitGroup
	var got atomic.Int32
	for i := range attempts {
		group.Go(func() {
			gateway := func(u *directory.ActiveConnection) { u.Gateway = string(rune('A' + i%2)) }
			err := registry.Reserve(t.Context(), use(string(rune('a'+i)), gateway), directory.ActiveLimits{PerConnection: limit})
			if err == nil {
				got.Add(1)
			} else if !errors.Is(err, directory.ConnectionLimit) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got.Load() != limit || count(t, registry).Seats["c"] != limit {
		t.Errorf("%d reservations, %d seats taken; want %d", got.Load(), count(t, registry).Seats["c"], limit)
	}
}

func aReservationMovesAndOtherwiseStays(t *testing.T, registry directory.ActiveConnections) {
	limits := directory.ActiveLimits{PerConnection: 1, PerGroup: 1}
	member := func(connection string) directory.ActiveConnection {
		return use("1", func(u *directory.ActiveConnection) { u.Group, u.Connection = "g", connection })
	}
	must(t, registry.Reserve(t.Context(), member(""), limits))
	must(t, registry.Reserve(t.Context(), member("c"), limits))
	must(t, registry.Reserve(t.Context(), use("2", func(u *directory.ActiveConnection) { u.Connection = "d" }), limits))
	if err := registry.Reserve(t.Context(), member("d"), limits); !errors.Is(err, directory.ConnectionLimit) {
		t.Errorf("moved onto a connection without room: %v", err)
	}
	if diff := cmp.Diff(map[string]int{"c": 1, "d": 1}, count(t, registry).Seats); diff != "" {
		t.Errorf("seats after a move that failed (-want +got):\n%s", diff)
	}
	must(t, registry.Reserve(t.Context(), member("e"), limits))
	if diff := cmp.Diff(map[string]int{"d": 1, "e": 1}, count(t, registry).Seats); diff != "" {
		t.Errorf("seats after a move (-want +got):\n%s", diff)
	}
}

func whatIsConfirmedIsListedFoundAndCounted(t *testing.T, registry directory.ActiveConnections) {
	later := use("1", func(u *directory.ActiveConnection) { u.Start, u.Group = u.Start.Add(time.Second), "g" })
	first := use("2", nil)
	must(t, registry.Reserve(t.Context(), later, directory.ActiveLimits{}))
	if list, err := registry.List(t.Context(), dataSource); err != nil || len(list) != 0 {
		t.Errorf("what is reserved only is listed: %v, %v", list, err)
	}
	if _, err := registry.Find(t.Context(), dataSource, later.Identifier); !errors.Is(err, directory.NotFound) {
		t.Errorf("what is reserved only is found: %v", err)
	}
	must(t, registry.Confirm(t.Context(), later))
	must(t, registry.Confirm(t.Context(), first))
	list, err := registry.List(t.Context(), dataSource)
	must(t, err)
	if diff := cmp.Diff([]directory.ActiveConnection{first, later}, list); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	found, err := registry.Find(t.Context(), dataSource, later.Identifier)
	must(t, err)
	if diff := cmp.Diff(later, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if _, err := registry.Find(t.Context(), "other", later.Identifier); !errors.Is(err, directory.NotFound) {
		t.Errorf("found in another data source: %v", err)
	}
	want := directory.ActiveCounts{
		Connections: map[string]int{"c": 2}, Groups: map[string]int{"g": 1}, Seats: map[string]int{"c": 2},
	}
	if diff := cmp.Diff(want, count(t, registry)); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func whoJoinsTakesNoSeatAndEndsWithThePrimary(t *testing.T, registry directory.ActiveConnections) {
	must(t, registry.Confirm(t.Context(), use("1", nil)))
	joiner := use("2", func(u *directory.ActiveConnection) { u.Primary, u.Gateway = "1", "B" })
	must(t, registry.Confirm(t.Context(), joiner))
	must(t, registry.Confirm(t.Context(), use("1", nil))) // as a gateway does that attaches again
	if counts := count(t, registry); counts.Connections["c"] != 2 || counts.Seats["c"] != 1 {
		t.Errorf("counts %+v, want two uses and one seat", counts)
	}
	joined, err := registry.Remove(t.Context(), "1")
	must(t, err)
	if diff := cmp.Diff([]directory.ActiveConnection{joiner}, joined); diff != "" {
		t.Errorf("joined (-want +got):\n%s", diff)
	}
	if joined, err := registry.Remove(t.Context(), "1"); err != nil || len(joined) != 0 {
		t.Errorf("removed twice: %v, %v", joined, err)
	}
	late := use("3", func(u *directory.ActiveConnection) { u.Primary = "1" })
	if err := registry.Confirm(t.Context(), late); !errors.Is(err, directory.NotFound) {
		t.Errorf("joined what has ended: %v", err)
	}
}

// peer notes what it is asked to end, and is its own guacd.
type peer struct {
	ended chan string
	conn  net.Conn
}

func (p peer) EndActive(_ context.Context, key, reason string) error {
	p.ended <- key + ": " + reason
	return nil
}

func (p peer) ConnectGuacd(context.Context) (net.Conn, error) { return p.conn, nil }

func theGatewayThatCarriesAUseEndsIt(t *testing.T, registry directory.ActiveConnections) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	a, b := peer{ended: make(chan string, 1)}, peer{ended: make(chan string, 1), conn: near}
	must(t, registry.Attach(t.Context(), "A", a))
	must(t, registry.Attach(t.Context(), "B", b))
	must(t, registry.Confirm(t.Context(), use("1", func(u *directory.ActiveConnection) { u.Gateway = "B" })))
	must(t, registry.Kill(t.Context(), "1", "why"))
	select {
	case got := <-b.ended:
		if got != "1: why" {
			t.Errorf("gateway was asked %q", got)
		}
	case <-a.ended:
		t.Error("another gateway was asked")
	}
	if err := registry.Kill(t.Context(), "2", "why"); !errors.Is(err, directory.NotFound) {
		t.Errorf("killed what is not there: %v", err)
	}
	if conn, err := registry.Connect(t.Context(), "B"); err != nil || conn != near {
		t.Errorf("connected to %v, %v", conn, err)
	}
	if _, err := registry.Connect(t.Context(), "C"); !errors.Is(err, directory.NotFound) {
		t.Errorf("connected to a gateway that is not there: %v", err)
	}
}

func aGatewayIsKnownUntilItLeaves(t *testing.T, registry directory.ActiveConnections) {
	if err := registry.Renew(t.Context(), "A"); !errors.Is(err, directory.NotFound) {
		t.Errorf("renewed before it was attached: %v", err)
	}
	must(t, registry.Confirm(t.Context(), use("of an earlier life", nil)))
	must(t, registry.Confirm(t.Context(), use("of another", func(u *directory.ActiveConnection) { u.Gateway = "B" })))
	must(t, registry.Attach(t.Context(), "A", peer{}))
	must(t, registry.Renew(t.Context(), "A"))
	if got := count(t, registry).Connections["c"]; got != 1 {
		t.Errorf("%d uses after a gateway has come back, want the one of the other", got)
	}
	must(t, registry.Confirm(t.Context(), use("1", nil)))
	must(t, registry.Detach(t.Context(), "A"))
	if got := count(t, registry).Connections["c"]; got != 1 {
		t.Errorf("%d uses after a gateway has left, want the one of the other", got)
	}
	if err := registry.Renew(t.Context(), "A"); !errors.Is(err, directory.NotFound) {
		t.Errorf("renewed after it has left: %v", err)
	}
}

func anEndedContextIsAnError(t *testing.T, registry directory.ActiveConnections) {
	must(t, registry.Attach(t.Context(), "A", peer{}))
	must(t, registry.Confirm(t.Context(), use("1", nil)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, removeErr := registry.Remove(ctx, "1")
	_, listErr := registry.List(ctx, dataSource)
	_, findErr := registry.Find(ctx, dataSource, "uuid-1")
	_, countErr := registry.Count(ctx, dataSource)
	_, connectErr := registry.Connect(ctx, "A")
	for name, err := range map[string]error{
		"Attach": registry.Attach(ctx, "A", peer{}), "Detach": registry.Detach(ctx, "A"), "Renew": registry.Renew(ctx, "A"),
		"Reserve": registry.Reserve(ctx, use("2", nil), directory.ActiveLimits{}), "Confirm": registry.Confirm(ctx, use("1", nil)),
		"Kill": registry.Kill(ctx, "1", ""), "Remove": removeErr, "List": listErr, "Find": findErr, "Count": countErr, "Connect": connectErr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want that the context has ended", name, err)
		}
	}
	if got := count(t, registry).Connections["c"]; got != 1 {
		t.Errorf("%d uses, want the one of before", got)
	}
}
