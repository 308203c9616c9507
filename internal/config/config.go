// SPDX-License-Identifier: Apache-2.0

package config

import (
	"net/netip"
	"time"

	"github.com/palta-gateway/palta/internal/secret"
)

// Config is what Load returns.
type Config struct {
	// Home is GUACAMOLE_HOME.
	Home string
	// Unknown are the settings of guacamole.properties that mean nothing to this version.
	Unknown []Setting
	// Warnings are sentences for the log about settings that were passed over.
	Warnings []string
	// origins tells where each option was found.
	origins map[string]string

	HTTP     HTTP
	Guacd    Guacd
	API      API
	Header   Header
	Database Database
	Admin    Admin
	Log      Log
	// DataDirectory holds the database.
	DataDirectory string
	// Isolation is "process" (a process for each connection) or "none".
	Isolation string
	// TargetAllow and TargetDeny are the lists of hosts that connections may and may not reach; the syntax is that of the supervisor.
	TargetAllow, TargetDeny []string
	// AcceptPorts are the ports on which connections may wait for their host; the syntax is that of the supervisor.
	AcceptPorts string
	// RecordingSearchPath is where recordings of past sessions are.
	RecordingSearchPath string

	// Where the families of databaseOptions are read into, before one becomes Database.
	sqlite, postgresql Database

	environmentProperties     bool
	fileEnvironmentProperties bool
}

// HTTP is where the gateway listens and whom it believes.
type HTTP struct {
	Bind        string
	Port        int
	ContextPath string // begins and ends with a slash
	// PublicURL is where browsers find the web client, with a slash at its end; empty if requests tell.
	PublicURL string
	// TrustedProxies are the peers whose ClientHeader names the client.
	TrustedProxies []netip.Prefix
	ClientHeader   string
}

// Guacd is the daemon that runs sessions. Without a host name the gateway runs them itself.
type Guacd struct {
	Hostname string
	Port     int
	TLS      bool
}

// API is the REST API and what it shows.
type API struct {
	SessionTimeout    time.Duration
	MaxRequestSize    int64 // bytes; 0 means no limit
	AllowedLanguages  []string
	ExtensionPriority []string
	ExtensionHosts    []string // servers that extensions may load from
	SkipIfUnavailable []string
	// FoldUsernames and FoldGroupNames compare names without case.
	FoldUsernames, FoldGroupNames bool
	caseSensitivity               string
}

// Header is login by a header that a trusted proxy sets.
type Header struct {
	Enabled bool
	Name    string
}

// Admin is the first administrator, made on an empty database without asking.
type Admin struct {
	Username string
	Password secret.String
}

// Log is how the log looks.
type Log struct {
	Level  string // error, warn, info, debug or trace
	Format string // text, json or guacamole
}

// Setting is a key as it stands in a file.
type Setting struct {
	Key  string
	File string
	Line int
}

// defaultOrigin is the origin of options that are not set.
const defaultOrigin = "default"

// Set reports whether an option has been given a value, even if that is its default.
func (c *Config) Set(key string) bool { return c.origins[key] != defaultOrigin }

// Origin tells where an option was found: "--http-port", "PALTA_HTTP_PORT", "/etc/guacamole/guacamole.properties:3" or "default".
func (c *Config) Origin(key string) string { return c.origins[key] }
