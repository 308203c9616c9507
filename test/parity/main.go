// SPDX-License-Identifier: Apache-2.0

// Command parity writes docs/parity.md: every feature of docs/parity/features.tsv with the
// tests that show it, or "open". A test names the features that it shows in a comment
// within its function, or within the block of a browser test:
//
//	// Features: SSH-01, SSH-05
//
// It fails on an id that does not exist.
package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	tableFile = "docs/parity/features.tsv"
	outFile   = "docs/parity.md"
)

// feature is one row of the table and where it is shown.
type feature struct {
	id, area, name string
	shown          []string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run() error {
	features, err := readTable()
	if err != nil {
		return err
	}
	if err := readTests(features); err != nil {
		return err
	}
	return os.WriteFile(outFile, render(features), 0o644)
}

func readTable() ([]*feature, error) {
	f, err := os.Open(tableFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = '\t', 3, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	var features []*feature
	for _, row := range rows[1:] {
		features = append(features, &feature{id: row[0], area: row[1], name: row[2]})
	}
	return features, nil
}

var (
	marker = regexp.MustCompile(`//\s*Features:\s*([A-Z0-9]{3}-\d+(?:,\s*[A-Z0-9]{3}-\d+)*)`)
	// named finds the test that a line begins, in Go or TypeScript.
	named = regexp.MustCompile(`^\s*(?:func (Test\w+)|(?:test|it)(?:\.\w+)?\(\s*(['"` + "`" + `])(.+?)['"` + "`" + `],)`)
)

// readTests looks for markers in every test of the project.
func readTests(features []*feature) error {
	byID := map[string]*feature{}
	for _, f := range features {
		byID[f.id] = f
	}
	var unknown []error
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !isTest(path) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		test := ""
		for i, line := range strings.Split(string(text), "\n") {
			if m := named.FindStringSubmatch(line); m != nil {
				test = m[1] + m[3]
			}
			m := marker.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			for _, id := range strings.Split(m[1], ",") {
				f, ok := byID[strings.TrimSpace(id)]
				if !ok {
					unknown = append(unknown, fmt.Errorf("%s:%d: there is no feature %s", path, i+1, strings.TrimSpace(id)))
					continue
				}
				f.shown = append(f.shown, fmt.Sprintf("[%s](../%s)", escape(test), filepath.ToSlash(path)))
			}
		}
		return nil
	})
	return errors.Join(append(unknown, err)...)
}

func isTest(path string) bool {
	return strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".test.ts") || strings.HasSuffix(path, ".spec.ts")
}

func escape(s string) string { return strings.NewReplacer("|", `\|`, "[", `\[`, "]", `\]`).Replace(s) }

func render(features []*feature) []byte {
	var b bytes.Buffer
	shown := 0
	for _, f := range features {
		if len(f.shown) > 0 {
			shown++
		}
	}
	fmt.Fprintf(&b, "# Parity with Apache Guacamole\n\nWritten by `make parity`; do not edit.\nOf %d features, tests show %d.\n"+
		"A feature is open until a test shows it, even where parts of it work.\n", len(features), shown)
	area := ""
	for _, f := range features {
		if f.area != area {
			area = f.area
			fmt.Fprintf(&b, "\n## %s\n\n| id | feature | shown by |\n| --- | --- | --- |\n", area)
		}
		slices.SortFunc(f.shown, cmp.Compare)
		tests := strings.Join(slices.Compact(f.shown), "<br>")
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.id, escape(f.name), cmp.Or(tests, "open"))
	}
	return b.Bytes()
}
