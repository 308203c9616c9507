// SPDX-License-Identifier: Apache-2.0

// Package gatewaytest has what tests of the gateway talk to: [Guacd], a daemon that does what a test tells it, and
// [Provider], logins with connections and a history in memory.
package gatewaytest
