// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"container/list"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// OneTime keeps what a login under way has to find again once: a state, a nonce, the verifier of PKCE.
// One that lives in a database lets another gateway take what this one has put.
type OneTime interface {
	// Put keeps a value, of at most [MaxOneTimeValue] bytes, for a time and returns the key to it, which cannot be guessed.
	// The purpose, such as the provider's name, keeps the keys of one use from serving another.
	Put(ctx context.Context, purpose string, value []byte, lifetime time.Duration) (key string, err error)
	// Take returns the value and forgets it. The error is a directory.NotFound if the key is unknown, too old or used.
	Take(ctx context.Context, purpose, key string) (value []byte, err error)
}

// Bounds of what is kept, together 32 MiB.
const (
	MaxOneTimeValue  = 1 << 10
	maxOneTimeValues = 1 << 15
)

// MemoryOneTime is a [OneTime] for one gateway. If there are too many values, the oldest are given up. It is safe for concurrent use.
//
// Only hashes of keys are kept and compared, so that the time of a search tells nothing of the keys.
type MemoryOneTime struct {
	mu     sync.Mutex
	byHash map[[sha256.Size]byte]*list.Element
	order  list.List // of *oneTimeValue, the oldest in front
}

type oneTimeValue struct {
	hash    [sha256.Size]byte
	value   []byte
	expires time.Time
}

func hashOneTime(purpose, key string) [sha256.Size]byte {
	return sha256.Sum256([]byte(purpose + "\x00" + key))
}

// Put implements OneTime.
func (m *MemoryOneTime) Put(_ context.Context, purpose string, value []byte, lifetime time.Duration) (string, error) {
	if len(value) > MaxOneTimeValue {
		return "", directory.Errorf(directory.TooLarge, "auth: a one-time value of %d bytes; %d are allowed", len(value), MaxOneTimeValue)
	}
	key := rand.Text()
	kept := &oneTimeValue{hash: hashOneTime(purpose, key), value: slices.Clone(value), expires: time.Now().Add(lifetime)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tidyLocked()
	if m.byHash == nil {
		m.byHash = make(map[[sha256.Size]byte]*list.Element)
	}
	m.byHash[kept.hash] = m.order.PushBack(kept)
	return key, nil
}

// Take implements OneTime.
func (m *MemoryOneTime) Take(_ context.Context, purpose, key string) ([]byte, error) {
	hash := hashOneTime(purpose, key)
	m.mu.Lock()
	defer m.mu.Unlock()
	element, ok := m.byHash[hash]
	if !ok {
		return nil, directory.Errorf(directory.NotFound, "No such one-time value.")
	}
	kept := m.removeLocked(element)
	if time.Now().After(kept.expires) {
		return nil, directory.Errorf(directory.NotFound, "The one-time value is too old.")
	}
	return kept.value, nil
}

// tidyLocked makes room for one value, and forgets the oldest ones that have expired.
func (m *MemoryOneTime) tidyLocked() {
	for front := m.order.Front(); front != nil; front = m.order.Front() {
		expired := time.Now().After(front.Value.(*oneTimeValue).expires)
		if !expired && m.order.Len() < maxOneTimeValues {
			return
		}
		m.removeLocked(front)
	}
}

func (m *MemoryOneTime) removeLocked(element *list.Element) *oneTimeValue {
	kept := m.order.Remove(element).(*oneTimeValue)
	delete(m.byHash, kept.hash)
	return kept
}
