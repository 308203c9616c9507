// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// ErrNotOpen is the error of a completion whose request is not open: it was completed
// before, its directory was closed, its device was removed, or the server began anew.
// Nothing is to be sent then.
var ErrNotOpen = errors.New("rdpdr: the request is not open")

// CreateResult says what a Create did (section 2.2.1.5.1).
type CreateResult uint8

// The results. One that made a file where none was says Superseded.
const (
	Superseded  CreateResult = 0
	Opened      CreateResult = 1
	Overwritten CreateResult = 3
)

// take returns the open request of a head, which is then no longer open, if it is one of the
// function.
func (c *Client) take(q Request, major MajorFunction, minor uint32) (open, error) {
	o, ok := c.open[q.Completion]
	if !ok || o.Request != q {
		return open{}, ErrNotOpen
	}
	if o.major != major || o.minor != minor {
		return open{}, fmt.Errorf("rdpdr: a completion of the function %d.%d, the request is of %d.%d", major, minor, o.major, o.minor)
	}
	delete(c.open, q.Completion)
	return o, nil
}

// appendCompletion appends DR_DEVICE_IOCOMPLETION (section 2.2.1.5).
func appendCompletion(out []byte, q Request, s Status) []byte {
	return append32(appendHeader(out, componentCore, packetIOCompletion), q.Device, q.Completion, uint32(s))
}

// appendBuffer appends what most completions have: a length and a buffer.
func appendBuffer(out []byte, q Request, write func([]byte) []byte) []byte {
	out = append32(appendCompletion(out, q, StatusSuccess), 0)
	start := len(out)
	out = write(out)
	binary.LittleEndian.PutUint32(out[start-4:], uint32(len(out)-start))
	return out
}

// appendFailure appends a completion without a result, in the shape that its request asks
// for.
func appendFailure(out []byte, o open, s Status) []byte {
	out = appendCompletion(out, o.Request, s)
	switch {
	case o.major == MajorSetInformation || o.major == MajorSetVolume:
		return append32(out, o.length)
	case o.major == MajorCreate, o.major == MajorLockControl, o.major == MajorWrite, o.major == MajorDirectoryControl && o.minor == minorQueryDirectory:
		// FileId and Information, or Length and Padding, or five bytes of padding.
		return append(append32(out, 0), 0)
	}
	return append32(out, 0) // Length, or the padding of Close
}

// AppendFailure completes a request of any kind with a status that says why it has no
// result. The end of a directory is one: StatusNoMoreFiles.
func (c *Client) AppendFailure(out []byte, q Request, s Status) ([]byte, error) {
	o := c.open[q.Completion]
	if _, err := c.take(q, o.major, o.minor); err != nil {
		return out, err
	}
	return appendFailure(out, o, s), nil
}

// AppendDone completes a request that has no result with success: Close, SetInformation,
// SetVolume and Lock.
func (c *Client) AppendDone(out []byte, q Request) ([]byte, error) {
	switch o, ok := c.open[q.Completion]; o.major {
	case MajorClose, MajorSetInformation, MajorSetVolume, MajorLockControl:
	default:
		if ok {
			return out, fmt.Errorf("rdpdr: a completion without a result, the request is of the function %d", o.major)
		}
	}
	return c.AppendFailure(out, q, StatusSuccess)
}

// AppendCreated completes a Create: file is the ID by which later requests name the file. It
// is not to be 0, which xrdp takes for none.
func (c *Client) AppendCreated(out []byte, q Request, file uint32, result CreateResult) ([]byte, error) {
	if _, err := c.take(q, MajorCreate, 0); err != nil {
		return out, err
	}
	return append(append32(appendCompletion(out, q, StatusSuccess), file), byte(result)), nil
}

// AppendRead completes a Read. The data is not longer than what was asked for.
func (c *Client) AppendRead(out []byte, q Request, data []byte) ([]byte, error) {
	o := c.open[q.Completion]
	if o.major == MajorRead && uint64(len(data)) > uint64(o.length) {
		return out, fmt.Errorf("rdpdr: %d bytes read of %d", len(data), o.length)
	}
	if _, err := c.take(q, MajorRead, 0); err != nil {
		return out, err
	}
	return append(append32(appendCompletion(out, q, StatusSuccess), uint32(len(data))), data...), nil
}

// AppendWritten completes a Write, of which n bytes were written.
func (c *Client) AppendWritten(out []byte, q Request, n int) ([]byte, error) {
	if _, err := c.take(q, MajorWrite, 0); err != nil {
		return out, err
	}
	return append(append32(appendCompletion(out, q, StatusSuccess), uint32(n)), 0), nil
}

// AppendControlled completes a Control. Output is cut to what was asked for.
func (c *Client) AppendControlled(out []byte, q Request, output []byte) ([]byte, error) {
	o, err := c.take(q, MajorDeviceControl, 0)
	if err != nil {
		return out, err
	}
	output = output[:min(uint64(len(output)), uint64(o.length))]
	return appendBuffer(out, q, func(b []byte) []byte { return append(b, output...) }), nil
}

// AppendInformation completes a QueryInformation, in the class that it asks for.
func (c *Client) AppendInformation(out []byte, q Request, info FileInfo) ([]byte, error) {
	o, err := c.take(q, MajorQueryInformation, 0)
	if err != nil {
		return out, err
	}
	return appendBuffer(out, q, func(b []byte) []byte { return info.appendInformation(b, FileClass(o.class)) }), nil
}

// AppendVolume completes a QueryVolume, in the class that it asks for.
func (c *Client) AppendVolume(out []byte, q Request, info VolumeInfo) ([]byte, error) {
	o, err := c.take(q, MajorQueryVolume, 0)
	if err != nil {
		return out, err
	}
	return appendBuffer(out, q, func(b []byte) []byte { return info.appendInformation(b, VolumeClass(o.class)) }), nil
}

// AppendEntry completes a QueryDirectory with one entry, in the class that it asks for.
func (c *Client) AppendEntry(out []byte, q Request, info FileInfo) ([]byte, error) {
	o, err := c.take(q, MajorDirectoryControl, minorQueryDirectory)
	if err != nil {
		return out, err
	}
	return appendBuffer(out, q, func(b []byte) []byte { return info.appendEntry(b, FileClass(o.class)) }), nil
}

// AppendChanges completes a NotifyChange. Without changes it has the status that has a
// server list the directory again.
func (c *Client) AppendChanges(out []byte, q Request, changes ...Change) ([]byte, error) {
	o, err := c.take(q, MajorDirectoryControl, minorNotifyChange)
	if err != nil {
		return out, err
	}
	if len(changes) == 0 {
		return appendFailure(out, o, StatusNotifyEnumDir), nil
	}
	return appendBuffer(out, q, func(b []byte) []byte { return appendChanges(b, changes) }), nil
}

// Completion is an I/O completion as a server reads it (section 2.2.1.5).
type Completion struct {
	Device     uint32
	Completion uint32
	Status     Status
	// Result is what follows, by the kind of the request.
	Result []byte
}

// ParseCompletion reads an I/O completion.
func ParseCompletion(b []byte) (Completion, error) {
	r := field.NewReader("rdpdr: device I/O completion", b)
	readHeader(r, componentCore, packetIOCompletion)
	c := Completion{Device: r.U32("DeviceId"), Completion: r.U32("CompletionId"), Status: Status(r.U32("IoStatus")), Result: r.Rest()}
	return c, r.Err()
}
