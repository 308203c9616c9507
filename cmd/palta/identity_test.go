// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestIdentityIsKeptInTheDataDirectory(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new")
	first, err := identity(data)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := identity(data); err != nil || again != first {
		t.Errorf("identity is %q then %q, %v", first, again, err)
	}
	if other, err := identity(t.TempDir()); err != nil || other == first {
		t.Errorf("another directory has %q too, %v", other, err)
	}
	if err := os.WriteFile(filepath.Join(data, identityFile), []byte("me"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := identity(data); err == nil || !strings.Contains(err.Error(), identityFile) {
		t.Errorf("got error %v, want one that names the file", err)
	}
}

func TestGatewayWithoutAPlaceForItsIdentityStarts(t *testing.T) {
	f := newGatewayFixture(t)
	if err := ownRecords(t.Context(), "/proc/nowhere", slog.New(slog.NewTextHandler(f.log, nil)), f.db); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.log.String(), "gateway has no identity") {
		t.Errorf("the log is %s", f.log)
	}
}

// beats counts beats and refuses the first.
type beats int

func (b *beats) Beat(context.Context) error {
	*b++
	if *b == 1 {
		return errors.New("database away")
	}
	return nil
}

func TestDatabaseLearnsEveryMinuteThatTheGatewayIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counted beats
		var log safeBuffer
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute+30*time.Second)
		defer cancel()
		beat(ctx, slog.New(slog.NewTextHandler(&log, nil)), &counted)
		if counted != 3 {
			t.Errorf("%d beats in three and a half minutes, want 3", counted)
		}
		if got := strings.Count(log.String(), "database away"); got != 1 {
			t.Errorf("the failure is logged %d times, want once", got)
		}
	})
}
