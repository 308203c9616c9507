// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

func balancing(t *testing.T, members ...*directory.Connection) *fixture {
	f := newFixture(t, members...)
	f.provider.Groups["g"] = &directory.ConnectionGroup{
		Identifier: "g", Type: directory.Balancing,
		Attributes: directory.Attributes{},
	}
	f.provider.Groups["g"].Attributes.Set(directory.AttrMaxConnectionsPerUser, "0")
	f.provider.Members["g"] = members
	return f
}

func TestBalancingPrefersTheLeastLoadedByWeight(t *testing.T) {
	// Features: LIM-04
	f := balancing(t, connection("1", map[string]string{directory.AttrWeight: "2"}), connection("2", nil),
		connection("3", map[string]string{directory.AttrWeight: "0"}))
	session := f.login("alice")
	counts := map[string]int{}
	for range 6 {
		// The daemon sends the first picture while the tunnel is being opened.
		done := make(chan string)
		go func() {
			peer := f.guacd.Accept(t)
			peer.Send("4.sync,1.1;")
			done <- peer.Values["hostname"]
		}()
		tunnel, err := f.broker.Open(t.Context(), session, request(broker.ConnectionGroup, "g"))
		if err != nil {
			t.Fatal(err)
		}
		counts[<-done]++
		wantBatch(t, tunnel, "4.sync,1.1;")
	}
	if diff := cmp.Diff(map[string]int{"host-1": 4, "host-2": 2}, counts); diff != "" {
		t.Errorf("sessions by member differ (-want +got):\n%s", diff)
	}
	if got := f.counts().Groups["g"]; got != 6 {
		t.Errorf("group has %d sessions, want 6", got)
	}
}

func TestBalancingFailsOver(t *testing.T) {
	// Features: LIM-05
	f := balancing(t, connection("1", nil), connection("2", nil),
		connection("3", map[string]string{directory.AttrFailoverOnly: "true"}))
	f.guacd.Refuse("host-1", guac.UpstreamNotFound)
	session := f.login("alice")
	result := make(chan error, 1)
	var tunnel *broker.Tunnel
	go func() {
		var err error
		tunnel, err = f.broker.Open(t.Context(), session, request(broker.ConnectionGroup, "g"))
		result <- err
	}()
	second := f.guacd.Accept(t)
	if second.Values["hostname"] != "host-2" {
		t.Fatalf("second attempt went to %s", second.Values["hostname"])
	}
	// The remote host turns out to be away after the handshake.
	second.Send(string(guac.AppendError(nil, "away", guac.UpstreamUnavailable)))
	third := f.guacd.Accept(t)
	if third.Values["hostname"] != "host-3" {
		t.Fatalf("third attempt went to %s", third.Values["hostname"])
	}
	third.Send("4.sync,1.1;")
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	wantBatch(t, tunnel, "4.sync,1.1;")

	f.guacd.Refuse("host-2", guac.UpstreamNotFound)
	f.guacd.Refuse("host-3", guac.UpstreamNotFound)
	f.wantOpenError(session, broker.ConnectionGroup, "g", guac.ResourceConflict)
}

func TestBalancingKeepsToTheMemberOfTheSession(t *testing.T) {
	// Features: LIM-06
	f := balancing(t, connection("1", nil), connection("2", nil))
	f.provider.Groups["g"].Attributes.Set(directory.AttrSessionAffinity, "true")
	session := f.login("alice")
	hosts := map[string]int{}
	for range 3 {
		done := make(chan string)
		go func() {
			peer := f.guacd.Accept(t)
			peer.Send("4.sync,1.1;")
			done <- peer.Values["hostname"]
		}()
		if _, err := f.broker.Open(t.Context(), session, request(broker.ConnectionGroup, "g")); err != nil {
			t.Fatal(err)
		}
		hosts[<-done]++
	}
	if diff := cmp.Diff(map[string]int{"host-1": 3}, hosts); diff != "" {
		t.Errorf("sessions by member differ (-want +got):\n%s", diff)
	}
}

func TestGroupSeatIsHeldOverFailover(t *testing.T) {
	f := balancing(t, connection("1", nil), connection("2", nil))
	f.provider.Groups["g"].Attributes.Set(directory.AttrMaxConnections, "1")
	f.guacd.Refuse("host-1", guac.UpstreamNotFound)
	session := f.login("alice")
	tunnel, _ := f.open(session, broker.ConnectionGroup, "g")
	f.wantOpenError(session, broker.ConnectionGroup, "g", guac.ResourceConflict)
	tunnel.Close(nil)
	f.open(session, broker.ConnectionGroup, "g")
}

func TestOrganizationalGroupsCannotBeOpened(t *testing.T) {
	f := balancing(t, connection("1", nil))
	f.provider.Groups["g"].Type = directory.Organizational
	f.wantOpenError(f.login("alice"), broker.ConnectionGroup, "g", guac.ClientForbidden)
}
