// SPDX-License-Identifier: Apache-2.0

package pdutest_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// byPrefix are the public examples that tests take by the beginning of their key.
var byPrefix = []string{"capsets.rs::CLIENT_", "capsets.rs::SERVER_", "tests/pcb.rs::"}

// leftOut are those that no test uses, with the reason.
var leftOut = map[string]string{
	"tests/rdpeudp/":     "no UDP transport",
	"tests/rdpemt/":      "no UDP transport",
	"tests/rdpeusb/":     "no USB redirection",
	"tests/usb.rs::":     "no USB redirection",
	"tests/rdcleanpath.": "another gateway's protocol",

	"ironrdp-rdpsnd-native/":                               "a GUID of Windows' audio devices",
	"tests/dvc/soft_sync.rs::RESPONSE_ENCODED":             "an answer with tunnels, which need UDP",
	"tests/graphics/image_processing.rs::CONVERTED_TO_":    "pixel formats that this project does not have",
	"rdp/server_license/client_platform_challenge_":        "parts of the message, which is used whole, in the clear",
	"rdp/server_license/server_upgrade_license/tests.rs::": "parts of the message, which is used whole, in the clear",
}

// TestExamplesAreUsed lists the public examples that no test of this protocol looks at.
func TestExamplesAreUsed(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "used_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`\w+`).FindAllString(tests.String(), -1)
	slices.Sort(words)
	has := func(name string) bool { _, ok := slices.BinarySearch(words, name); return ok }
	all := pdutest.Vectors(t)
	for key := range all {
		_, name, _ := strings.Cut(key, "::")
		used := has(name) || slices.ContainsFunc(byPrefix, func(p string) bool { return strings.HasPrefix(key, p) })
		for prefix := range leftOut {
			used = used || strings.HasPrefix(key, prefix)
		}
		if !used {
			t.Errorf("%s is used by no test", key)
		}
	}
	for prefix, reason := range leftOut {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(key string) bool { return strings.HasPrefix(key, prefix) }) && len(all) > 0 {
			t.Errorf("there is no %s, left out because of %s", prefix, reason)
		}
	}
}
