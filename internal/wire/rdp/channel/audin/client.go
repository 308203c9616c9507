// SPDX-License-Identifier: Apache-2.0

package audin

import (
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpsnd"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	// EventOpen: the server wants to record; Open answers it.
	EventOpen EventKind = iota + 1
	// EventFormat: what is fed from now on is in another format.
	EventFormat
)

// Event is what Handle tells; its zero value says nothing.
type Event struct {
	Kind EventKind
	// Format is what is to be fed.
	Format Format
	// FramesPerPacket are the samples, of all channels each, of a packet.
	FramesPerPacket int
}

// Client is one channel.
type Client struct {
	// Accept says whether audio can be fed in a format of PCM. If nil, in each.
	Accept func(Format) bool

	formats Formats // those accepted, as the server counts them
	index   uint32  // of the format that is fed
	frames  int     // of a packet; 0 before the server has opened
	open    bool    // Open has answered with success
	packet  int     // bytes of a packet
	pending []byte  // less than a packet
}

// Handle takes a message of the channel. It returns out with the answers appended, each a
// message of its own: ends says where each ends.
func (c *Client) Handle(b, out []byte) (answer []byte, ends []int, event Event, err error) {
	r := field.NewReader("audin: message", b)
	switch kind := r.U8("MessageId"); {
	case r.Err() != nil:
		err = r.Err()
	case kind == typeVersion:
		return c.version(b, out)
	case kind == typeFormats:
		return c.choose(b, out)
	case kind == typeOpen:
		event, err = c.opening(b)
	case kind == typeFormatChange:
		return c.change(b, out)
	default:
		r.Fail("MessageId", "0x%02X is unknown", kind)
		err = r.Err()
	}
	return out, nil, event, err
}

func (c *Client) version(b, out []byte) ([]byte, []int, Event, error) {
	theirs, err := ParseVersion(b)
	if err == nil && theirs == 0 {
		err = &field.Error{PDU: "audin: version", Field: "Version", Problem: "0 is none"}
	}
	if err != nil {
		return out, nil, Event{}, err
	}
	out = min(theirs, version).Append(out)
	return out, []int{len(out)}, Event{}, nil
}

// choose answers the server's formats with those of them that can be fed.
func (c *Client) choose(b, out []byte) ([]byte, []int, Event, error) {
	server, err := ParseFormats(b)
	if err != nil {
		return out, nil, Event{}, err
	}
	*c = Client{Accept: c.Accept}
	for _, f := range server {
		if isPCM(f) && (c.Accept == nil || c.Accept(f)) {
			c.formats = append(c.formats, f)
		}
	}
	out = append(out, typeIncoming)
	ends := []int{len(out)}
	out = c.formats.Append(out)
	return out, append(ends, len(out)), Event{}, nil
}

// isPCM reports whether a format is one of whole samples whose fields agree.
func isPCM(f Format) bool {
	return f.Tag == rdpsnd.TagPCM && f.Channels > 0 && f.Channels <= maxChannels && f.SamplesPerSec > 0 &&
		f.BitsPerSample > 0 && f.BitsPerSample <= 32 && f.BitsPerSample%8 == 0 && f.BlockAlign == f.Channels*f.BitsPerSample/8
}

func (c *Client) opening(b []byte) (Event, error) {
	o, err := ParseOpen(b)
	if err != nil {
		return Event{}, err
	}
	if o.FramesPerPacket == 0 || o.FramesPerPacket > maxPacket {
		return Event{}, &field.Error{PDU: "audin: open", Field: "FramesPerPacket", Problem: "0, or beyond the limit"}
	}
	if err := c.use("initialFormat", o.Initial, int(o.FramesPerPacket)); err != nil {
		return Event{}, err
	}
	c.open = false
	return c.event(EventOpen), nil
}

// use takes a format that the named field gives, and drops what was fed in another.
func (c *Client) use(name string, index uint32, frames int) error {
	if uint64(index) >= uint64(len(c.formats)) {
		return &field.Error{PDU: "audin: message", Field: name, Problem: fmt.Sprintf("%d of %d formats", index, len(c.formats))}
	}
	packet := frames * int(c.formats[index].BlockAlign)
	if packet > maxPacket {
		return &field.Error{PDU: "audin: message", Field: "FramesPerPacket", Problem: "a packet is beyond the limit"}
	}
	c.index, c.frames, c.packet = index, frames, packet
	c.pending = c.pending[:0]
	return nil
}

func (c *Client) event(kind EventKind) Event {
	return Event{Kind: kind, Format: c.formats[c.index], FramesPerPacket: c.frames}
}

// change confirms another format.
func (c *Client) change(b, out []byte) ([]byte, []int, Event, error) {
	f, err := ParseFormatChange(b)
	if err == nil && c.frames == 0 {
		err = &field.Error{PDU: "audin: format change", Field: "MessageId", Problem: "nothing is open"}
	}
	if err == nil {
		err = c.use("NewFormat", uint32(f), c.frames)
	}
	if err != nil {
		return out, nil, Event{}, err
	}
	out = f.Append(out)
	return out, []int{len(out)}, c.event(EventFormat), nil
}

// Open answers EventOpen: whether there is audio to come. It returns out with the messages
// appended, like Handle. Without an EventOpen that waits it does nothing.
func (c *Client) Open(out []byte, result OpenReply) (answer []byte, ends []int) {
	if c.frames == 0 || c.open {
		return out, nil
	}
	if result>>31 == 0 {
		c.open = true
		out = FormatChange(c.index).Append(out)
		ends = append(ends, len(out))
	} else {
		c.frames = 0
	}
	out = result.Append(out)
	return out, append(ends, len(out))
}

// Feed takes audio in the format of the last event. It returns out with a packet appended for
// each that is full, two messages each, like Handle; what is left waits. It drops what comes
// while nothing is open.
func (c *Client) Feed(pcm, out []byte) (answer []byte, ends []int) {
	if !c.open {
		return out, nil
	}
	for len(c.pending)+len(pcm) >= c.packet {
		out = append(out, typeIncoming)
		ends = append(ends, len(out))
		n := c.packet - len(c.pending)
		out = append(append(append(out, typeData), c.pending...), pcm[:n]...)
		ends = append(ends, len(out))
		pcm, c.pending = pcm[n:], c.pending[:0]
	}
	c.pending = append(c.pending, pcm...)
	return out, ends
}

// Drop forgets the audio that waits for its packet to be full: other audio begins.
func (c *Client) Drop() { c.pending = c.pending[:0] }
