// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"fmt"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Config says what a client announces of itself.
type Config struct {
	// ComputerName is the client's name, which Windows shows beside its drives.
	ComputerName string
	// ClientID tells this client from others of a server older than VersionClientID. Later
	// servers give one.
	ClientID uint32
	// Async tells servers that several reads and writes of one file may be open.
	Async bool
	// EarlyPrinters announces printers before a user has logged on, which the specification
	// allows. Windows makes them more reliably afterwards.
	EarlyPrinters bool
}

// Event is what Handle tells: an [IORequest], or one of [Reset], [LoggedOn], [DeviceReply],
// [PrinterCache] and [UsingXPS].
type Event interface{ isEvent() }

// Reset tells that the server has begun anew: no request is open any more, and files that
// are open are to be closed. What is still at work for requests of before must not be
// completed, as their IDs come again.
type Reset struct{}

// LoggedOn tells that a user has logged on.
type LoggedOn struct{}

func (Reset) isEvent()        {}
func (LoggedOn) isEvent()     {}
func (DeviceReply) isEvent()  {}
func (PrinterCache) isEvent() {}
func (UsingXPS) isEvent()     {}

// Client is one channel. It is not for concurrent use.
type Client struct {
	cfg     Config
	devices []*device
	open    map[uint32]open

	server    Announce
	caps      Capabilities // the server's
	announced bool         // the server has announced itself
	confirmed bool         // the server has confirmed the client's ID
	loggedOn  bool
}

type device struct {
	Device
	announced bool
}

// open is what is kept of a request that waits for its completion.
type open struct {
	Request
	major MajorFunction
	minor uint32
	// class and length are those of queries, of changes and of reads.
	class  uint32
	length uint32
}

func newOpen(request IORequest) open {
	o := open{Request: request.Head()}
	o.major, o.minor = request.function()
	switch q := request.(type) {
	case Read:
		o.length = q.Length
	case Control:
		o.length = q.OutputLength
	case SetInformation:
		o.length = q.Length
	case SetVolume:
		o.length = q.Length
	case QueryInformation:
		o.class = uint32(q.Class)
	case QueryVolume:
		o.class = uint32(q.Class)
	case QueryDirectory:
		o.class = uint32(q.Class)
	}
	return o
}

func (o open) isNotify() bool {
	return o.major == MajorDirectoryControl && o.minor == minorNotifyChange
}

// New returns a client that announces the given devices. Their IDs must differ.
func New(cfg Config, devices ...Device) *Client {
	c := &Client{cfg: cfg, open: make(map[uint32]open)}
	for _, d := range devices {
		c.devices = append(c.devices, &device{Device: d})
	}
	return c
}

// Handle takes a message of the channel. It returns out with the answers appended, each a
// message of its own: ends says where each ends. An event may be nil; what it has of the
// message is valid while the message is.
//
// Requests for devices that were not announced, of functions and classes that are unknown,
// and those beyond MaxOpen or MaxTransfer, are answered with a failure and told no one.
func (c *Client) Handle(b, out []byte) (answer []byte, ends []int, event Event, err error) {
	w := writer{out: out}
	r := field.NewReader("rdpdr: message", b)
	component, packet := r.U16("Component"), r.U16("PacketId")
	switch {
	case r.Err() != nil:
		err = r.Err()
	case component == componentCore && packet == packetServerAnnounce:
		event, err = c.serverAnnounce(&w, b)
	case !c.announced:
		r.Fail("PacketId", "0x%04X before the server announce request", packet)
		err = r.Err()
	case component == componentCore:
		event, err = c.core(&w, packet, b)
	case component == componentPrinter && packet == packetPrinterCache:
		event, err = asEvent(ParsePrinterCache(b))
	case component == componentPrinter && packet == packetUsingXPS:
		event, err = asEvent(ParseUsingXPS(b))
	default:
		r.Fail("Component", "0x%04X with the packet 0x%04X is unknown", component, packet)
		err = r.Err()
	}
	if err != nil {
		return out, nil, nil, err
	}
	return w.out, w.ends, event, nil
}

// asEvent keeps a value that goes with an error from becoming an event.
func asEvent[T Event](v T, err error) (Event, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// writer gathers messages.
type writer struct {
	out  []byte
	ends []int
}

func (w *writer) add(out []byte) {
	w.out = out
	w.ends = append(w.ends, len(out))
}

func (c *Client) core(w *writer, packet uint16, b []byte) (Event, error) {
	switch packet {
	case packetServerCapability:
		return nil, c.capability(w, b)
	case packetClientIDConfirm:
		return nil, c.confirm(w, b)
	case packetUserLoggedOn:
		c.loggedOn = true
		c.announce(w)
		return LoggedOn{}, nil
	case packetDeviceReply:
		return asEvent(ParseDeviceReply(b))
	case packetIORequest:
		return c.request(w, b)
	}
	return nil, &field.Error{PDU: "rdpdr: message", Field: "PacketId", Problem: fmt.Sprintf("0x%04X is unknown", packet)}
}

func (c *Client) serverAnnounce(w *writer, b []byte) (Event, error) {
	a, err := ParseServerAnnounce(b)
	if err != nil {
		return nil, err
	}
	var event Event
	if c.announced {
		event = Reset{}
	}
	c.server, c.caps, c.announced, c.confirmed, c.loggedOn = a, Capabilities{}, true, false, false
	clear(c.open)
	for _, d := range c.devices {
		d.announced = false
	}
	reply := Announce{VersionMinor: c.version(), ClientID: a.ClientID}
	if a.VersionMinor < VersionClientID {
		reply.ClientID = c.cfg.ClientID
	}
	w.add(reply.AppendClientID(w.out))
	w.add(AppendClientName(w.out, c.cfg.ComputerName))
	return event, nil
}

func (c *Client) version() uint16 { return min(c.server.VersionMinor, Version10) }

// capability answers the server's capabilities at once: some servers confirm the client's ID
// only then.
func (c *Client) capability(w *writer, b []byte) error {
	caps, err := ParseCapabilities(b, true)
	if err != nil {
		return err
	}
	c.caps = caps
	ours := Capabilities{
		General: General{
			Version: 2, VersionMinor: c.version(), IOCode1: allFunctions, ExtendedPDU: ExtendedDeviceRemove | ExtendedUserLoggedOn,
		},
		Printer: 1, Drive: 2,
	}
	if c.cfg.Async {
		ours.General.ExtraFlags = AsyncIO
	}
	w.add(ours.Append(w.out, false))
	return nil
}

func (c *Client) confirm(w *writer, b []byte) error {
	a, err := ParseClientID(b)
	if err != nil {
		return err
	}
	c.server.VersionMinor = min(c.server.VersionMinor, a.VersionMinor)
	c.confirmed = true
	c.announce(w)
	return nil
}

// tellsLogon reports whether the server sends a message when a user logs on.
func (c *Client) tellsLogon() bool {
	return c.caps.General.ExtendedPDU&ExtendedUserLoggedOn != 0 && c.server.VersionMinor > Version51
}

func (c *Client) mayAnnounce(d *device) bool {
	if d.announced || !c.confirmed {
		return false
	}
	return c.loggedOn || !c.tellsLogon() || c.cfg.EarlyPrinters && d.Type == TypePrinter
}

// announce announces the devices that may be by now.
func (c *Client) announce(w *writer) {
	var ready []Device
	for _, d := range c.devices {
		if c.mayAnnounce(d) {
			d.announced = true
			ready = append(ready, d.Device)
		}
	}
	if len(ready) > 0 {
		w.add(AppendDevices(w.out, ready))
	}
}

// Add adds a device. It returns out with a message appended if the device can be announced
// at once.
func (c *Client) Add(out []byte, d Device) []byte {
	c.devices = append(c.devices, &device{Device: d})
	w := writer{out: out}
	c.announce(&w)
	return w.out
}

// Remove takes a device away. It returns out with a message appended if the server knows the
// device and takes such messages. Open requests of the device are no longer to be completed.
func (c *Client) Remove(out []byte, id uint32) []byte {
	i := slices.IndexFunc(c.devices, func(d *device) bool { return d.ID == id })
	if i < 0 {
		return out
	}
	known := c.devices[i].announced
	c.devices = slices.Delete(c.devices, i, i+1)
	for key, o := range c.open {
		if o.Device == id {
			delete(c.open, key)
		}
	}
	if known && c.caps.General.ExtendedPDU&ExtendedDeviceRemove != 0 {
		out = AppendRemoved(out, []uint32{id})
	}
	return out
}

func (c *Client) knows(id uint32) bool {
	return slices.ContainsFunc(c.devices, func(d *device) bool { return d.ID == id && d.announced })
}

// request takes an I/O request.
func (c *Client) request(w *writer, b []byte) (Event, error) {
	request, err := ParseRequest(b)
	if err != nil {
		return nil, err
	}
	q := request.Head()
	if known, ok := c.open[q.Completion]; ok {
		// A server may give up on a notification and use its ID again.
		if !known.isNotify() {
			return nil, &field.Error{PDU: "rdpdr: device I/O request", Field: "CompletionId", Problem: fmt.Sprintf("%d is in use", q.Completion)}
		}
		delete(c.open, q.Completion)
	}
	if status := c.refuse(request); status != StatusSuccess {
		w.add(appendFailure(w.out, newOpen(request), status))
		return nil, nil
	}
	if _, ok := request.(Close); ok {
		c.cleanup(w, q)
	}
	c.open[q.Completion] = newOpen(request)
	return request, nil
}

// refuse returns the status of a request that is told no one, else StatusSuccess.
func (c *Client) refuse(request IORequest) Status {
	if !c.knows(request.Head().Device) {
		return StatusNoSuchDevice
	}
	if len(c.open) >= MaxOpen {
		return StatusInsufficientResources
	}
	ok := true
	switch q := request.(type) {
	case Unknown:
		ok = false
	case Read:
		if q.Length > MaxTransfer {
			return StatusInsufficientResources
		}
	case QueryInformation:
		ok = q.Class.isQuery()
	case SetInformation:
		ok = q.Class.isSet()
	case QueryVolume:
		ok = q.Class.isQuery()
	case SetVolume:
		ok = q.Class == FsLabelInformation
	case QueryDirectory:
		ok = q.Class.isDirectory()
	}
	if !ok {
		return StatusNotSupported
	}
	return StatusSuccess
}

// cleanup completes the notifications of a directory that is closed.
func (c *Client) cleanup(w *writer, q Request) {
	var keys []uint32
	for key, o := range c.open {
		if o.isNotify() && o.Device == q.Device && o.File == q.File {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		w.add(appendFailure(w.out, c.open[key], StatusNotifyCleanup))
		delete(c.open, key)
	}
}
