// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"time"

	"github.com/palta-gateway/palta/internal/secret"
)

// Database is the one that is used, and its rules.
type Database struct {
	// Dialect is "sqlite" or "postgresql".
	Dialect string
	// Server is where it is, unless it is the built-in one.
	Server DatabaseServer

	UserRequired                      bool
	AutoCreateAccounts                bool
	TrackExternalConnectionHistory    bool
	EnforceAccessWindows              bool
	MaxConnections                    int // all together; 0 means any number, here and below
	DefaultMaxConnections             int
	DefaultMaxConnectionsPerUser      int
	DefaultMaxGroupConnections        int
	DefaultMaxGroupConnectionsPerUser int
	Password                          PasswordPolicy
}

// DatabaseServer is where a database is that has a server of its own.
type DatabaseServer struct {
	Hostname           string
	Port               int
	Database, Username string
	Password           secret.String
	TLSMode            string
	// TLSRootFile, TLSCertFile and TLSKeyFile are paths of PEM files.
	TLSRootFile, TLSCertFile, TLSKeyFile string
	// StatementTimeout is the longest that a statement may run; 0 means any time.
	StatementTimeout time.Duration
}

// PasswordPolicy binds new passwords. Ages are in days.
type PasswordPolicy struct {
	MinLength, MinAge, MaxAge, HistorySize                             int
	RequireMultipleCase, RequireDigit, RequireSymbol, ProhibitUsername bool
}

// family is the options of one kind of database, which begin with its name.
type family struct {
	dialect string
	// name is what people call it.
	name string
	// of returns where their values go.
	of func(c *Config) *Database
	// server is whether it is upstream's too, with a server of its own.
	server  bool
	port    string
	tlsMode string   // by default
	tls     []string // modes
}

// families are the kinds of databases, the one that is used if no other is named first.
func families() []family {
	return []family{
		{dialect: "sqlite", name: "the built-in database", of: func(c *Config) *Database { return &c.sqlite }},
		{
			dialect: "postgresql", name: "PostgreSQL", of: func(c *Config) *Database { return &c.postgresql }, server: true, port: "5432",
			tlsMode: "prefer", tls: []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
		},
	}
}

// databaseOptions returns the options of all families.
func databaseOptions() []Option {
	var all []Option
	for _, f := range families() {
		options := grouped("Rules of "+f.name, f.ruleOptions())
		if f.server {
			options = append(grouped(f.name+" in place of the built-in database", f.serverOptions()), options...)
		}
		options = append(options, grouped("Passwords in "+f.name, f.passwordOptions())...)
		for i, o := range options {
			options[i].Key, options[i].Upstream = f.dialect+"-"+o.Key, f.server
		}
		all = append(all, options...)
	}
	return all
}

func (f family) serverOptions() []Option {
	at := func(c *Config) *DatabaseServer { return &f.of(c).Server }
	return []Option{
		{
			Key: "hostname", Kind: Text, Default: "localhost",
			Doc:   "Host of the database, or the directory of its Unix socket.",
			field: func(c *Config) any { return &at(c).Hostname },
		}, {
			Key: "port", Kind: Number, Default: f.port, Min: 1, Max: maxPort,
			Doc:   "Port of the database.",
			field: func(c *Config) any { return &at(c).Port },
		}, {
			Key: "database", Kind: Text,
			Doc:   "Name of the database. If it is set, this database is used in place of the built-in one.",
			field: func(c *Config) any { return &at(c).Database },
		}, {
			Key: "username", Kind: Text,
			Doc:   "User of the database.",
			field: func(c *Config) any { return &at(c).Username },
		}, {
			Key: "password", Kind: Text, Secret: true,
			Doc:   "Password of that user.",
			field: func(c *Config) any { return &at(c).Password },
		}, {
			Key: "ssl-mode", Kind: Enum, Default: f.tlsMode, Values: f.tls,
			Doc:   "Whether to speak TLS with the database, and what to demand of its certificate.",
			field: func(c *Config) any { return &at(c).TLSMode },
		}, {
			Key: "ssl-root-cert-file", Kind: Path,
			Doc:   "PEM file with the certificates of those who may sign the database's.",
			field: func(c *Config) any { return &at(c).TLSRootFile },
		}, {
			Key: "ssl-cert-file", Kind: Path,
			Doc:   "PEM file with the certificate that the gateway shows to the database.",
			field: func(c *Config) any { return &at(c).TLSCertFile },
		}, {
			Key: "ssl-key-file", Kind: Path,
			Doc:   "PEM file with the key of that certificate.",
			field: func(c *Config) any { return &at(c).TLSKeyFile },
		}, {
			Key: "default-statement-timeout", Kind: Seconds, Default: "0", Max: maxCount,
			Doc:   "Seconds after which the database gives up on a statement. 0 means never.",
			field: func(c *Config) any { return &at(c).StatementTimeout },
		},
	}
}

func (f family) ruleOptions() []Option {
	return []Option{
		boolean("user-required", "false", "Whether users of other providers need an account in the database.",
			func(c *Config) any { return &f.of(c).UserRequired }),
		boolean("auto-create-accounts", "false", "Whether users of other providers get an account at their first login.",
			func(c *Config) any { return &f.of(c).AutoCreateAccounts }),
		boolean("track-external-connection-history", "true", "Whether sessions of other providers' connections are recorded.",
			func(c *Config) any { return &f.of(c).TrackExternalConnectionHistory }),
		boolean("enforce-access-windows-for-active-sessions", "true",
			"Whether logins end when the days or times of the account do.",
			func(c *Config) any { return &f.of(c).EnforceAccessWindows }),
		count("absolute-max-connections", "0", "Most sessions at a time, all together. 0 means any number, here and below.",
			func(c *Config) any { return &f.of(c).MaxConnections }),
		count("default-max-connections", "0", "Most sessions of a connection that has no limit of its own.",
			func(c *Config) any { return &f.of(c).DefaultMaxConnections }),
		count("default-max-connections-per-user", "0", "The same for one user.",
			func(c *Config) any { return &f.of(c).DefaultMaxConnectionsPerUser }),
		count("default-max-group-connections", "0", "Most sessions of a balancing group that has no limit of its own.",
			func(c *Config) any { return &f.of(c).DefaultMaxGroupConnections }),
		count("default-max-group-connections-per-user", "1", "The same for one user.",
			func(c *Config) any { return &f.of(c).DefaultMaxGroupConnectionsPerUser }),
	}
}

func (f family) passwordOptions() []Option {
	const prefix = "user-password-"
	policy := func(c *Config) *PasswordPolicy { return &f.of(c).Password }
	return []Option{
		count(prefix+"min-length", "0", "Least length of new passwords.",
			func(c *Config) any { return &policy(c).MinLength }),
		count(prefix+"min-age", "0", "Days before users may change a password again.",
			func(c *Config) any { return &policy(c).MinAge }),
		count(prefix+"max-age", "0", "Days after which a password must be changed. 0 means never.",
			func(c *Config) any { return &policy(c).MaxAge }),
		count(prefix+"history-size", "0", "How many former passwords must not come back.",
			func(c *Config) any { return &policy(c).HistorySize }),
		boolean(prefix+"require-multiple-case", "false", "Whether new passwords need upper and lower case.",
			func(c *Config) any { return &policy(c).RequireMultipleCase }),
		boolean(prefix+"require-digit", "false", "Whether new passwords need a digit.",
			func(c *Config) any { return &policy(c).RequireDigit }),
		boolean(prefix+"require-symbol", "false", "Whether new passwords need something that is neither letter nor digit.",
			func(c *Config) any { return &policy(c).RequireSymbol }),
		boolean(prefix+"prohibit-username", "false", "Whether new passwords must not contain the user name.",
			func(c *Config) any { return &policy(c).ProhibitUsername }),
	}
}

func boolean(key, value, doc string, field func(c *Config) any) Option {
	return Option{Key: key, Kind: Boolean, Default: value, Doc: doc, field: field}
}

func count(key, value, doc string, field func(c *Config) any) Option {
	return Option{Key: key, Kind: Number, Default: value, Max: maxCount, Doc: doc, field: field}
}

// chooseDatabase finds out which database is used: the server that the settings name, if they name one.
func (l *loader) chooseDatabase() {
	for _, f := range families() {
		d := f.of(l.config)
		d.Dialect = f.dialect
		switch {
		case !f.server:
			l.config.Database = *d
			continue
		case d.Server.Database == "" && d.Server.Username == "" && l.config.Origin(f.dialect+"-hostname") == "default":
			continue
		case d.Server.Database == "" || d.Server.Username == "":
			l.failures = append(l.failures, fmt.Errorf("config: %[1]s-database and %[1]s-username belong together; set both or no setting of %[1]s", f.dialect))
		}
		l.config.Database = *d
	}
}
