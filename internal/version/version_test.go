// SPDX-License-Identifier: Apache-2.0

package version

import (
	"strings"
	"testing"
)

func TestStringNamesTheReleaseOnOneLine(t *testing.T) {
	got := String()
	if !strings.HasPrefix(got, "palta "+Number()) || strings.Contains(got, "\n") {
		t.Errorf("String() = %q, want one line that begins with the release %q", got, Number())
	}
}
