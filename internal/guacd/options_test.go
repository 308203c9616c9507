// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseArgs(t *testing.T) {
	// Features: GCD-05
	for _, tc := range []struct {
		args string
		want Options
	}{
		{"", Options{}},
		{"-b 0.0.0.0 -l 4823 -p /run/guacd.pid -L debug -C cert.pem -K key.pem -f", Options{
			BindHost: "0.0.0.0", BindPort: "4823", PIDFile: "/run/guacd.pid", LogLevel: "debug",
			Certificate: "cert.pem", Key: "key.pem", Foreground: true,
		}},
		{"-fv", Options{Foreground: true, ShowVersion: true}},
		{"-fl4823", Options{Foreground: true, BindPort: "4823"}},
		{"-L warning -L error", Options{LogLevel: "error"}},
	} {
		got, err := ParseArgs(strings.Fields(tc.args))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", tc.args, err, diff)
		}
	}
	for _, args := range []string{"-x", "-l", "-l 0", "-l 70000", "-L loud", "host", "-", "--foreground"} {
		if _, err := ParseArgs(strings.Fields(args)); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

func TestParseConfig(t *testing.T) {
	// Features: GCD-05
	got, err := ParseConfig(`
# guacd.conf
[daemon]
pid_file = /var/run/guacd.pid   # a comment
log_level=trace
 [server]   # another
bind_host = "::1"
bind_port	=	4824
[ssl]
server_certificate = "/etc/my certs/\"a\"#1.pem"
server_key = /etc/a\#b\ .pem
`)
	want := Options{
		BindHost: "::1", BindPort: "4824", PIDFile: "/var/run/guacd.pid", LogLevel: "trace",
		Certificate: `/etc/my certs/"a"#1.pem`, Key: "/etc/a#b .pem",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	for _, text := range []string{
		"[client]", "[server", "[server] x", "bind_host = a", "[server]\nbind_hosts = a", "[server]\nbind host = a",
		"[server]\nbind_host", "[server]\nbind_host =", "[server]\nbind_host = \"a", "[server]\nbind_host = a\\",
		"[server]\nbind_port = x", "[daemon]\nlog_level = loud", "[server]\nbind_host = " + strings.Repeat("a", 8192),
		strings.Repeat("#", maxConfig+1),
	} {
		if got, err := ParseConfig(text); err == nil {
			t.Errorf("%.60q was accepted: %+v", text, got)
		}
	}
	if _, err := ParseConfig("\n[server]\nbad"); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("error does not name the line: %v", err)
	}
}

func TestCommandLineBeatsTheFile(t *testing.T) {
	// Features: GCD-05
	line, file := Options{BindPort: "1", Foreground: true}, Options{BindPort: "2", BindHost: "::1"}
	got := line.Over(file).Over(DefaultOptions)
	want := Options{BindPort: "1", BindHost: "::1", LogLevel: "info", Foreground: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Address() != "[::1]:1" || got.Level() != slog.LevelInfo || (Options{LogLevel: "warning"}).Level() != slog.LevelWarn {
		t.Errorf("address %s, level %v", got.Address(), got.Level())
	}
}

func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		"[daemon]\npid_file = /run/x # c\nlog_level=info", "[server]\nbind_host = \"a\\\"b\"\nbind_port=4822", "[ssl]\nserver_key=\\#", "", "[",
	} {
		f.Add(seed)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseConfig(text)
		if err != nil || strings.ContainsAny(o.PIDFile+o.BindHost+o.Certificate+o.Key, "\r\n") {
			return
		}
		// What was read, written out in quotes, must read the same.
		var out strings.Builder
		for _, row := range [][2]string{
			{"[daemon]\npid_file", o.PIDFile},
			{"log_level", o.LogLevel},
			{"[server]\nbind_host", o.BindHost},
			{"bind_port", o.BindPort},
			{"[ssl]\nserver_certificate", o.Certificate},
			{"server_key", o.Key},
		} {
			out.WriteString(row[0] + ` = "` + quote.Replace(row[1]) + "\"\n")
		}
		again, err := ParseConfig(out.String())
		if err != nil || again != o {
			t.Fatalf("%+v reads back as %+v, %v from:\n%s", o, again, err, out.String())
		}
	})
}
