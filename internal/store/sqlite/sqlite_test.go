// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/store/sqlite"
	"github.com/palta-gateway/palta/internal/store/storetest"
)

// open returns a store in a file that lives as long as the test.
func open(t testing.TB, cfg sqlite.Config) *store.Store {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "palta.db")
	}
	s, err := sqlite.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	// Part of: ADM-24
	storetest.Run(t, func(t testing.TB, options store.Options) *store.Store {
		return open(t, sqlite.Config{Options: options})
	})
}

func TestGatewaysOnOneDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "palta.db")
	storetest.Gateways(t, func(t testing.TB, options store.Options) *store.Store {
		return open(t, sqlite.Config{Path: path, Options: options})
	})
}
