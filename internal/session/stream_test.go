// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// everything is an engine that takes all input, and reads streams to their end.
type everything struct{ inputs }

func (h everything) read(kind string, in *InStream) {
	data, err := io.ReadAll(in)
	h.lines <- fmt.Sprintf("%s %s %s %q %v", kind, in.Mimetype(), in.Name(), data, err)
}

func (h everything) Clipboard(_ *User, in *InStream) { h.read("clipboard", in) }
func (h everything) File(_ *User, in *InStream)      { h.read("file", in) }
func (h everything) Pipe(_ *User, in *InStream)      { h.read("pipe", in) }
func (h everything) Argv(_ *User, in *InStream)      { h.read("argv", in) }
func (h everything) Audio(_ *User, in *InStream)     { h.read("audio", in) }

// withEngine joins one user to a session with an engine.
func withEngine(t *testing.T, h Handler) (*Session, *client) {
	t.Helper()
	s := New(Config{})
	s.SetHandler(h)
	return s, join(t, s, UserConfig{Owner: true})
}

func TestStreamsFromTheUser(t *testing.T) {
	// Features: COM-11, COM-12, COM-07
	for _, opcode := range []string{"clipboard", "file", "pipe", "argv", "audio"} {
		t.Run(opcode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := everything{inputs{newRecorder()}}
				_, c := withEngine(t, h)
				h.take()
				args := []string{"3", "text/plain"}
				name := ""
				if opcode != "clipboard" && opcode != "audio" {
					name = "n"
					args = append(args, name)
				}
				c.send(opcode, args...)
				c.Want("stream is accepted", "ack", "3", "OK", "0")
				c.blob("3", "hello ")
				c.Want("first blob", "ack", "3", "OK", "0")
				c.blob("3", "world")
				c.Want("second blob", "ack", "3", "OK", "0")
				c.send("end", "3")
				if got, want := h.take(), fmt.Sprintf(`%s text/plain %s "hello world" <nil>`, opcode, name); got != want {
					t.Errorf("engine read %q, want %q", got, want)
				}
				c.blob("3", "more")
				c.Want("stream has ended", "ack", "3", "*", strconv.Itoa(int(guac.ResourceClosed)))
				c.leave()
			})
		})
	}
}

func TestStreamsThatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := withEngine(t, newRecorder())
		for _, tc := range []struct {
			why    string
			send   []string
			status guac.Status
		}{
			{"no handler", []string{"file", "1", "text/plain", "f"}, guac.Unsupported},
			{"no object", []string{"put", "5", "1", "text/plain", "/f"}, guac.ResourceNotFound},
			{"blob of no stream", []string{"blob", "1", "AAAA"}, guac.ResourceClosed},
		} {
			c.send(tc.send[0], tc.send[1:]...)
			c.Want(tc.why, "ack", "1", "*", strconv.Itoa(int(tc.status)))
		}
		c.send("ack", "0", "OK", "0")
		c.send("end", "9")
		c.send("get", "0", "/")
		c.leave()
	})
}

// holder keeps streams open until it is released.
type holder struct {
	*recorder
	release chan struct{}
}

func (h holder) File(_ *User, in *InStream) {
	_, _ = in.Read(make([]byte, 1))
	<-h.release
}

func TestStreamLimits(t *testing.T) {
	// Features: DIS-22
	synctest.Test(t, func(t *testing.T) {
		h := holder{newRecorder(), make(chan struct{})}
		_, c := withEngine(t, h)
		for i := range maxOpenStreams {
			c.send("file", strconv.Itoa(i), "text/plain", "f")
			c.Want("within the limit", "ack", strconv.Itoa(i), "OK", "0")
		}
		for index, status := range map[string]guac.Status{
			"100": guac.ClientTooMany, "512": guac.ClientBadRequest, "-1": guac.ClientBadRequest,
		} {
			c.send("file", index, "text/plain", "f")
			c.Want("refused", "ack", index, "*", strconv.Itoa(int(status)))
		}
		c.send("file", "0", "text/plain", "again")
		c.Want("an index that is used again", "ack", "0", "OK", "0")
		close(h.release)
		c.leave()
	})
}

func TestStreamThatIsNotReadIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holder{newRecorder(), make(chan struct{})}
		_, c := withEngine(t, h)
		c.send("file", "1", "text/plain", "f")
		c.Want("accepted", "ack", "1", "OK", "0")
		data := strings.Repeat("x", guac.MaxBlob)
		go func() {
			for range maxBuffered/guac.MaxBlob + 3 {
				c.blobWithoutWaiting("1", data)
			}
		}()
		c.Want("too much", "ack", "1", "*", strconv.Itoa(int(guac.ClientOverrun)))
		close(h.release)
		c.leave()
	})
}

func TestFileIsPacedByAcknowledgement(t *testing.T) {
	// Features: COM-12
	synctest.Test(t, func(t *testing.T) {
		s, c := withEngine(t, newRecorder())
		data := bytes.Repeat([]byte("0123456789"), 10000)
		done := make(chan error, 1)
		go func() {
			out, err := s.Owner().OpenFile("text/plain", "numbers.txt")
			if err == nil {
				_, err = out.Write(data)
				err = errors.Join(err, out.Close())
			}
			done <- err
		}()
		c.Want("announced", "file", "0", "text/plain", "numbers.txt")
		synctest.Wait()
		if got := queued(s.Owner()); got != 0 {
			t.Errorf("%d bytes were sent before the client accepted", got)
		}
		c.send("ack", "0", "OK", "0")
		var got []byte
		for len(got) < len(data) {
			ins := c.Next()
			if ins[0] != "blob" || ins[1] != "0" {
				t.Fatalf("got %q", ins[:2])
			}
			part := decode(t, ins[2])
			got = append(got, part...)
			if ahead := queued(s.Owner()); ahead > 2*ackWindow*guac.MaxBlob*3/2 {
				t.Fatalf("%d bytes are queued", ahead)
			}
			select {
			case err := <-done:
				t.Fatalf("closed before the last answer: %v", err)
			default:
			}
			c.send("ack", "0", "OK", "0")
		}
		c.Want("end", "end", "0")
		if err := <-done; err != nil || !bytes.Equal(got, data) {
			t.Errorf("%v; data equal: %v", err, bytes.Equal(got, data))
		}
		c.leave()
	})
}

func TestRefusedStreamsOfTheDisplayAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true})
		c.send("ack", "509", "no decoder", "783") // nobody listens yet
		var got []string
		s.Owner().OnRefuse(func(stream int, status guac.Status) { got = append(got, fmt.Sprint(stream, " ", status)) })
		out, err := s.Owner().OpenPipe("text/plain", "p")
		if err != nil {
			t.Fatal(err)
		}
		c.Want("the pipe", "pipe", "0", "text/plain", "p")
		c.send("ack", strconv.Itoa(out.Index()), "no", "256") // of the pipe
		c.send("ack", "511", "OK", "0")
		c.send("ack", "509", "no decoder", "783")
		if want := []string{"509 " + guac.ClientBadType.String()}; !slices.Equal(got, want) {
			t.Errorf("told of %v, want %v", got, want)
		}
		c.leave()
	})
}

// queued returns how much waits for the user's writer.
func queued(u *User) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.out.bytes + u.writing
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestClientRefusesAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := withEngine(t, newRecorder())
		out, err := s.Owner().OpenFile("text/plain", "f")
		if err != nil {
			t.Fatal(err)
		}
		c.Want("announced", "file", "0", "text/plain", "f")
		c.send("ack", "0", "no room", strconv.Itoa(int(guac.ClientOverrun)))
		if _, err := out.Write([]byte("x")); guac.StatusOf(err) != guac.ClientOverrun {
			t.Errorf("Write: %v", err)
		}
		if err := out.Close(); guac.StatusOf(err) != guac.ClientOverrun {
			t.Errorf("Close: %v", err)
		}
		c.leave()
	})
}

func TestStreamFailsWhenTheUserLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := everything{inputs{newRecorder()}}
		s, c := withEngine(t, h)
		h.take()
		out, err := s.Owner().OpenFile("text/plain", "f")
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 1)
		go func() { _, err := out.Write([]byte("x")); failed <- err }()
		c.Want("announced", "file", "0", "text/plain", "f")
		c.send("pipe", "1", "text/plain", "p")
		c.Want("accepted", "ack", "1", "OK", "0")
		c.leave()
		if err := <-failed; err == nil {
			t.Error("Write succeeded")
		}
		if got := h.take(); !strings.Contains(got, "pipe text/plain p \"\" "+errLeft.Error()) {
			t.Errorf("engine was told %q", got)
		}
		if _, err := out.Write([]byte("x")); err == nil {
			t.Error("Write to a user that has left succeeded")
		}
	})
}

func TestClipboardToTheUser(t *testing.T) {
	// Features: COM-04
	synctest.Test(t, func(t *testing.T) {
		s, c := withEngine(t, newRecorder())
		big := strings.Repeat("x", 500<<10)
		u := s.Owner()
		u.SendClipboard("text/plain", []byte(big))
		synctest.Wait()
		if got := queued(u); got > pacedBytes+2*guac.MaxBlob {
			t.Errorf("%d bytes are queued, want paced", got)
		}
		u.SendClipboard("text/plain", []byte("lost"))
		u.SendClipboard("text/plain", []byte("newest"))
		if got := c.readStream("clipboard", "text/plain"); got != big {
			t.Errorf("first clipboard has %d bytes, want %d", len(got), len(big))
		}
		if got := c.readStream("clipboard", "text/plain"); got != "newest" {
			t.Errorf("second clipboard %q", got)
		}
		c.leave()
	})
}

// readStream reads a whole stream that is sent without waiting for answers.
func (c *client) readStream(opcode string, args ...string) string {
	c.t.Helper()
	first := c.Next()
	if first[0] != opcode || cmp.Diff(args, first[2:]) != "" {
		c.t.Fatalf("got %.60q, want %s %q", first, opcode, args)
	}
	var data []byte
	for {
		ins := c.Next()
		if ins[1] != first[1] {
			c.t.Fatalf("got %q of another stream", ins[:2])
		}
		if ins[0] == "end" {
			return string(data)
		}
		data = append(data, decode(c.t, ins[2])...)
	}
}

func TestPipeAndArgvToTheUser(t *testing.T) {
	// Features: COM-07, COM-11
	synctest.Test(t, func(t *testing.T) {
		s, c := withEngine(t, newRecorder())
		if err := s.Owner().OpenArgv("color-scheme", "white-black"); err != nil {
			t.Fatal(err)
		}
		if got := c.readStream("argv", "text/plain", "color-scheme"); got != "white-black" {
			t.Errorf("argv %q", got)
		}
		pipe, err := s.Owner().OpenPipe("text/plain", "output")
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"one ", "two"} {
			if _, err := io.WriteString(pipe, part); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(pipe.Close(), pipe.Close()); err != nil {
			t.Error(err)
		}
		if got := c.readStream("pipe", "text/plain", "output"); got != "one two" {
			t.Errorf("pipe %q", got)
		}
		c.leave()
	})
}

// shelf is an object with files in memory.
type shelf struct{ files map[string]string }

func (o shelf) Get(_ context.Context, _ *User, path string) (string, io.ReadCloser, error) {
	data, ok := o.files[path]
	if !ok {
		return "", nil, guac.Errorf(guac.ResourceNotFound, "no such file")
	}
	return "text/plain", io.NopCloser(strings.NewReader(data)), nil
}

func (o shelf) Put(_ context.Context, _ *User, path, _ string, in io.Reader) error {
	if path == "/forbidden" {
		return guac.Errorf(guac.ClientForbidden, "not there")
	}
	data, err := io.ReadAll(in)
	o.files[path] = string(data)
	return err
}

func TestObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := withEngine(t, newRecorder())
		o := shelf{map[string]string{"/a": "content of a"}}
		index, err := s.Owner().DefineObject("Shelf", o)
		if err != nil || index != 0 {
			t.Fatalf("DefineObject = %d, %v", index, err)
		}
		c.Want("shown", "filesystem", "0", "Shelf")
		c.send("get", "0", "/missing")
		c.send("get", "0", "/a")
		c.Want("body", "body", "0", "0", "text/plain", "/a")
		c.send("ack", "0", "OK", "0")
		c.WantBlob(0, "content of a")
		c.send("ack", "0", "OK", "0")
		c.Want("end", "end", "0")

		c.send("put", "0", "4", "text/plain", "/b")
		c.Want("accepted", "ack", "4", "OK", "0")
		c.blob("4", "content of b")
		c.Want("stored", "ack", "4", "OK", "0")
		c.send("end", "4")
		if got := o.files["/b"]; got != "content of b" {
			t.Errorf("stored %q", got)
		}
		c.send("put", "0", "5", "text/plain", "/forbidden")
		c.Want("refused", "ack", "5", "not there", strconv.Itoa(int(guac.ClientForbidden)))

		s.Owner().UndefineObject(0)
		s.Owner().UndefineObject(0)
		c.Want("gone", "undefine", "0")
		for range maxObjects {
			if _, err := s.Owner().DefineObject("x", o); err != nil {
				t.Fatal(err)
			}
			c.Next()
		}
		if _, err := s.Owner().DefineObject("x", o); guac.StatusOf(err) != guac.ClientTooMany {
			t.Errorf("65th object: %v", err)
		}
		c.leave()
	})
}

func TestRequire(t *testing.T) {
	// Features: COM-08
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true, ReadOnly: true})
		type result struct {
			values map[string]string
			err    error
		}
		results := make(chan result, 1)
		go func() {
			values, err := s.Require(t.Context(), "username", "password")
			results <- result{values, err}
		}()
		c.Want("asked", "required", "username", "password")
		for i, name := range []string{"password", "username"} {
			stream := strconv.Itoa(i)
			c.send("argv", stream, "text/plain", name)
			c.Want("accepted", "ack", stream, "OK", "0")
			c.blob(stream, "value of "+name)
			c.Want("taken", "ack", stream, "OK", "0")
			c.send("end", stream)
		}
		got := <-results
		want := map[string]string{"username": "value of username", "password": "value of password"}
		if diff := cmp.Diff(want, got.values); diff != "" || got.err != nil {
			t.Errorf("%v (-want +got):\n%s", got.err, diff)
		}
		c.send("argv", "0", "text/plain", "password")
		c.Want("nobody asks any more", "ack", "0", "*", strconv.Itoa(int(guac.ClientForbidden)))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Require(ctx, "domain"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Require without an answer: %v", err)
		}
		c.Want("asked", "required", "domain")
		go func() { _, err := s.Require(t.Context(), "domain"); results <- result{err: err} }()
		c.Want("asked", "required", "domain")
		c.leave()
		if got := <-results; guac.StatusOf(got.err) != guac.ClientUnauthorized {
			t.Errorf("owner left: %v", got.err)
		}
	})
}

func TestRequireOfAnOldClient(t *testing.T) {
	// Features: DIS-21
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		c := join(t, s, UserConfig{Owner: true, Info: guac.ClientInfo{Version: guac.Version1_1_0}})
		if _, err := s.Require(t.Context(), "password"); guac.StatusOf(err) != guac.ClientUnauthorized {
			t.Errorf("Require: %v", err)
		}
		c.leave()
	})
}
