// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package worker

import (
	"errors"
	"os"
)

var errNoProcesses = errors.New("worker: processes for connections need Linux; use isolation none")

// Socketpair fails: links between processes are made for Linux.
func Socketpair() (supervisor Control, worker *os.File, err error) { return nil, nil, errNoProcesses }

// Inherited fails: links between processes are made for Linux.
func Inherited() (Control, error) { return nil, errNoProcesses }
