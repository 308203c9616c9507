// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// lock takes the advisory lock by which upstream's tools know a recording in progress. It
// ends when the file is closed.
func lock(file io.Writer) error {
	sys, ok := file.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return err
	}
	controlErr := raw.Control(func(fd uintptr) {
		err = unix.FcntlFlock(fd, unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	})
	return errors.Join(controlErr, err)
}
