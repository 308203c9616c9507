// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the calendar, in no particular zone. The zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || len(text) != len(time.DateOnly) {
		return Date{}, fmt.Errorf("directory: %q is not a date of the form YYYY-MM-DD", text)
	}
	return DateOf(t), nil
}

// DateOf returns the day of t in its own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// String returns YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Compare returns -1, 0 or 1 as d is before, at or after other.
func (d Date) Compare(other Date) int {
	switch {
	case d.number() < other.number():
		return -1
	case d.number() > other.number():
		return 1
	}
	return 0
}

// number orders dates.
func (d Date) number() int { return (d.Year*16+int(d.Month))*32 + d.Day }

// TimeOfDay is the time since midnight, on a wall clock.
type TimeOfDay time.Duration

// ParseTimeOfDay reads HH:MM:SS or HH:MM, from 00:00:00 to 23:59:59.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, text); err == nil && len(text) == len(layout) {
			return timeOfDay(t), nil
		}
	}
	return 0, fmt.Errorf("directory: %q is not a time of the form HH:MM:SS", text)
}

// String returns HH:MM:SS.
func (t TimeOfDay) String() string {
	seconds := int(time.Duration(t) / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// timeOfDay returns what a wall clock shows at t.
func timeOfDay(t time.Time) TimeOfDay {
	hour, minute, second := t.Clock()
	return TimeOfDay(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(t.Nanosecond()))
}

// Restrictions say when an account may be used. Days and times are those in Timezone.
type Restrictions struct {
	// ValidFrom and ValidUntil are the first and the last day; zero means no limit.
	ValidFrom, ValidUntil Date
	// WindowStart and WindowEnd limit the time of day, both included; nil means no limit. An end before the start is a window over midnight.
	WindowStart, WindowEnd *TimeOfDay
	// Timezone is the name of a zone; empty means the server's, and an unknown one is GMT.
	Timezone string
}

// Check returns an Invalid error if an account with these restrictions may not be used at now. Its zone is the server's.
func (r Restrictions) Check(now time.Time) error {
	local := now.In(r.location(now.Location()))
	if !r.validOn(DateOf(local)) {
		return &Error{
			Kind: Invalid, Message: "User account not currently valid.", Translatable: Message{Key: "LOGIN.ERROR_NOT_VALID"},
		}
	}
	if !r.openAt(timeOfDay(local)) {
		return &Error{
			Kind: Invalid, Message: "User account is not currently accessible.",
			Translatable: Message{Key: "LOGIN.ERROR_NOT_ACCESSIBLE"},
		}
	}
	return nil
}

func (r Restrictions) validOn(today Date) bool {
	return (r.ValidFrom.IsZero() || today.Compare(r.ValidFrom) >= 0) &&
		(r.ValidUntil.IsZero() || today.Compare(r.ValidUntil) <= 0)
}

func (r Restrictions) openAt(now TimeOfDay) bool {
	start, end := r.WindowStart, r.WindowEnd
	switch {
	case start == nil && end == nil:
		return true
	case start == nil:
		return now <= *end
	case end == nil:
		return now >= *start
	case *end < *start:
		return now >= *start || now <= *end
	}
	return now >= *start && now <= *end
}

// location returns the zone of the account; server is the one of the gateway.
func (r Restrictions) location(server *time.Location) *time.Location {
	if r.Timezone == "" {
		return server
	}
	if offset, ok := parseOffsetZone(r.Timezone); ok {
		return time.FixedZone(r.Timezone, offset)
	}
	if zone, err := time.LoadLocation(r.Timezone); err == nil && r.Timezone != "Local" {
		return zone
	}
	return time.UTC
}

// parseOffsetZone reads the zones that Java writes as GMT+2, GMT+02, GMT+0230 or GMT-02:30, and returns seconds.
func parseOffsetZone(name string) (seconds int, ok bool) {
	rest, found := strings.CutPrefix(name, "GMT")
	if !found || len(rest) < 2 || rest[0] != '+' && rest[0] != '-' {
		return 0, false
	}
	hours, minutes, hasColon := strings.Cut(rest[1:], ":")
	if !hasColon && len(hours) > 2 {
		hours, minutes = hours[:len(hours)-2], hours[len(hours)-2:]
		hasColon = true
	}
	h, errHours := strconv.ParseUint(hours, 10, 8)
	m := uint64(0)
	var errMinutes error
	if hasColon {
		m, errMinutes = strconv.ParseUint(minutes, 10, 8)
		ok = len(minutes) == 2
	} else {
		ok = true
	}
	if errHours != nil || errMinutes != nil || !ok || h > 23 || m > 59 || len(hours) > 2 {
		return 0, false
	}
	seconds = int(h*3600 + m*60)
	if rest[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
