// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"fmt"
	"strings"
)

// conf is what is used of a krb5.conf.
type conf struct {
	defaultRealm string
	// kdcs has the addresses of a realm's KDCs.
	kdcs map[string][]string
	// domains has the realm of a host, or of a domain that begins with a dot.
	domains map[string]string
}

// parseConf reads a krb5.conf. It knows sections, relations and subsections; what it does not
// need, it skips.
func parseConf(text string) (conf, error) {
	c := conf{kdcs: map[string][]string{}, domains: map[string]string{}}
	section, realm, depth, number := "", "", 0, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsAny(line[:1], "#;") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok && depth == 0 {
			name, _, ok = strings.Cut(name, "]")
			if !ok {
				return c, fmt.Errorf("kerberos: krb5.conf: line %d: a section's name does not end", number)
			}
			section = name
			continue
		}
		if strings.HasPrefix(line, "}") {
			if depth == 0 {
				return c, fmt.Errorf("kerberos: krb5.conf: line %d: there is nothing to close", number)
			}
			depth--
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if strings.HasPrefix(line, "include") && !found {
			return c, fmt.Errorf("kerberos: krb5.conf: line %d: no other file can be included", number)
		}
		if !found {
			return c, fmt.Errorf("kerberos: krb5.conf: line %d: has no =", number)
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if strings.HasPrefix(value, "{") {
			if depth++; depth == 1 {
				realm = name
			}
			continue
		}
		c.set(section, realm, depth, name, strings.Trim(value, `"`))
	}
	if depth != 0 {
		return c, fmt.Errorf("kerberos: krb5.conf: ends within { }")
	}
	return c, nil
}

func (c *conf) set(section, realm string, depth int, name, value string) {
	switch {
	case section == "libdefaults" && depth == 0 && name == "default_realm":
		c.defaultRealm = value
	case section == "domain_realm" && depth == 0:
		c.domains[strings.ToLower(name)] = value
	case section == "realms" && depth == 1 && name == "kdc":
		c.kdcs[realm] = append(c.kdcs[realm], strings.TrimSuffix(value, "*"))
	}
}

// realmOf is the realm that krb5.conf gives a host, or "".
func (c *conf) realmOf(host string) string {
	host = strings.ToLower(host)
	if realm, ok := c.domains[host]; ok {
		return realm
	}
	for domain := host; ; {
		at := strings.IndexByte(domain, '.')
		if at < 0 {
			return ""
		}
		if realm, ok := c.domains[domain[at:]]; ok {
			return realm
		}
		domain = domain[at+1:]
	}
}
