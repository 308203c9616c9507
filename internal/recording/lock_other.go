// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package recording

import "io"

// lock does nothing: upstream's tools, which look for the lock, run on Linux.
func lock(io.Writer) error { return nil }
