// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"errors"
	"log/slog"
)

func isDetached(process) bool { return true }

func detach(p process, _ string) int {
	return fail(p, errors.New("running in the background needs Linux; use -f"))
}

func announce() error { return nil }

// newSyslogHandler finds no system log here.
func newSyslogHandler(string, slog.Leveler) (slog.Handler, error) {
	return nil, errors.New("no system log")
}
