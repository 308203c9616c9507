// SPDX-License-Identifier: Apache-2.0

// Package palta holds the tests of the project's structure: which folder may import
// which, what the wire tier may not do, and what every file and package must have.
package palta

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/palta-gateway/palta/"

// rule says which folders of this module a folder may import, besides what lies below
// the folder itself.
type rule struct {
	folder  string
	imports []string
}

// openToAll may be imported from anywhere.
var openToAll = []string{"internal/secret", "internal/version"}

// rules hold the import rule of ARCHITECTURE.md; the longest matching folder decides. An
// import of "x" allows x alone, "x/..." allows what lies below it too.
var rules = []rule{
	{"cmd", []string{"..."}},
	{"test", []string{"..."}},
	{"bench", []string{"internal/wire/guac", "internal/canvas", "test/..."}},
	{"internal/wire/*", nil},
	{"internal/wire/rdp", []string{"internal/wire/rdp/...", "internal/wire/credssp/..."}},
	{"internal/keysym", nil},
	{"internal/vt", nil},
	{"internal/directory", nil},
	{"internal/extension", nil},
	{"internal/config", nil},
	{"web", nil},
	{"internal/secret", nil},
	{"internal/version", nil},
	{"internal/display", []string{"internal/wire/guac"}},
	{"internal/canvas", []string{"internal/wire/guac"}},
	{"internal/audio", []string{"internal/wire/guac"}},
	{"internal/session", []string{"internal/wire/guac"}},
	{"internal/terminal", []string{"internal/vt", "internal/display", "internal/keysym"}},
	{"internal/recording", []string{"internal/wire/guac", "internal/canvas"}},
	{"internal/filetransfer", []string{"internal/session", "internal/wire/guac"}},
	{"internal/engine", []string{"internal/session", "internal/wire/guac"}},
	{"internal/engine/console", []string{
		"internal/engine", "internal/engine/record", "internal/session", "internal/wire/guac", "internal/display", "internal/terminal",
	}},
	{"internal/engine/*", []string{
		"internal/engine", "internal/engine/console", "internal/engine/record", "internal/session", "internal/wire/...",
		"internal/display", "internal/terminal", "internal/keysym", "internal/audio", "internal/recording", "internal/filetransfer",
	}},
	{"internal/worker", []string{"internal/engine", "internal/session", "internal/wire/guac"}},
	{"internal/guacd", []string{"internal/engine", "internal/session", "internal/wire/guac", "internal/worker"}},
	{"internal/tunnel", []string{"internal/engine", "internal/session", "internal/wire/guac"}},
	{"internal/store", []string{"internal/directory", "internal/store"}},
	{"internal/auth", []string{"internal/directory", "internal/auth"}},
	{"internal/vault", []string{"internal/directory", "internal/vault"}},
	{"internal/gateway", []string{
		"internal/tunnel", "internal/engine", "internal/auth", "internal/directory/...", "internal/config",
		"internal/extension", "web", "internal/gateway/...", "internal/wire/guac",
	}},
}

// testImports may be imported by tests of any folder: the inverse that serves as oracle,
// the names of keys, fakes, and real servers.
var testImports = []string{"internal/canvas", "internal/keysym", "internal/wire/guac", "test/..."}

// source is one parsed Go file.
type source struct {
	folder string
	path   string
	file   *ast.File
	text   string
	test   bool
}

func TestImportsFollowTheRule(t *testing.T) {
	for _, src := range sources(t) {
		r, ok := ruleOf(src.folder)
		if !ok {
			t.Errorf("%s: folder %q has no rule in arch_test.go", src.path, src.folder)
			continue
		}
		for _, spec := range src.file.Imports {
			target, ok := strings.CutPrefix(unquote(spec.Path.Value), module)
			if !ok || allowed(src, r, target) {
				continue
			}
			t.Errorf("%s imports %s, which %s may not (ARCHITECTURE.md, import rule)", src.path, target, r.folder)
		}
	}
}

// wireForbidden are the packages that would bring I/O or a log into the wire tier.
var wireForbidden = []string{"net", "os", "log", "log/slog", "net/http"}

func TestWireDoesNoIO(t *testing.T) {
	for _, src := range sources(t) {
		if !under(src.folder, "internal/wire") || src.test || forTests(src.folder) {
			continue
		}
		for _, spec := range src.file.Imports {
			if path := unquote(spec.Path.Value); slices.Contains(wireForbidden, path) {
				t.Errorf("%s imports %s: packages under internal/wire take bytes and return values", src.path, path)
			}
		}
		ast.Inspect(src.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine: packages under internal/wire do not", src.path)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Now" {
					t.Errorf("%s reads the clock: under internal/wire time comes in as an argument", src.path)
				}
			}
			return true
		})
	}
}

// forTests reports a folder of fakes and oracles, such as rdptest, or one below it.
func forTests(folder string) bool {
	return slices.ContainsFunc(strings.Split(folder, "/"), func(part string) bool { return strings.HasSuffix(part, "test") })
}

const licenceLine = "// SPDX-License-Identifier: Apache-2.0\n"

func TestEveryFileNamesTheLicence(t *testing.T) {
	for _, src := range sources(t) {
		if !strings.HasPrefix(src.text, licenceLine) {
			t.Errorf("%s does not begin with %q", src.path, strings.TrimSpace(licenceLine))
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	documented := map[string]bool{}
	for _, src := range sources(t) {
		if src.test && src.folder != "." {
			continue
		}
		documented[src.folder] = documented[src.folder] || src.file.Doc != nil
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", folder)
		}
	}
}

// vagueNames say nothing of what is in a folder.
var vagueNames = []string{"util", "utils", "common", "helpers", "types", "misc", "pkg", "lib"}

func TestFoldersHaveSpeakingNames(t *testing.T) {
	for _, src := range sources(t) {
		for _, part := range strings.Split(src.folder, "/") {
			if slices.Contains(vagueNames, part) {
				t.Errorf("%s: a folder named %q says nothing", src.path, part)
			}
		}
	}
}

// sources parses every Go file of the project.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{
			folder: filepath.ToSlash(filepath.Dir(path)), path: path, file: file, text: string(text),
			test: strings.HasSuffix(path, "_test.go"),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found %d Go files; is this the project's root?", len(all))
	}
	return all
}

// ruleOf returns the rule of the longest folder that holds folder.
func ruleOf(folder string) (rule, bool) {
	best, found := rule{}, folder == "."
	for _, r := range rules {
		base, wild := strings.CutSuffix(r.folder, "/*")
		matches := under(folder, base) && (!wild || folder != base)
		if matches && len(r.folder) > len(best.folder) {
			best, found = r, true
		}
	}
	return best, found
}

func allowed(src source, r rule, target string) bool {
	own, wild := strings.CutSuffix(r.folder, "/*")
	if wild { // each folder below is a part of its own
		own += "/" + first(strings.TrimPrefix(src.folder, own+"/"))
	}
	switch {
	case slices.Contains(openToAll, target):
		return true
	case under(target, own) && !sibling(src.folder, target):
		return true
	case src.test && matchesAny(target, testImports):
		return true
	}
	return matchesAny(target, r.imports)
}

// sibling reports an import from one concrete provider or database to another.
func sibling(folder, target string) bool {
	for _, family := range []string{"internal/store", "internal/auth", "internal/vault"} {
		a, okA := strings.CutPrefix(folder, family+"/")
		b, okB := strings.CutPrefix(target, family+"/")
		if okA && okB && first(a) != first(b) && first(b) != "storetest" && first(b) != "authtest" {
			return true
		}
	}
	return false
}

func first(path string) string {
	head, _, _ := strings.Cut(path, "/")
	return head
}

func matchesAny(target string, patterns []string) bool {
	for _, pattern := range patterns {
		base, deep := strings.CutSuffix(pattern, "...")
		base = strings.TrimSuffix(base, "/")
		if target == base || deep && (base == "" || under(target, base)) {
			return true
		}
	}
	return false
}

func under(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func unquote(s string) string {
	path, err := strconv.Unquote(s)
	if err != nil {
		return s
	}
	return path
}
