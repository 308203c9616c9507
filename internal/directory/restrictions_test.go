// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// outcome returns the translation key of a check, or "ok".
func outcome(t *testing.T, r directory.Restrictions, now time.Time) string {
	t.Helper()
	err := r.Check(now)
	if err == nil {
		return "ok"
	}
	var e *directory.Error
	if !errors.As(err, &e) || e.Kind != directory.Invalid {
		t.Fatalf("got error %v, want an invalid one", err)
	}
	return e.Translatable.Key
}

func at(t *testing.T, text string) *directory.TimeOfDay {
	t.Helper()
	if text == "" {
		return nil
	}
	parsed, err := directory.ParseTimeOfDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return &parsed
}

func TestAccountIsValidFromTheFirstDayThroughTheLast(t *testing.T) {
	// Features: RES-03
	day := func(d int) directory.Date { return directory.Date{Year: 2026, Month: time.March, Day: d} }
	for _, test := range []struct {
		from, until directory.Date
		now         time.Time
		want        string
	}{
		{day(10), day(12), time.Date(2026, 3, 9, 23, 59, 59, 999e6, time.UTC), "LOGIN.ERROR_NOT_VALID"},
		{day(10), day(12), time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), "ok"},
		{day(10), day(12), time.Date(2026, 3, 12, 23, 59, 59, 999e6, time.UTC), "ok"},
		{day(10), day(12), time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC), "LOGIN.ERROR_NOT_VALID"},
		{day(10), directory.Date{}, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), "ok"},
		{directory.Date{}, day(12), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), "ok"},
		{day(12), day(10), time.Date(2026, 3, 11, 0, 0, 0, 0, time.UTC), "LOGIN.ERROR_NOT_VALID"},
	} {
		got := outcome(t, directory.Restrictions{ValidFrom: test.from, ValidUntil: test.until}, test.now)
		if got != test.want {
			t.Errorf("from %v until %v at %v: got %s, want %s", test.from, test.until, test.now, got, test.want)
		}
	}
}

func TestAccessWindowIncludesItsBoundsAndMayCrossMidnight(t *testing.T) {
	// Features: RES-04
	const closed = "LOGIN.ERROR_NOT_ACCESSIBLE"
	for _, test := range []struct{ start, end, now, want string }{
		{"08:00:00", "17:00:00", "07:59:59", closed},
		{"08:00:00", "17:00:00", "08:00:00", "ok"},
		{"08:00:00", "17:00:00", "17:00:00", "ok"},
		{"08:00:00", "17:00:00", "17:00:01", closed},
		{"22:00:00", "06:00:00", "21:59:59", closed},
		{"22:00:00", "06:00:00", "22:00:00", "ok"},
		{"22:00:00", "06:00:00", "00:00:00", "ok"},
		{"22:00:00", "06:00:00", "06:00:00", "ok"},
		{"22:00:00", "06:00:00", "12:00:00", closed},
		{"08:00:00", "", "23:59:59", "ok"},
		{"08:00:00", "", "00:00:00", closed},
		{"", "17:00:00", "00:00:00", "ok"},
		{"", "17:00:00", "18:00:00", closed},
		{"", "", "03:00:00", "ok"},
	} {
		now, err := time.Parse(time.TimeOnly, test.now)
		if err != nil {
			t.Fatal(err)
		}
		got := outcome(t, directory.Restrictions{WindowStart: at(t, test.start), WindowEnd: at(t, test.end)}, now)
		if got != test.want {
			t.Errorf("%s to %s at %s: got %s, want %s", test.start, test.end, test.now, got, test.want)
		}
	}
}

func TestRestrictionsAreInTheZoneOfTheAccount(t *testing.T) {
	// Features: RES-03, RES-04
	noonUTC := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ zone, start, end, want string }{
		{"", "12:00:00", "12:00:01", "ok"},
		{"Asia/Tokyo", "21:00:00", "21:00:01", "ok"},
		{"America/New_York", "07:00:00", "07:00:01", "ok"},
		{"GMT+2", "14:00:00", "14:00:01", "ok"},
		{"GMT-02:30", "09:30:00", "09:30:01", "ok"},
		{"GMT+0530", "17:30:00", "17:30:01", "ok"},
		{"Mars/Olympus", "12:00:00", "12:00:01", "ok"},
		{"../../etc/passwd", "12:00:00", "12:00:01", "ok"},
		{"GMT+99", "12:00:00", "12:00:01", "ok"},
	} {
		r := directory.Restrictions{Timezone: test.zone, WindowStart: at(t, test.start), WindowEnd: at(t, test.end)}
		if got := outcome(t, r, noonUTC); got != test.want {
			t.Errorf("%q: got %s, want %s", test.zone, got, test.want)
		}
	}
	// In Tokyo it is already the next day.
	r := directory.Restrictions{Timezone: "Asia/Tokyo", ValidFrom: directory.Date{Year: 2026, Month: 11, Day: 25}}
	if got := outcome(t, r, noonUTC.Add(3*time.Hour)); got != "ok" {
		t.Errorf("got %s on the first day in Tokyo", got)
	}
	// Without a zone of its own the account is in that of the server.
	server := time.FixedZone("server", 3600)
	r = directory.Restrictions{WindowStart: at(t, "13:00:00"), WindowEnd: at(t, "13:00:01")}
	if got := outcome(t, r, noonUTC.In(server)); got != "ok" {
		t.Errorf("got %s in the zone of the server", got)
	}
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"2026-01-31", "0000-01-01", "2024-02-29", "2023-02-29", "9999-12-31", "2026-1-1", "", "+026-01-01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := directory.ParseDate(text)
		if err != nil {
			return
		}
		if got := d.String(); got != text {
			t.Errorf("%q reads as %q", text, got)
		}
		if d.Compare(d) != 0 || d.Compare(directory.Date{Year: d.Year + 1, Month: 1, Day: 1}) != -1 {
			t.Errorf("%q does not compare", text)
		}
	})
}

func FuzzTimeOfDay(f *testing.F) {
	for _, seed := range []string{"00:00:00", "23:59:59", "24:00:00", "8:00", "08:00", "08:00:00.5", "08:60:00", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := directory.ParseTimeOfDay(text)
		if err != nil {
			return
		}
		if got := parsed.String(); got != text && got != text+":00" {
			t.Errorf("%q reads as %q", text, got)
		}
		if parsed < 0 || time.Duration(parsed) >= 24*time.Hour {
			t.Errorf("%q is outside of a day", text)
		}
	})
}

func FuzzRestrictions(f *testing.F) {
	f.Add("Europe/Berlin", "22:00:00", "06:00:00", int64(1_700_000_000))
	f.Add("GMT+2", "08:00:00", "", int64(0))
	f.Add("GMT-0230", "", "17:00:00", int64(-1))
	f.Add("Local", "00:00:00", "00:00:00", int64(1<<40))
	f.Fuzz(func(t *testing.T, zone, start, end string, seconds int64) {
		var r directory.Restrictions
		r.Timezone = zone
		if parsed, err := directory.ParseTimeOfDay(start); err == nil {
			r.WindowStart = &parsed
		}
		if parsed, err := directory.ParseTimeOfDay(end); err == nil {
			r.WindowEnd = &parsed
		}
		now := time.Unix(seconds%(1<<40), 0).UTC()
		open := r.Check(now) == nil
		if r.WindowStart == nil && r.WindowEnd == nil && !open {
			t.Error("no window is closed")
		}
		if r.WindowStart == nil || r.WindowEnd == nil || *r.WindowStart == *r.WindowEnd {
			return
		}
		// A window and the one with its bounds exchanged cover the day, and overlap at the bounds only.
		inverse := r
		inverse.WindowStart, inverse.WindowEnd = r.WindowEnd, r.WindowStart
		if !open && inverse.Check(now) != nil {
			t.Errorf("neither %v to %v nor the inverse is open at %v in %q", *r.WindowStart, *r.WindowEnd, now, zone)
		}
	})
}
