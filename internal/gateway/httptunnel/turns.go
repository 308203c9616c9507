// SPDX-License-Identifier: Apache-2.0

package httptunnel

import (
	"context"
	"slices"
	"sync"
)

// turns lets requests through one after the other, in the order in which they came. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	taken bool
	queue []chan struct{}
}

// take waits for the caller's turn, which ends with pass.
func (t *turns) take(ctx context.Context) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	t.queue = append(t.queue, turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		if !t.leave(turn) {
			t.pass() // the turn came at the same moment
		}
		return ctx.Err()
	}
}

// leave takes a waiting caller out of the queue; false if its turn has come.
func (t *turns) leave(turn chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.queue, turn)
	if i < 0 {
		return false
	}
	t.queue = slices.Delete(t.queue, i, i+1)
	return true
}

// pass ends the caller's turn and begins that of the next one.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.taken = false
		return
	}
	close(t.queue[0])
	t.queue = t.queue[1:]
}

// waiting reports whether anybody waits for a turn.
func (t *turns) waiting() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue) > 0
}
