// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/secret"
)

// set stores a value in the field of an option. The error says what would be right and does not show secrets.
func (o Option) set(c *Config, text string) error {
	switch field := o.field(c).(type) {
	case *secret.String:
		*field = secret.New(text)
		return nil
	case *string:
		return o.setText(field, text)
	case *bool:
		value, err := parseBoolean(text)
		*field = value
		return err
	case *int:
		value, err := o.parseNumber(text)
		*field = int(value)
		return err
	case *int64:
		value, err := o.parseNumber(text)
		*field = value
		return err
	case *time.Duration:
		value, err := o.parseNumber(text)
		unit := time.Minute
		if o.Kind == Seconds {
			unit = time.Second
		}
		*field = time.Duration(value) * unit
		return err
	case *[]string:
		*field = splitList(text)
		return nil
	case *[]netip.Prefix:
		value, err := parseNetworks(text)
		*field = value
		return err
	default:
		return fmt.Errorf("an option of the kind %s has a field of the type %T", o.Kind, field)
	}
}

func (o Option) setText(field *string, text string) error {
	text = strings.TrimSpace(text)
	switch o.Kind {
	case Enum:
		text = strings.ToLower(text)
		if !slices.Contains(o.Values, text) {
			return fmt.Errorf("%q is not known; use one of %s", text, strings.Join(o.Values, ", "))
		}
	case URLPath:
		path, err := parseURLPath(text)
		if err != nil {
			return err
		}
		text = path
	case URL:
		address, err := parseURL(text)
		if err != nil {
			return err
		}
		text = address
	}
	*field = text
	return nil
}

// parseNumber reads a decimal number within the limits of the option.
func (o Option) parseNumber(text string) (int64, error) {
	value, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number; use one from %d to %d", text, o.Min, o.Max)
	}
	if value < o.Min || value > o.Max {
		return 0, fmt.Errorf("%d is out of range; use a number from %d to %d", value, o.Min, o.Max)
	}
	return value, nil
}

func parseBoolean(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

// splitList splits at commas and semicolons and leaves out what is empty.
func splitList(text string) []string {
	var list []string
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// parseNetworks reads addresses and CIDR networks.
func parseNetworks(text string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, item := range splitList(text) {
		if prefix, err := netip.ParsePrefix(item); err == nil {
			networks = append(networks, prefix.Masked())
			continue
		}
		address, err := netip.ParseAddr(item)
		if err != nil || address.Zone() != "" {
			return nil, fmt.Errorf("%q is neither an address nor a network; use forms like 192.0.2.7, 10.0.0.0/8 or ::1", item)
		}
		networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
	}
	return networks, nil
}

// parseURLPath returns a path with a slash at both ends. ROOT is the top, as in upstream's image.
func parseURLPath(text string) (string, error) {
	if text == "ROOT" {
		return "/", nil
	}
	for _, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune("/-._~", r) {
			return "", fmt.Errorf("%q is not a path; use letters, digits, -, ., _, ~ and / only", text)
		}
	}
	path := "/" + strings.Trim(text, "/") + "/"
	if path == "//" {
		return "/", nil
	}
	for _, part := range strings.Split(strings.Trim(path, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return "", errors.New("a path must not have the parts \".\" or \"..\", nor empty ones")
		}
	}
	return path, nil
}

// parseURL returns the address of a web page with a slash at its end.
func parseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not the address of a page; use a form like https://desk.example.org/guacamole/", text)
	}
	return strings.TrimRight(u.String(), "/") + "/", nil
}
