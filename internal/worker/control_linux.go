// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// controlDescriptor is where a worker process finds its end of the control socket.
const controlDescriptor = 3

// socketControl is a control socket over a Unix socket that keeps the bounds of messages.
type socketControl struct {
	conn *net.UnixConn
	buf  []byte
	oob  []byte
	once sync.Once
	err  error
}

// Socketpair returns the supervisor's end of a new control socket, and the file that becomes
// descriptor 3 of the worker's process.
func Socketpair() (supervisor Control, worker *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("worker: socketpair: %w", err)
	}
	control, err := newSocketControl(os.NewFile(uintptr(fds[0]), "supervisor"))
	if err != nil {
		_ = unix.Close(fds[1])
		return nil, nil, err
	}
	return control, os.NewFile(uintptr(fds[1]), "worker"), nil
}

// Inherited returns the control socket that the supervisor has given to this process.
func Inherited() (Control, error) {
	unix.CloseOnExec(controlDescriptor)
	return newSocketControl(os.NewFile(controlDescriptor, "worker"))
}

// newSocketControl takes f over.
func newSocketControl(f *os.File) (Control, error) {
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("worker: control socket: %w", err)
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		_ = conn.Close()
		return nil, errors.New("worker: the control socket is not a Unix socket")
	}
	return &socketControl{conn: unixConn}, nil
}

func (l *socketControl) Send(m Message, handle io.Closer) error {
	defer closeHandle(handle)
	b, err := m.encode()
	if err != nil {
		return err
	}
	if handle == nil {
		_, _, err = l.conn.WriteMsgUnix(b, nil, nil)
		return err
	}
	raw, err := rawConn(handle)
	if err != nil {
		return err
	}
	// Control keeps the descriptor open while it is sent.
	controlErr := raw.Control(func(fd uintptr) {
		_, _, err = l.conn.WriteMsgUnix(b, unix.UnixRights(int(fd)), nil)
	})
	return errors.Join(controlErr, err)
}

func rawConn(handle io.Closer) (syscall.RawConn, error) {
	sys, ok := handle.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("worker: a %T has no descriptor to send", handle)
	}
	return sys.SyscallConn()
}

func (l *socketControl) Receive() (Message, io.Closer, error) {
	if l.buf == nil {
		l.buf, l.oob = make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4))
	}
	n, oobn, flags, _, err := l.conn.ReadMsgUnix(l.buf, l.oob)
	if err != nil {
		return Message{}, nil, err
	}
	handle, err := received(l.oob[:oobn])
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = errors.New("worker: message was cut")
	}
	var m Message
	if err == nil {
		m, err = decodeMessage(l.buf[:n])
	}
	if err != nil {
		closeHandle(handle)
		return Message{}, nil, err
	}
	return m, handle, nil
}

// received makes a connection or a file of the descriptor in oob, nil if there is none.
func received(oob []byte) (io.Closer, error) {
	if len(oob) == 0 {
		return nil, nil
	}
	controls, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("worker: control message: %w", err)
	}
	var fds []int
	for i := range controls {
		rights, err := unix.ParseUnixRights(&controls[i])
		if err != nil {
			continue // not descriptors
		}
		fds = append(fds, rights...)
	}
	if len(fds) == 1 {
		return open(fds[0])
	}
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	return nil, fmt.Errorf("worker: %d descriptors beside a message, wanted one", len(fds))
}

// open takes a descriptor over: a socket's is a connection, any other a file.
func open(fd int) (io.Closer, error) {
	f := os.NewFile(uintptr(fd), "received")
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("worker: received descriptor: %w", err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return f, nil
	}
	defer f.Close() // the connection has its own
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("worker: received descriptor: %w", err)
	}
	return conn, nil
}

func (l *socketControl) Close() error {
	l.once.Do(func() { l.err = l.conn.Close() })
	return l.err
}
