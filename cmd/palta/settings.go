// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"

	"github.com/palta-gateway/palta/internal/config"
)

// aliases are shorter names of some flags.
var aliases = map[string]string{"data-directory": "data-dir", "guacamole-home": "home"}

// settingFlags returns a flag for each option of the settings, but for secrets, as other users of the machine see command lines.
func settingFlags() []commandFlag {
	var flags []commandFlag
	for _, o := range config.Options() {
		if !o.Secret {
			flags = append(flags, settingFlag(o))
		}
	}
	return flags
}

func settingFlag(o config.Option) commandFlag {
	f := commandFlag{name: o.Key, alias: aliases[o.Key], values: o.Values, help: o.Doc, group: o.Group, setting: true}
	if o.Default != "" {
		f.help += " Default: " + o.Default + "."
	}
	switch {
	case o.Kind == config.Boolean:
		f.values = []string{"true", "false"}
	case len(o.Values) > 0:
		f.value = strings.Join(o.Values, "|")
	default:
		f.value = strings.ToUpper(strings.ReplaceAll(string(o.Kind), " ", "-"))
	}
	return f
}

// placeFlags say where settings and data are. All commands that use the database have them.
func placeFlags() []commandFlag {
	return []commandFlag{
		{
			name: "guacamole-home", alias: aliases["guacamole-home"], value: "PATH", setting: true,
			help: "Directory of guacamole.properties and palta.properties.",
		},
		{
			name: "database", value: "FILE",
			help: "SQLite file of the built-in database. Default: palta.db in the data directory.",
		},
	}
}

// loadSettings reads the settings.
func loadSettings(p process, in input) (*config.Config, error) {
	cfg, err := config.Load(config.Sources{Flags: in.settings, Environ: p.environ})
	if err != nil {
		return nil, withHint(err, "Settings come from flags, the environment and files in GUACAMOLE_HOME; \"palta serve --help\" lists them.")
	}
	return cfg, nil
}

// databasePath returns the file of the database.
func databasePath(in input, cfg *config.Config) string {
	return cmp.Or(in.flags["database"], filepath.Join(cfg.DataDirectory, "palta.db"))
}

// splitListen reads HOST:PORT, :PORT or PORT into the flags of the table.
func splitListen(listen string, flags map[string]string) error {
	if listen == "" {
		return nil
	}
	if !strings.Contains(listen, ":") {
		listen = ":" + listen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return withHint(fmt.Errorf("--listen: %w", err), "Write it as HOST:PORT, such as 127.0.0.1:8080, or as :8080 for all addresses.")
	}
	flags["http-bind"], flags["http-port"] = cmp.Or(host, "::"), port
	return nil
}

// fail prints an error, with what to do next if that is known.
func fail(p process, err error) int {
	say(p.stderr, "palta: %v\n", err)
	printHint(p.stderr, err)
	return exitFailed
}

func printHint(w io.Writer, err error) {
	if h, ok := errors.AsType[hinted](err); ok {
		say(w, "%s\n", h.hint)
	}
}
