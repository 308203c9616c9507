// SPDX-License-Identifier: Apache-2.0

// Command parity writes docs/parity.md: every feature of docs/parity/features.tsv with the
// tests that show it, or "open". A test names the features that it shows, which are those
// without which it would fail, in a comment within its function, or within the block of a
// browser test:
//
//	// Features: SSH-01, SSH-05
//	// Part of: VNC-02
//
// The second line is for features of which the test shows a part, or a layer below what a
// person meets: they do not count as shown. It fails on an id that does not exist, and on
// a comment of this kind that it cannot read.
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

// feature is one row of the table and where it is shown, in whole or in part.
type feature struct {
	id, area, name string
	shown, part    []string
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
	marker = regexp.MustCompile(`^\s*//\s*(Features|Part of):\s*(.*)$`)
	// named finds the test that a line begins, in Go or TypeScript.
	named = regexp.MustCompile("^\\s*(?:func (Test\\w+)|(?:test|it)(?:\\.\\w+)?\\(\\s*['\"`](.+?)['\"`],|(?:each\\(t, newStore, |t\\.Run\\()\"(.+?)\",)")
)

// readTests looks for markers in every test of the project.
func readTests(features []*feature) error {
	byID := map[string]*feature{}
	for _, f := range features {
		byID[f.id] = f
	}
	var problems []error
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
		problems = append(problems, readTest(filepath.ToSlash(path), string(text), byID)...)
		return nil
	})
	return errors.Join(append(problems, err)...)
}

// readTest notes what the tests of one file show.
func readTest(path, text string, byID map[string]*feature) (problems []error) {
	test := ""
	for i, line := range strings.Split(text, "\n") {
		if m := named.FindStringSubmatch(line); m != nil {
			test = m[1] + m[2] + m[3]
		}
		m := marker.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, id := range strings.Split(m[2], ",") {
			id = strings.TrimSpace(id)
			f, ok := byID[id]
			if !ok {
				problems = append(problems, fmt.Errorf("%s:%d: there is no feature %q", path, i+1, id))
				continue
			}
			link := fmt.Sprintf("[%s](../%s)", escape(test), path)
			if m[1] == "Features" {
				f.shown = append(f.shown, link)
			} else {
				f.part = append(f.part, link)
			}
		}
	}
	return problems
}

func isTest(path string) bool {
	for _, end := range []string{"_test.go", ".test.ts", ".spec.ts", ".browser.ts"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	// Suites that several packages run, such as storetest.
	return strings.HasSuffix(path, ".go") && strings.HasSuffix(filepath.Dir(path), "test")
}

func escape(s string) string { return strings.NewReplacer("|", `\|`, "[", `\[`, "]", `\]`).Replace(s) }

func render(features []*feature) []byte {
	var b bytes.Buffer
	shown, part := 0, 0
	for _, f := range features {
		switch {
		case len(f.shown) > 0:
			shown++
		case len(f.part) > 0:
			part++
		}
	}
	fmt.Fprintf(&b, "# Parity with Apache Guacamole\n\nWritten by `make parity`; do not edit.\n"+
		"Of %d features, tests show %d, and %d in part.\n"+
		"A test shows a feature if it would fail without it.\n"+
		"A feature is open until a test shows it, even where parts of it work.\n", len(features), shown, part)
	area := ""
	for _, f := range features {
		if f.area != area {
			area = f.area
			fmt.Fprintf(&b, "\n## %s\n\n| id | feature | shown by |\n| --- | --- | --- |\n", area)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.id, escape(f.name), f.where())
	}
	return b.Bytes()
}

// where is the last column of the feature's row.
func (f *feature) where() string {
	switch {
	case len(f.shown) > 0:
		return list(f.shown)
	case len(f.part) > 0:
		return "in part: " + list(f.part)
	default:
		return "open"
	}
}

func list(tests []string) string {
	slices.SortFunc(tests, cmp.Compare)
	return strings.Join(slices.Compact(tests), "<br>")
}
