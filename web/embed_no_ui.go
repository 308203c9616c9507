// SPDX-License-Identifier: Apache-2.0

//go:build !ui

package web

import "io/fs"

// FS returns the built web application, rooted at the folder of its index.html,
// and whether this binary carries one. Without the build tag ui it does not.
func FS() (fs.FS, bool) {
	return nil, false
}
