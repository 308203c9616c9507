// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// firstTrim is when a connection has usually drawn its first picture, and its display
	// has let go of what that took, which is after two seconds without a frame.
	firstTrim = 4 * time.Second
	// trimInterval is how often an idle worker is looked for later.
	trimInterval = 15 * time.Second
	// idleAllocation is how much an idle worker allocates in that time at most.
	idleAllocation = 1 << 20
)

// trim gives memory back to the system when the worker becomes idle: what it took to
// connect, or for the last busy time. It returns when ctx ends.
func trim(ctx context.Context) {
	timer := time.NewTimer(firstTrim)
	defer timer.Stop()
	var seen, trimmed uint64 // bytes allocated until the last look, and the last trim
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		allocated := allocatedBytes()
		idle := seen == 0 || allocated-seen < idleAllocation
		if idle && allocated-trimmed >= idleAllocation {
			debug.FreeOSMemory()
			trimmed = allocated
		}
		seen = allocated
		timer.Reset(trimInterval)
	}
}

// allocatedBytes returns how much the process has allocated in its life.
func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
