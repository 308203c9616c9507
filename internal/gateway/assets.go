// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// noClient is what a binary without the web client says.
const noClient = "This build of Palta has no web client. Build it with `make build`, or talk to its API.\n"

// pageName is the file that is served for the context path itself.
const pageName = "index.html"

// How long browsers may keep files. The names of those in assets/ change with their content.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheNever   = "no-cache"
	cacheAWhile  = "public, max-age=3600"
)

// mediaTypes are those of the files that a build has; the system's table may be missing or wrong.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".map": "application/json", ".svg": "image/svg+xml",
	".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}

// assets serves files from memory: those of the web client, and those of extensions, which go before them.
type assets map[string]*asset // by path without a slash in front

// asset is one file. It is compressed when it is first asked for.
type asset struct {
	content []byte
	media   string
	etag    string
	cache   string
	policy  string // Content-Security-Policy, if it is not that of everything

	compress sync.Once
	gzipped  []byte // nil if that makes it no smaller
}

// newAssets reads all files of the web client; nil means that there is none.
func newAssets(files fs.FS) (assets, error) {
	a := make(assets)
	if files == nil {
		return a, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir // what the build leaves for itself
		case entry.IsDir():
			return nil
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		a[name] = newAsset(content, mediaTypes[path.Ext(name)], cacheOf(name))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: read the web client: %w", err)
	}
	return a, nil
}

// cacheOf says how long browsers may keep a file of the web client.
func cacheOf(name string) string {
	switch {
	case strings.HasPrefix(name, "assets/"):
		return cacheForever
	case path.Ext(name) == ".html":
		return cacheNever
	}
	return cacheAWhile
}

func newAsset(content []byte, media, cache string) *asset {
	if media == "" {
		media = "application/octet-stream"
	}
	return &asset{content: content, media: media, etag: digest(content), cache: cache}
}

// digest returns a short name of content, which changes with it.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// ServeHTTP answers with a file, or the page itself for the context path.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method not allowed.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = pageName
	}
	file, ok := a[name]
	switch {
	case ok:
		file.serve(w, r)
	case name == pageName:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, noClient)
	default:
		http.NotFound(w, r)
	}
}

func (f *asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", f.cache)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Content-Type", f.media)
	if f.policy != "" {
		header.Set("Content-Security-Policy", f.policy)
	}
	content, tag := f.content, `"`+f.etag+`"`
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if f.compress.Do(f.gzip); f.gzipped != nil {
			content, tag = f.gzipped, `"`+f.etag+`-gzip"`
			header.Set("Content-Encoding", "gzip")
			// ServeContent leaves it out for what is encoded.
			header.Set("Content-Length", strconv.Itoa(len(content)))
		}
	}
	header.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// compressible are the beginnings of media types that compression makes smaller.
var compressible = []string{"text/", "application/json", "application/manifest", "image/svg", "application/wasm"}

func (f *asset) gzip() {
	worth := false
	for _, prefix := range compressible {
		worth = worth || strings.HasPrefix(f.media, prefix)
	}
	if !worth {
		return
	}
	var b bytes.Buffer
	compressor, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return
	}
	if _, err := compressor.Write(f.content); err != nil || compressor.Close() != nil {
		return
	}
	if b.Len() < len(f.content) {
		f.gzipped = b.Bytes()
	}
}
