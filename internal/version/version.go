// SPDX-License-Identifier: Apache-2.0

// Package version says which build of Palta this is.
package version

import (
	"runtime"
	"runtime/debug"
)

// number is the release; the build sets it with -ldflags "-X .../internal/version.number=1.2.3".
var number = "0.0.0-dev"

// Number returns the release, such as 1.2.3.
func Number() string { return number }

// String returns the release with what the toolchain knows of the build, on one line.
func String() string {
	text := "palta " + number
	if revision := revision(); revision != "" {
		text += " (" + revision + ")"
	}
	return text + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}

// revision returns the start of the commit, with "+" if the tree had further changes.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	commit, modified := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			modified = "+"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + modified
}
