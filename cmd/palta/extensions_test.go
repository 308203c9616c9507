// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/test/jar"
)

func TestExtensionsAreNamedInTheLog(t *testing.T) {
	// Part of: BRA-01, EXT-23
	home := t.TempDir()
	manifest := func(namespace, more string) []byte {
		return jar.Of(t, map[string]string{
			"guac-manifest.json": `{"guacamoleVersion": "*", "name": "The ` + namespace + `", "namespace": "` + namespace + `"` + more + `}`,
		})
	}
	jar.Install(t, home, "a-theme.jar", manifest("theme", `, "css": ["none.css"]`))
	jar.Install(t, home, "b-hostile.jar", jar.Of(t, map[string]string{"../../etc/passwd": "root", "guac-manifest.json": "{}"}))
	jar.Install(t, home, "c-mysql.jar", manifest("mysql", `, "authProviders": ["org.example.MySQL"]`))
	jar.Install(t, home, "d-old.jar", jar.Of(t, map[string]string{
		"guac-manifest.json": `{"guacamoleVersion": "2.0.0", "name": "x", "namespace": "x"}`,
	}))
	cfg, err := config.Load(config.Sources{Flags: map[string]string{
		"guacamole-home": home, "extension-priority": "mysql", "extension-hosts": "https://fonts.example",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var log safeBuffer
	got := extensions(cfg, slog.New(slog.NewTextHandler(&log, nil)))
	if len(got.Set) != 2 || got.Set[0].Namespace != "mysql" || got.Set[1].Namespace != "theme" || len(got.Hosts) != 1 {
		t.Errorf("extensions %+v, want mysql before theme, and a host", got)
	}
	for _, want := range []string{
		`level=INFO msg="extension was loaded" name="The theme" namespace=theme archive=a-theme.jar`,
		`level=WARN msg="part of an extension has no effect" archive=a-theme.jar reason="\"css\" names \"none.css\"`,
		`level=ERROR msg="extension was not loaded" error="extension: b-hostile.jar: the path \"../../etc/passwd\" leads out`,
		`level=WARN msg="classes of an extension do not run here" archive=c-mysql.jar classes=org.example.MySQL instead="the built-in`,
		`level=ERROR msg="extension was not loaded" error="extension: d-old.jar: guac-manifest.json: \"guacamoleVersion\"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no line with\n%s\n%s", want, log.String())
		}
	}
}
