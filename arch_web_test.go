// SPDX-License-Identifier: Apache-2.0

package palta

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// webRules hold the import rule of web/, lowest folder first: which others a folder may
// import. Folders below it belong to it; the longest that matches decides.
var webRules = []rule{
	{"guac/src", nil},
	{"client/src", []string{"guac/src"}},
	{"app/src/styles", nil},
	{"app/src/api", nil},
	{"app/src/i18n", []string{"app/src/api"}},
	{"app/src/state", []string{"app/src/api", "app/src/i18n"}},
	{"app/src/extensions", []string{"app/src/state"}},
	{"app/src/ui", []string{"app/src/api", "app/src/i18n", "app/src/state"}},
	{"app/src/connections", []string{"app/src/api", "app/src/i18n", "app/src/state", "app/src/ui"}},
	{"app/src/login", screen},
	{"app/src/home", screen},
	{"app/src/admin", screen},
	{"app/src/client", append([]string{"client/src"}, screen...)},
	{"app/src", []string{"app/src/..."}},
}

// screen is what a screen of the application may import. Screens do not know one another.
var screen = []string{
	"app/src/api", "app/src/i18n", "app/src/state", "app/src/ui", "app/src/connections", "app/src/styles",
}

// webPackages are the entries behind the names of the workspace's packages.
var webPackages = map[string]string{"@palta/guac": "guac/src/index.ts", "@palta/client": "client/src/index.ts"}

func TestWebImportsFollowTheRule(t *testing.T) {
	for file, imports := range webImports(t) {
		r, ok := webRuleOf(file)
		if !ok {
			t.Errorf("web/%s has no rule in arch_web_test.go", file)
			continue
		}
		for _, target := range imports {
			to, known := webRuleOf(target)
			switch {
			case !known: // not ours: the application stands on Svelte, what is below it on nothing
				if first(target) != "svelte" || !under(file, "app/src") {
					t.Errorf("web/%s imports the package %s", file, target)
				}
			case to.folder != r.folder && !matchesAny(to.folder, r.imports):
				t.Errorf("web/%s imports %s, which %s may not (ARCHITECTURE.md, import rule)", file, target, r.folder)
			}
		}
	}
}

func TestWebImportsHaveNoCircle(t *testing.T) {
	imports := webImports(t)
	done := map[string]bool{}
	var visit func(file string, above []string)
	visit = func(file string, above []string) {
		if i := slices.Index(above, file); i >= 0 {
			t.Errorf("files of web/ import one another in a circle: %s", strings.Join(append(above[i:], file), " > "))
		} else if !done[file] {
			for _, target := range imports[file] {
				visit(target, append(above, file))
			}
			done[file] = true
		}
	}
	for file := range imports {
		visit(file, nil)
	}
}

func TestWebFoldersHaveSpeakingNames(t *testing.T) {
	for file := range webImports(t) {
		for _, part := range strings.Split(path.Dir(file), "/") {
			if slices.Contains(vagueNames, part) {
				t.Errorf("web/%s: a folder named %q says nothing", file, part)
			}
		}
	}
}

// webImport finds what a source file imports, types and re-exports included.
var webImport = regexp.MustCompile(`(?m)^\s*(?:import|export)\s[^'";]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)`)

// webImports reads every source file of web/, tests aside, and what it imports: a file of web/
// as its path, a foreign package as its name.
func webImports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := fs.WalkDir(os.DirFS("web"), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isWebSource(file) {
			if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist") {
				return fs.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(filepath.Join("web", file))
		if err != nil {
			return err
		}
		all[file] = []string{}
		for _, match := range webImport.FindAllStringSubmatch(string(text), -1) {
			all[file] = append(all[file], resolve(t, file, strings.Join(match[1:], "")))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("found %d source files in web/", len(all))
	}
	return all
}

func isWebSource(file string) bool {
	ext := path.Ext(file)
	return strings.Contains(file, "/src/") && (ext == ".ts" || ext == ".svelte") && !strings.HasSuffix(file, ".test.ts")
}

// resolve returns the file of web/ that an import names, or the name of a foreign package.
func resolve(t *testing.T, file, name string) string {
	t.Helper()
	if entry, ok := webPackages[name]; ok {
		return entry
	}
	if !strings.HasPrefix(name, ".") {
		return name
	}
	target := path.Join(path.Dir(file), name)
	for _, ending := range []string{"", ".ts", ".d.ts"} {
		if info, err := os.Stat(filepath.Join("web", target+ending)); err == nil && !info.IsDir() {
			return target + ending
		}
	}
	t.Errorf("web/%s imports %s, which is no file", file, name)
	return target
}

// webRuleOf returns the rule of the longest folder that holds a file of web/.
func webRuleOf(file string) (best rule, found bool) {
	for _, r := range webRules {
		if under(file, r.folder) && len(r.folder) > len(best.folder) {
			best, found = r, true
		}
	}
	return best, found
}
