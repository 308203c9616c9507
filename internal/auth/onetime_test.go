// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

func put(t *testing.T, m *MemoryOneTime, purpose, value string, lifetime time.Duration) string {
	t.Helper()
	key, err := m.Put(t.Context(), purpose, []byte(value), lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestOneTimeValueIsTakenOnce(t *testing.T) {
	m := &MemoryOneTime{}
	key := put(t, m, "saml", "verifier", time.Minute)
	if other := put(t, m, "saml", "verifier", time.Minute); other == key || len(key) < 26 {
		t.Errorf("keys %q and %q of two values", key, other)
	}
	for _, wrong := range []struct{ purpose, key string }{{"oidc", key}, {"saml", key + "x"}, {"saml", ""}, {"sam", "l" + key}} {
		if value, err := m.Take(t.Context(), wrong.purpose, wrong.key); !errors.Is(err, directory.NotFound) {
			t.Errorf("%q and %q take %q, error %v", wrong.purpose, wrong.key, value, err)
		}
	}
	if value, err := m.Take(t.Context(), "saml", key); err != nil || string(value) != "verifier" {
		t.Errorf("Take = %q, %v", value, err)
	}
	if value, err := m.Take(t.Context(), "saml", key); !errors.Is(err, directory.NotFound) {
		t.Errorf("second Take = %q, %v", value, err)
	}
}

func TestOneTimeValueIsTakenByOneOfMany(t *testing.T) {
	m := &MemoryOneTime{}
	key := put(t, m, "x", "v", time.Minute)
	var taken atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := m.Take(t.Context(), "x", key); err == nil {
				taken.Add(1)
			}
		})
	}
	if all.Wait(); taken.Load() != 1 {
		t.Errorf("taken %d times", taken.Load())
	}
}

func TestOneTimeValueExpiresAndIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &MemoryOneTime{}
		early, late := put(t, m, "x", "early", time.Minute), put(t, m, "x", "late", time.Hour)
		time.Sleep(time.Minute + 1)
		put(t, m, "x", "new", time.Minute)
		if len(m.byHash) != 2 || m.order.Len() != 2 {
			t.Errorf("%d values are kept, %d in order; want the two that live", len(m.byHash), m.order.Len())
		}
		if value, err := m.Take(t.Context(), "x", early); !errors.Is(err, directory.NotFound) {
			t.Errorf("an old value is taken: %q, %v", value, err)
		}
		time.Sleep(time.Hour - 2*time.Minute)
		if value, err := m.Take(t.Context(), "x", late); err != nil || string(value) != "late" {
			t.Errorf("Take = %q, %v", value, err)
		}
		last := put(t, m, "x", "last", time.Minute)
		time.Sleep(time.Minute + 1)
		if _, err := m.Take(t.Context(), "x", last); !errors.Is(err, directory.NotFound) {
			t.Errorf("an old value that nothing has swept is taken: %v", err)
		}
	})
}

func TestOneTimeValuesAreBounded(t *testing.T) {
	m := &MemoryOneTime{}
	if _, err := m.Put(t.Context(), "x", bytes.Repeat([]byte("v"), MaxOneTimeValue+1), time.Minute); !errors.Is(err, directory.TooLarge) {
		t.Errorf("a large value: error %v", err)
	}
	first := put(t, m, "x", "first", time.Hour)
	second := put(t, m, "x", "second", time.Hour)
	for i := range maxOneTimeValues - 1 {
		put(t, m, "x", fmt.Sprint(i), time.Hour)
	}
	if len(m.byHash) != maxOneTimeValues || m.order.Len() != maxOneTimeValues {
		t.Errorf("%d values are kept, %d in order", len(m.byHash), m.order.Len())
	}
	if _, err := m.Take(t.Context(), "x", first); !errors.Is(err, directory.NotFound) {
		t.Errorf("the oldest value has not made room: %v", err)
	}
	if value, err := m.Take(t.Context(), "x", second); err != nil || string(value) != "second" {
		t.Errorf("the next one has too: %q, %v", value, err)
	}
}
