// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
)

func TestClipboardBothWays(t *testing.T) {
	// Features: COM-04, TERM-14, TERM-15
	// Part of: SSH-18
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.See("ready$")
	// A middle click pastes; the clipboard is there once its stream has been read. Reading the screen is a copy.
	f.SeeAfter("pasted text", func() {
		if got := f.UploadText("pasted text", guac.OpClipboard, "text/plain"); got != guac.Success {
			t.Fatalf("clipboard: %v", got)
		}
		f.Mouse(5, 5, 2)
		f.Mouse(5, 5, 0)
	})
	if got := f.UploadText("x", guac.OpClipboard, "image/png"); got != guac.ClientBadType {
		t.Errorf("a picture as clipboard: %v, want CLIENT_BAD_TYPE", got)
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
	f.See("ready$")
	joiner, watcher := f.join(nil), f.join(map[string]string{"read-only": "true"})
	for _, u := range []*guacuser.User{joiner, watcher} {
		waitTitle(u, "the title")
	}
	joiner.See("ready$")
	watcher.Type("watched\n")
	if got := watcher.UploadText("x", guac.OpPipe, "text/plain", "STDIN"); got != guac.ClientForbidden { // after the keys
		t.Errorf("pipe of a user who can only watch: %v, want CLIENT_FORBIDDEN", got)
	}
	joiner.Type("joined\n")
	f.See(`got "joined"`)
	if strings.Contains(f.Text(), "watched") {
		t.Error("a user who can only watch has typed")
	}
}

func TestFilesOfTheServer(t *testing.T) {
	// Features: SSH-13, SSH-14, SSH-15, COM-06, COM-12, TERM-18, TERM-19
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "up"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("some content 0123456789\n", 2000)
	if err := os.WriteFile(filepath.Join(dir, "down"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newServer(t)
	s.shell = func(session *serverSession) int {
		fmt.Fprintf(session, "\x1b]482201;%s/up\x07", dir)
		return greet(session)
	}
	f := start(t, Options{}, s.params(map[string]string{"enable-sftp": "true", "sftp-root-directory": dir}))
	var index map[string]string
	listing := f.Get(dir, "/") // the object is called like its root
	if err := json.Unmarshal(listing, &index); err != nil || index["/down"] == "" || index["/up"] == "" {
		t.Errorf("listing %q: %v", listing, err)
	}
	if got := f.Get(dir, "/down"); string(got) != text {
		t.Errorf("download has %d bytes, want %d", len(got), len(text))
	}
	if got := f.Put(dir, "/stored", strings.NewReader(text)); got != guac.Success {
		t.Errorf("upload: %v", got)
	}
	f.waitFile(filepath.Join(dir, "stored"), []byte(text))
	if got := f.Put(dir, "/missing/x", strings.NewReader(text)); got != guac.ResourceNotFound {
		t.Errorf("upload to a missing directory: %v, want RESOURCE_NOT_FOUND", got)
	}
	f.See("ready$")
	if got := f.UploadText(text, guac.OpFile, "text/plain", "../dropped"); got != guac.Success {
		t.Errorf("dropped file: %v", got)
	}
	f.waitFile(filepath.Join(dir, "up", "dropped"), []byte(text))
	f.join(nil).WaitObject(dir)
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
	f.WaitObject("/")
	f.Type("\n")
	if got := f.Receive(guac.OpFile, "report.txt"); string(got.Data) != "the report" {
		t.Errorf("downloaded %q", got.Data)
	}
}

func TestFilesWithoutSFTP(t *testing.T) {
	s := newServer(t)
	f := start(t, Options{}, s.params(nil))
	f.See("ready$")
	if got := f.UploadText("", guac.OpFile, "text/plain", "x"); got != guac.Unsupported {
		t.Errorf("dropped file: %v, want UNSUPPORTED", got)
	}
}

func TestUsersGoneWhileConnecting(t *testing.T) {
	s := newServer(t)
	f := start(t, Options{}, s.params(map[string]string{"password": ""}))
	f.See("Password:")
	f.Key(keysym.F1)
	f.Close()
	_ = f.WaitEnd()
}
