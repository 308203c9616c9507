// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package guacd

import (
	"net"
	"os/exec"
)

// connPair returns the two ends of a connection within the process.
func connPair() (a, b net.Conn, err error) {
	a, b = net.Pipe()
	return a, b, nil
}

// hasDescriptor is false: worker processes need Linux.
func hasDescriptor(net.Conn) bool { return false }

// spare is for worker processes.
type spare struct{}

func newSpare(net.Conn) *spare { return nil }

func (s *spare) write([]byte) {}

func (s *spare) close() {}

func separate(*exec.Cmd) {}
