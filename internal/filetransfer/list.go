// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Bounds of a listing.
const (
	maxEntries   = 1 << 16         // shown of one directory
	maxLinks     = 1024            // links of one directory that are looked up
	maxListBytes = 128 << 20       // of traffic while a directory is read
	listTime     = 2 * time.Minute // for reading a directory
)

// list returns the index of a directory: the user's path of each entry with its mimetype.
func (s *SFTP) list(ctx context.Context, shown, name string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, listTime,
		guac.Errorf(guac.UpstreamTimeout, "filetransfer: listing the directory takes too long"))
	defer cancel()
	ctx, forget := s.traffic.limit(ctx, maxListBytes)
	defer forget()
	entries, err := s.client.ReadDirContext(ctx, name)
	if cause := context.Cause(ctx); cause != nil {
		return nil, wrap("list", cause)
	}
	if err != nil {
		return nil, wrap("list", err)
	}
	if len(entries) > maxEntries {
		s.cfg.Logger.Warn("directory has too many entries, showing some", "path", name, "entries", len(entries))
		entries = entries[:maxEntries]
	}
	index := make(map[string]string, len(entries))
	links := 0
	for _, entry := range entries {
		if !validName(entry.Name()) {
			continue
		}
		if entry.Mode()&os.ModeSymlink != 0 {
			if links++; links <= maxLinks {
				entry = s.follow(path.Join(name, entry.Name()), entry)
			}
		}
		mimetype := fileMimetype
		if entry.IsDir() {
			mimetype = IndexMimetype
		}
		index[path.Join(shown, entry.Name())] = mimetype
	}
	return encodeIndex(index)
}

// follow returns what a link leads to, under the link's name; a link that leads nowhere stays as it is.
func (s *SFTP) follow(name string, link os.FileInfo) os.FileInfo {
	target, err := s.client.Stat(name)
	if err != nil {
		return link
	}
	return renamed{target, link.Name()}
}

type renamed struct {
	os.FileInfo
	name string
}

func (r renamed) Name() string { return r.name }

func encodeIndex(index map[string]string) (io.ReadCloser, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(index); err != nil {
		return nil, fmt.Errorf("filetransfer: %w", err)
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	return io.NopCloser(&b), nil
}

// meter counts what a server sends, so that a directory without end can be given up.
type meter struct {
	r io.Reader

	mu       sync.Mutex // guards all below
	total    int64
	watchers map[*watcher]struct{}
}

type watcher struct {
	until  int64
	cancel context.CancelCauseFunc
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.mu.Lock()
	m.total += int64(n)
	for w := range m.watchers {
		if m.total > w.until {
			w.cancel(guac.Errorf(guac.UpstreamError, "filetransfer: the directory is too large"))
		}
	}
	m.mu.Unlock()
	return n, err
}

// limit returns a context that ends once the server has sent n more bytes. The caller calls forget when it is done.
func (m *meter) limit(ctx context.Context, n int64) (limited context.Context, forget func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &watcher{m.total + n, cancel}
	if m.watchers == nil {
		m.watchers = map[*watcher]struct{}{}
	}
	m.watchers[w] = struct{}{}
	return ctx, func() {
		m.mu.Lock()
		delete(m.watchers, w)
		m.mu.Unlock()
		cancel(nil)
	}
}
