// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"errors"
	"io"

	"golang.org/x/crypto/ssh"

	"github.com/palta-gateway/palta/internal/filetransfer"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// maxDownloads bounds the files that the shell may send at a time.
const maxDownloads = 16

// subsystemRequest is "subsystem" (RFC 4254, section 6.5).
type subsystemRequest struct{ Name string }

// serveFiles shows the server's files to all users until ctx or the server's SFTP ends.
func (c *client) serveFiles(ctx context.Context, conn *connection) {
	channel, requests, err := conn.OpenChannel("session", nil)
	if err != nil {
		c.log.Warn("file transfer is not available", "error", err)
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
	var files *filetransfer.SFTP
	if err == nil {
		p := c.cfg.Params
		files, err = filetransfer.NewSFTP(channel, channelWriter{channel}, filetransfer.Config{
			Root:            p.String("sftp-root-directory"),
			DisableDownload: p.Bool("sftp-disable-download"), DisableUpload: p.Bool("sftp-disable-upload"), Logger: c.log,
		})
	}
	if err != nil {
		c.log.Warn("file transfer is not available", "error", err)
		return
	}
	defer files.Close()
	c.setFiles(files)
	defer c.setFiles(nil)
	<-ended
}

// channelWriter closes only the writing side, as the end of input of the subsystem.
type channelWriter struct{ ssh.Channel }

func (w channelWriter) Close() error { return w.CloseWrite() }

// setFiles shows files to all users, or takes them away.
func (c *client) setFiles(files *filetransfer.SFTP) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files = files
	if files != nil {
		files.SetUploadDirectory(c.uploadDir)
	}
	for u, v := range c.views {
		c.showFilesLocked(u, v)
	}
}

// showFilesLocked brings what a user sees of the files up to date. Users who can only watch see none.
func (c *client) showFilesLocked(u *session.User, v *view) {
	switch {
	case c.files != nil && v.object < 0 && u.MayAct():
		index, err := u.DefineObject(c.files.Root(), c.files)
		if err != nil {
			c.log.Warn("files not shown", "error", err)
			return
		}
		v.object = index
	case c.files == nil && v.object >= 0:
		u.UndefineObject(v.object)
		v.object = -1
	}
}

func (c *client) currentFiles() *filetransfer.SFTP {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files
}

// File stores a file that a user dropped onto the terminal.
func (c *client) File(_ *session.User, in *session.InStream) {
	files := c.currentFiles()
	if files == nil {
		in.Refuse(guac.Unsupported, "file transfer is not available")
		return
	}
	if err := files.Upload(in); err != nil {
		c.log.Info("file not stored", "error", err)
	}
}

// setUploadDirectory is the shell's OSC 482201, which may come before the files do.
func (c *client) setUploadDirectory(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uploadDir = path
	if c.files != nil {
		c.files.SetUploadDirectory(path)
	}
}

// download is the shell's OSC 482200: the owner gets the file.
func (c *client) download(ctx context.Context, path string) {
	owner := c.cfg.Session.Owner()
	if owner == nil {
		return
	}
	c.mu.Lock()
	files := c.files
	tooMany := c.downloads >= maxDownloads
	if files != nil && !tooMany {
		c.downloads++
	}
	c.mu.Unlock()
	if files == nil || tooMany {
		c.log.Warn("download refused", "path", path, "available", files != nil)
		return
	}
	go func() {
		// Ends with the user or the connection.
		if err := files.Download(owner, path); err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
			c.log.Info("file not sent", "path", path, "error", err)
		}
		c.mu.Lock()
		c.downloads--
		c.mu.Unlock()
	}()
}
