// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/secret"
)

// home makes a GUACAMOLE_HOME with these files and returns its path.
func home(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load loads settings from a home with that guacamole.properties.
func load(t testing.TB, properties string, environ ...string) (*config.Config, error) {
	t.Helper()
	dir := home(t, map[string]string{"guacamole.properties": properties})
	return config.Load(config.Sources{Environ: append(environ, "GUACAMOLE_HOME="+dir)})
}

func mustLoad(t testing.TB, properties string, environ ...string) *config.Config {
	t.Helper()
	c, err := load(t, properties, environ...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultsAreUpstreams(t *testing.T) {
	// Part of: DEP-01
	got := mustLoad(t, "")
	want := &config.Config{
		Home: got.Home, DataDirectory: got.DataDirectory, Isolation: "process", AcceptPorts: "1024-65535",
		RecordingSearchPath: "/var/lib/guacamole/recordings",
		HTTP: config.HTTP{
			Bind: "127.0.0.1", Port: 8080, ContextPath: "/guacamole/", ClientHeader: "X-Forwarded-For",
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		},
		Guacd:  config.Guacd{Port: 4822},
		Header: config.Header{Name: "REMOTE_USER"},
		API:    config.API{SessionTimeout: time.Hour, MaxRequestSize: 2097152},
		Database: config.Database{
			Dialect: "sqlite", TrackExternalConnectionHistory: true, EnforceAccessWindows: true, DefaultMaxGroupConnectionsPerUser: 1,
		},
		Log: config.Log{Level: "info", Format: "text"},
	}
	options := []cmp.Option{
		cmpopts.IgnoreUnexported(config.Config{}, config.API{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	}
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Error(diff)
	}
}

func TestFlagBeatsEnvironmentBeatsFilesBeatDefault(t *testing.T) {
	// Features: DEP-02
	// Part of: DEP-01
	dir := home(t, map[string]string{
		"palta.properties":     "guacd-hostname = palta\nhttp-port = 1",
		"guacamole.properties": "guacd-hostname: guacamole\nguacd-port: 2\nguacd-ssl: TRUE",
	})
	steps := []struct {
		flags        map[string]string
		environ      []string
		host, origin string
	}{
		{nil, nil, "palta", filepath.Join(dir, "palta.properties") + ":1"},
		{nil, []string{"GUACD_HOSTNAME=env"}, "env", "GUACD_HOSTNAME"},
		{nil, []string{"GUACD_HOSTNAME="}, "palta", filepath.Join(dir, "palta.properties") + ":1"},
		{nil, []string{"GUACD_HOSTNAME=env", "PALTA_GUACD_HOSTNAME=own"}, "own", "PALTA_GUACD_HOSTNAME"},
		{map[string]string{"guacd-hostname": "flag"}, []string{"PALTA_GUACD_HOSTNAME=own"}, "flag", "--guacd-hostname"},
	}
	for _, step := range steps {
		c, err := config.Load(config.Sources{Flags: step.flags, Environ: append(step.environ, "GUACAMOLE_HOME="+dir)})
		if err != nil {
			t.Fatal(err)
		}
		if c.Guacd.Hostname != step.host || c.Origin("guacd-hostname") != step.origin {
			t.Errorf("got %q from %q, want %q from %q", c.Guacd.Hostname, c.Origin("guacd-hostname"), step.host, step.origin)
		}
		if c.HTTP.Port != 1 || c.Guacd.Port != 2 || !c.Guacd.TLS || c.Origin("isolation") != "default" {
			t.Errorf("other settings are wrong: %+v", c)
		}
	}
}

func TestOwnOptionsNeedThePrefix(t *testing.T) {
	c := mustLoad(t, "", "HTTP_PORT=1", "PALTA_HTTP_BIND=::", "WEBAPP_CONTEXT=ROOT")
	if c.HTTP.Port != 8080 || c.HTTP.Bind != "::" || c.HTTP.ContextPath != "/" {
		t.Errorf("got %+v, want the default port, all addresses and the top", c.HTTP)
	}
}

func TestFilesNamedByVariablesLoseOneLineFeed(t *testing.T) {
	// Features: DEP-02
	dir := home(t, map[string]string{"password": " s3cret \n\n", "host": "guacd\r\n"})
	c := mustLoad(t, "", "PALTA_ADMIN_USERNAME=root", "PALTA_ADMIN_PASSWORD_FILE="+filepath.Join(dir, "password"),
		"GUACD_HOSTNAME_FILE="+filepath.Join(dir, "host"))
	if got := c.Admin.Password.Reveal(); got != " s3cret \n" {
		t.Errorf("password is %q", got)
	}
	if c.Guacd.Hostname != "guacd" {
		t.Errorf("host name is %q", c.Guacd.Hostname)
	}
	if _, err := load(t, "", "GUACD_HOSTNAME_FILE="+dir+"/none"); err == nil || !strings.Contains(err.Error(), "GUACD_HOSTNAME_FILE") {
		t.Errorf("got error %v, want one that names the variable", err)
	}
}

func TestUpstreamsVariablesCanBeSwitchedOff(t *testing.T) {
	// Features: DEP-02
	c := mustLoad(t, "enable-environment-properties: false", "GUACD_HOSTNAME=env", "PALTA_ISOLATION=none")
	if c.Guacd.Hostname != "" || c.Isolation != "none" {
		t.Errorf("got host %q and isolation %q, want none of each but Palta's own variable", c.Guacd.Hostname, c.Isolation)
	}
	dir := home(t, map[string]string{"host": "guacd"})
	c = mustLoad(t, "enable-file-environment-properties: false", "GUACD_HOSTNAME_FILE="+filepath.Join(dir, "host"))
	if c.Guacd.Hostname != "" {
		t.Errorf("host name is %q, want none", c.Guacd.Hostname)
	}
}

func TestServiceVariablesOfAnOrchestratorAreNoSettings(t *testing.T) {
	c := mustLoad(t, "", "GUACD_PORT=tcp://10.0.0.7:4822")
	if c.Guacd.Port != 4822 || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "GUACD_PORT") {
		t.Errorf("got port %d and warnings %q", c.Guacd.Port, c.Warnings)
	}
}

func TestHomeIsLookedForAsUpstreamDoes(t *testing.T) {
	// Part of: DEP-01
	user := t.TempDir()
	tests := []struct {
		flags   map[string]string
		environ []string
		want    string
	}{
		{nil, nil, "/etc/guacamole"},
		{nil, []string{"HOME=" + user}, "/etc/guacamole"},
		{nil, []string{"HOME=" + user}, filepath.Join(user, ".guacamole")},
		{nil, []string{"HOME=" + user, "GUACAMOLE_HOME=/x"}, "/x"},
		{map[string]string{"guacamole-home": "/y"}, []string{"GUACAMOLE_HOME=/x"}, "/y"},
	}
	for i, test := range tests {
		if i == 2 {
			if err := os.Mkdir(filepath.Join(user, ".guacamole"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		c, err := config.Load(config.Sources{Flags: test.flags, Environ: test.environ})
		if err != nil {
			t.Fatal(err)
		}
		if c.Home != test.want {
			t.Errorf("%d: home is %q, want %q", i, c.Home, test.want)
		}
	}
}

func TestMistakesAreAllReportedWithPlaceAndRemedy(t *testing.T) {
	dir := home(t, map[string]string{
		"palta.properties":     "# comment\nhttp-prot = 80\ncontext-path = /a b/",
		"guacamole.properties": "guacd-port: 48x2\nldap-hostname: ldap\napi-session-timeout: 0\nlog-level: loud\nguacd-ssl: yes",
	})
	_, err := config.Load(config.Sources{
		Flags:   map[string]string{"isolate": "none", "trusted-proxies": "proxy.example.org"},
		Environ: []string{"GUACAMOLE_HOME=" + dir, "PALTA_ADMIN_PASSWORD=hunter2", "API_MAX_REQUEST_SIZE=-1"},
	})
	if err == nil {
		t.Fatal("Load succeeded")
	}
	for _, want := range []string{
		dir + `/palta.properties:2: "http-prot" is not a setting; did you mean "http-port"?`,
		dir + `/palta.properties:3: context-path: `,
		dir + `/guacamole.properties:1: guacd-port: "48x2" is not a number; use one from 1 to 65535`,
		dir + `/guacamole.properties:3: api-session-timeout: 0 is out of range`,
		dir + `/guacamole.properties:4: log-level: "loud" is not known; use one of error, warn`,
		dir + `/guacamole.properties:5: guacd-ssl: "yes" is neither true nor false`,
		`--isolate: there is no such flag; did you mean "isolation"?`,
		`--trusted-proxies: "proxy.example.org" is neither an address nor a network`,
		`API_MAX_REQUEST_SIZE: api-max-request-size: -1 is out of range`,
		`admin-username and admin-password belong together`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q", want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ldap") {
		t.Errorf("the error shows a secret or a setting of an extension: %v", err)
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestSettingsOfExtensionsAreNoted(t *testing.T) {
	c := mustLoad(t, "\nldap-hostname: ldap\nguacd-port: 1")
	want := []config.Setting{{Key: "ldap-hostname", File: filepath.Join(c.Home, "guacamole.properties"), Line: 2}}
	if diff := cmp.Diff(want, c.Unknown); diff != "" {
		t.Error(diff)
	}
}

func TestValuesAreReadAsUpstreamReadsThem(t *testing.T) {
	// Features: AUT-07
	// Part of: DEP-01
	c := mustLoad(t, `
		skip-if-unavailable = ldap ,  mysql
		allowed-languages: en, de_CH;
		case-sensitivity: USERNAMES
		log-level: warning
		sqlite-user-password-min-length 12
		api-session-timeout = 5
		trusted-proxies = 10.1.2.3/8, 192.0.2.7, \
		                  fe80::/10
	`)
	if diff := cmp.Diff([]string{"ldap", "mysql"}, c.API.SkipIfUnavailable); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"en", "de_CH"}, c.API.AllowedLanguages); diff != "" {
		t.Error(diff)
	}
	if c.API.FoldUsernames || !c.API.FoldGroupNames || c.Log.Level != "warn" || c.Database.Password.MinLength != 12 ||
		c.API.SessionTimeout != 5*time.Minute {
		t.Errorf("got %+v", c)
	}
	if got := fmt.Sprint(c.HTTP.TrustedProxies); got != "[10.0.0.0/8 192.0.2.7/32 fe80::/10]" {
		t.Errorf("trusted proxies are %s", got)
	}
}

func TestContextPathHasASlashAtBothEnds(t *testing.T) {
	// Features: DEP-05
	for text, want := range map[string]string{
		"guacamole": "/guacamole/", "/guacamole": "/guacamole/", "/a/b/": "/a/b/", "/": "/", "": "/", "ROOT": "/",
	} {
		c, err := config.Load(config.Sources{Flags: map[string]string{"context-path": text, "guacamole-home": t.TempDir()}})
		if err != nil || c.HTTP.ContextPath != want {
			t.Errorf("%q: got %+v, %v, want %q", text, c, err, want)
		}
	}
	for _, text := range []string{"a//b", "../x", "a/./b", "a?b", "a b", "é"} {
		if _, err := config.Load(config.Sources{Flags: map[string]string{"context-path": text, "guacamole-home": t.TempDir()}}); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestOptionsAreDocumentedAndUnambiguous(t *testing.T) {
	seen := map[string]string{}
	for _, o := range config.Options() {
		if o.Doc == "" || o.Kind == "" {
			t.Errorf("%s has no documentation or kind", o.Key)
		}
		for _, name := range append(o.Environment(), o.Key) {
			if other, ok := seen[name]; ok {
				t.Errorf("%s and %s share the name %s", o.Key, other, name)
			}
			seen[name] = o.Key
		}
	}
}

func TestHeaderLoginIsOnIfSwitchedOnOrNamed(t *testing.T) {
	for _, test := range []struct {
		properties string
		environ    string
		want       config.Header
	}{
		{"", "HEADER_ENABLED=true", config.Header{Enabled: true, Name: "REMOTE_USER"}},
		{"", "HTTP_AUTH_ENABLED=true", config.Header{Enabled: true, Name: "REMOTE_USER"}},
		{"", "HTTP_AUTH_HEADER=X-User", config.Header{Enabled: true, Name: "X-User"}},
		{"http-auth-header: REMOTE_USER", "", config.Header{Enabled: true, Name: "REMOTE_USER"}},
		{"http-auth-header: X-User", "HEADER_ENABLED=false", config.Header{Name: "X-User"}},
		{"http-auth-header: X-User\nheader-enabled: false", "", config.Header{Name: "X-User"}},
	} {
		if got := mustLoad(t, test.properties, test.environ).Header; got != test.want {
			t.Errorf("%q and %q: %+v, want %+v", test.properties, test.environ, got, test.want)
		}
	}
}

func TestPublicURLEndsInASlash(t *testing.T) {
	for given, want := range map[string]string{
		"https://desk.example.org":                 "https://desk.example.org/",
		"https://desk.example.org:8443/remote":     "https://desk.example.org:8443/remote/",
		"http://[2001:db8::1]:8080/guacamole/":     "http://[2001:db8::1]:8080/guacamole/",
		" https://desk.example.org/guacamole/ \\t": "https://desk.example.org/guacamole/",
	} {
		if got := mustLoad(t, "public-url: "+given).HTTP.PublicURL; got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	for _, wrong := range []string{"desk.example.org", "/guacamole/", "ftp://desk/", "https://", "https://a@desk/", "https://desk/?a=b", "https://desk/#/"} {
		if _, err := load(t, "public-url: "+wrong); err == nil || !strings.Contains(err.Error(), "is not the address of a page") {
			t.Errorf("%q: error %v", wrong, err)
		}
	}
}

func TestDatabaseServerIsUsedWhereOneIsNamed(t *testing.T) {
	// Part of: DEP-01
	dir := home(t, map[string]string{"password": "s3cret\n"})
	c := mustLoad(t, "postgresql-database: guacamole_db\npostgresql-username: guacamole_user\npostgresql-ssl-mode: verify-ca\n"+
		"postgresql-default-statement-timeout: 30\npostgresql-user-password-min-length: 8\nsqlite-user-password-min-length: 4",
		"POSTGRESQL_HOSTNAME=db", "POSTGRESQL_PORT=5433", "POSTGRESQL_USER_REQUIRED=true", "POSTGRESQL_PASSWORD_FILE="+filepath.Join(dir, "password"))
	want := config.Database{
		Dialect: "postgresql", UserRequired: true, TrackExternalConnectionHistory: true, EnforceAccessWindows: true,
		DefaultMaxGroupConnectionsPerUser: 1, Password: config.PasswordPolicy{MinLength: 8},
		Server: config.DatabaseServer{
			Hostname: "db", Port: 5433, Database: "guacamole_db", Username: "guacamole_user", Password: secret.New("s3cret"),
			TLSMode: "verify-ca", StatementTimeout: 30 * time.Second,
		},
	}
	if diff := cmp.Diff(want, c.Database, cmp.Comparer(func(a, b secret.String) bool { return a.Reveal() == b.Reveal() })); diff != "" {
		t.Error(diff)
	}
	if c := mustLoad(t, "postgresql-ssl-mode: require"); c.Database.Dialect != "sqlite" {
		t.Errorf("without the name of a database, %s is used", c.Database.Dialect)
	}
	for _, half := range []string{"postgresql-database: x", "postgresql-username: x", "postgresql-hostname: x"} {
		if _, err := load(t, half); err == nil || !strings.Contains(err.Error(), "postgresql-database and postgresql-username belong together") {
			t.Errorf("%s alone: got error %v, want one that asks for the rest", half, err)
		}
	}
}
