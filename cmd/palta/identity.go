// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/palta-gateway/palta/internal/store"
)

// identityFile is the file in the data directory with the identity of the gateway.
const identityFile = "gateway-id"

// beatInterval is how often the database learns that the gateway is alive, which bounds how wrong the ends are that a crash leaves in the history.
const beatInterval = time.Minute

// identity returns the gateway's own, which it keeps in its data directory from its first start on.
func identity(directory string) (string, error) {
	path := filepath.Join(directory, identityFile)
	text, err := os.ReadFile(path)
	if err == nil {
		id, err := uuid.Parse(strings.TrimSpace(string(text)))
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		return id.String(), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", err
	}
	id := uuid.NewString()
	return id, os.WriteFile(path, []byte(id+"\n"), 0o600)
}

// ownRecords makes the records of the history this gateway's, and ends those that it left open.
func ownRecords(ctx context.Context, directory string, logger *slog.Logger, db *store.Store) error {
	id, err := identity(directory)
	if err != nil {
		logger.Warn("gateway has no identity: should it crash, the sessions and logins of that time stay open in the history", "error", err)
		id = uuid.NewString()
	}
	if err := db.Own(ctx, id); err != nil {
		return fmt.Errorf("end the records of sessions that a crash cut off: %w", err)
	}
	return nil
}

// beater is a database that keeps when the gateway was last alive.
type beater interface {
	Beat(ctx context.Context) error
}

// beat tells the database that the gateway is alive, until ctx ends.
func beat(ctx context.Context, logger *slog.Logger, db beater) {
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := db.Beat(ctx); err != nil && ctx.Err() == nil {
				logger.WarnContext(ctx, "database does not know that the gateway is alive", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}
