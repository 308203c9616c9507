// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"log/slog"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/guacd"
)

// levelOf returns a level by its name in the settings; info for unknown ones.
func levelOf(name string) slog.Level {
	switch name {
	case "error":
		return slog.LevelError
	case "warn":
		return slog.LevelWarn
	case "debug":
		return slog.LevelDebug
	case "trace":
		return guacd.LevelTrace
	}
	return slog.LevelInfo
}

// newLogger returns the log in the form that the settings ask for.
func newLogger(w io.Writer, cfg config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: levelOf(cfg.Level)}
	switch cfg.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options))
	case "guacamole":
		return slog.New(newGuacamoleHandler(w, options.Level))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
