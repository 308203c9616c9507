// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

// contentPolicy lets the page load nothing from elsewhere and run no script that is not a file of the gateway. The page itself has another
// if the patches of an extension need more; see docs/adr/0016-extensions.md.
var contentPolicy = policyOf(directives)

// directive is one of a Content-Security-Policy, with its values.
type directive struct {
	name   string
	values []string
}

var directives = []directive{
	{"default-src", []string{"'none'"}},
	{"script-src", []string{"'self'"}},
	{"style-src", []string{"'self'"}},
	{"img-src", []string{"'self'", "data:", "blob:"}},
	{"media-src", []string{"'self'", "data:", "blob:"}},
	{"font-src", []string{"'self'"}},
	{"connect-src", []string{"'self'"}},
	{"worker-src", []string{"'self'", "blob:"}},
	{"frame-src", []string{"'self'"}},
	{"manifest-src", []string{"'self'"}},
	{"form-action", []string{"'self'"}},
	{"base-uri", []string{"'none'"}},
	{"frame-ancestors", []string{"'self'"}},
}

func policyOf(list []directive) string {
	texts := make([]string, 0, len(list))
	for _, d := range list {
		texts = append(texts, d.name+" "+strings.Join(d.values, " "))
	}
	return strings.Join(texts, "; ")
}

// maxInline bounds how much inline code is allowed by its hash: proxies take only so long a header.
const maxInline = 48

// policy returns the policy of a page that has these extensions: as strict as without them, but for what their patches have inline, each
// by its hash, for fonts within their style sheets, and for hosts that the operator allows.
func (e Extensions) policy(logger *slog.Logger) string {
	inline, left := e.Set.Inline(), maxInline
	hashes := func(list []string) []string {
		if len(list) > left {
			logger.Warn("HTML patches have more inline styles and handlers than can be allowed; put them into files", "most", maxInline)
			list = list[:left]
		}
		left -= len(list)
		return hashesOf(list)
	}
	added := map[string][]string{
		"style-src": slices.Concat(hashes(inline.Styles), e.Hosts),
		"img-src":   e.Hosts, "media-src": e.Hosts, "font-src": e.Hosts,
	}
	if e.Set.DataFonts() {
		added["font-src"] = append([]string{"data:"}, e.Hosts...)
	}
	var list []directive
	for _, d := range directives {
		list = append(list, directive{d.name, slices.Concat(d.values, added[d.name])})
	}
	for _, attribute := range []struct {
		name  string
		texts []string
	}{{"script-src-attr", inline.Handlers}, {"style-src-attr", inline.StyleAttributes}} {
		if values := hashes(attribute.texts); len(values) > 0 {
			list = append(list, directive{attribute.name, append([]string{"'unsafe-hashes'"}, values...)})
		}
	}
	return policyOf(list)
}

func hashesOf(list []string) []string {
	hashes := make([]string, 0, len(list))
	for _, text := range list {
		sum := sha256.Sum256([]byte(text))
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return hashes
}

// hostForm is that of the hosts which an operator may allow.
var hostForm = regexp.MustCompile(`^https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?$`)

func checkHosts(hosts []string) error {
	for _, host := range hosts {
		if !hostForm.MatchString(host) {
			return fmt.Errorf("gateway: %q is no host that extensions can load from; write it as https://HOST or https://*.DOMAIN", host)
		}
	}
	return nil
}

// reportExternal tells which extensions load from hosts that the policy does not allow.
func (e Extensions) reportExternal(logger *slog.Logger) {
	for _, installed := range e.Set {
		for _, origin := range installed.External() {
			if !e.allows(origin) {
				logger.Warn("extension loads from another server, which browsers will refuse unless extension-hosts allows it",
					"extension", installed.Namespace, "host", origin)
			}
		}
	}
}

func (e Extensions) allows(origin string) bool {
	return slices.ContainsFunc(e.Hosts, func(host string) bool {
		scheme, name, _ := strings.Cut(host, "://")
		found, rest, _ := strings.Cut(origin, "//")
		domain, wild := strings.CutPrefix(name, "*.")
		return (found == "" || found == scheme+":") && (strings.EqualFold(rest, name) || wild && strings.HasSuffix(rest, "."+strings.ToLower(domain)))
	})
}
