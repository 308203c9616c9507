// SPDX-License-Identifier: Apache-2.0

package login

import (
	"container/list"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// Bounds of the throttle. An address may fail more often than a pair of address and user name, because many people may share one.
var (
	pairLimits    = throttleLimits{failures: 5, parallel: 32}
	addressLimits = throttleLimits{failures: 50, parallel: 256}
)

// throttleLimits are those of one kind of key.
type throttleLimits struct {
	failures int // more of them block
	parallel int // attempts at the same time while none has failed; after a failure they count as failures until they end
}

const (
	throttleBase    = 2 * time.Second // how long the first excess failure blocks; each further one doubles it
	throttleMax     = 5 * time.Minute
	throttleMemory  = 15 * time.Minute // failures older than this are forgotten
	throttleEntries = 20000            // the least recently used are forgotten beyond this: about 4 MB
	maxKeyName      = 256              // of a user name in a key
)

// throttle counts failed logins by client address and user name, and by client address alone. A user name alone is never
// blocked: that would let anybody lock anybody out.
type throttle struct {
	mu      sync.Mutex
	entries map[throttleKey]*list.Element
	recent  *list.List // of *throttleEntry, the latest used first
}

type throttleKey struct{ address, username string }

type throttleEntry struct {
	key      throttleKey
	failures int
	pending  int // attempts that have not ended
	last     time.Time
	until    time.Time
}

func newThrottle() *throttle {
	return &throttle{entries: make(map[throttleKey]*list.Element), recent: list.New()}
}

// tooManyAttempts is what a blocked client is told, in upstream's words.
func tooManyAttempts(wait time.Duration) error {
	return &directory.Error{
		Kind:         directory.TooMany,
		Message:      "Too many failed authentication attempts. Please try again later.",
		Translatable: directory.Message{Key: "LOGIN.ERROR_TOO_MANY_ATTEMPTS"},
		Err:          waitError(wait),
	}
}

// waitError says in the log how long the client stays blocked.
type waitError time.Duration

func (w waitError) Error() string {
	return "blocked for another " + time.Duration(w).Round(time.Second).String()
}

// outcome is how an attempt ended.
type outcome int

const (
	wrongGuess outcome = iota
	rightGuess
	noGuess // the credentials were not looked at, or are right as far as they go
)

// begin opens an attempt, which settle must close. It returns an error if the client has to wait.
func (t *throttle) begin(address, username string, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	pair, alone := throttleKeys(address, username)
	entries := []*throttleEntry{t.entryLocked(pair, now), t.entryLocked(alone, now)}
	for i, limits := range []throttleLimits{pairLimits, addressLimits} {
		if wait := entries[i].wait(limits, now); wait > 0 {
			return tooManyAttempts(wait)
		}
	}
	for _, entry := range entries {
		entry.pending++
	}
	return nil
}

// settle closes an attempt.
func (t *throttle) settle(address, username string, how outcome, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pair, alone := throttleKeys(address, username)
	t.entryLocked(pair, now).settle(pairLimits, how, now)
	t.entryLocked(alone, now).settle(addressLimits, how, now)
	if how == rightGuess {
		t.entryLocked(pair, now).failures = 0
	}
	for _, key := range []throttleKey{pair, alone} {
		if entry := t.entryLocked(key, now); entry.failures == 0 && entry.pending == 0 {
			t.removeLocked(key)
		}
	}
}

// wait returns how long the next attempt has to wait, zero if it need not.
func (e *throttleEntry) wait(limits throttleLimits, now time.Time) time.Duration {
	allowed := limits.parallel
	if e.failures > 0 {
		allowed = limits.failures
	}
	switch {
	case e.until.After(now):
		return e.until.Sub(now)
	case e.pending > 0 && e.failures+e.pending >= allowed:
		return throttleBase
	}
	return 0
}

func (e *throttleEntry) settle(limits throttleLimits, how outcome, now time.Time) {
	e.pending = max(0, e.pending-1)
	if how != wrongGuess {
		return
	}
	e.failures++
	e.last = now
	if excess := e.failures - limits.failures; excess >= 0 {
		wait := time.Duration(float64(throttleBase) * math.Pow(2, float64(min(excess, 30))))
		e.until = now.Add(min(wait, throttleMax))
	}
}

// entryLocked returns the entry of key, a fresh one if there is none or it is too old.
func (t *throttle) entryLocked(key throttleKey, now time.Time) *throttleEntry {
	if element, ok := t.entries[key]; ok {
		entry := element.Value.(*throttleEntry)
		t.recent.MoveToFront(element)
		if entry.failures > 0 && now.Sub(entry.last) > throttleMemory {
			entry.failures = 0
		}
		return entry
	}
	for len(t.entries) >= throttleEntries {
		t.removeLocked(t.recent.Back().Value.(*throttleEntry).key)
	}
	entry := &throttleEntry{key: key, last: now}
	t.entries[key] = t.recent.PushFront(entry)
	return entry
}

func (t *throttle) removeLocked(key throttleKey) {
	if element, ok := t.entries[key]; ok {
		t.recent.Remove(element)
		delete(t.entries, key)
	}
}

// throttleKeys returns the keys of an attempt. Of an IPv6 address the network counts, since a client owns all of it.
func throttleKeys(address, username string) (pair, alone throttleKey) {
	if ip, err := netip.ParseAddr(address); err == nil {
		ip = ip.Unmap().WithZone("")
		if ip.Is6() {
			if network, err := ip.Prefix(64); err == nil {
				ip = network.Addr()
			}
		}
		address = ip.String()
	}
	name := strings.ToLower(username[:min(len(username), maxKeyName)])
	// The mark keeps the pair with an empty name apart from the address alone.
	return throttleKey{address, "=" + name}, throttleKey{address: address}
}
