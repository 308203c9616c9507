// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/auth"
)

func TestOrderFollowsThePriority(t *testing.T) {
	for _, test := range []struct{ items, priority, want string }{
		{"header sqlite totp", "", "header sqlite totp"},
		{"header sqlite totp", "totp", "totp header sqlite"},
		{"header sqlite totp", "totp sqlite", "totp sqlite header"},
		{"header sqlite totp", "* header", "sqlite totp header"},
		{"header sqlite totp", "sqlite * header", "sqlite totp header"},
		{"header sqlite totp", "ldap *", "header sqlite totp"},
		{"", "totp", ""},
	} {
		got := auth.Order(strings.Fields(test.items), func(s string) string { return s }, strings.Fields(test.priority))
		if !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%q by %q: %q, want %q", test.items, test.priority, got, test.want)
		}
	}
}
