// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"sync"

	"github.com/pkg/sftp"

	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Mimetypes of an object's streams.
const (
	// IndexMimetype is that of a directory: a JSON object from the names of streams to their mimetypes.
	IndexMimetype = "application/vnd.glyptodon.guacamole.stream-index+json"
	fileMimetype  = "application/octet-stream"
)

// requestsPerFile is how many requests of up to 32 KiB are on their way for a file.
const requestsPerFile = 8

// Config says what of a server is shown. The zero value shows everything.
type Config struct {
	// Root is the absolute path of the directory shown as "/"; empty is the server's root.
	Root string
	// DisableDownload and DisableUpload forbid what they say, whoever asks.
	DisableDownload, DisableUpload bool
	// Logger gets what went wrong; nil discards it.
	Logger *slog.Logger
}

// SFTP is a session.Object: the files of a server. Its methods are safe for concurrent use.
type SFTP struct {
	cfg      Config
	client   *sftp.Client
	traffic  *meter
	realRoot string // Root with its links resolved

	mu        sync.Mutex // guards uploadDir
	uploadDir string     // absolute
}

// NewSFTP starts the protocol on the pipes of a server's subsystem "sftp". It waits for the server: closing the pipes
// ends it.
func NewSFTP(r io.Reader, w io.WriteCloser, cfg Config) (*SFTP, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Root = path.Clean("/" + cfg.Root)
	traffic := &meter{r: r}
	client, err := sftp.NewClientPipe(traffic, w,
		sftp.MaxConcurrentRequestsPerFile(requestsPerFile), sftp.UseConcurrentReads(true), sftp.UseFstat(true))
	if err != nil {
		return nil, guac.Errorf(guac.UpstreamError, "filetransfer: SFTP is not available: %w", err)
	}
	s := &SFTP{cfg: cfg, client: client, traffic: traffic, realRoot: cfg.Root, uploadDir: "/"}
	if cfg.Root != "/" {
		if real, err := client.RealPath(cfg.Root); err == nil {
			s.realRoot = path.Clean(real)
		}
	}
	if home, err := client.RealPath("."); err == nil && path.IsAbs(home) {
		s.uploadDir = path.Clean(home)
	}
	return s, nil
}

// Root returns the path of the directory shown as "/", which is the object's name as well.
func (s *SFTP) Root() string { return s.cfg.Root }

// Close ends the protocol and all transfers.
func (s *SFTP) Close() error { return s.client.Close() }

// resolve returns the server's path of a user's path, with its links resolved if there is a root to stay below.
func (s *SFTP) resolve(p string) (string, error) {
	if len(p) > maxPath {
		return "", guac.Errorf(guac.ClientBadRequest, "filetransfer: path is too long")
	}
	p = path.Join(s.cfg.Root, cleanPath(p))
	if s.cfg.Root == "/" {
		return p, nil
	}
	real, err := s.client.RealPath(p)
	if errors.Is(err, os.ErrNotExist) {
		// Some servers resolve only what exists; a file to be created has at least its directory.
		if real, err = s.client.RealPath(path.Dir(p)); err == nil {
			real = path.Join(real, path.Base(p))
		}
	}
	if err != nil {
		return "", wrap("find", err)
	}
	if real = path.Clean(real); !path.IsAbs(real) || !inside(s.realRoot, real) {
		return "", guac.Errorf(guac.ClientForbidden, "filetransfer: the path leads out of the shared directory")
	}
	return real, nil
}

// Get opens a file, or lists a directory.
func (s *SFTP) Get(ctx context.Context, _ *session.User, p string) (mimetype string, body io.ReadCloser, err error) {
	name, err := s.resolve(p)
	if err != nil {
		return "", nil, err
	}
	info, err := s.client.Stat(name)
	if err != nil {
		return "", nil, wrap("open", err)
	}
	if info.IsDir() {
		body, err := s.list(ctx, cleanPath(p), name)
		return IndexMimetype, body, err
	}
	body, err = s.open(name, info)
	return fileMimetype, body, err
}

// open starts the download of a regular file. Others may block the server, or never end.
func (s *SFTP) open(name string, info os.FileInfo) (io.ReadCloser, error) {
	if s.cfg.DisableDownload {
		return nil, guac.Errorf(guac.ClientForbidden, "filetransfer: downloads are not allowed")
	}
	if !info.Mode().IsRegular() {
		return nil, guac.Errorf(guac.ClientForbidden, "filetransfer: not a regular file")
	}
	file, err := s.client.Open(name)
	if err != nil {
		return nil, wrap("open", err)
	}
	return newBody(file), nil
}

// Put stores a file, replacing one of the same name.
func (s *SFTP) Put(_ context.Context, _ *session.User, p, _ string, in io.Reader) error {
	name, err := s.resolve(p)
	if err != nil {
		return err
	}
	return s.store(name, in)
}

// store writes a file of the given absolute name.
func (s *SFTP) store(name string, in io.Reader) error {
	if s.cfg.DisableUpload {
		return guac.Errorf(guac.ClientForbidden, "filetransfer: uploads are not allowed")
	}
	if info, err := s.client.Stat(name); err == nil && !info.Mode().IsRegular() {
		return guac.Errorf(guac.ClientForbidden, "filetransfer: not a regular file")
	}
	file, err := s.client.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return wrap("create", err)
	}
	_, err = file.ReadFromWithConcurrency(in, requestsPerFile)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return wrap("write", err)
}

// SetUploadDirectory sets where Upload stores files: a path of the server, relative to the present one or absolute. The
// root does not bound it, for it is the remote side that chooses.
func (s *SFTP) SetUploadDirectory(dir string) {
	if dir == "" || len(dir) > maxPath {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploadDir = s.absoluteLocked(dir)
}

func (s *SFTP) absoluteLocked(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(s.uploadDir, p)
}

func (s *SFTP) absolute(p string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.absoluteLocked(p)
}

// Upload stores a file that a user dropped onto the display in the upload directory. An error has been told to the
// user when it returns.
func (s *SFTP) Upload(in *session.InStream) error {
	name := s.absolute(SafeName(in.Name()))
	if err := s.store(name, in); err != nil {
		in.Refuse(guac.StatusOf(err), guac.MessageOf(err))
		return fmt.Errorf("upload %s: %w", name, err)
	}
	return nil
}

// Download sends a file that the remote side offers to a user. The root does not bound it.
func (s *SFTP) Download(u *session.User, p string) error {
	name := s.absolute(p)
	info, err := s.client.Stat(name)
	if err != nil {
		return wrap("open", err)
	}
	body, err := s.open(name, info)
	if err != nil {
		return err
	}
	defer body.Close()
	out, err := u.OpenFile(fileMimetype, SafeName(path.Base(name)))
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(out, struct{ io.Reader }{body}, make([]byte, guac.MaxBlob))
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}
