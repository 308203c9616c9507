// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/filetransfer"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// maxDownloads bounds the files that the shell may send at a time.
const maxDownloads = 16

// subsystemRequest is "subsystem" (RFC 4254, section 6.5).
type subsystemRequest struct{ Name string }

// files are the server's files as the console's users have them.
type files struct {
	cfg engine.Config
	log *slog.Logger

	mu        sync.Mutex            // guards all below
	sftp      *filetransfer.SFTP    // nil while there is none
	objects   map[*session.User]int // the index of each user's filesystem object, -1 if there is none
	uploadDir string                // as the shell has set it, empty if it has not
	downloads int                   // files that the shell is sending now
}

func newFiles(cfg engine.Config) *files {
	return &files{cfg: cfg, log: cfg.Logger, objects: map[*session.User]int{}}
}

// serve shows the server's files to all users until ctx or the server's SFTP ends.
func (f *files) serve(ctx context.Context, conn *connection) {
	channel, requests, err := conn.OpenChannel("session", nil)
	if err != nil {
		f.log.Warn("file transfer is not available", "error", err)
		return
	}
	defer channel.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ssh.DiscardRequests(requests)
	}()
	stop := context.AfterFunc(ctx, func() { _ = channel.Close() })
	defer stop()
	go func() { _, _ = io.Copy(io.Discard, channel.Stderr()) }() // ends with the channel

	err = demand(channel, "subsystem", ssh.Marshal(subsystemRequest{"sftp"}))
	var sftp *filetransfer.SFTP
	if err == nil {
		p := f.cfg.Params
		sftp, err = filetransfer.NewSFTP(channel, channelWriter{channel}, filetransfer.Config{
			Root:            p.String("sftp-root-directory"),
			DisableDownload: p.Bool("sftp-disable-download"), DisableUpload: p.Bool("sftp-disable-upload"), Logger: f.log,
		})
	}
	if err != nil {
		f.log.Warn("file transfer is not available", "error", err)
		return
	}
	defer sftp.Close()
	f.set(sftp)
	defer f.set(nil)
	<-ended
}

// channelWriter closes only the writing side, as the end of input of the subsystem.
type channelWriter struct{ ssh.Channel }

func (w channelWriter) Close() error { return w.CloseWrite() }

// set shows files to all users, or takes them away.
func (f *files) set(sftp *filetransfer.SFTP) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sftp = sftp
	if sftp != nil {
		sftp.SetUploadDirectory(f.uploadDir)
	}
	for u := range f.objects {
		f.showLocked(u)
	}
}

// showLocked brings what a user sees of the files up to date.
func (f *files) showLocked(u *session.User) {
	object := f.objects[u]
	switch {
	case f.sftp != nil && object < 0:
		index, err := u.DefineObject(f.sftp.Root(), f.sftp)
		if err != nil {
			f.log.Warn("files not shown", "error", err)
			return
		}
		f.objects[u] = index
	case f.sftp == nil && object >= 0:
		u.UndefineObject(object)
		f.objects[u] = -1
	}
}

// UserJoined shows the files to a user.
func (f *files) UserJoined(u *session.User) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.objects[u] = -1
	f.showLocked(u)
}

// UserLeft forgets a user.
func (f *files) UserLeft(u *session.User) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.objects, u)
}

// File stores a file that a user dropped onto the terminal.
func (f *files) File(_ *session.User, in *session.InStream) {
	f.mu.Lock()
	sftp := f.sftp
	f.mu.Unlock()
	if sftp == nil {
		in.Refuse(guac.Unsupported, "file transfer is not available")
		return
	}
	if err := sftp.Upload(in); err != nil {
		f.log.Info("file not stored", "error", err)
	}
}

// SetUploadDirectory is the shell's OSC 482201, which may come before the files do.
func (f *files) SetUploadDirectory(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.uploadDir = path
	if f.sftp != nil {
		f.sftp.SetUploadDirectory(path)
	}
}

// Download is the shell's OSC 482200: the owner gets the file.
func (f *files) Download(path string) {
	owner := f.cfg.Session.Owner()
	if owner == nil {
		return
	}
	f.mu.Lock()
	sftp := f.sftp
	tooMany := f.downloads >= maxDownloads
	if sftp != nil && !tooMany {
		f.downloads++
	}
	f.mu.Unlock()
	if sftp == nil || tooMany {
		f.log.Warn("download refused", "path", path, "available", sftp != nil)
		return
	}
	go func() {
		// Ends with the user or the connection.
		err := sftp.Download(owner, path)
		select {
		case <-f.cfg.Session.Done():
		default:
			if err != nil && !errors.Is(err, io.EOF) {
				f.log.Info("file not sent", "path", path, "error", err)
			}
		}
		f.mu.Lock()
		f.downloads--
		f.mu.Unlock()
	}()
}
