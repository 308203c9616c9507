// SPDX-License-Identifier: Apache-2.0

// Package logintest is the definition of a directory.LoginRecords: what [Run] asserts holds for every implementation.
package logintest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
)

// Run tests an implementation, of which open returns one without logins.
func Run(t *testing.T, open func(t *testing.T) directory.LoginRecords) {
	for name, test := range map[string]func(t *testing.T, records directory.LoginRecords){
		"a login is kept and changed":     aLoginIsKeptAndChanged,
		"no change is lost":               noChangeIsLost,
		"a login ends once, for everyone": aLoginEndsOnceForEveryone,
		"idle logins are found":           idleLoginsAreFound,
		"an ended context is an error":    anEndedContextIsAnError,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func start() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func login(n byte) directory.LoginRecord {
	return directory.LoginRecord{
		Key: directory.LoginKey{n}, Start: start(), Last: start(), Login: []byte(`{"n":1}`), Affinity: map[string]string{"g": "c"},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func aLoginIsKeptAndChanged(t *testing.T, records directory.LoginRecords) {
	want := login(1)
	must(t, records.Create(t.Context(), want))
	must(t, records.Create(t.Context(), login(2)))
	got, err := records.Find(t.Context(), want.Key)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	must(t, records.Update(t.Context(), want.Key, func(r *directory.LoginRecord) {
		r.Last, r.Login, r.Affinity = r.Last.Add(time.Minute), []byte(`{"n":2}`), map[string]string{"g": "d"}
	}))
	want.Last, want.Login, want.Affinity = want.Last.Add(time.Minute), []byte(`{"n":2}`), map[string]string{"g": "d"}
	got, err = records.Find(t.Context(), want.Key)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if _, err := records.Find(t.Context(), directory.LoginKey{3}); !errors.Is(err, directory.NotFound) {
		t.Errorf("found what is not there: %v", err)
	}
	if err := records.Update(t.Context(), directory.LoginKey{3}, func(*directory.LoginRecord) {}); !errors.Is(err, directory.NotFound) {
		t.Errorf("changed what is not there: %v", err)
	}
}

func noChangeIsLost(t *testing.T, records directory.LoginRecords) {
	must(t, records.Create(t.Context(), login(1)))
	const changes = 50
	var group sync.WaitGroup
	for range changes {
		group.Go(func() {
			err := records.Update(t.Context(), directory.LoginKey{1}, func(r *directory.LoginRecord) { r.Last = r.Last.Add(time.Second) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, err := records.Find(t.Context(), directory.LoginKey{1})
	must(t, err)
	if want := start().Add(changes * time.Second); !got.Last.Equal(want) {
		t.Errorf("last access %v, want %v", got.Last, want)
	}
}

func aLoginEndsOnceForEveryone(t *testing.T, records directory.LoginRecords) {
	told := make(chan string, 4)
	watch := func(name string) (stop func()) {
		return records.Watch(func(key directory.LoginKey, reason string) { told <- name + string('0'+rune(key[0])) + reason })
	}
	stop := watch("a")
	defer watch("b")()
	must(t, records.Create(t.Context(), login(1)))
	must(t, records.Create(t.Context(), login(2)))
	must(t, records.Delete(t.Context(), directory.LoginKey{1}, "why"))
	got := []string{<-told, <-told}
	if got[0] > got[1] {
		got[0], got[1] = got[1], got[0]
	}
	if diff := cmp.Diff([]string{"a1why", "b1why"}, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if err := records.Delete(t.Context(), directory.LoginKey{1}, "why"); !errors.Is(err, directory.NotFound) {
		t.Errorf("ended twice: %v", err)
	}
	if _, err := records.Find(t.Context(), directory.LoginKey{1}); !errors.Is(err, directory.NotFound) {
		t.Errorf("found after its end: %v", err)
	}
	stop()
	must(t, records.Delete(t.Context(), directory.LoginKey{2}, "why"))
	if got := <-told; got != "b2why" || len(told) != 0 {
		t.Errorf("told %q, and %d more; want the watch that goes on", got, len(told))
	}
}

func idleLoginsAreFound(t *testing.T, records directory.LoginRecords) {
	must(t, records.Create(t.Context(), login(1)))
	busy := login(2)
	busy.Last = start().Add(time.Hour)
	must(t, records.Create(t.Context(), busy))
	idle, err := records.Idle(t.Context(), start().Add(time.Minute))
	must(t, err)
	if diff := cmp.Diff([]directory.LoginRecord{login(1)}, idle); diff != "" {
		t.Errorf("idle (-want +got):\n%s", diff)
	}
}

func anEndedContextIsAnError(t *testing.T, records directory.LoginRecords) {
	must(t, records.Create(t.Context(), login(1)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, findErr := records.Find(ctx, directory.LoginKey{1})
	_, idleErr := records.Idle(ctx, start().Add(time.Hour))
	for name, err := range map[string]error{
		"Create": records.Create(ctx, login(2)), "Find": findErr, "Idle": idleErr,
		"Update": records.Update(ctx, directory.LoginKey{1}, func(*directory.LoginRecord) {}),
		"Delete": records.Delete(ctx, directory.LoginKey{1}, "why"),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want that the context has ended", name, err)
		}
	}
	if _, err := records.Find(t.Context(), directory.LoginKey{1}); err != nil {
		t.Errorf("the login is gone: %v", err)
	}
}
