// SPDX-License-Identifier: Apache-2.0

package session

import (
	"math"
	"strconv"
)

// integer64 reads a number as guacd does: the digits at the start count, whatever
// follows. So the fractions that some clients send for a mouse position do no harm.
func integer64(b []byte) int64 {
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64
			break
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		return -n
	}
	return n
}

// integer is integer64 within 32 bits, of which a keysym needs all.
func integer(b []byte) int {
	return int(min(max(integer64(b), math.MinInt32), math.MaxUint32))
}

// decimal reads a fraction; what is not a finite number counts as 0.
func decimal(b []byte) float64 {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
