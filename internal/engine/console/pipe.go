// SPDX-License-Identifier: Apache-2.0

package console

import (
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/terminal"
)

// pipeMimetype is that of the terminal's pipe streams.
const pipeMimetype = "application/octet-stream"

// pipe is the pipe stream that the host's output goes to, one stream a user.
type pipe struct{ streams []*session.OutStream }

// openPipe opens a pipe to all users who are here (OSC 482202).
func (c *Console) openPipe(name string, _ terminal.PipeFlags) {
	c.pipe.close()
	for _, u := range c.cfg.Session.Users() {
		out, err := u.OpenPipe(pipeMimetype, name)
		if err != nil {
			c.log.Warn("pipe not opened", "pipe", name, "error", err)
			continue
		}
		c.pipe.streams = append(c.pipe.streams, out)
	}
}

// write sends output of the host to the users. It waits for them: nothing of a pipe may be lost.
func (p *pipe) write(b []byte) {
	kept := p.streams[:0]
	for _, out := range p.streams {
		if _, err := out.Write(b); err == nil {
			kept = append(kept, out)
		} else {
			_ = out.Close()
		}
	}
	p.streams = kept
}

// close ends the pipe.
func (p *pipe) close() {
	for _, out := range p.streams {
		_ = out.Close()
	}
	p.streams = nil
}
