// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package worker

// confine does nothing: worker processes are made for Linux.
func confine() error { return nil }
