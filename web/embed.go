// SPDX-License-Identifier: Apache-2.0

//go:build ui

package web

import (
	"embed"
	"io/fs"
)

//go:embed all:app/dist
var dist embed.FS

// FS returns the built web application, rooted at the folder of its index.html,
// and whether this binary carries one.
func FS() (fs.FS, bool) {
	app, err := fs.Sub(dist, "app/dist")
	if err != nil {
		return nil, false
	}
	return app, true
}
