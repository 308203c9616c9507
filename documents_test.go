// SPDX-License-Identifier: Apache-2.0

package palta

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// changeHead is the first line of a change for users; a list is made of these.
var changeHead = regexp.MustCompile(`^(Enhancement|Change|Bugfix|Security): \S.*[^.\s]$`)

// TestChangesHaveTheFormOfTheChangelog holds changelog/README.md.
func TestChangesHaveTheFormOfTheChangelog(t *testing.T) {
	folder := filepath.Join("changelog", "unreleased")
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		if !regexp.MustCompile(`^[a-z0-9-]+\.md$`).MatchString(entry.Name()) {
			t.Errorf("%s: a file is named by its subject, in small letters, and ends in .md", name)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		switch {
		case !changeHead.MatchString(lines[0]):
			t.Errorf("%s: the first line is %q, not a kind, a colon and what has changed (changelog/README.md)", name, lines[0])
		case len(lines) < 4 || lines[1] != "" || strings.TrimSpace(lines[2]) == "" || lines[len(lines)-1] != "":
			t.Errorf("%s: after the first line come an empty one and sentences, and the file ends in a line feed", name)
		}
	}
}

// TestManualListsItsPages holds the index of docs/manual/README.md, and links between pages.
func TestManualListsItsPages(t *testing.T) {
	folder := filepath.Join("docs", "manual")
	pages, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil || len(pages) < 5 {
		t.Fatalf("%d pages, error %v", len(pages), err)
	}
	links := regexp.MustCompile(`\]\(([^)#:]+)(?:#([^)]+))?\)`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			target, err := os.ReadFile(filepath.Join(folder, link[1]))
			if err != nil {
				t.Errorf("%s leads to %s, which is not there", page, link[1])
			}
			if heading := link[2]; heading != "" && !hasHeading(string(target), heading) {
				t.Errorf("%s leads to %s, which has no heading %q", page, link[1], heading)
			}
		}
		if index, name := filepath.Join(folder, "README.md"), filepath.Base(page); page != index {
			list, err := os.ReadFile(index)
			if err != nil || !strings.Contains(string(list), "]("+name+")") {
				t.Errorf("%s is not in the list of %s (error %v)", name, index, err)
			}
		}
	}
}

// hasHeading reports a heading whose anchor, as code hosts make it, is that.
func hasHeading(text, anchor string) bool {
	for line := range strings.Lines(text) {
		title := strings.TrimSpace(strings.TrimLeft(line, "#"))
		if strings.HasPrefix(line, "#") && strings.ReplaceAll(strings.ToLower(title), " ", "-") == anchor {
			return true
		}
	}
	return false
}
