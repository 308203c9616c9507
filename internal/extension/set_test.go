// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/test/jar"
)

// install writes small extensions whose namespaces are their files' names without suffix.
func install(t *testing.T, home string, names ...string) {
	t.Helper()
	for _, name := range names {
		namespace := strings.TrimSuffix(name, ".jar")
		jar.Install(t, home, name, jar.Of(t, map[string]string{
			manifestPath: fmt.Sprintf(`{"guacamoleVersion": "*", "name": %q, "namespace": %q, "css": ["a.css"], "html": ["a.html"],
				"translations": ["t/en.json"], "smallIcon": "icon.png"}`, namespace, namespace),
			"a.css": "/* " + namespace, "a.html": "<p>" + namespace, "icon.png": namespace,
			"t/en.json": fmt.Sprintf(`{"APP": {"NAME": %q, "ONLY_%s": "x"}}`, namespace, strings.ToUpper(namespace)),
		}))
	}
}

func namespaces(set Set) string {
	var names []string
	for _, e := range set {
		names = append(names, e.Namespace)
	}
	return strings.Join(names, " ")
}

func TestExtensionsAreInTheOrderOfFilesOrOfPriority(t *testing.T) {
	// Part of: EXT-23
	home := t.TempDir()
	install(t, home, "c.jar", "a.jar", "d.jar", "b.jar")
	for _, test := range []struct{ priority, want string }{
		{"", "a b c d"},
		{"d", "d a b c"},
		{"*,a", "b c d a"},
		{"c,*,a,nobody", "c b d a"},
		{"*", "a b c d"},
	} {
		var priority []string
		if test.priority != "" {
			priority = strings.Split(test.priority, ",")
		}
		set, failures := Load(filepath.Join(home, "extensions"), priority)
		if got := namespaces(set); got != test.want || failures != nil {
			t.Errorf("priority %q: %s, failures %v; want %s", test.priority, got, failures, test.want)
		}
	}
}

func TestABrokenArchiveLeavesTheOthers(t *testing.T) {
	// Part of: BRA-01
	home := t.TempDir()
	install(t, home, "a.jar", "c.jar")
	jar.Install(t, home, "b.jar", []byte("no archive"))
	jar.Install(t, home, "d.jar", jar.Of(t, map[string]string{manifestPath: `{"guacamoleVersion": "*", "name": "x", "namespace": "a"}`}))
	jar.Install(t, home, "readme.txt", []byte("no archive either"))
	folder := filepath.Join(home, "extensions")
	if err := os.Mkdir(filepath.Join(folder, "folder.jar"), 0o750); err != nil {
		t.Fatal(err)
	}
	set, failures := Load(folder, nil)
	if got := namespaces(set); got != "a c" {
		t.Errorf("extensions %s, want a c", got)
	}
	if len(failures) != 2 || !strings.Contains(failures[0].Error(), "b.jar") || !strings.Contains(failures[1].Error(), `"a" is that of a.jar`) {
		t.Errorf("failures %v, want those of b.jar and d.jar", failures)
	}
}

func TestNoDirectoryIsNoExtension(t *testing.T) {
	set, failures := Load(filepath.Join(t.TempDir(), "extensions"), nil)
	if set != nil || failures != nil {
		t.Errorf("Load = %v, %v; want nothing", set, failures)
	}
}

func TestLaterExtensionsWin(t *testing.T) {
	// Part of: BRA-02, BRA-03, BRA-05, EXT-23
	home := t.TempDir()
	install(t, home, "a.jar", "b.jar")
	set, failures := Load(filepath.Join(home, "extensions"), nil)
	if failures != nil {
		t.Fatal(failures)
	}
	if got := string(set.Styles()); got != "/* a\n/* b" {
		t.Errorf("styles %q", got)
	}
	if diff := cmp.Diff([]string{"<p>a", "<p>b"}, set.Patches()); diff != "" {
		t.Errorf("patches (-want +got):\n%s", diff)
	}
	want := map[string]Messages{"en": {"APP": Messages{"NAME": "b", "ONLY_A": "x", "ONLY_B": "x"}}}
	for range 2 { // merging changes none of the extensions
		if diff := cmp.Diff(want, set.Translations()); diff != "" {
			t.Errorf("translations (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(Messages{"APP": Messages{"NAME": "a", "ONLY_A": "x"}}, set[0].Translations[0].Messages); diff != "" {
		t.Errorf("the first extension's texts were changed:\n%s", diff)
	}
	if icon := set.SmallIcon(); icon == nil || string(icon.Content) != "a" {
		t.Errorf("small icon %v, want that of the first", icon)
	}
	if icon := set.LargeIcon(); icon != nil {
		t.Errorf("large icon %v, want none", icon)
	}
}

func TestWhatAStrictPolicyForbidsIsFound(t *testing.T) {
	set := Set{{
		Styles: []File{{Content: []byte(`
			@import "https://fonts.example/css";
			@font-face { src: url(data:font/woff2;base64,AAAA) }
			b { background: url('//CDN.example/a.png'), url(app/ext/x/b.png), url(data:image/png;base64,AA) }`)}},
		Patches: []File{{Content: []byte(`<meta name="after" content=".version">
			<style>b { color: red &amp; }</style>
			<div style="color: blue" onclick="this.style.height='0'; a &amp;&amp; b"><img SRC=http://pictures.example:8080/a.png>
			<a href="https://elsewhere.example/" style="color: blue">elsewhere`)}},
	}}
	want := Inline{
		Styles: []string{"b { color: red &amp; }"}, StyleAttributes: []string{"color: blue"},
		Handlers: []string{"this.style.height='0'; a && b"},
	}
	if diff := cmp.Diff(want, set.Inline()); diff != "" {
		t.Errorf("inline (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"//cdn.example", "http://pictures.example:8080", "https://fonts.example"}, set[0].External()); diff != "" {
		t.Errorf("external (-want +got):\n%s", diff)
	}
	if !set.DataFonts() || (Set{}).DataFonts() {
		t.Error("fonts within style sheets are not told from others")
	}
}
