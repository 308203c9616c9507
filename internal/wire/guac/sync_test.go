// SPDX-License-Identifier: Apache-2.0

package guac

import "testing"

func TestTrailingSync(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"4.sync,3.123;", 123, true},
		{"4.name,1.x;4.sync,13.1700000000000;", 1700000000000, true},
		{"4.sync,3.123;3.nop;", 0, false},
		{"4.sync,3.123", 0, false},
		{"4.sync,1.x;", 0, false},
		{"", 0, false},
		{string(AppendSync(nil, -1<<63)), -1 << 63, true},
	} {
		if got, ok := TrailingSync([]byte(tc.in)); got != tc.want || ok != tc.ok {
			t.Errorf("TrailingSync(%q) = %d, %v, want %d, %v", tc.in, got, ok, tc.want, tc.ok)
		}
	}
}
