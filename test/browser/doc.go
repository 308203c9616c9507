// SPDX-License-Identifier: Apache-2.0

// Package browser has whole journeys in real browsers against a gateway and real hosts. The
// steps are in web/e2e; this package starts what they need.
package browser
