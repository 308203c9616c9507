// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

func open(opcode string, index int, args ...string) []byte {
	b := guac.Begin(nil, opcode).Int(index)
	for _, arg := range args {
		b = b.Str(arg)
	}
	return b.End()
}

func TestClipboardBothWays(t *testing.T) {
	// Features: COM-04, TERM-14, TERM-15
	// Part of: SSH-18
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.owner.see("ready$")
	if got := f.owner.upload(3, open(guac.OpClipboard, 3, "text/plain"), []byte("pasted text")); got != guac.Success {
		t.Fatalf("clipboard: %v", got)
	}
	f.owner.until("end of the clipboard", func() bool { return len(f.owner.acks[3]) >= 2 })
	// A middle click pastes; the clipboard is there once its stream has been read. Reading the screen is a copy.
	f.owner.seeAfter("pasted text", func() {
		if got := f.owner.upload(3, open(guac.OpClipboard, 3, "text/plain"), []byte("pasted text")); got != guac.Success {
			t.Fatal(got)
		}
		f.owner.mouse(5, 5, 2)
		f.owner.mouse(5, 5, 0)
	})
	if got := f.owner.upload(4, open(guac.OpClipboard, 4, "image/png"), []byte("x")); got != guac.ClientBadType {
		t.Errorf("a picture as clipboard: %v, want CLIENT_BAD_TYPE", got)
	}
}

func TestClipboardCanBeDisabled(t *testing.T) {
	// Features: COM-04
	// Part of: SSH-18
	s := newServer(t)
	s.shell = func(session *serverSession) int {
		fmt.Fprint(session, "\x1b]52;c;aGk=\x07\x1b]0;drawn\x07visible text")
		return greet(session)
	}
	f := start(t, Options{}, s.params(map[string]string{"disable-copy": "true", "disable-paste": "true"}))
	f.owner.until("title", func() bool { return f.owner.title == "drawn" })
	if text := f.owner.screen(); text != "" || f.owner.copies != 0 {
		t.Errorf("copied %q", text)
	}
	if got := f.owner.upload(3, open(guac.OpClipboard, 3, "text/plain"), []byte("x")); got != guac.ClientForbidden {
		t.Errorf("paste: %v, want CLIENT_FORBIDDEN", got)
	}
}

func TestSettingsChangeForAllUsers(t *testing.T) {
	// Features: COM-07, TERM-09, TERM-10
	// Part of: SSH-17
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"color-scheme": "green-black"}))
	f.owner.see("ready$")
	want := map[string]string{"color-scheme": "green-black", "font-name": "monospace", "font-size": "12"}
	joiner := f.join(false, false)
	for _, u := range []*user{f.owner, joiner} {
		for name, value := range want {
			u.until("announcement of "+name, func() bool { return u.argv[name] == value })
		}
	}
	for name, value := range map[string]string{"color-scheme": "background: navy", "font-size": "24"} {
		if got := joiner.upload(1, open(guac.OpArgv, 1, "text/plain", name), []byte(value)); got != guac.Success {
			t.Errorf("%s: %v", name, got)
		}
		f.owner.until("new "+name, func() bool { return f.owner.argv[name] == value })
	}
	f.owner.typeText("size\n")
	f.owner.see("now 41x12")
	for name, status := range map[string]guac.Status{"hostname": guac.ClientForbidden, "password": guac.ClientForbidden} {
		if got := f.owner.upload(1, open(guac.OpArgv, 1, "text/plain", name), []byte("x")); got != status {
			t.Errorf("%s: %v, want %v", name, got, status)
		}
	}
	long := []byte("color1: red;" + strings.Repeat(" ", 2*maxArgv))
	if got := f.owner.upload(1, open(guac.OpArgv, 1, "text/plain", "color-scheme"), long); got != guac.ClientOverrun {
		t.Errorf("long value: %v, want CLIENT_OVERRUN", got)
	}
}

func TestJoinersSeeAndType(t *testing.T) {
	// Features: COM-13
	// Part of: SSH-17, SSH-18
	s := newServer(t)
	s.shell = func(session *serverSession) int {
		fmt.Fprint(session, "\x1b]0;the title\x07")
		return greet(session)
	}
	f := start(t, Options{}, s.params(nil))
	f.owner.see("ready$")
	joiner, watcher := f.join(false, false), f.join(false, true)
	for _, u := range []*user{joiner, watcher} {
		u.until("title", func() bool { return u.title == "the title" })
	}
	joiner.see("ready$")
	watcher.typeText("watched\n")
	joiner.typeText("joined\n")
	f.owner.see(`got "joined"`)
	if strings.Contains(f.owner.screen(), "watched") {
		t.Error("a user who can only watch has typed")
	}
}

func TestFilesOfTheServer(t *testing.T) {
	// Features: SSH-13, SSH-14, SSH-15, COM-06, COM-12, TERM-18, TERM-19
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "up"), 0o755); err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("some content 0123456789\n"), 2000)
	if err := os.WriteFile(filepath.Join(dir, "down"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newServer(t)
	plain := greet
	s.shell = func(session *serverSession) int {
		fmt.Fprintf(session, "\x1b]482201;%s/up\x07", dir)
		return plain(session)
	}
	f := start(t, Options{}, s.params(map[string]string{"enable-sftp": "true", "sftp-root-directory": dir}))
	u := f.owner
	object := u.object()
	if u.objects[object] != dir {
		t.Errorf("the object is called %q, want its root", u.objects[object])
	}
	u.send(guac.Append(nil, guac.OpGet, strconv.Itoa(object), "/"))
	var index map[string]string
	listing := u.received(guac.OpBody, "/")
	if err := json.Unmarshal(listing.data, &index); err != nil || index["/down"] == "" || index["/up"] == "" {
		t.Errorf("listing %q: %v", listing.data, err)
	}
	u.send(guac.Append(nil, guac.OpGet, strconv.Itoa(object), "/down"))
	if got := u.received(guac.OpBody, "/down"); !bytes.Equal(got.data, data) {
		t.Errorf("download has %d bytes, want %d", len(got.data), len(data))
	}
	put := guac.Append(nil, guac.OpPut, strconv.Itoa(object), "5", "text/plain", "/stored")
	if got := u.upload(5, put, data); got != guac.Success {
		t.Errorf("upload: %v", got)
	}
	waitFile(t, u, filepath.Join(dir, "stored"), data)

	missing := guac.Append(nil, guac.OpPut, strconv.Itoa(object), "6", "text/plain", "/missing/x")
	if got := u.upload(6, missing, data); got != guac.ResourceNotFound {
		t.Errorf("upload to a missing directory: %v, want RESOURCE_NOT_FOUND", got)
	}

	u.see("ready$")
	if got := u.upload(7, open(guac.OpFile, 7, "text/plain", "../dropped"), data); got != guac.Success {
		t.Errorf("dropped file: %v", got)
	}
	waitFile(t, u, filepath.Join(dir, "up", "dropped"), data)
	late := f.join(false, false)
	late.object()
}

// waitFile waits until a file has the given content: an upload is done some time after its last acknowledgement.
func waitFile(t *testing.T, u *user, path string, want []byte) {
	t.Helper()
	ok := u.within(patience, func() bool {
		got, err := os.ReadFile(path)
		return err == nil && bytes.Equal(got, want)
	})
	if !ok {
		t.Errorf("%s does not have the %d bytes that were sent", path, len(want))
	}
}

func TestShellSendsAFile(t *testing.T) {
	// Features: SSH-15, TERM-18, COM-12
	file := filepath.Join(t.TempDir(), "report.txt")
	if err := os.WriteFile(file, []byte("the report"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newServer(t)
	s.shell = func(session *serverSession) int {
		_, _ = session.Read(make([]byte, 1))
		fmt.Fprintf(session, "\x1b]482200;%s\x07sent", file)
		return greet(session)
	}
	f := start(t, Options{}, s.params(map[string]string{"enable-sftp": "true"}))
	f.owner.object()
	f.owner.typeText("\n")
	if got := f.owner.received(guac.OpFile, "report.txt"); string(got.data) != "the report" {
		t.Errorf("downloaded %q", got.data)
	}
}

func TestFilesWithoutSFTP(t *testing.T) {
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.owner.see("ready$")
	if got := f.owner.upload(7, open(guac.OpFile, 7, "text/plain", "x"), nil); got != guac.Unsupported {
		t.Errorf("dropped file: %v, want UNSUPPORTED", got)
	}
}

func TestPipes(t *testing.T) {
	// Features: COM-11, TERM-20, TERM-22
	s := newServer(t)
	s.shell = func(session *serverSession) int {
		fmt.Fprint(session, "\x1b]482202;out\x07for the pipe\x1b]482203;\x07")
		return greet(session)
	}
	f := start(t, Options{}, s.params(nil))
	if got := f.owner.received(guac.OpPipe, "out"); string(got.data) != "for the pipe" {
		t.Errorf("pipe has %q", got.data)
	}
	f.owner.see("ready$")
	if got := f.owner.upload(2, open(guac.OpPipe, 2, "text/plain", "STDIN"), []byte("from a pipe\r")); got != guac.Success {
		t.Errorf("STDIN: %v", got)
	}
	f.owner.see(`got "from a pipe"`)
	if got := f.owner.upload(2, open(guac.OpPipe, 2, "text/plain", "OTHER"), nil); got != guac.Unsupported {
		t.Errorf("another pipe: %v, want UNSUPPORTED", got)
	}
}

func TestUsersGoneWhileConnecting(t *testing.T) {
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"password": ""}))
	f.owner.see("Password:")
	f.owner.key(keysym.F1)
	_ = f.owner.conn.Close()
	f.wait()
}
