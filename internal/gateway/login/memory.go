// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// MemoryRecords is a directory.LoginRecords for gateways of one process. Its zero value has no logins. It is safe for concurrent use, and
// calls nobody while its lock is held.
type MemoryRecords struct {
	mu      sync.RWMutex
	records map[directory.LoginKey]directory.LoginRecord
	watches []*func(key directory.LoginKey, reason string)
}

// Watch implements directory.LoginRecords.
func (m *MemoryRecords) Watch(ended func(key directory.LoginKey, reason string)) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	watch := &ended
	m.watches = append(slices.Clone(m.watches), watch)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.watches = slices.DeleteFunc(slices.Clone(m.watches), func(w *func(directory.LoginKey, string)) bool { return w == watch })
	}
}

// Create implements directory.LoginRecords.
func (m *MemoryRecords) Create(ctx context.Context, record directory.LoginRecord) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = make(map[directory.LoginKey]directory.LoginRecord)
	}
	m.records[record.Key] = record
	return nil
}

// Find implements directory.LoginRecords.
func (m *MemoryRecords) Find(ctx context.Context, key directory.LoginKey) (directory.LoginRecord, error) {
	if err := ctx.Err(); err != nil {
		return directory.LoginRecord{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	record, ok := m.records[key]
	if !ok {
		return record, errEnded()
	}
	return record, nil
}

// errEnded is for a login that is not there.
func errEnded() error { return directory.Errorf(directory.NotFound, "No such login.") }

// Update implements directory.LoginRecords.
func (m *MemoryRecords) Update(
	ctx context.Context, key directory.LoginKey, change func(record *directory.LoginRecord),
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	record, ok := m.records[key]
	if !ok {
		return errEnded()
	}
	change(&record)
	m.records[key] = record
	return nil
}

// Delete implements directory.LoginRecords.
func (m *MemoryRecords) Delete(ctx context.Context, key directory.LoginKey, reason string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	_, ok := m.records[key]
	delete(m.records, key)
	watches := m.watches
	m.mu.Unlock()
	if !ok {
		return errEnded()
	}
	for _, ended := range watches {
		(*ended)(key, reason)
	}
	return nil
}

// Idle implements directory.LoginRecords.
func (m *MemoryRecords) Idle(ctx context.Context, before time.Time) ([]directory.LoginRecord, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var idle []directory.LoginRecord
	for _, record := range m.records {
		if record.Last.Before(before) {
			idle = append(idle, record)
		}
	}
	return idle, nil
}
