// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// guacamoleHandler writes lines as upstream's web application does, so that what reads those, such as fail2ban, goes on working:
//
//	2026-01-31 12:00:00.000 +01:00 guacamole [app] INFO: message
//
// Logins have upstream's sentences; all other fields stand behind the message as name=value. Line feeds begin a new line with "+ ".
type guacamoleHandler struct {
	level  slog.Leveler
	prefix string // of field names, from groups
	fields string // from WithAttrs, each with a blank in front

	mu *sync.Mutex
	w  io.Writer
}

func newGuacamoleHandler(w io.Writer, level slog.Leveler) *guacamoleHandler {
	return &guacamoleHandler{level: level, w: w, mu: &sync.Mutex{}}
}

// Enabled implements slog.Handler.
func (h *guacamoleHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

// WithAttrs implements slog.Handler.
func (h *guacamoleHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	copied := *h
	for _, attr := range attrs {
		copied.fields += textOf(h.prefix, attr)
	}
	return &copied
}

// WithGroup implements slog.Handler.
func (h *guacamoleHandler) WithGroup(name string) slog.Handler {
	copied := *h
	copied.prefix += name + "."
	return &copied
}

// Handle implements slog.Handler.
func (h *guacamoleHandler) Handle(_ context.Context, r slog.Record) error {
	message := r.Message + h.fields
	if sentence, ok := loginSentence(r); ok {
		message = sentence
	} else {
		r.Attrs(func(attr slog.Attr) bool {
			message += textOf(h.prefix, attr)
			return true
		})
	}
	line := fmt.Sprintf("%s guacamole [app] %s: %s", r.Time.Format("2006-01-02 15:04:05.000 -07:00"), levelName(r.Level), message)
	line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\n", "\n+ ") + "\n"
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, line)
	return err
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "ERROR"
	case level >= slog.LevelWarn:
		return "WARN"
	case level >= slog.LevelInfo:
		return "INFO"
	case level >= slog.LevelDebug:
		return "DEBUG"
	}
	return "TRACE"
}

// textOf returns a field, or those of a group, with a blank in front of each.
func textOf(prefix string, attr slog.Attr) string {
	value := attr.Value.Resolve()
	if value.Kind() != slog.KindGroup {
		return fmt.Sprintf(" %s%s=%q", prefix, attr.Key, value.String())
	}
	text := ""
	for _, member := range value.Group() {
		text += textOf(prefix+attr.Key+".", member)
	}
	return text
}

// loginSentence returns upstream's sentence for a login that succeeded or failed.
func loginSentence(r slog.Record) (sentence string, ok bool) {
	if r.Message != "login" && r.Message != "login failed" {
		return "", false
	}
	fields := make(map[string]string)
	r.Attrs(func(attr slog.Attr) bool {
		value := attr.Value.Resolve()
		if value.Kind() != slog.KindGroup {
			fields[attr.Key] = value.String()
			return true
		}
		for _, member := range value.Group() {
			fields[member.Key] = member.Value.Resolve().String()
		}
		return true
	})
	// What a client chose must not be able to end the line and begin another.
	user, address := oneLine(fields["user"]), oneLine(fields["address"])
	if r.Message == "login" {
		return fmt.Sprintf("User \"%s\" (authenticated by \"%s\") successfully authenticated from %s",
			user, fields["provider"], address), true
	}
	rejected := ""
	if fields["provider"] != "" {
		rejected = fmt.Sprintf(" (rejected by \"%s\")", fields["provider"])
	}
	return fmt.Sprintf("Authentication attempt from %s for user \"%s\" failed: %s%s",
		address, user, oneLine(fields["error"]), rejected), true
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, text)
}
