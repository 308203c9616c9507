// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"context"
	"time"

	"github.com/palta-gateway/palta/internal/secret"
)

// Directory is the collection of one kind of object as one user may see and change it. Errors wrap a [Kind].
type Directory[T any] interface {
	// List returns all readable objects on which the user holds at least one of anyOf, in the order of their identifiers. Zero means all readable; a privileged user gets all.
	List(ctx context.Context, anyOf ObjectPermissions) ([]*T, error)
	// Get returns one object; NotFound if it is not there or not readable.
	Get(ctx context.Context, identifier string) (*T, error)
	// GetMany returns those of the objects that are there and readable, in no order.
	GetMany(ctx context.Context, identifiers []string) ([]*T, error)
	// Create stores a new object and fills in its identifier. The creator gets all permissions on it.
	Create(ctx context.Context, object *T) error
	// Update applies change to the object as it is now and stores the result, in one transaction: no other change can come
	// between. change must not call the data source. An error of change is returned as it is, and nothing is stored. For the attributes, see [Attributes]: of users,
	// a key that is absent afterwards leaves the stored value; of the other objects it removes it.
	Update(ctx context.Context, identifier string, change func(object *T) error) error
	// Delete removes the object and what belongs to it.
	Delete(ctx context.Context, identifier string) error
}

// UserContext is what one logged-in user sees of one data source. Permissions are those that hold at the time of each call.
type UserContext interface {
	// DataSource returns the identifier of the data source, such as "sqlite".
	DataSource() string
	// Self returns the user; it exists in every data source, if only in memory.
	Self(ctx context.Context) (*User, error)
	// EffectivePermissions returns what the user holds, directly and through groups.
	EffectivePermissions(ctx context.Context) (*Permissions, error)

	Users() Directory[User]
	UserGroups() Directory[UserGroup]
	Connections() Directory[Connection]
	ConnectionGroups() Directory[ConnectionGroup]
	SharingProfiles() Directory[SharingProfile]

	// Schema returns the forms of the attributes that this data source knows.
	Schema() Schema
}

// ContextOptions say how a user came to a context of a data source that keeps accounts. The zero value is for a user of another provider, who may have no account there.
type ContextOptions struct {
	// Groups are those that whoever authenticated the user vouches for.
	Groups []string
	// NeedAccount ends the context (see [Validator]) once the user has no enabled account.
	NeedAccount bool
	// Restricted ends the context also outside of the account's days and times.
	Restricted bool
}

// Named is a user context that knows the name of its user without looking for the user.
type Named interface {
	// Username returns the name that Self has.
	Username() string
}

// ParameterReader shows connection parameters to those who may edit them: it needs UPDATE on the object.
type ParameterReader interface {
	ConnectionParameters(ctx context.Context, identifier string) (map[string]string, error)
	SharingProfileParameters(ctx context.Context, identifier string) (map[string]string, error)
}

// Opener gives the broker what it needs to open a session: objects with their parameters. It needs READ on the object named.
type Opener interface {
	OpenConnection(ctx context.Context, identifier string) (*Connection, error)
	// OpenConnectionGroup returns a group and the connections directly in it, whether or not the user could read those.
	OpenConnectionGroup(ctx context.Context, identifier string) (*ConnectionGroup, []*Connection, error)
	OpenSharingProfile(ctx context.Context, identifier string) (*SharingProfile, error)
}

// PermissionEditor reads and changes the permissions of users and groups.
type PermissionEditor interface {
	// Permissions returns what the subject itself holds.
	Permissions(ctx context.Context, subject Subject) (*Permissions, error)
	// EffectivePermissionsOf returns what a user holds, directly and through groups.
	EffectivePermissionsOf(ctx context.Context, username string) (*Permissions, error)
	// ChangePermissions applies all changes or none. Adding what is there and removing what is not succeeds.
	ChangePermissions(ctx context.Context, subject Subject, changes []PermissionChange) error
}

// MembershipEditor reads and changes who is in which group.
type MembershipEditor interface {
	// Groups returns the groups that the subject is directly in.
	Groups(ctx context.Context, subject Subject) ([]string, error)
	// ChangeGroups puts the subject into the groups of add and takes it out of those of remove. Unknown names are ignored.
	ChangeGroups(ctx context.Context, subject Subject, add, remove []string) error
	// Members returns the direct members of a group that are of that kind.
	Members(ctx context.Context, group string, kind EntityKind) ([]string, error)
	// ChangeMembers adds and removes direct members of that kind. Unknown names are ignored.
	ChangeMembers(ctx context.Context, group string, kind EntityKind, add, remove []string) error
}

// PasswordChanger lets users change a password that they can prove to know.
type PasswordChanger interface {
	// ChangePassword verifies the old password and stores the new one if the policy allows it. It needs UPDATE on the user.
	ChangePassword(ctx context.Context, username string, old, new secret.String) error
}

// MaxHistory is the most records that one history query returns.
const MaxHistory = 1000

// HistoryQuery selects records. The zero value selects the newest MaxHistory of all.
type HistoryQuery struct {
	Terms []string // each must match
	// Identifier, Username and Connection narrow the selection if they are not empty.
	Identifier string // of one record
	Username   string
	Connection string // identifier
	Ascending  bool   // oldest first
	Limit      int    // 0 means MaxHistory
}

// HistoryReader shows past sessions and logins: all of them to administrators and auditors, else those whose user and connection are readable.
type HistoryReader interface {
	ConnectionHistory(ctx context.Context, query HistoryQuery) ([]*ConnectionRecord, error)
	UserHistory(ctx context.Context, query HistoryQuery) ([]*UserRecord, error)
}

// HistoryRecorder keeps the record of sessions. It checks no permission.
//
// A recorder that several gateways share is opened by each under the gateway's own name, which it notes beside every record under way.
// So the next start of a gateway ends the records that its last life left open, and nobody else's.
type HistoryRecorder interface {
	// StartConnection stores a record and fills in its identifier and UUID. A connection that is unknown here is kept by its name only.
	StartConnection(ctx context.Context, record *ConnectionRecord) error
	// EndConnection stores the end of a record, once.
	EndConnection(ctx context.Context, identifier string, end time.Time) error
}

// Transactor applies several changes as one.
type Transactor interface {
	// Transaction calls apply with a context whose changes are all kept if apply returns nil and all undone if not. A call
	// in it that fails leaves no trace, and others may follow. The inner context must not be used after apply returns, nor the outer one before.
	Transaction(ctx context.Context, apply func(inner UserContext) error) error
}

// Validator is a user context that can end before the user logs out.
type Validator interface {
	// Valid returns an error if the account may no longer be used at that time.
	Valid(ctx context.Context, now time.Time) error
}

// Closer is a user context that wants to know of the logout.
type Closer interface {
	Close(ctx context.Context) error
}

// Wrapper is a user context that decorates another.
type Wrapper interface {
	Unwrap() UserContext
}

// As returns the ability T of the user context, or of the nearest one that it wraps. A decorator that must not be passed by implements the ability itself.
func As[T any](uc UserContext) (ability T, ok bool) {
	for uc != nil {
		if ability, ok = uc.(T); ok {
			return ability, true
		}
		wrapper, isWrapper := uc.(Wrapper)
		if !isWrapper {
			return ability, false
		}
		uc = wrapper.Unwrap()
	}
	return ability, false
}
