// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"math"
	"time"
)

// Windows counts in steps of 100 nanoseconds from the year 1601 ([MS-DTYP] section 2.3.3).
const (
	ticksPerSecond = 10_000_000
	unixEpoch      = 11_644_473_600 // seconds from 1601 to 1970
)

// FileTime returns t as a FILETIME. The zero time, and one that has none, is 0, which says
// "no time".
func FileTime(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	seconds := t.Unix() + unixEpoch
	if seconds < 0 || seconds >= math.MaxInt64/ticksPerSecond {
		return 0
	}
	return uint64(seconds)*ticksPerSecond + uint64(t.Nanosecond()/100)
}

// Time returns a FILETIME as a time in UTC. 0, and the values from -1 down that tell a file
// system to leave a time alone, are the zero time.
func Time(filetime uint64) time.Time {
	if filetime == 0 || filetime > math.MaxInt64 {
		return time.Time{}
	}
	return time.Unix(int64(filetime/ticksPerSecond)-unixEpoch, int64(filetime%ticksPerSecond)*100).UTC()
}
