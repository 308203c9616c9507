// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"log/slog"
	"log/syslog"
	"sync"
)

// syslogHandler writes records to the system log, which adds the time, as daemon guacd.
type syslogHandler struct {
	slog.Handler // writes to out.line
	out          *syslogOutput
}

type syslogOutput struct {
	mu   sync.Mutex
	line bytes.Buffer
	log  *syslog.Writer
}

// newSyslogHandler connects to the system log at socket, or where it usually is if that is empty.
func newSyslogHandler(socket string, level slog.Leveler) (slog.Handler, error) {
	network := ""
	if socket != "" {
		network = "unixgram"
	}
	log, err := syslog.Dial(network, socket, syslog.LOG_DAEMON|syslog.LOG_INFO, "guacd")
	if err != nil {
		return nil, err
	}
	out := &syslogOutput{log: log}
	text := slog.NewTextHandler(&out.line, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime})
	return syslogHandler{text, out}, nil
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// Handle writes one record.
func (h syslogHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.line.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	write := h.out.log.Debug
	switch {
	case r.Level >= slog.LevelError:
		write = h.out.log.Err
	case r.Level >= slog.LevelWarn:
		write = h.out.log.Warning
	case r.Level >= slog.LevelInfo:
		write = h.out.log.Info
	}
	return write(h.out.line.String())
}

// WithAttrs returns a handler whose records have attrs too.
func (h syslogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return syslogHandler{h.Handler.WithAttrs(attrs), h.out}
}

// WithGroup returns a handler whose records' attributes are in a group.
func (h syslogHandler) WithGroup(name string) slog.Handler {
	return syslogHandler{h.Handler.WithGroup(name), h.out}
}
