// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// FuzzInput lets a user send anything. Whatever it is, the user's end must come when the
// connection ends, and leave nothing open.
func FuzzInput(f *testing.F) {
	for _, seed := range []string{
		"3.key,2.65,1.1;5.mouse,1.1,1.1,1.1;4.size,3.800,3.600;4.sync,1.5;",
		"4.file,1.3,10.text/plain,1.f;4.blob,1.3,4.AAAA;3.end,1.3;",
		"9.clipboard,1.0,10.text/plain;9.clipboard,1.0,10.text/plain;4.blob,1.0,4.AAA!;",
		"3.put,1.0,1.1,10.text/plain,2./b;4.blob,1.1,4.AAAA;3.end,1.1;3.get,1.0,2./a;3.ack,1.0,2.OK,1.0;3.ack,1.0,2.OK,1.0;",
		"4.argv,1.0,10.text/plain,8.password;4.blob,1.0,4.AAAA;3.end,1.0;",
		"4.file,20.99999999999999999999,1.x,1.y;5.touch,1.1,1.1,1.1,1.1,1.1,3.NaN,3.inf;",
		"10.disconnect;", "0.;", "4.nest,1.0,8.3.nop;xx;", "x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		s := New(Config{})
		s.SetHandler(discarder{})
		ours, theirs := net.Pipe()
		defer ours.Close()
		go func() {
			_, _ = ours.Write(input)
			_ = ours.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, ours) }()
		served := make(chan error, 1)
		go func() {
			served <- s.Serve(context.Background(), theirs, UserConfig{ID: "@1", Owner: true, Info: anyone})
		}()
		if owner := s.Owner(); owner != nil {
			_, _ = owner.DefineObject("o", shelf{map[string]string{"/a": strings.Repeat("a", 10000)}})
		}
		select {
		case err := <-served:
			if status := guac.StatusOf(err); status != guac.Success && status != guac.ClientBadRequest {
				t.Fatalf("Serve = %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("user did not end with its connection")
		}
		if len(s.Users()) != 0 {
			t.Fatal("user is still there")
		}
	})
}

// discarder reads every stream to its end.
type discarder struct{}

func (discarder) UserJoined(*User) error          { return nil }
func (discarder) UserLeft(*User)                  {}
func (discarder) Key(*User, uint32, bool)         {}
func (discarder) Mouse(*User, int, int, uint8)    {}
func (discarder) Touch(*User, Touch)              {}
func (discarder) Resize(*User, int, int)          {}
func (discarder) Clipboard(_ *User, in *InStream) { _, _ = io.Copy(io.Discard, in) }
func (discarder) File(_ *User, in *InStream)      { _, _ = io.Copy(io.Discard, in) }
func (discarder) Pipe(_ *User, in *InStream)      { _, _ = io.Copy(io.Discard, in) }
func (discarder) Argv(_ *User, in *InStream)      { _, _ = io.Copy(io.Discard, in) }

// BenchmarkSend is the way of a frame of 20 kB to one user.
func BenchmarkSend(b *testing.B) {
	s := New(Config{})
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, ours) }()
	go func() { _ = s.Serve(context.Background(), theirs, UserConfig{ID: "@1", Owner: true, Info: anyone}) }()
	for s.Owner() == nil {
		time.Sleep(time.Millisecond)
	}
	u := s.Owner()
	frame := guac.AppendSync(guac.AppendBlobs(nil, 1, make([]byte, 15000)), 1)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		_ = u.Send(frame)
		_ = u.waitRoom()
		u.synced(1)
	}
	s.Close(nil)
	_ = ours.Close()
}
