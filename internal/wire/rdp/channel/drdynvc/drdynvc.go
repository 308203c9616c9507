// SPDX-License-Identifier: Apache-2.0

package drdynvc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/zgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Commands: the high four bits of the header (section 2.2).
const (
	cmdCreate       = 1
	cmdDataFirst    = 2
	cmdData         = 3
	cmdClose        = 4
	cmdCapabilities = 5

	cmdDataFirstCompressed = 6
	cmdDataCompressed      = 7
	cmdSoftSyncRequest     = 8
	cmdSoftSyncResponse    = 9
)

// What a server may make this side hold.
const (
	// Version is the highest version that is answered.
	Version = 3
	// MaxMessage bounds a message of a channel.
	MaxMessage = 16 << 20
	// MaxPending bounds the messages of all channels that are not whole yet.
	MaxPending = 32 << 20
	// MaxChannels bounds the channels that are open.
	MaxChannels = 256
	maxName     = 512
	// maxPDU is the size of a PDU: it fits one chunk of the static channel.
	maxPDU = 1600
)

// Statuses of a create response (section 2.2.2.2): HRESULTs.
const (
	StatusOK      = 0
	StatusRefused = 0xC0000001
)

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	EventOpened EventKind = iota
	EventData
	EventClosed
)

// Event is what Handle tells.
type Event struct {
	Kind EventKind
	// ID names the channel, Name is that of EventOpened and the others of the same channel.
	ID   uint32
	Name string
	// Data is a whole message, valid until the next call.
	Data []byte
}

type channel struct {
	name    string
	message []byte
	total   int // 0: no message has begun
	zgfx    *zgfx.Decompressor
}

// Manager is the state of all dynamic channels.
type Manager struct {
	// Accept says whether a channel of that name is taken.
	Accept func(name string) bool

	version  uint16 // 0: nothing is agreed
	channels map[uint32]*channel
	pending  int
	plain    []byte // what a compressed PDU has
}

// Handle takes a message of the static channel. It returns out with the answers appended,
// which are messages of the static channel of their own: one a call at most.
func (m *Manager) Handle(b, out []byte) (answer []byte, event Event, ok bool, err error) {
	r := field.NewReader("drdynvc: PDU", b)
	header := r.U8("header")
	command, sp, cb := header>>4, header>>2&3, header&3
	switch {
	case r.Err() != nil:
		return out, Event{}, false, r.Err()
	case command == cmdCapabilities:
		return m.capabilities(r, out)
	case command >= cmdDataFirstCompressed && m.version < compressedVersion:
		r.Fail("Cmd", "%d is unknown or was not offered", command)
	case command == cmdSoftSyncRequest:
		return m.softSync(r, out)
	}
	id := variable(r, "ChannelId", cb)
	switch {
	case r.Err() != nil:
	case command == cmdCreate:
		return m.create(r, id, cb, out)
	case command == cmdDataFirst, command == cmdDataFirstCompressed:
		event, ok = m.first(r, id, int64(variable(r, "Length", sp)), command == cmdDataFirstCompressed)
	case command == cmdData, command == cmdDataCompressed:
		event, ok = m.data(r, id, command == cmdDataCompressed)
	case command == cmdClose:
		return m.closed(id, out)
	default:
		r.Fail("Cmd", "%d is unknown", command)
	}
	return out, event, ok, r.Err()
}

// variable reads a number of one, two or four bytes.
func variable(r *field.Reader, name string, width uint8) uint32 {
	switch width {
	case 0:
		return uint32(r.U8(name))
	case 1:
		return uint32(r.U16(name))
	case 2:
		return r.U32(name)
	}
	r.Fail(name, "a width of 3")
	return 0
}

func appendVariable(b []byte, width uint8, v uint32) []byte {
	switch width {
	case 0:
		return append(b, byte(v))
	case 1:
		return binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return binary.LittleEndian.AppendUint32(b, v)
}

func widthOf(v uint32) uint8 {
	switch {
	case v < 1<<8:
		return 0
	case v < 1<<16:
		return 1
	}
	return 2
}

// capabilities answers the server's capabilities (section 2.2.1), which may come again.
func (m *Manager) capabilities(r *field.Reader, out []byte) ([]byte, Event, bool, error) {
	r.Skip("Pad", 1)
	version := r.U16("Version")
	if r.Err() == nil && version == 0 {
		r.Fail("Version", "0")
	}
	if version >= 2 {
		r.Skip("PriorityCharges", 8)
	}
	if r.Err() != nil {
		return out, Event{}, false, r.Err()
	}
	m.version = min(version, Version)
	out = append(out, cmdCapabilities<<4, 0)
	return binary.LittleEndian.AppendUint16(out, m.version), Event{}, false, nil
}

// create answers a create request (section 2.2.2.1).
func (m *Manager) create(r *field.Reader, id uint32, cb uint8, out []byte) ([]byte, Event, bool, error) {
	raw := r.Rest()
	end := 0
	for end < len(raw) && raw[end] != 0 {
		end++
	}
	if r.Err() == nil && (end == len(raw) || end > maxName) {
		r.Fail("ChannelName", "%d bytes have no end", len(raw))
	}
	if r.Err() == nil && m.channels[id] != nil {
		r.Fail("ChannelId", "%d is open", id)
	}
	if r.Err() != nil {
		return out, Event{}, false, r.Err()
	}
	name := string(raw[:end])
	taken := len(m.channels) < MaxChannels && m.Accept != nil && m.Accept(name)
	status := uint32(StatusRefused)
	if taken {
		status = StatusOK
		if m.channels == nil {
			m.channels = map[uint32]*channel{}
		}
		m.channels[id] = &channel{name: name}
	}
	out = appendVariable(append(out, cmdCreate<<4|cb), cb, id)
	out = binary.LittleEndian.AppendUint32(out, status)
	return out, Event{Kind: EventOpened, ID: id, Name: name}, taken, nil
}

// first begins a message of more than one PDU (sections 2.2.3.1 and 2.2.3.3).
func (m *Manager) first(r *field.Reader, id uint32, total int64, compressed bool) (Event, bool) {
	c := m.channels[id]
	data := m.content(r, c, compressed)
	switch {
	case r.Err() != nil:
	case c == nil: // closed by us a moment ago
	case c.total != 0:
		r.Fail("Length", "a message within a message of channel %d", id)
	case total > MaxMessage || m.pending+int(total) > MaxPending:
		r.Fail("Length", "%d bytes are above the limit", total)
	case int64(len(data)) > total:
		r.Fail("Length", "%d bytes of a message of %d", len(data), total)
	case int64(len(data)) == total:
		return Event{Kind: EventData, ID: id, Name: c.name, Data: data}, true
	default:
		c.total, c.message = int(total), append(c.message[:0], data...)
		m.pending += c.total
	}
	return Event{}, false
}

// data takes a message, or the next part of one (sections 2.2.3.2 and 2.2.3.4).
func (m *Manager) data(r *field.Reader, id uint32, compressed bool) (Event, bool) {
	c := m.channels[id]
	data := m.content(r, c, compressed)
	switch {
	case r.Err() != nil || c == nil:
		return Event{}, false
	case c.total == 0:
		return Event{Kind: EventData, ID: id, Name: c.name, Data: data}, true
	case len(c.message)+len(data) > c.total:
		r.Fail("Data", "%d bytes of a message of %d", len(c.message)+len(data), c.total)
		return Event{}, false
	}
	c.message = append(c.message, data...)
	if len(c.message) < c.total {
		return Event{}, false
	}
	m.pending -= c.total
	c.total = 0
	return Event{Kind: EventData, ID: id, Name: c.name, Data: c.message}, true
}

// closed answers the server's close with ours (section 3.1.5.3).
func (m *Manager) closed(id uint32, out []byte) ([]byte, Event, bool, error) {
	c := m.channels[id]
	if c == nil {
		return out, Event{}, false, nil
	}
	m.forget(id, c)
	return appendClose(out, id), Event{Kind: EventClosed, ID: id, Name: c.name}, true, nil
}

func (m *Manager) forget(id uint32, c *channel) {
	m.pending -= c.total
	delete(m.channels, id)
}

func appendClose(out []byte, id uint32) []byte {
	width := widthOf(id)
	return appendVariable(append(out, cmdClose<<4|width), width, id)
}

// Close closes a channel from this side and appends the message that says so. What still
// comes for it is dropped.
func (m *Manager) Close(id uint32, out []byte) []byte {
	c := m.channels[id]
	if c == nil {
		return out
	}
	m.forget(id, c)
	return appendClose(out, id)
}

// Send calls send with each PDU of a message of a channel: messages of the static channel of
// their own, each valid during the call.
func Send(id uint32, message []byte, send func(pdu []byte)) {
	cb := widthOf(id)
	buffer := make([]byte, 0, maxPDU)
	head := func(b []byte, command uint8) []byte { return appendVariable(append(b, command<<4|cb), cb, id) }
	if data := head(buffer, cmdData); len(data)+len(message) > maxPDU {
		total := uint32(len(message))
		sp := widthOf(total)
		b := appendVariable(head(buffer, cmdDataFirst), sp, total)
		b[0] |= sp << 2
		n := maxPDU - len(b)
		send(append(b, message[:n]...))
		message = message[n:]
	}
	for {
		b := head(buffer[:0], cmdData)
		n := min(maxPDU-len(b), len(message))
		send(append(b, message[:n]...))
		if message = message[n:]; len(message) == 0 {
			return
		}
	}
}
