// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// connPair returns the two ends of a connection within the machine.
func connPair() (a, b net.Conn, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("guacd: socketpair: %w", err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socketpair")
		conn, connErr := net.FileConn(f)
		_ = f.Close()
		err = errors.Join(err, connErr)
		ends[i] = conn
	}
	if err != nil {
		closeConn(ends[0])
		closeConn(ends[1])
		return nil, nil, fmt.Errorf("guacd: socketpair: %w", err)
	}
	return ends[0], ends[1], nil
}

// hasDescriptor reports whether conn can be handed to another process.
func hasDescriptor(conn net.Conn) bool {
	_, ok := conn.(syscall.Conn)
	return ok
}

// descriptor is a second one of a connection that another process serves. It is not
// known to the runtime's poller, so the traffic of that process does not wake this one.
type descriptor struct{ fd int }

// duplicate copies the descriptor of conn, nil if it has none.
func duplicate(conn net.Conn) *descriptor {
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return nil
	}
	var kept *descriptor
	_ = raw.Control(func(fd uintptr) {
		if dup, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			kept = &descriptor{fd: dup}
		}
	})
	return kept
}

// finish writes b if that is possible at once, and ends the connection in both directions.
func (d *descriptor) finish(b []byte) {
	if d != nil {
		_, _ = unix.SendmsgN(d.fd, b, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		_ = unix.Shutdown(d.fd, unix.SHUT_RDWR)
	}
}

// close gives the descriptor back.
func (d *descriptor) close() {
	if d != nil {
		_ = unix.Close(d.fd)
	}
}

// separate keeps signals to the supervisor's process group from the worker.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
