// SPDX-License-Identifier: Apache-2.0

package directory

// Attributes of users, as upstream names them.
const (
	AttrFullName           = "guac-full-name"
	AttrEmail              = "guac-email-address"
	AttrOrganization       = "guac-organization"
	AttrOrganizationalRole = "guac-organizational-role"

	AttrExpired           = "expired"
	AttrAccessWindowStart = "access-window-start"
	AttrAccessWindowEnd   = "access-window-end"
	AttrValidFrom         = "valid-from"
	AttrValidUntil        = "valid-until"
	AttrTimezone          = "timezone"
)

// Attributes of connections and connection groups, as upstream names them.
const (
	AttrMaxConnections        = "max-connections"
	AttrMaxConnectionsPerUser = "max-connections-per-user"

	AttrWeight          = "weight"
	AttrFailoverOnly    = "failover-only"
	AttrGuacdHostname   = "guacd-hostname"
	AttrGuacdPort       = "guacd-port"
	AttrGuacdEncryption = "guacd-encryption"

	AttrSessionAffinity = "enable-session-affinity"
)

// Attributes are named texts of an object. A nil value is an attribute that exists and is not set (null on the wire), which differs from the empty text.
type Attributes map[string]*string

// Get returns the value, or the empty text if there is none.
func (a Attributes) Get(name string) string {
	if value := a[name]; value != nil {
		return *value
	}
	return ""
}

// True reports whether the value is the text "true", the only one that means yes.
func (a Attributes) True(name string) bool { return a.Get(name) == "true" }

// Set gives an attribute a value.
func (a Attributes) Set(name, value string) { a[name] = &value }

// Unset makes an attribute null.
func (a Attributes) Unset(name string) { a[name] = nil }
