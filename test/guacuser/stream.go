// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Stream is what came by one stream that is no picture.
type Stream struct {
	// Opcode is the instruction that opened it: clipboard, file, pipe, argv or body.
	Opcode string
	// Name is that of the file, pipe, parameter or path.
	Name     string
	Mimetype string
	Data     []byte
}

// streamLocked takes an instruction of streams and objects, unless it is that of a picture.
func (u *User) streamLocked(ins *guac.Instruction) (handled bool, err error) {
	switch string(ins.Opcode) {
	case guac.OpClipboard, guac.OpFile, guac.OpPipe, guac.OpArgv:
		return true, u.openLocked(ins, 0)
	case guac.OpBody:
		return true, u.openLocked(ins, 1)
	case guac.OpBlob, guac.OpEnd, guac.OpAck, guac.OpFilesystem, guac.OpUndefine:
	default:
		return false, nil
	}
	index, err := ins.Int(0)
	if err != nil {
		return true, err
	}
	s, open := u.streams[index]
	switch {
	case ins.Is(guac.OpAck):
		u.acks[index] = append(u.acks[index], guac.ParseStatus(ins.Arg(2)))
	case ins.Is(guac.OpFilesystem):
		u.objects[ins.Text(1)] = index
	case ins.Is(guac.OpUndefine):
		maps.DeleteFunc(u.objects, func(_ string, object int) bool { return object == index })
	case !open:
		return false, nil
	case ins.Is(guac.OpEnd):
		delete(u.streams, index)
		u.endLocked(s)
	default:
		data, err := base64.StdEncoding.DecodeString(ins.Text(1))
		if err != nil {
			return true, err
		}
		s.Data = append(s.Data, data...)
		u.Write(guac.AppendAck(nil, index, "OK", guac.Success))
	}
	return true, nil
}

// openLocked takes a stream whose index is in the given argument, before mimetype and name.
func (u *User) openLocked(ins *guac.Instruction, argument int) error {
	index, err := ins.Int(argument)
	if err != nil {
		return err
	}
	u.streams[index] = &Stream{Opcode: string(ins.Opcode), Mimetype: ins.Text(argument + 1), Name: ins.Text(argument + 2)}
	u.Write(guac.AppendAck(nil, index, "OK", guac.Success))
	return nil
}

func (u *User) endLocked(s *Stream) {
	switch s.Opcode {
	case guac.OpClipboard:
		u.clipboard = string(s.Data)
		u.copies++
	case guac.OpArgv:
		u.argv[s.Name] = string(s.Data)
	default:
		u.received = append(u.received, s)
	}
}

// Receive waits for a file, pipe or body that has come to its end, and takes it.
func (u *User) Receive(opcode, name string) *Stream {
	u.t.Helper()
	var found *Stream
	u.Wait(opcode+" "+name, func() error {
		u.mu.Lock()
		defer u.mu.Unlock()
		i := slices.IndexFunc(u.received, func(s *Stream) bool { return s.Opcode == opcode && s.Name == name })
		if i < 0 {
			return errors.New("none has ended")
		}
		found = u.received[i]
		u.received = slices.Delete(u.received, i, i+1)
		return nil
	})
	return found
}

// WaitText waits until the clipboard has the text.
func (u *User) WaitText(what string, condition func(text string) error) {
	u.t.Helper()
	u.Wait(what, func() error {
		u.mu.Lock()
		text := u.clipboard
		u.mu.Unlock()
		return condition(text)
	})
}

// WaitArgv waits until the daemon has told that value of a parameter.
func (u *User) WaitArgv(name, want string) {
	u.t.Helper()
	u.Wait(name, func() error {
		if got := u.Argv(name); got != want {
			return fmt.Errorf("it is %q, want %q", got, want)
		}
		return nil
	})
}

// SetClipboard sends text as the user's clipboard.
func (u *User) SetClipboard(text string) {
	index := u.nextStream()
	b := guac.Begin(nil, guac.OpClipboard).Int(index).Str("text/plain").End()
	u.Write(guac.AppendEnd(guac.AppendBlobs(b, index, []byte(text)), index))
}

// Upload opens a stream, with the arguments that follow its index, and sends data by it, each blob after the answer to
// the one before. It returns the first status that is not SUCCESS.
func (u *User) Upload(data io.Reader, opcode string, args ...string) guac.Status {
	u.t.Helper()
	index := u.nextStream()
	b := guac.Begin(nil, opcode).Int(index)
	for _, arg := range args {
		b = b.Str(arg)
	}
	return u.upload(index, b.End(), data)
}

// UploadText is Upload of a text.
func (u *User) UploadText(text, opcode string, args ...string) guac.Status {
	u.t.Helper()
	return u.Upload(bytes.NewReader([]byte(text)), opcode, args...)
}

// Get reads a stream of the filesystem object with the given name.
func (u *User) Get(object, path string) []byte {
	u.t.Helper()
	u.Write(guac.Begin(nil, guac.OpGet).Int(u.object(object)).Str(path).End())
	return u.Receive(guac.OpBody, path).Data
}

// Put writes a file of the object, and returns the first status that is not SUCCESS.
func (u *User) Put(object, path string, data io.Reader) guac.Status {
	u.t.Helper()
	index := u.nextStream()
	open := guac.Begin(nil, guac.OpPut).Int(u.object(object)).Int(index).Str("application/octet-stream").Str(path).End()
	return u.upload(index, open, data)
}

func (u *User) upload(index int, open []byte, data io.Reader) guac.Status {
	u.t.Helper()
	u.Write(open)
	buf := make([]byte, guac.MaxBlob)
	for acked := 1; ; acked++ {
		if status := u.ack(index, acked); status != guac.Success {
			return status
		}
		n, err := io.ReadFull(data, buf)
		if n == 0 {
			u.Write(guac.AppendEnd(nil, index))
			return guac.Success
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			u.t.Fatal(err)
		}
		u.Blob(index, buf[:n])
	}
}

// ack waits for the nth ack of a stream of ours.
func (u *User) ack(index, n int) guac.Status {
	u.t.Helper()
	var status guac.Status
	u.Wait(fmt.Sprintf("ack %d of stream %d", n, index), func() error {
		u.mu.Lock()
		defer u.mu.Unlock()
		if len(u.acks[index]) < n {
			return fmt.Errorf("%d acks", len(u.acks[index]))
		}
		status = u.acks[index][n-1]
		return nil
	})
	return status
}

// WaitObject waits until there is a filesystem object with the given name.
func (u *User) WaitObject(name string) {
	u.t.Helper()
	u.object(name)
}

func (u *User) object(name string) int {
	u.t.Helper()
	index := 0
	u.Wait("the filesystem "+name, func() error {
		u.mu.Lock()
		defer u.mu.Unlock()
		var ok bool
		if index, ok = u.objects[name]; !ok {
			return fmt.Errorf("the filesystems are %v", slices.Sorted(maps.Keys(u.objects)))
		}
		return nil
	})
	return index
}

func (u *User) nextStream() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stream++
	return u.stream
}
