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

// descriptor is for worker processes, which need Linux.
type descriptor struct{}

func duplicate(net.Conn) *descriptor { return nil }

func (d *descriptor) finish([]byte) {}

func (d *descriptor) close() {}

func separate(*exec.Cmd) {}
