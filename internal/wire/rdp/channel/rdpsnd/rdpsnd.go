// SPDX-License-Identifier: Apache-2.0

package rdpsnd

import (
	"encoding/binary"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Format tags.
const (
	TagPCM  = 0x0001
	TagAAC  = 0xA106
	TagOpus = 0x704F
)

// Format is AUDIO_FORMAT (section 2.2.2.1.1).
type Format struct {
	Tag            uint16
	Channels       uint16
	SamplesPerSec  uint32
	AvgBytesPerSec uint32
	BlockAlign     uint16
	BitsPerSample  uint16
	Data           []byte
}

// ReadFormat reads the structure.
func ReadFormat(r *field.Reader) Format {
	f := Format{
		Tag: r.U16("wFormatTag"), Channels: r.U16("nChannels"), SamplesPerSec: r.U32("nSamplesPerSec"), AvgBytesPerSec: r.U32("nAvgBytesPerSec"),
		BlockAlign: r.U16("nBlockAlign"), BitsPerSample: r.U16("wBitsPerSample"),
	}
	f.Data = append(f.Data, r.Bytes("data", int(r.U16("cbSize")))...)
	return f
}

// Append appends the structure.
func (f Format) Append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(le.AppendUint16(b, f.Tag), f.Channels)
	b = le.AppendUint32(le.AppendUint32(b, f.SamplesPerSec), f.AvgBytesPerSec)
	b = le.AppendUint16(le.AppendUint16(b, f.BlockAlign), f.BitsPerSample)
	return append(le.AppendUint16(b, uint16(len(f.Data))), f.Data...)
}

// Formats is the audio formats and version message of either side (sections 2.2.2.1 and
// 2.2.2.2).
type Formats struct {
	Flags              uint32
	Volume             uint32
	Pitch              uint32
	DGramPort          uint16
	LastBlockConfirmed uint8
	Version            uint16
	Formats            []Format
}

// ParseFormats reads a message with its header.
func ParseFormats(b []byte) (Formats, error) {
	var p Formats
	r := field.NewReader("rdpsnd: audio formats", b)
	r.Expect("msgType", uint64(r.U8("msgType")), typeFormats)
	r.Skip("BodySize", 3)
	p.Flags, p.Volume, p.Pitch, p.DGramPort = r.U32("dwFlags"), r.U32("dwVolume"), r.U32("dwPitch"), r.U16("wDGramPort")
	n := r.U16("wNumberOfFormats")
	p.LastBlockConfirmed, p.Version = r.U8("cLastBlockConfirmed"), r.U16("wVersion")
	r.Skip("bPad", 1)
	for range n {
		f := ReadFormat(r)
		if r.Err() != nil {
			break
		}
		p.Formats = append(p.Formats, f)
	}
	return p, r.Err()
}

// Append appends the message with its header.
func (p Formats) Append(b []byte) []byte {
	le := binary.LittleEndian
	return message(b, typeFormats, func(b []byte) []byte {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, p.Flags), p.Volume), p.Pitch)
		b = le.AppendUint16(le.AppendUint16(b, p.DGramPort), uint16(len(p.Formats)))
		b = append(le.AppendUint16(append(b, p.LastBlockConfirmed), p.Version), 0)
		for _, f := range p.Formats {
			b = f.Append(b)
		}
		return b
	})
}

func message(b []byte, kind byte, body func([]byte) []byte) []byte {
	start := len(b)
	b = body(append(b, kind, 0, 0, 0))
	binary.LittleEndian.PutUint16(b[start+2:], uint16(len(b)-start-headerSize))
	return b
}

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	// EventWave: Wave is to be played and confirmed.
	EventWave EventKind = iota + 1
	// EventVolume: Left and Right are the new volume.
	EventVolume
	// EventClosed: the server has nothing to play for now.
	EventClosed
)

// Wave is a piece of audio.
type Wave struct {
	// Timestamp and Block are for the confirmation.
	Timestamp uint16
	Block     uint8
	Format    Format
	// Data is valid until the next call.
	Data []byte
}

// Event is what Handle tells; its zero value says nothing.
type Event struct {
	Kind EventKind
	Wave Wave
	// Volume of the left and the right, 0 to 0xFFFF.
	Left, Right uint16
}

// Client is one channel.
type Client struct {
	// Accept says whether a format is played. The server plays in one of those accepted.
	Accept func(Format) bool

	formats []Format // those accepted, as the server counts them
	info    *Wave    // the wave info whose wave is to come
	first   [firstData]byte
	size    int
	joined  []byte
}

// Handle takes a message of the channel. It returns out with the answers appended, each a
// message of its own: ends says where each ends.
func (c *Client) Handle(b, out []byte) (answer []byte, ends []int, event Event, err error) {
	if c.info != nil {
		event, err = c.wave(b)
		return out, nil, event, err
	}
	r := field.NewReader("rdpsnd: message", b)
	kind := r.U8("msgType")
	r.Skip("bPad", 1)
	size := int(r.U16("BodySize"))
	switch {
	case r.Err() != nil:
	case kind == typeFormats:
		return c.choose(b, out)
	case kind == typeTraining:
		stamp, pack := r.U16("wTimeStamp"), r.U16("wPackSize")
		if r.Err() == nil {
			out = message(out, typeTraining, func(b []byte) []byte {
				return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, stamp), pack)
			})
			ends = []int{len(out)}
		}
	case kind == typeWave:
		c.waveInfo(r, size)
	case kind == typeWave2:
		event = c.wave2(r, size)
	case kind == typeVolume:
		event = Event{Kind: EventVolume, Left: r.U16("dwVolume"), Right: r.U16("dwVolume")}
	case kind == typeClose:
		event = Event{Kind: EventClosed}
	case kind == typePitch:
	default:
		r.Fail("msgType", "0x%02X is unknown", kind)
	}
	if r.Err() != nil {
		event = Event{}
	}
	return out, ends, event, r.Err()
}

// choose answers the server's formats with those of them that are accepted.
func (c *Client) choose(b, out []byte) ([]byte, []int, Event, error) {
	server, err := ParseFormats(b)
	if err != nil {
		return out, nil, Event{}, err
	}
	c.formats = nil
	for _, f := range server.Formats {
		if c.Accept != nil && c.Accept(f) {
			c.formats = append(c.formats, f)
		}
	}
	ours := Formats{Flags: capAlive | capVolume, Volume: 0xFFFFFFFF, Version: version, Formats: c.formats}
	out = ours.Append(out)
	ends := []int{len(out)}
	if server.Version >= qualityVersion {
		out = message(out, typeQualityMode, func(b []byte) []byte { return append(b, qualityHigh, 0, 0, 0) })
		ends = append(ends, len(out))
	}
	return out, ends, Event{}, nil
}

// head reads what wave info and wave2 have in common.
func (c *Client) head(r *field.Reader) Wave {
	w := Wave{Timestamp: r.U16("wTimeStamp")}
	n := int(r.U16("wFormatNo"))
	w.Block = r.U8("cBlockNo")
	r.Skip("bPad", 3)
	if r.Err() == nil && n >= len(c.formats) {
		r.Fail("wFormatNo", "%d of %d formats", n, len(c.formats))
	}
	if r.Err() == nil {
		w.Format = c.formats[n]
	}
	return w
}

// waveInfo reads the wave info, which announces a wave and has its first bytes (section
// 2.2.3.3).
func (c *Client) waveInfo(r *field.Reader, size int) {
	w := c.head(r)
	r.Copy("Data", c.first[:])
	if size < waveInfoSize+firstData {
		r.Fail("BodySize", "%d is too small", size)
	}
	if r.Err() == nil {
		c.info, c.size = &w, size-waveInfoSize
	}
}

// wave reads the wave that a wave info announced (section 2.2.3.4): its first four bytes
// stand where those of the wave info belong.
func (c *Client) wave(b []byte) (Event, error) {
	w := *c.info
	c.info = nil
	r := field.NewReader("rdpsnd: wave", b)
	data := r.Bytes("data", c.size)
	if r.Err() != nil {
		return Event{}, r.Err()
	}
	c.joined = append(append(c.joined[:0], c.first[:]...), data[firstData:]...)
	w.Data = c.joined
	return Event{Kind: EventWave, Wave: w}, nil
}

// wave2 reads a wave in one message (section 2.2.3.10).
func (c *Client) wave2(r *field.Reader, size int) Event {
	w := c.head(r)
	r.Skip("dwAudioTimeStamp", 4)
	w.Data = r.Bytes("Data", size-wave2Size)
	return Event{Kind: EventWave, Wave: w}
}

// AppendConfirm appends the confirmation that a wave was played, so long after it came
// (section 2.2.3.8).
func AppendConfirm(out []byte, w Wave, after time.Duration) []byte {
	return message(out, typeWaveConfirm, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint16(b, w.Timestamp+uint16(after.Milliseconds()))
		return append(b, w.Block, 0)
	})
}
