// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"errors"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Client is the state of the channel. Its methods add what is to be sent to out.
type Client struct {
	// Files says whether files are taken and offered.
	Files bool
	// TempDirectory is told to the host if it is not empty.
	TempDirectory string

	server CapabilityFlags // what the host can
	said   CapabilityFlags // what this side said it can
	flags  CapabilityFlags // what both can
	ready  bool

	remote remote
	local  local
}

// remote is what the host has copied, and what was asked of it.
type remote struct {
	ids     [kindCount]*uint32 // the host's ID of each kind that it offers
	asked   []Kind             // requests: the first is under way, the others wait for its answer
	stale   bool               // the answer to the first is no longer wanted
	streams map[uint32]stream
	stream  uint32 // the last one used
	lock    uint32 // the last one used
}

// local is what this side has copied, and what the host has asked of it.
type local struct {
	offer     *offer
	number    uint32
	announced []Format          // the last list sent
	owner     bool              // it is newer than that of the host
	unsettled int               // lists without a response
	echoed    bool              // its echo came before the response
	locks     map[uint32]*offer // by the host's ID; files only
	wanted    map[uint32]wanted // by the host's stream
}

// Handle takes a message of the channel. An error says that the message was wrong; where an
// answer is due to it, there is one, and the channel can go on.
//
// A list of the host that repeats ours is its echo, and is no event: one with the same
// formats before the host has answered ours, or one with our IDs of registered formats. An
// echo that does not show as such is seen from its content: see [Data].
func (c *Client) Handle(out *svc.Messages, b []byte) (Event, error) {
	p, err := Parse(b, c.flags&UseLongFormatNames != 0)
	if err != nil {
		c.answerWrong(out, b)
		return nil, err
	}
	switch p := p.(type) {
	case Capabilities:
		c.server, c.flags = p.Flags, c.said&p.Flags
	case MonitorReady:
		c.begin(out)
		return Ready{}, nil
	case FormatList:
		return c.hostCopied(out, p), nil
	case FormatListResponse:
		return c.listAnswered(p), nil
	case FormatDataRequest:
		c.giveData(out, p)
	case FormatDataResponse:
		return c.dataCame(out, p), nil
	case FileContentsRequest:
		return c.fileWanted(out, p), nil
	case FileContentsResponse:
		return c.fileCame(p)
	case Lock:
		c.hostLocked(p)
	case Unlock:
		return c.hostUnlocked(p), nil
	}
	return nil, nil
}

// answerWrong answers a message that could not be read, if it is one that is waited for.
func (c *Client) answerWrong(out *svc.Messages, b []byte) {
	kind, _, body, err := readHeader(b)
	if err != nil {
		return
	}
	switch kind {
	case TypeFormatList:
		out.Add(FormatListResponse{}.Append)
	case TypeFormatDataRequest:
		out.Add(FormatDataResponse{}.Append)
	case TypeFileContentsRequest:
		r := field.NewReader("cliprdr: file contents request", body)
		if stream := r.U32("streamId"); r.Err() == nil {
			out.Add(FileContentsResponse{Stream: stream}.Append)
		}
	}
}

// own is what this side can. Locks and huge files are for hosts that have them too.
func (c *Client) own() CapabilityFlags {
	flags := UseLongFormatNames
	if c.Files {
		flags |= StreamFileClip | FileClipNoFilePaths | c.server&(CanLockClipData|HugeFileSupport)
	}
	return flags
}

// begin answers the monitor ready PDU (section 1.3.2.1). A host that begins anew has
// forgotten what was before.
func (c *Client) begin(out *svc.Messages) {
	c.said, c.ready = c.own(), true
	c.flags = c.said & c.server
	c.remote = remote{stream: c.remote.stream, lock: c.remote.lock}
	c.local = local{offer: c.local.offer, number: c.local.number}
	out.Add(Capabilities{Version: capabilitiesVersion, Flags: c.said}.Append)
	if c.TempDirectory != "" {
		out.Add(TempDirectory{Path: c.TempDirectory}.Append)
	}
	c.announce(out)
}

// CanFiles reports whether files can be pasted in either direction.
func (c *Client) CanFiles() bool { return c.flags&StreamFileClip != 0 }

// announce sends the list of what is offered.
func (c *Client) announce(out *svc.Messages) {
	list := FormatList{Names: c.names()}
	if c.local.offer != nil {
		list.Formats = c.local.offer.formats(c.CanFiles())
	}
	c.local.announced, c.local.owner, c.local.echoed = list.Formats, true, false
	c.local.unsettled++
	out.Add(list.Append)
}

func (c *Client) names() NameForm {
	if c.flags&UseLongFormatNames != 0 {
		return LongNames
	}
	return ShortNames
}

// Offer makes something copied on this side the content of the clipboard, and an empty one
// clears it. It returns the number of the offer. Before the host is ready the offer waits.
func (c *Client) Offer(out *svc.Messages, o Offer) (uint32, error) {
	kept, err := newOffer(c.local.number+1, o)
	if err != nil {
		return 0, err
	}
	c.local.offer = kept
	c.local.number++
	if c.ready {
		c.remote.ids = [kindCount]*uint32{}
		c.dropWaiting()
		c.announce(out)
	}
	return kept.number, nil
}

// Holds reports whether the host can still ask for files of an offer: it is the last one,
// the host has locked it, or a request is not answered.
func (c *Client) Holds(number uint32) bool {
	held := func(o *offer) bool { return o != nil && o.number == number }
	if held(c.local.offer) {
		return true
	}
	for _, o := range c.local.locks {
		if held(o) {
			return true
		}
	}
	for _, w := range c.local.wanted {
		if w.offer == number {
			return true
		}
	}
	return false
}

// hostCopied takes the host's format list. What this side offers is kept, as the host may
// not have seen it yet, and asks for it to echo it.
func (c *Client) hostCopied(out *svc.Messages, list FormatList) Event {
	out.Add(FormatListResponse{OK: true}.Append)
	if c.isEcho(list) {
		return nil
	}
	c.local.owner = false
	c.remote.ids = [kindCount]*uint32{}
	c.dropWaiting()
	event := Offered{Formats: list.Formats}
	for _, f := range list.Formats {
		kind := kindOf(f, list.Names)
		if kind == 0 || c.remote.ids[kind] != nil || kind == KindFiles && !c.CanFiles() {
			continue
		}
		id := f.ID
		c.remote.ids[kind] = &id
		event.Kinds = append(event.Kinds, kind)
	}
	return event
}

func (c *Client) isEcho(list FormatList) bool {
	if !c.local.owner || len(list.Formats) != len(c.local.announced) || len(list.Formats) == 0 {
		return false
	}
	registered, ours := 0, 0
	for _, f := range list.Formats {
		i := slices.IndexFunc(c.local.announced, func(own Format) bool { return same(own, f, list.Names) })
		if i < 0 {
			return false
		}
		if own := c.local.announced[i]; own.Name != "" {
			registered++
			if own.ID == f.ID {
				ours++
			}
		}
	}
	if registered > 0 && ours == registered {
		return true
	}
	if c.local.unsettled == 0 || c.local.echoed {
		return false
	}
	c.local.echoed = true
	return true
}

// same reports whether a format of the host is one of ours, with whatever ID.
func same(own, theirs Format, names NameForm) bool {
	kind := kindOf(theirs, names)
	return kind != 0 && ownFormats[kind] == own
}

func (c *Client) listAnswered(p FormatListResponse) Event {
	if c.local.unsettled == 0 {
		return nil
	}
	c.local.unsettled--
	return Accepted(p)
}

// giveData answers the host's request for a format.
func (c *Client) giveData(out *svc.Messages, p FormatDataRequest) {
	var response FormatDataResponse
	if o := c.local.offer; o != nil {
		response.Data = o.render(p.ID)
		response.OK = response.Data != nil
	}
	out.Add(response.Append)
}

// Errors of requests.
var (
	errNotReady   = errors.New("cliprdr: the host is not ready")
	errNotOffered = errors.New("cliprdr: the host offers no such format")
)

// Request asks the host for what it offers. One request is under way at a time, as answers
// do not say what they answer; others wait, each kind once.
func (c *Client) Request(out *svc.Messages, kind Kind) error {
	if kind >= kindCount || c.remote.ids[kind] == nil {
		return errNotOffered
	}
	wanted := c.remote.asked
	if c.remote.stale {
		wanted = wanted[1:]
	}
	if slices.Contains(wanted, kind) {
		return nil
	}
	c.remote.asked = append(c.remote.asked, kind)
	if len(c.remote.asked) == 1 {
		c.ask(out)
	}
	return nil
}

// ask sends the first request.
func (c *Client) ask(out *svc.Messages) {
	if len(c.remote.asked) > 0 {
		out.Add(FormatDataRequest{ID: *c.remote.ids[c.remote.asked[0]]}.Append)
	}
}

// dropWaiting gives up requests for what the host no longer offers. The answer to one that
// is under way is still to come.
func (c *Client) dropWaiting() {
	if len(c.remote.asked) > 0 {
		c.remote.asked, c.remote.stale = c.remote.asked[:1], true
	}
}

// dataCame takes the answer to the first request and sends the next one.
func (c *Client) dataCame(out *svc.Messages, p FormatDataResponse) Event {
	if len(c.remote.asked) == 0 {
		return nil
	}
	kind, stale := c.remote.asked[0], c.remote.stale
	c.next(out)
	if stale {
		return nil
	}
	echo := p.OK && c.local.offer != nil && c.local.offer.has(kind, p.Data)
	return Data{Kind: kind, OK: p.OK, Data: p.Data, Echo: echo}
}

func (c *Client) next(out *svc.Messages) {
	c.remote.asked, c.remote.stale = slices.Delete(c.remote.asked, 0, 1), false
	c.ask(out)
}

// GiveUp is for a host that does not answer: the request under way is forgotten, and the
// next one is sent. It returns what was forgotten. An answer that comes after all would be
// taken for that to the next, so this is for ten seconds of silence rather than one.
func (c *Client) GiveUp(out *svc.Messages) (kind Kind, ok bool) {
	if len(c.remote.asked) == 0 {
		return 0, false
	}
	kind = c.remote.asked[0]
	c.next(out)
	return kind, true
}
