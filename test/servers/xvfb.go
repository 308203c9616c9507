// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"fmt"
	"testing"
)

// StartXvfb starts an empty display in memory.
func StartXvfb(t testing.TB, width, height int) Display {
	t.Helper()
	screen := fmt.Sprintf("%dx%dx24", width, height)
	_, d := startDisplay(t, "xvfb", "Xvfb", []string{"-screen", "0", screen, "-noreset", "-nolisten", "tcp", "-ac"})
	return d
}
