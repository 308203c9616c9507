// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"time"

	"github.com/palta-gateway/palta/internal/secret"
)

// RootGroup is the identifier of the connection group that everything else is in. It always exists, is readable by everybody and is never stored.
const RootGroup = "ROOT"

// Limits of what databases hold, in characters.
const (
	MaxNameLength           = 128
	MaxParameterNameLength  = 128
	MaxParameterValueLength = 4096
	MaxProtocolLength       = 32
	MaxHostnameLength       = 512
	MaxProfileLength        = 256
	MaxTimezoneLength       = 64
)

// User is an account. Its identifier is its name.
type User struct {
	Username string
	// Password is for writing only: nil leaves the password as it is (and gives a new user none that works).
	Password   *secret.String
	Disabled   bool
	Attributes Attributes
	// LastActive is the start of the latest login; zero if there was none.
	LastActive time.Time
}

// UserGroup is a set of users and user groups which gives its permissions to its members. Its identifier is its name.
type UserGroup struct {
	Name       string
	Disabled   bool
	Attributes Attributes
}

// Connection is a remote desktop or terminal.
type Connection struct {
	Identifier string
	Name       string
	Parent     string // identifier of the group it is in; empty means RootGroup
	Protocol   string
	// Parameters go to guacd. They are read only through [ParameterReader] and [Opener]; elsewhere nil. In Update's func
	// they are the stored ones, and what the func leaves there is stored. Values that are empty are not kept.
	Parameters map[string]string
	Attributes Attributes
	// LastActive is the start of the latest use; zero if there was none.
	LastActive time.Time
}

// ConnectionGroupType says what opening a group means.
type ConnectionGroupType string

// The types of connection groups.
const (
	// Organizational groups only hold other objects.
	Organizational ConnectionGroupType = "ORGANIZATIONAL"
	// Balancing groups can be opened: one of their connections is chosen.
	Balancing ConnectionGroupType = "BALANCING"
)

// ConnectionGroup holds connections and further groups.
type ConnectionGroup struct {
	Identifier string
	Name       string
	Parent     string // identifier of the group it is in; empty means RootGroup, and for the root itself nothing
	Type       ConnectionGroupType
	Attributes Attributes
}

// SharingProfile says how a running connection may be shared.
type SharingProfile struct {
	Identifier        string
	Name              string
	PrimaryConnection string // identifier of the connection it belongs to
	// Parameters are those of the joining user; read and written as for Connection.
	Parameters map[string]string
	Attributes Attributes
}

// ConnectionRecord is one use of a connection, running or past.
type ConnectionRecord struct {
	Identifier string // of the record
	UUID       string
	Username   string
	RemoteHost string
	// Connection is the identifier of the connection; empty once it is deleted, or if it came from another data source.
	Connection         string
	ConnectionName     string
	SharingProfile     string // identifier; empty if none, or once it is deleted
	SharingProfileName string
	Start              time.Time
	End                time.Time // zero while running, and for ever if the gateway died
}

// UserRecord is one login of a user.
type UserRecord struct {
	Identifier string // of the record
	UUID       string
	Username   string
	RemoteHost string
	Start      time.Time
	End        time.Time // zero while logged in, and for ever if the gateway died
}

// Form is a titled group of fields of an attribute or parameter editor.
type Form struct {
	Name   string
	Fields []Field
}

// Field types that data sources and logins use; a client shows unknown ones as text.
const (
	FieldText           = "TEXT"
	FieldEmail          = "EMAIL"
	FieldUsername       = "USERNAME"
	FieldPassword       = "PASSWORD"
	FieldNumeric        = "NUMERIC"
	FieldBoolean        = "BOOLEAN"
	FieldEnum           = "ENUM"
	FieldMultiline      = "MULTILINE"
	FieldTimezone       = "TIMEZONE"
	FieldDate           = "DATE"
	FieldTime           = "TIME"
	FieldQueryParameter = "QUERY_PARAMETER"
	FieldRedirect       = "REDIRECT"
)

// Field is one input of a form or of a login prompt.
type Field struct {
	Name    string
	Type    string
	Options []string
	// Extra holds members that only some field types have, such as redirectUrl; they are encoded beside the others.
	Extra map[string]any
}

// Schema is what editors may show of a data source's objects.
type Schema struct {
	UserAttributes            []Form
	UserPreferenceAttributes  []Form // those that users may change on themselves
	UserGroupAttributes       []Form
	ConnectionAttributes      []Form
	ConnectionGroupAttributes []Form
	SharingProfileAttributes  []Form
}
