// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// manifestPath is where an archive has its manifest.
const manifestPath = "guac-manifest.json"

// maxListed bounds how many files and classes a manifest names.
const maxListed = 4096

// Version is the release of Guacamole whose extensions are understood.
const Version = "1.6.1"

// manifest is guac-manifest.json.
type manifest struct {
	guacamoleVersion, name, namespace string
	authProviders, listeners          []string
	js, css, html, translations       []string
	resources                         map[string]string // media types by path
	smallIcon, largeIcon              string
}

// fields returns where each key goes. Upstream knows no others, and refuses a manifest that has them.
func (m *manifest) fields() map[string]any {
	return map[string]any{
		"guacamoleVersion": &m.guacamoleVersion, "name": &m.name, "namespace": &m.namespace,
		"authProviders": &m.authProviders, "listeners": &m.listeners,
		"js": &m.js, "css": &m.css, "html": &m.html, "translations": &m.translations, "resources": &m.resources,
		"smallIcon": &m.smallIcon, "largeIcon": &m.largeIcon,
	}
}

func parseManifest(text []byte) (*manifest, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(withoutMark(text), &members); err != nil {
		return nil, fmt.Errorf("it is no JSON object: %w", err)
	}
	m := &manifest{}
	fields := m.fields()
	for _, key := range slices.Sorted(maps.Keys(members)) {
		field, ok := fields[key]
		if !ok {
			return nil, fmt.Errorf("%q is not a key of a manifest", key)
		}
		if err := json.Unmarshal(members[key], field); err != nil {
			return nil, fmt.Errorf("%q must be %s", key, wanted(field))
		}
	}
	return m, m.check()
}

// withoutMark drops the byte order mark that some editors put in front.
func withoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) }

// wanted says what a field can hold.
func wanted(field any) string {
	switch field.(type) {
	case *[]string:
		return "a list of texts"
	case *map[string]string:
		return "an object that has texts only"
	}
	return "a text"
}

func (m *manifest) check() error {
	for key, value := range map[string]string{"guacamoleVersion": m.guacamoleVersion, "name": m.name, "namespace": m.namespace} {
		if value == "" {
			return fmt.Errorf("%q is missing", key)
		}
	}
	if !fs.ValidPath(m.namespace) || m.namespace == "." || len(m.namespace) > maxPath ||
		strings.ContainsRune(m.namespace, '\\') || strings.ContainsFunc(m.namespace, unicode.IsControl) {
		return fmt.Errorf("\"namespace\": %q cannot be part of a URL's path", m.namespace)
	}
	listed := len(m.authProviders) + len(m.listeners) + len(m.js) + len(m.css) + len(m.html) + len(m.translations) + len(m.resources)
	if listed > maxListed {
		return fmt.Errorf("it names %d files and classes, more than %d", listed, maxListed)
	}
	return checkVersion(m.guacamoleVersion)
}

// resourcePaths returns the paths of resources in a fixed order.
func (m *manifest) resourcePaths() []string { return slices.Sorted(maps.Keys(m.resources)) }

var versionForm = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)(.*)$`)

// checkVersion holds upstream's rule: any version is "*" or 0.0.0; else the major number must be ours, the others must not be newer, and
// what stands behind the numbers must be the same, which is nothing here.
func checkVersion(version string) error {
	if version == "*" || version == "0.0.0" {
		return nil
	}
	numbers, suffix, err := parseVersion(version)
	if err != nil {
		return fmt.Errorf("\"guacamoleVersion\": %w", err)
	}
	ours, _, err := parseVersion(Version)
	if err != nil {
		return err
	}
	if numbers[0] != ours[0] || suffix != "" || slices.Compare(numbers[:], ours[:]) > 0 {
		return fmt.Errorf("\"guacamoleVersion\": it is made for Guacamole %s, and this version takes extensions for %d.0.0 to %s, or for \"*\"",
			version, ours[0], Version)
	}
	return nil
}

func parseVersion(version string) (numbers [3]int, suffix string, err error) {
	parts := versionForm.FindStringSubmatch(version)
	if parts == nil {
		return numbers, "", fmt.Errorf("%q is neither \"*\" nor a version such as %s", version, Version)
	}
	for i := range numbers {
		if numbers[i], err = strconv.Atoi(parts[i+1]); err != nil {
			return numbers, "", errors.New("a number of the version is too large")
		}
	}
	return numbers, parts[4], nil
}
