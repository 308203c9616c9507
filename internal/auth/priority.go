// SPDX-License-Identifier: Apache-2.0

package auth

import "slices"

// rest stands for all names that a priority does not list.
const rest = "*"

// Order sorts by name as the setting extension-priority wants it: the names that it lists first, in its order; the others, in the
// order that they have, where it says "*", or else at the end.
func Order[T any](items []T, name func(T) string, priority []string) []T {
	others := slices.Index(priority, rest)
	if others < 0 {
		others = len(priority)
	}
	rank := func(item T) int {
		if i := slices.Index(priority, name(item)); i >= 0 {
			return i
		}
		return others
	}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b T) int { return rank(a) - rank(b) })
	return sorted
}
