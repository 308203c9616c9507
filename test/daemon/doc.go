// SPDX-License-Identifier: Apache-2.0

// Package daemon tests `palta guacd` as a process, with clients on TCP and real hosts.
package daemon
