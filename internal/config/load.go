// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sources are where settings come from.
type Sources struct {
	// Flags are the values of those flags that were given, by key without dashes. "guacamole-home" is one of them.
	Flags map[string]string
	// Environ are the environment variables, as os.Environ returns them.
	Environ []string
}

// homeKey is the one setting that no file can have.
const homeKey = "guacamole-home"

// place is a value and where it was found.
type place struct {
	value, origin string
}

// loader looks options up.
type loader struct {
	config *Config
	flags  map[string]string
	env    map[string]string
	// files holds the settings of palta.properties, and those of guacamole.properties that it does not have.
	files    map[string]place
	failures []error
}

// Load returns the settings. All mistakes are joined in the error.
func Load(src Sources) (*Config, error) {
	l := &loader{
		config: &Config{origins: make(map[string]string)}, flags: src.Flags,
		env: environment(src.Environ), files: make(map[string]place),
	}
	l.config.Home = l.home()
	l.checkFlags()
	l.readFile("palta.properties", l.refuseUnknown)
	l.readFile("guacamole.properties", l.noteUnknown)
	// The switches say how the others are looked up.
	for _, key := range []string{"enable-environment-properties", "enable-file-environment-properties"} {
		l.load(option(key))
	}
	for _, o := range Options() {
		l.load(o)
	}
	l.complete()
	if err := errors.Join(l.failures...); err != nil {
		return nil, err
	}
	return l.config, nil
}

// environment returns the variables by name. The last of equal names wins.
func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env[name] = value
		}
	}
	return env
}

// option returns the option with that key; the zero value if there is none.
func option(key string) Option {
	options := Options()
	i := slices.IndexFunc(options, func(o Option) bool { return o.Key == key })
	if i < 0 {
		return Option{}
	}
	return options[i]
}

// home finds GUACAMOLE_HOME.
func (l *loader) home() string {
	if home, ok := l.flags[homeKey]; ok {
		return home
	}
	if home := l.env["GUACAMOLE_HOME"]; home != "" {
		return home
	}
	if user := l.env["HOME"]; user != "" {
		home := filepath.Join(user, ".guacamole")
		if info, err := os.Stat(home); err == nil && info.IsDir() {
			return home
		}
	}
	return "/etc/guacamole"
}

func (l *loader) fail(origin string, err error) {
	l.failures = append(l.failures, fmt.Errorf("config: %s: %w", origin, err))
}

func (l *loader) checkFlags() {
	for _, key := range slices.Sorted(maps.Keys(l.flags)) {
		if key != homeKey && option(key).Key == "" {
			l.fail("--"+key, errors.New("there is no such flag"+suggestion(key)))
		}
	}
}

// readFile takes the settings of a file in GUACAMOLE_HOME which no file before had. Of equal keys in one file the last counts, as in Java.
func (l *loader) readFile(name string, unknown func(setting Setting)) {
	path := filepath.Join(l.config.Home, name)
	list, err := readProperties(path)
	if err != nil {
		l.failures = append(l.failures, err)
		return
	}
	found := make(map[string]place)
	for _, p := range list {
		if option(p.key).Key == "" {
			unknown(Setting{Key: p.key, File: path, Line: p.line})
			continue
		}
		found[p.key] = place{value: p.value, origin: fmt.Sprintf("%s:%d", path, p.line)}
	}
	for key, at := range found {
		if _, ok := l.files[key]; !ok {
			l.files[key] = at
		}
	}
}

func (l *loader) refuseUnknown(s Setting) {
	l.fail(fmt.Sprintf("%s:%d", s.File, s.Line), fmt.Errorf("%q is not a setting%s", s.Key, suggestion(s.Key)))
}

func (l *loader) noteUnknown(s Setting) { l.config.Unknown = append(l.config.Unknown, s) }

// load finds an option and stores its value.
func (l *loader) load(o Option) {
	at, err := l.find(o)
	if err != nil {
		l.failures = append(l.failures, err)
		return
	}
	l.config.origins[o.Key] = at.origin
	if at.value == "" && at.origin == defaultOrigin {
		return
	}
	if err := o.set(l.config, at.value); err != nil {
		where := at.origin
		if !strings.Contains(where, o.Key) {
			where += ": " + o.Key
		}
		l.fail(where, err)
	}
}

// find returns the value that counts.
func (l *loader) find(o Option) (place, error) {
	if value, ok := l.flags[o.Key]; ok {
		return place{value: value, origin: "--" + o.Key}, nil
	}
	if at, ok, err := l.fromEnvironment(o); ok || err != nil {
		return at, err
	}
	if at, ok := l.files[o.Key]; ok {
		return at, nil
	}
	return place{value: o.Default, origin: defaultOrigin}, nil
}

// fromEnvironment looks for variables, and then for those that name a file. An empty variable counts as none, as container tools set them.
func (l *loader) fromEnvironment(o Option) (at place, ok bool, err error) {
	names := o.Environment()
	if !l.upstreamNames(o) {
		names = names[:1]
	}
	for _, name := range names {
		if value := l.env[name]; value != "" && !l.isServiceLink(name, value) {
			return place{value: value, origin: name}, true, nil
		}
	}
	if !l.namedFiles(o) {
		return place{}, false, nil
	}
	for _, name := range names {
		path := l.env[name+"_FILE"]
		if path == "" {
			continue
		}
		text, err := readBounded(path)
		if err != nil {
			return place{}, false, fmt.Errorf("config: %s_FILE: %w", name, err)
		}
		value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		return place{value: value, origin: name + "_FILE"}, true, nil
	}
	return place{}, false, nil
}

// upstreamNames reports whether variables without prefix count for the option. The switch itself is not read from them.
func (l *loader) upstreamNames(o Option) bool {
	return o.Key != "enable-environment-properties" && l.config.environmentProperties
}

func (l *loader) namedFiles(o Option) bool {
	return !strings.HasPrefix(o.Key, "enable-") && l.config.fileEnvironmentProperties
}

// isServiceLink reports whether a variable was set by an orchestrator for a service of that name, as Kubernetes does with
// GUACD_PORT=tcp://10.0.0.7:4822 for a service named guacd. Such a variable is no setting.
func (l *loader) isServiceLink(name, value string) bool {
	if !strings.HasSuffix(name, "_PORT") || !strings.HasPrefix(value, "tcp://") && !strings.HasPrefix(value, "udp://") {
		return false
	}
	l.config.Warnings = append(l.config.Warnings,
		fmt.Sprintf("the environment variable %s is ignored: %q was set for a service of that name, it is not a port", name, value))
	return true
}

// complete derives settings from others.
func (l *loader) complete() {
	c := l.config
	c.API.FoldUsernames = c.API.caseSensitivity == "group-names" || c.API.caseSensitivity == "disabled"
	c.API.FoldGroupNames = c.API.caseSensitivity == "usernames" || c.API.caseSensitivity == "disabled"
	if c.Log.Level == "warning" {
		c.Log.Level = "warn"
	}
	if !c.Set("header-enabled") {
		c.Header.Enabled = c.Set("http-auth-header")
	}
	if c.DataDirectory == "" {
		c.DataDirectory = l.dataDirectory(os.Geteuid())
	}
	l.chooseDatabase()
	if (c.Admin.Username == "") != c.Admin.Password.Empty() {
		l.failures = append(l.failures,
			errors.New("config: admin-username and admin-password belong together; set both or neither"))
	}
}

// dataDirectory returns where the database is if nothing else is said.
func (l *loader) dataDirectory(user int) string {
	if state, _, _ := strings.Cut(l.env["STATE_DIRECTORY"], ":"); state != "" {
		return state
	}
	if data := l.env["XDG_DATA_HOME"]; data != "" && user != 0 {
		return filepath.Join(data, "palta")
	}
	if home := l.env["HOME"]; home != "" && user != 0 {
		return filepath.Join(home, ".local", "share", "palta")
	}
	return "/var/lib/palta"
}

// suggestion names the known key that is nearest, if one is near.
func suggestion(key string) string {
	var keys []string
	for _, o := range Options() {
		keys = append(keys, o.Key)
	}
	return Suggestion(key, keys)
}

// Suggestion returns the end of an error that names the known word which is nearest to a wrong one, empty if none is near.
func Suggestion(wrong string, known []string) string {
	best, least := "", maxDistance+1
	for _, word := range known {
		if d := distance(word, wrong); d < least {
			best, least = word, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// maxDistance is how far a word may be from what was meant.
const maxDistance = 3

// distance returns how many letters must be added, dropped or changed to turn a into b. Long texts are just far.
func distance(a, b string) int {
	const far = 100
	if len(a) > far || len(b) > far {
		return far
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
