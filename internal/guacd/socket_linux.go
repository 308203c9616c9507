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

// spare is a second descriptor of a connection that another process serves. It is not
// known to the runtime's poller, so the traffic of that process does not wake this one.
type spare struct{ fd int }

// newSpare duplicates the descriptor of conn, nil if it has none.
func newSpare(conn net.Conn) *spare {
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return nil
	}
	var kept *spare
	_ = raw.Control(func(fd uintptr) {
		if dup, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			kept = &spare{fd: dup}
		}
	})
	return kept
}

// write writes b if that is possible at once, and ends the connection in both directions.
func (s *spare) write(b []byte) {
	if s != nil {
		_, _ = unix.SendmsgN(s.fd, b, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		_ = unix.Shutdown(s.fd, unix.SHUT_RDWR)
	}
}

// close gives the descriptor back.
func (s *spare) close() {
	if s != nil {
		_ = unix.Close(s.fd)
	}
}

// separate keeps signals to the supervisor's process group from the worker.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
