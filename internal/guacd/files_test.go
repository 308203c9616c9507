// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/palta-gateway/palta/internal/engine"
)

// created creates a file and returns its path, empty if that is refused.
func created(t *testing.T, f engine.File) string {
	t.Helper()
	file, err := create(f)
	if err != nil {
		return ""
	}
	defer file.Close()
	if _, err := file.WriteString("recorded."); err != nil {
		t.Errorf("write %s: %v", file.Name(), err)
	}
	return file.Name()
}

func TestFilesTakeNamesThatAreFree(t *testing.T) {
	// Part of: COM-01
	dir := t.TempDir()
	f := engine.File{Path: filepath.Join(dir, "new"), Name: "recording"}
	if got := created(t, f); got != "" {
		t.Errorf("%s was created in a directory that is missing", got)
	}
	f.CreatePath = true
	for _, want := range []string{"recording", "recording.1", "recording.2"} {
		if got := created(t, f); got != filepath.Join(f.Path, want) {
			t.Errorf("created %s, want %s", got, want)
		}
	}
	f.WriteExisting = true
	if got := created(t, f); got != filepath.Join(f.Path, "recording") {
		t.Errorf("created %s, want the file that is there", got)
	}
	if text, err := os.ReadFile(filepath.Join(f.Path, "recording")); string(text) != "recorded.recorded." {
		t.Errorf("the file that was there has %q, %v", text, err)
	}
	for path, want := range map[string]os.FileMode{f.Path: os.ModeDir | 0o750, filepath.Join(f.Path, "recording"): 0o640} {
		if info, err := os.Stat(path); err != nil || info.Mode()&^0o022 != want&^0o022 || info.Mode()&0o007 != 0 {
			t.Errorf("%s has the mode %v, want %v", path, info.Mode(), want)
		}
	}
	if got := created(t, engine.File{Path: filepath.Join(dir, "a", "b"), Name: "x", CreatePath: true}); got != "" {
		t.Errorf("%s was created, with more than the last folder", got)
	}
}

func TestFileNamesRunOut(t *testing.T) {
	dir := t.TempDir()
	f := engine.File{Path: dir, Name: "r"}
	for n := range maxNames {
		name := "r"
		if n > 0 {
			name = fmt.Sprintf("r.%d", n)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := created(t, f); got != "" {
		t.Errorf("created %s beyond r.255", got)
	}
}

func TestFilesStayInTheirDirectory(t *testing.T) {
	dir := t.TempDir()
	outside := t.TempDir()
	inside := filepath.Join(dir, "inside")
	for _, err := range []error{
		os.Mkdir(inside, 0o700),
		os.Symlink(filepath.Join(outside, "target"), filepath.Join(inside, "link")),
		os.Symlink(outside, filepath.Join(inside, "elsewhere")),
		syscall.Mkfifo(filepath.Join(inside, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, existing := range []bool{false, true} {
		for _, name := range []string{"../x", "/etc/x", "a/../../x", "elsewhere/x", "..", ".", "", "x\x00y"} {
			if got := created(t, engine.File{Path: inside, Name: name, WriteExisting: existing}); got != "" {
				t.Errorf("%q led to %s", name, got)
			}
		}
	}
	for _, name := range []string{"link", "pipe"} {
		if got := created(t, engine.File{Path: inside, Name: name, WriteExisting: true}); got != "" {
			t.Errorf("%q led to %s", name, got)
		}
	}
	for _, d := range []string{dir, outside} {
		entries, err := os.ReadDir(d)
		if err != nil || len(entries) > 1 {
			t.Errorf("%s has %v, %v", d, entries, err)
		}
	}
}

func TestPipeThatIsReadIsNotWrittenToEither(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := created(t, engine.File{Path: dir, Name: "pipe", WriteExisting: true}); got != "" {
		t.Errorf("%s was opened", got)
	}
}

func TestWorkerGetsTheFileThatItsParametersName(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, log := start(t, isolation, nil)
		dir := t.TempDir()
		p := open(t, s, "reach", values{"recording-path": dir, "recording-name": "mine"})
		p.wantSaid("process ")
		p.key('o')
		if got := p.wantSaid(""); got != "other CLIENT_FORBIDDEN, own SUCCESS, again CLIENT_FORBIDDEN" {
			t.Errorf("got %s", got)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "mine")); string(text) != "of the worker" {
			t.Errorf("file has %q, %v", text, err)
		}
		for _, want := range []string{"kind=create target=" + filepath.Join(dir, "mine"), `msg="file created"`, `msg="request refused"`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("log does not have %q:\n%s", want, log)
			}
		}
	})
}
