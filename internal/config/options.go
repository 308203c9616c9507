// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"
)

// Kind is the type of an option's value.
type Kind string

// The kinds of values.
const (
	Text     Kind = "text"
	Number   Kind = "number"
	Boolean  Kind = "true or false"
	Enum     Kind = "one of a list"
	List     Kind = "list" // separated by commas
	Networks Kind = "list of networks"
	Path     Kind = "path"
	Minutes  Kind = "minutes"
	Seconds  Kind = "seconds"
	URLPath  Kind = "URL path"
	URL      Kind = "URL"
)

// Option is a row of the table.
type Option struct {
	Key      string
	Group    string // the heading under which it is listed
	Kind     Kind
	Default  string
	Values   []string // of an Enum
	Min, Max int64    // of a Number, Minutes or Seconds
	Secret   bool     // the value is never shown
	Upstream bool     // upstream has this property, so its environment variable has no prefix
	Aliases  []string // further environment variables
	Doc      string
	// field returns the pointer that the value goes to.
	field func(c *Config) any
}

// Environment returns the environment variables of the option, the one that wins first.
func (o Option) Environment() []string {
	name := strings.ToUpper(strings.ReplaceAll(o.Key, "-", "_"))
	names := []string{"PALTA_" + name}
	if o.Upstream {
		names = append(names, name)
	}
	return append(names, o.Aliases...)
}

const maxPort = 65535

// maxCount is the largest number that all databases hold.
const maxCount = 1<<31 - 1

// Options returns the table.
func Options() []Option {
	return slices.Concat(
		grouped("The gateway", gatewayOptions()), grouped("Sessions", sessionOptions()), grouped("Logins and the API", apiOptions()),
		grouped("Login by a header", headerOptions()), databaseOptions(),
	)
}

func grouped(group string, options []Option) []Option {
	for i := range options {
		options[i].Group = group
	}
	return options
}

func gatewayOptions() []Option {
	return []Option{
		{
			Key: "http-bind", Kind: Text, Default: "127.0.0.1",
			Doc:   "Address that the gateway listens on. 0.0.0.0 or :: listens on all.",
			field: func(c *Config) any { return &c.HTTP.Bind },
		}, {
			Key: "http-port", Kind: Number, Default: "8080", Max: maxPort,
			Doc:   "Port that the gateway listens on. 0 takes any free one.",
			field: func(c *Config) any { return &c.HTTP.Port },
		}, {
			Key: "context-path", Kind: URLPath, Default: "/guacamole/", Aliases: []string{"WEBAPP_CONTEXT"},
			Doc:   "Path of the web client and the API. ROOT or / serves them at the top.",
			field: func(c *Config) any { return &c.HTTP.ContextPath },
		}, {
			Key: "public-url", Kind: URL,
			Doc: "Address at which browsers find the web client, such as https://desk.example.org/guacamole/. " +
				"Without it, it is taken from each request, and from the headers of trusted proxies.",
			field: func(c *Config) any { return &c.HTTP.PublicURL },
		}, {
			Key: "trusted-proxies", Kind: Networks, Default: "127.0.0.0/8, ::1",
			Doc:   "Addresses and networks of reverse proxies that are believed what they say about the client.",
			field: func(c *Config) any { return &c.HTTP.TrustedProxies },
		}, {
			Key: "proxy-ip-header", Kind: Text, Default: "X-Forwarded-For",
			Aliases: []string{"REMOTE_IP_VALVE_REMOTE_IP_HEADER", "PROXY_IP_HEADER"},
			Doc:     "Header in which a trusted proxy names the client.",
			field:   func(c *Config) any { return &c.HTTP.ClientHeader },
		}, {
			Key: "data-directory", Kind: Path,
			Doc: "Directory of the database. Without it: $STATE_DIRECTORY, /var/lib/palta for root, " +
				"$XDG_DATA_HOME/palta or ~/.local/share/palta for others.",
			field: func(c *Config) any { return &c.DataDirectory },
		}, {
			Key: "admin-username", Kind: Text,
			Doc:   "Name of the administrator that is made on an empty database. Needs admin-password.",
			field: func(c *Config) any { return &c.Admin.Username },
		}, {
			Key: "admin-password", Kind: Text, Secret: true,
			Doc:   "Password of that administrator.",
			field: func(c *Config) any { return &c.Admin.Password },
		}, {
			Key: "log-level", Kind: Enum, Default: "info", Upstream: true, Aliases: []string{"LOGBACK_LEVEL"},
			Values: []string{"error", "warn", "warning", "info", "debug", "trace"},
			Doc:    "How much is logged. warning means warn.",
			field:  func(c *Config) any { return &c.Log.Level },
		}, {
			Key: "log-format", Kind: Enum, Default: "text", Values: []string{"text", "json", "guacamole"},
			Doc:   "Form of log lines: text for people, json for collectors, guacamole as upstream writes them.",
			field: func(c *Config) any { return &c.Log.Format },
		}, {
			Key: "enable-environment-properties", Kind: Boolean, Default: "true", Upstream: true,
			Doc:   "Whether environment variables with upstream's names are read.",
			field: func(c *Config) any { return &c.environmentProperties },
		}, {
			Key: "enable-file-environment-properties", Kind: Boolean, Default: "true", Upstream: true,
			Doc:   "Whether variables that end in _FILE are read.",
			field: func(c *Config) any { return &c.fileEnvironmentProperties },
		},
	}
}

func sessionOptions() []Option {
	return []Option{
		{
			Key: "guacd-hostname", Kind: Text, Upstream: true,
			Doc:   "Host of a guacd that runs the sessions. Without it the gateway runs them itself.",
			field: func(c *Config) any { return &c.Guacd.Hostname },
		}, {
			Key: "guacd-port", Kind: Number, Default: "4822", Min: 1, Max: maxPort, Upstream: true,
			Doc:   "Port of that guacd.",
			field: func(c *Config) any { return &c.Guacd.Port },
		}, {
			Key: "guacd-ssl", Kind: Boolean, Default: "false", Upstream: true,
			Doc:   "Whether to speak TLS with that guacd.",
			field: func(c *Config) any { return &c.Guacd.TLS },
		}, {
			Key: "isolation", Kind: Enum, Default: "process", Values: []string{"process", "none"},
			Doc:   "process runs each connection in a process of its own; none runs all in one, where processes cannot be started.",
			field: func(c *Config) any { return &c.Isolation },
		}, {
			Key: "target-allow", Kind: List,
			Doc:   "Hosts that connections may reach. Without it all but those of target-deny.",
			field: func(c *Config) any { return &c.TargetAllow },
		}, {
			Key: "target-deny", Kind: List,
			Doc:   "Hosts that connections may not reach.",
			field: func(c *Config) any { return &c.TargetDeny },
		}, {
			Key: "accept-ports", Kind: Text, Default: "1024-65535",
			Doc:   "Ports on which connections may wait for their host, as VNC's reverse-connect does: a range, or none.",
			field: func(c *Config) any { return &c.AcceptPorts },
		}, {
			Key: "recording-search-path", Kind: Path, Default: "/var/lib/guacamole/recordings", Upstream: true,
			Doc:   "Directory in which recordings of past sessions are looked for.",
			field: func(c *Config) any { return &c.RecordingSearchPath },
		},
	}
}

func apiOptions() []Option {
	return []Option{
		{
			Key: "api-session-timeout", Kind: Minutes, Default: "60", Min: 1, Max: 60 * 24 * 366, Upstream: true,
			Doc:   "Minutes after which an idle login ends. One with an open connection does not.",
			field: func(c *Config) any { return &c.API.SessionTimeout },
		}, {
			Key: "api-max-request-size", Kind: Number, Default: "2097152", Max: 1 << 40, Upstream: true,
			Doc:   "Largest body of an API request in bytes, uploads of files aside. 0 means no limit.",
			field: func(c *Config) any { return &c.API.MaxRequestSize },
		}, {
			Key: "allowed-languages", Kind: List, Upstream: true,
			Doc:   "Languages that are offered, such as \"en, de\". Without it all.",
			field: func(c *Config) any { return &c.API.AllowedLanguages },
		}, {
			Key: "case-sensitivity", Kind: Enum, Default: "enabled", Upstream: true,
			Values: []string{"enabled", "usernames", "group-names", "disabled"},
			Doc:    "What is compared with its case: names of users and groups, one of them, or neither.",
			field:  func(c *Config) any { return &c.API.caseSensitivity },
		}, {
			Key: "extension-priority", Kind: List, Upstream: true,
			Doc:   "Order of extensions and login providers; * stands for all others.",
			field: func(c *Config) any { return &c.API.ExtensionPriority },
		}, {
			Key: "extension-hosts", Kind: List,
			Doc:   "Other servers that extensions may load pictures, fonts and styles from, such as https://fonts.example. Without it none.",
			field: func(c *Config) any { return &c.API.ExtensionHosts },
		}, {
			Key: "skip-if-unavailable", Kind: List, Upstream: true,
			Doc:   "Login providers whose own failures do not end a login.",
			field: func(c *Config) any { return &c.API.SkipIfUnavailable },
		},
	}
}

func headerOptions() []Option {
	return []Option{
		{
			Key: "header-enabled", Kind: Boolean, Upstream: true, Aliases: []string{"HTTP_AUTH_ENABLED"},
			Doc: "Whether users are logged in as whom a header of a trusted proxy names. " +
				"Without it they are if http-auth-header is set.",
			field: func(c *Config) any { return &c.Header.Enabled },
		}, {
			Key: "http-auth-header", Kind: Text, Default: "REMOTE_USER", Upstream: true,
			Doc:   "Header that names the user.",
			field: func(c *Config) any { return &c.Header.Name },
		},
	}
}
