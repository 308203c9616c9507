// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// detachedEntry in its environment tells a process that detach has started it and waits on readyDescriptor.
const (
	detachedEntry   = "PALTA_GUACD_DETACHED=1"
	readyDescriptor = 3
)

func isDetached(p process) bool { return slices.Contains(p.environ, detachedEntry) }

// detach starts this program again as a daemon in a session of its own, and waits until it listens, or has failed and
// said so on stderr. It returns the exit code.
func detach(p process, executable string) int {
	ready, theirs, err := os.Pipe()
	if err != nil {
		return fail(p, err)
	}
	defer ready.Close()
	cmd := &exec.Cmd{
		Path: executable, Args: p.args, Env: append(slices.Clone(p.environ), detachedEntry), Stderr: p.stderr,
		ExtraFiles: []*os.File{theirs}, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	err = cmd.Start()
	_ = theirs.Close()
	if err != nil {
		return fail(p, fmt.Errorf("start in the background: %w", err))
	}
	if _, err := io.ReadFull(ready, make([]byte, 1)); err == nil {
		_ = cmd.Process.Release()
		return exitDone
	}
	if err := cmd.Wait(); err == nil {
		return exitDone // it was told to end before it was ready
	}
	return exitFailed
}

// announce lets go of the terminal and tells detach that the daemon is ready.
func announce() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for std := range 3 {
		if err := unix.Dup3(int(null.Fd()), std, 0); err != nil {
			return fmt.Errorf("detach from the terminal: %w", err)
		}
	}
	ready := os.NewFile(readyDescriptor, "ready")
	_, err = ready.Write([]byte{1})
	return errors.Join(err, ready.Close())
}
