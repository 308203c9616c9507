// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/palta-gateway/palta/internal/engine"
)

// shell is a whole engine: a shell of this machine. All of it that is not in this package is below: a pseudo-terminal.
func shell(observer Observer) engine.Protocol {
	return engine.Protocol{
		Name: "shell",
		Params: slices.Concat(
			[]engine.Param{
				{Name: "question", Doc: "What to ask the user for at first."},
				engine.FontName, engine.FontSize, engine.TerminalColors, engine.ReadOnly, engine.Backspace, engine.FuncKeys,
				engine.TerminalType, engine.Scrollback,
			},
			engine.Clipboard(false),
			engine.Typescript,
		),
		Run: func(ctx context.Context, cfg engine.Config) error {
			return Run(ctx, Config{Config: cfg, Observer: observer}, func(ctx context.Context, c *Console) error {
				var answer string
				if question := cfg.Params.String("question"); question != "" {
					var err error
					if answer, err = c.Prompt(ctx, question, true); err != nil {
						return err
					}
				}
				host, err := startShell(c.Size(), "TERM="+cfg.Params.String("terminal-type"), "ANSWER="+answer)
				if err != nil {
					return err
				}
				return c.Serve(ctx, host)
			})
		},
	}
}

// pty is a shell at the other end of a pseudo-terminal.
type pty struct {
	*os.File
	end func()
}

func startShell(size Size, env ...string) (*pty, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	p := &pty{File: master}
	var number int
	err = p.control(func(fd int) (err error) {
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		return errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	})
	if err = errors.Join(err, p.Resize(size)); err != nil {
		return nil, errors.Join(err, master.Close())
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, errors.Join(err, master.Close())
	}
	defer slave.Close()
	cmd := exec.Command("/bin/sh", "-i")
	cmd.Env = append(env, "PS1=$ ")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, master.Close())
	}
	p.end = sync.OnceFunc(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = master.Close()
		_ = cmd.Wait()
	})
	return p, nil
}

func (p *pty) control(f func(fd int) error) error {
	raw, err := p.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	return errors.Join(raw.Control(func(fd uintptr) { failed = f(int(fd)) }), failed)
}

// Read reports that the shell has ended as the end of its output.
func (p *pty) Read(b []byte) (int, error) {
	n, err := p.File.Read(b)
	if errors.Is(err, syscall.EIO) || errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	return n, err
}

func (p *pty) Resize(size Size) error {
	return p.control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{
			Col: uint16(size.Cols), Row: uint16(size.Rows), Xpixel: uint16(size.Width), Ypixel: uint16(size.Height),
		})
	})
}

func (p *pty) Close() error {
	p.end()
	return nil
}
