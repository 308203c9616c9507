// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/config"
)

// settings are the flags of the table of options, made from the table itself, so that the two cannot differ.
type settings struct {
	flags reflect.Value // a struct with a pointer for each option, nil for flags that are not given
	keys  []string
}

// aliases are shorter names of some flags.
var aliases = map[string]string{"data-directory": "data-dir"}

// options returns a struct that the parser fills in.
func (s *settings) options() any {
	var fields []reflect.StructField
	for i, o := range config.Options() {
		if o.Secret {
			continue // other users of the machine see command lines
		}
		kind := reflect.TypeFor[*string]()
		if o.Kind == config.Boolean {
			kind = reflect.TypeFor[*bool]()
		}
		fields = append(fields, reflect.StructField{
			Name: "Option" + strconv.Itoa(i), Type: kind, Tag: reflect.StructTag(tagOf(o)),
		})
		s.keys = append(s.keys, o.Key)
	}
	pointer := reflect.New(reflect.StructOf(fields))
	s.flags = pointer.Elem()
	return pointer.Interface()
}

// tagOf describes a flag to the parser.
func tagOf(o config.Option) string {
	help := o.Doc
	if o.Default != "" {
		help += " Default: " + o.Default + "."
	}
	tag := fmt.Sprintf("name:%q group:%q help:%q placeholder:%q", o.Key, o.Group, help, placeholder(o))
	if alias := aliases[o.Key]; alias != "" {
		tag += fmt.Sprintf(" aliases:%q", alias)
	}
	return tag
}

func placeholder(o config.Option) string {
	if len(o.Values) > 0 {
		return strings.Join(o.Values, "|")
	}
	return strings.ToUpper(strings.ReplaceAll(string(o.Kind), " ", "-"))
}

// given returns the flags that are on the command line.
func (s *settings) given() map[string]string {
	values := make(map[string]string)
	for i, key := range s.keys {
		field := s.flags.Field(i)
		if field.IsNil() {
			continue
		}
		values[key] = fmt.Sprint(field.Elem().Interface())
	}
	return values
}

// place says where settings and data are; it is common to the commands that use the database.
type place struct {
	Home     string `name:"guacamole-home" aliases:"home" placeholder:"PATH" help:"Directory of guacamole.properties and palta.properties."`
	Database string `name:"database" placeholder:"FILE" help:"SQLite file of the built-in database. Default: palta.db in the data directory."`
}

// load reads the settings. More are flags by key.
func (l place) load(p process, more map[string]string) (*config.Config, error) {
	if l.Home != "" {
		more["guacamole-home"] = l.Home
	}
	cfg, err := config.Load(config.Sources{Flags: more, Environ: p.environ})
	if err != nil {
		return nil, withHint(err, "Settings come from flags, the environment and files in GUACAMOLE_HOME; \"palta serve --help\" lists them.")
	}
	return cfg, nil
}

// path returns the file of the database.
func (l place) path(cfg *config.Config) string {
	return cmp.Or(l.Database, filepath.Join(cfg.DataDirectory, "palta.db"))
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
