// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// zoneNameSize holds 31 characters and a NUL.
const zoneNameSize = 64

// SystemTime says when a time zone changes (TS_SYSTEMTIME, section 2.2.1.11.1.1.1.1.1).
type SystemTime struct {
	Year, Month, DayOfWeek, Day, Hour, Minute, Second, Milliseconds uint16
}

func (t *SystemTime) fields() []*uint16 {
	return []*uint16{&t.Year, &t.Month, &t.DayOfWeek, &t.Day, &t.Hour, &t.Minute, &t.Second, &t.Milliseconds}
}

func readSystemTime(r *field.Reader, name string) SystemTime {
	var t SystemTime
	for _, f := range t.fields() {
		*f = r.U16(name)
	}
	return t
}

func (t SystemTime) append(b []byte) []byte {
	for _, f := range t.fields() {
		b = binary.LittleEndian.AppendUint16(b, *f)
	}
	return b
}

// TimeZone is TS_TIME_ZONE_INFORMATION (section 2.2.1.11.1.1.1.1). Biases are minutes that
// are added to local time to get UTC.
type TimeZone struct {
	Bias         int32
	StandardName string
	StandardDate SystemTime
	StandardBias int32
	DaylightName string
	DaylightDate SystemTime
	DaylightBias int32
}

func readTimeZone(r *field.Reader) TimeZone {
	z := TimeZone{Bias: int32(r.U32("Bias"))}
	z.StandardName = r.UTF16("StandardName", zoneNameSize)
	z.StandardDate = readSystemTime(r, "StandardDate")
	z.StandardBias = int32(r.U32("StandardBias"))
	z.DaylightName = r.UTF16("DaylightName", zoneNameSize)
	z.DaylightDate = readSystemTime(r, "DaylightDate")
	z.DaylightBias = int32(r.U32("DaylightBias"))
	return z
}

func (z TimeZone) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(z.Bias))
	b = field.AppendFixedUTF16(b, z.StandardName, zoneNameSize)
	b = z.StandardDate.append(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(z.StandardBias))
	b = field.AppendFixedUTF16(b, z.DaylightName, zoneNameSize)
	b = z.DaylightDate.append(b)
	return binary.LittleEndian.AppendUint32(b, uint32(z.DaylightBias))
}
