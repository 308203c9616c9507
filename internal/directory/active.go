// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"context"
	"net"
	"time"
)

// ActiveConnection is one user's use of a connection that goes on now, at whichever gateway: that of the user who opened the session,
// or that of one who joined it.
type ActiveConnection struct {
	// Key names the use among all gateways. The gateway chooses it before anything else is known, at random.
	Key string
	// Gateway is the one that carries the use, and alone can end it.
	Gateway    string
	DataSource string
	// Identifier is what clients know it by, the UUID of its history record; empty while it is reserved only.
	Identifier     string
	Connection     string // identifier of the connection; empty while the member of a balancing group is not chosen
	Group          string // identifier of the balancing group it was opened through; empty if none
	SharingProfile string // identifier of the profile it was joined with; empty for the owner
	Username       string
	RemoteHost     string
	Start          time.Time
	// Primary is the key of the use that opened the session; empty for that one itself.
	Primary string
	Session ActiveSession
}

// ActiveSession says where a session runs, so that others can join it.
type ActiveSession struct {
	// Name is guacd's for it.
	Name string
	// Gateway is the one whose supervisor runs it. If Address is not empty, a guacd of its own does, at that host and port.
	Gateway string
	Address string
	TLS     bool
}

// ActiveLimits are how many sessions may run at a time; 0 means any number.
type ActiveLimits struct {
	Total             int // of the data source
	PerConnection     int
	PerConnectionUser int
	PerGroup          int
	PerGroupUser      int
}

// ActiveCounts are the uses of a data source's objects, by identifier.
type ActiveCounts struct {
	// Connections and Groups count what is listed, those who joined included.
	Connections map[string]int
	Groups      map[string]int
	// Seats count what limits hold for: sessions by connection, those that are reserved included.
	Seats map[string]int
}

// LimitError is a limit that leaves no room for another session. As an error, it says which.
type LimitError int

// The limits, in the order in which they are looked at.
const (
	GroupUserLimit LimitError = iota
	GroupLimit
	TotalLimit
	ConnectionUserLimit
	ConnectionLimit
)

// Error names the limit.
func (e LimitError) Error() string {
	names := [...]string{"group and user", "group", "data source", "connection and user", "connection"}
	return "directory: no further session for this " + names[e]
}

// GatewayPeer is what a gateway does for the others.
type GatewayPeer interface {
	// EndActive ends a use that the gateway carries, and tells its user the reason. One that has ended already is no error.
	EndActive(ctx context.Context, key, reason string) error
	// ConnectGuacd connects to the gateway's own supervisor, so that sessions there can be joined.
	ConnectGuacd(ctx context.Context) (net.Conn, error)
}

// ActiveConnections knows what runs where, for all gateways that share it. It is the one place where limits are counted.
//
// A use goes through it so: [ActiveConnections.Reserve] takes its seats, before guacd is asked; [ActiveConnections.Confirm] makes it
// known, once it runs; [ActiveConnections.Remove] forgets it. A gateway tells regularly by [ActiveConnections.Renew] that it lives. One
// that does not for [ActiveLease] has died, and what it carried is gone from lists and limits.
//
// Every method with a context may ask a database, so callers bound it. An error that is not named below means that the registry could
// not be asked. What is returned is the caller's.
type ActiveConnections interface {
	// Attach says how a gateway is reached from now on. What is known of an earlier life of it is forgotten.
	Attach(ctx context.Context, gateway string, peer GatewayPeer) error
	// Detach forgets a gateway and whatever it carries.
	Detach(ctx context.Context, gateway string) error
	// Renew tells that a gateway lives. The error is NotFound if it has been given up meanwhile: it then attaches and confirms again.
	Renew(ctx context.Context, gateway string) error

	// Reserve takes a seat under each limit that applies, all or none, as one step among all gateways. It may be called again with the
	// same key to move the reservation to another member of its group; if that fails, the old one stays. The error is a [LimitError]
	// if there is no room.
	Reserve(ctx context.Context, use ActiveConnection, limits ActiveLimits) error
	// Confirm makes a use known, or changes what is known of it. One that joins takes no seat and needs no reservation; the error is
	// NotFound if its primary has ended.
	Confirm(ctx context.Context, use ActiveConnection) error
	// Remove forgets a use or a reservation, frees its seats, and returns those that joined it and now have nothing to be joined to.
	// What is not there is no error.
	Remove(ctx context.Context, key string) (joined []ActiveConnection, err error)

	// List returns the uses of a data source that are confirmed, in the order in which they were opened.
	List(ctx context.Context, dataSource string) ([]ActiveConnection, error)
	// Find returns one of them by its identifier; NotFound if there is none.
	Find(ctx context.Context, dataSource, identifier string) (ActiveConnection, error)
	// Count counts the uses of a data source.
	Count(ctx context.Context, dataSource string) (ActiveCounts, error)

	// Kill has the gateway that carries a use end it, and returns once that has been done. NotFound if there is none with that key.
	Kill(ctx context.Context, key, reason string) error
	// Connect reaches the supervisor of a gateway; NotFound if there is none of that name.
	Connect(ctx context.Context, gateway string) (net.Conn, error)
}

// ActiveLease is how long a gateway counts as alive without a Renew. Gateways renew three times as often.
const ActiveLease = 45 * time.Second
