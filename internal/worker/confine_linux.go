// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forbidden are the system calls that a worker has no use for, and that would let a remote
// host which has taken it over reach the network, run programs or look into other
// processes. Connections come ready-made from the supervisor. io_uring is here because it
// opens sockets past this filter.
var forbidden = []uint32{
	unix.SYS_SOCKET, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE,
	unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD, unix.SYS_IO_URING_SETUP, unix.SYS_BPF,
	unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_MOUNT,
	unix.SYS_UNSHARE, unix.SYS_SETNS,
}

// auditArch is the architecture as seccomp names it, 0 where it is not known.
var auditArch = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]

// x32Bit marks the system calls of the second ABI of x86-64.
const x32Bit = 0x40000000

// Offsets in struct seccomp_data.
const (
	offsetNumber = 0
	offsetArch   = 4
)

// confine takes rights from the process for good: the forbidden system calls fail with
// EPERM from now on, on every thread.
func confine() error {
	if auditArch == 0 {
		return fmt.Errorf("worker: no system call filter for %s", runtime.GOARCH)
	}
	// The filter's flag takes both the filter and the promise to the other threads.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("worker: no new privileges: %w", err)
	}
	filter := filterProgram()
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program))) //nolint:gosec // the kernel takes a pointer
	runtime.KeepAlive(filter)
	if errno != 0 {
		return fmt.Errorf("worker: system call filter: %w", errno)
	}
	if thread != 0 {
		return errors.New("worker: system call filter does not hold for every thread")
	}
	return nil
}

// filterProgram is the filter: every call of the usual ABI is allowed but the forbidden.
func filterProgram() []unix.SockFilter {
	const load, jumpEqual, jumpAtLeast, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS,
		unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	n := uint8(len(forbidden))
	program := []unix.SockFilter{
		{Code: load, K: offsetArch},
		{Code: jumpEqual, K: auditArch, Jf: n + 3}, // another ABI: refuse
		{Code: load, K: offsetNumber},
		{Code: jumpAtLeast, K: x32Bit, Jt: n + 1},
	}
	for i, number := range forbidden {
		program = append(program, unix.SockFilter{Code: jumpEqual, K: number, Jt: n - uint8(i)})
	}
	return append(program,
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
	)
}
