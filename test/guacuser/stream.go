// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// SetClipboard sends text as the user's clipboard.
func (u *User) SetClipboard(text string) {
	index := u.nextStream()
	b := guac.Begin(nil, guac.OpClipboard).Int(index).Str("text/plain").End()
	u.send(guac.AppendEnd(guac.AppendBlobs(b, index, []byte(text)), index))
}

// Get reads a stream of the filesystem object with the given name.
func (u *User) Get(object, path string) []byte {
	u.t.Helper()
	index := u.object(object)
	u.send(guac.Begin(nil, guac.OpGet).Int(index).Str(path).End())
	var body []byte
	u.Wait("the body of "+path, func() error {
		u.mu.Lock()
		defer u.mu.Unlock()
		var ok bool
		if body, ok = u.bodies[path]; !ok {
			return errors.New("none")
		}
		delete(u.bodies, path)
		return nil
	})
	return body
}

// Put writes a file of the object, each blob after the ack of the one before, and returns
// the status of the last ack.
func (u *User) Put(object, path string, data io.Reader) guac.Status {
	u.t.Helper()
	index := u.nextStream()
	u.send(guac.Begin(nil, guac.OpPut).Int(u.object(object)).Int(index).Str("application/octet-stream").Str(path).End())
	buf := make([]byte, guac.MaxBlob)
	for acked := 1; ; acked++ {
		if status := u.ack(index, acked); status != guac.Success {
			return status
		}
		n, err := io.ReadFull(data, buf)
		if n == 0 {
			u.send(guac.AppendEnd(nil, index))
			return guac.Success
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			u.t.Fatal(err)
		}
		u.send(guac.AppendBlobs(nil, index, buf[:n]))
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
	u.next++
	return u.next
}
