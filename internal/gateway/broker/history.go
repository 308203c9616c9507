// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
)

// Bounds of storing the ends of records.
const (
	endTimeout    = 5 * time.Second
	retryInterval = 15 * time.Second
	maxUnstored   = 10000 // ends kept for later while the database is away
)

// history stores the ends of records, again and again if the database is away.
type history struct {
	logger *slog.Logger

	mu       sync.Mutex
	unstored []recordEnd
}

// recordEnd is the end of one record, not stored yet.
type recordEnd struct {
	recorder directory.HistoryRecorder
	record   string // identifier
	end      time.Time
}

// recorderOf returns who keeps the history of a data source: itself, or else the first of the login's data sources that can.
func recorderOf(session *login.Login, uc directory.UserContext) (directory.HistoryRecorder, bool) {
	if recorder, ok := directory.As[directory.HistoryRecorder](uc); ok {
		return recorder, true
	}
	for _, other := range session.Contexts() {
		if recorder, ok := directory.As[directory.HistoryRecorder](other); ok {
			return recorder, true
		}
	}
	return nil, false
}

// end stores the end of a record now, or later if that fails.
func (h *history) end(ctx context.Context, e recordEnd) {
	if err := e.store(ctx); err != nil {
		h.logger.ErrorContext(ctx, "end of a session is not in the history yet", "record", e.record, "error", err)
		h.keep([]recordEnd{e})
	}
}

func (e recordEnd) store(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	err := e.recorder.EndConnection(ctx, e.record, e.end)
	if errors.Is(err, directory.NotFound) {
		return nil // deleted meanwhile
	}
	return err
}

func (h *history) keep(ends []recordEnd) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unstored = append(h.unstored, ends...)
	if excess := len(h.unstored) - maxUnstored; excess > 0 {
		h.logger.Error("history is incomplete: too many session ends could not be stored", "lost", excess)
		h.unstored = h.unstored[excess:]
	}
}

// retry stores what could not be stored before. It stops at the first failure.
func (h *history) retry(ctx context.Context) {
	h.mu.Lock()
	ends := h.unstored
	h.unstored = nil
	h.mu.Unlock()
	for i, e := range ends {
		if err := e.store(ctx); err != nil {
			h.keep(ends[i:])
			return
		}
	}
}
