// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// serverPath is OpenSSH's SFTP server, which speaks the protocol on its standard input and output.
const serverPath = "/usr/lib/openssh/sftp-server"

// newServer starts a real server in a fresh directory and returns a client of it.
func newServer(t *testing.T, cfg Config) (*SFTP, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(serverPath, "-d", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("these tests need OpenSSH's sftp-server: %v", err)
	}
	if cfg.Root == "." {
		cfg.Root = filepath.Join(dir, "root")
		if err := os.Mkdir(cfg.Root, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s, err := NewSFTP(out, in, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = cmd.Wait()
	})
	return s, dir
}

func get(t *testing.T, s *SFTP, path string) (mimetype string, data []byte) {
	t.Helper()
	mimetype, body, err := s.Get(t.Context(), nil, path)
	if err != nil {
		t.Fatalf("get %s: %v", path, err)
	}
	data, err = io.ReadAll(body)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	if err := body.Close(); err != nil {
		t.Fatalf("close %s: %v", path, err)
	}
	return mimetype, data
}

func listing(t *testing.T, s *SFTP, path string) map[string]string {
	t.Helper()
	mimetype, data := get(t, s, path)
	if mimetype != IndexMimetype {
		t.Fatalf("mimetype of directory %s = %s", path, mimetype)
	}
	var index map[string]string
	if err := json.Unmarshal(data, &index); err != nil {
		t.Fatalf("listing %q: %v", data, err)
	}
	return index
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func TestListShowsDirectoriesFilesAndFollowsLinks(t *testing.T) {
	// Features: SSH-13, COM-06
	s, dir := newServer(t, Config{Root: "."})
	root := filepath.Join(dir, "root")
	write(t, filepath.Join(root, "a file, \"quoted\" <&>"), nil)
	write(t, filepath.Join(root, "ünïcode"), nil)
	if err := os.MkdirAll(filepath.Join(root, "sub", "deeper"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"to-sub": "sub", "dangling": "nowhere", "out": "/etc"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	got := listing(t, s, "/")
	want := map[string]string{
		"/a file, \"quoted\" <&>": "application/octet-stream", "/ünïcode": "application/octet-stream",
		"/sub": IndexMimetype, "/to-sub": IndexMimetype, "/out": IndexMimetype, "/dangling": "application/octet-stream",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("listing (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]string{"/to-sub/deeper": IndexMimetype}, listing(t, s, "/to-sub")); d != "" {
		t.Errorf("listing through a link (-want +got):\n%s", d)
	}
	if got := listing(t, s, "/sub/deeper/"); len(got) != 0 {
		t.Errorf("empty directory = %v", got)
	}
}

func TestRootConfinesPathsAndLinks(t *testing.T) {
	// Features: SSH-13, COM-06
	s, dir := newServer(t, Config{Root: "."})
	root := filepath.Join(dir, "root")
	write(t, filepath.Join(dir, "secret"), []byte("outside"))
	write(t, filepath.Join(root, "inner"), []byte("inside"))
	for name, target := range map[string]string{"up": "..", "direct": "../secret", "fine": "inner", "new": "../created"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, data := get(t, s, "/fine"); string(data) != "inside" {
		t.Errorf("link within the root gives %q", data)
	}
	// A path that climbs ends at the root, where there is no such file.
	for path, want := range map[string]guac.Status{
		"/../secret": guac.ResourceNotFound, "../../../etc/passwd": guac.ResourceNotFound,
		"/up/secret": guac.ClientForbidden, "/direct": guac.ClientForbidden, "/up": guac.ClientForbidden,
		"/" + strings.Repeat("x/", 3000): guac.ClientBadRequest,
	} {
		_, _, err := s.Get(t.Context(), nil, path)
		if got := guac.StatusOf(err); got != want {
			t.Errorf("get %.40s: %v (%v), want %v", path, got, err, want)
		}
	}
	for _, path := range []string{"/up/created", "/direct", "/new"} {
		err := s.Put(t.Context(), nil, path, "text/plain", strings.NewReader("x"))
		if guac.StatusOf(err) != guac.ClientForbidden {
			t.Errorf("put %s: %v, want CLIENT_FORBIDDEN", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "created")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file was created outside of the root")
	}
	if err := s.Put(t.Context(), nil, "/../climbed", "", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "climbed")); err != nil {
		t.Errorf("a path that climbs must end at the root: %v", err)
	}
}

func TestFilesArriveUnchanged(t *testing.T) {
	// Features: SSH-13, COM-06
	s, dir := newServer(t, Config{})
	for _, size := range []int{0, 1, 6048, 32 << 10, 5<<20 + 17} {
		data := noise(size)
		name := filepath.Join(dir, "file")
		// The source is as ragged as a stream of blobs.
		if err := s.Put(t.Context(), nil, name, "", iotest.HalfReader(bytes.NewReader(data))); err != nil {
			t.Fatal(err)
		}
		stored, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if sha256.Sum256(stored) != sha256.Sum256(data) {
			t.Errorf("upload of %d bytes is stored as %d other bytes", size, len(stored))
		}
		if _, got := get(t, s, name); sha256.Sum256(got) != sha256.Sum256(data) {
			t.Errorf("download of %d bytes gives %d other bytes", size, len(got))
		}
	}
}

func TestPutReplacesLongerFile(t *testing.T) {
	s, dir := newServer(t, Config{})
	name := filepath.Join(dir, "file")
	write(t, name, noise(100_000))
	if err := s.Put(t.Context(), nil, name, "", strings.NewReader("short")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(name); string(got) != "short" {
		t.Errorf("file has %d bytes, want the 5 new ones", len(got))
	}
}

func TestDownloadCanBeLeftEarly(t *testing.T) {
	s, dir := newServer(t, Config{})
	name := filepath.Join(dir, "file")
	write(t, name, noise(8<<20))
	_, body, err := s.Get(t.Context(), nil, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	if _, data := get(t, s, name); len(data) != 8<<20 {
		t.Errorf("the next download has %d bytes", len(data))
	}
}

func TestErrorsHaveStatuses(t *testing.T) {
	// Features: COM-06
	s, dir := newServer(t, Config{})
	if err := exec.Command("mkfifo", filepath.Join(dir, "fifo")).Run(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "file"), nil)
	for path, want := range map[string]guac.Status{
		"/missing": guac.ResourceNotFound, "/fifo": guac.ClientForbidden, "/file/below": guac.ResourceNotFound,
	} {
		if _, _, err := s.Get(t.Context(), nil, dir+path); guac.StatusOf(err) != want {
			t.Errorf("get %s: %v (%v), want %v", path, guac.StatusOf(err), err, want)
		}
	}
	for path, want := range map[string]guac.Status{
		"/missing/file": guac.ResourceNotFound, "/fifo": guac.ClientForbidden, "": guac.ClientForbidden,
	} {
		if err := s.Put(t.Context(), nil, dir+path, "", strings.NewReader("x")); guac.StatusOf(err) != want {
			t.Errorf("put %s: %v (%v), want %v", path, guac.StatusOf(err), err, want)
		}
	}
	broken := iotest.ErrReader(guac.Errorf(guac.ClientTimeout, "gone"))
	if err := s.Put(t.Context(), nil, dir+"/part", "", broken); guac.StatusOf(err) != guac.ClientTimeout {
		t.Errorf("error of the source: %v, want its own status", err)
	}
}

func TestFlagsForbid(t *testing.T) {
	// Features: SSH-13, COM-06
	s, dir := newServer(t, Config{DisableDownload: true, DisableUpload: true})
	name := filepath.Join(dir, "file")
	write(t, name, []byte("data"))
	if _, _, err := s.Get(t.Context(), nil, name); guac.StatusOf(err) != guac.ClientForbidden {
		t.Errorf("download: %v, want CLIENT_FORBIDDEN", err)
	}
	if err := s.Put(t.Context(), nil, name, "", strings.NewReader("x")); guac.StatusOf(err) != guac.ClientForbidden {
		t.Errorf("upload: %v, want CLIENT_FORBIDDEN", err)
	}
	if got := listing(t, s, dir); len(got) != 1 {
		t.Errorf("listing stays allowed, got %v", got)
	}
}

func TestServerThatIsNone(t *testing.T) {
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte("Welcome!\r\nThis is not SFTP.\r\n")); _ = w.Close() }()
	if _, err := NewSFTP(r, discard{}, Config{}); guac.StatusOf(err) != guac.UpstreamError {
		t.Errorf("error = %v, want UPSTREAM_ERROR", err)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

func TestMeterEndsEndlessListing(t *testing.T) {
	m := &meter{r: endless{}}
	ctx, forget := m.limit(t.Context(), 10_000)
	defer forget()
	buf := make([]byte, 4096)
	for range 2 {
		_, _ = m.Read(buf)
	}
	if ctx.Err() != nil {
		t.Fatal("ended within the limit")
	}
	_, _ = m.Read(buf)
	if got := guac.StatusOf(context.Cause(ctx)); got != guac.UpstreamError {
		t.Errorf("cause = %v, want UPSTREAM_ERROR", got)
	}
	forget()
	if len(m.watchers) != 0 {
		t.Error("the limit was not forgotten")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
