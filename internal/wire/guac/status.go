// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Status is a result code of the protocol: of ack, error, and the tunnels.
type Status int

// The status codes by their names in the protocol.
const (
	Success             Status = 0x0000
	Unsupported         Status = 0x0100
	ServerError         Status = 0x0200
	ServerBusy          Status = 0x0201
	UpstreamTimeout     Status = 0x0202
	UpstreamError       Status = 0x0203
	ResourceNotFound    Status = 0x0204
	ResourceConflict    Status = 0x0205
	ResourceClosed      Status = 0x0206
	UpstreamNotFound    Status = 0x0207
	UpstreamUnavailable Status = 0x0208
	SessionConflict     Status = 0x0209
	SessionTimeout      Status = 0x020A
	SessionClosed       Status = 0x020B
	ClientBadRequest    Status = 0x0300
	ClientUnauthorized  Status = 0x0301
	ClientForbidden     Status = 0x0303
	ClientTimeout       Status = 0x0308
	ClientOverrun       Status = 0x030D
	ClientBadType       Status = 0x030F
	ClientTooMany       Status = 0x031D
)

// statusTable has for each status its name and its equivalents in HTTP and WebSocket.
var statusTable = map[Status]struct {
	name      string
	http      int
	websocket int
}{
	Success:             {"SUCCESS", 200, 1000},
	Unsupported:         {"UNSUPPORTED", 501, 1011},
	ServerError:         {"SERVER_ERROR", 500, 1011},
	ServerBusy:          {"SERVER_BUSY", 503, 1008},
	UpstreamTimeout:     {"UPSTREAM_TIMEOUT", 504, 1011},
	UpstreamError:       {"UPSTREAM_ERROR", 502, 1011},
	ResourceNotFound:    {"RESOURCE_NOT_FOUND", 404, 1002},
	ResourceConflict:    {"RESOURCE_CONFLICT", 409, 1008},
	ResourceClosed:      {"RESOURCE_CLOSED", 404, 1002},
	UpstreamNotFound:    {"UPSTREAM_NOT_FOUND", 502, 1011},
	UpstreamUnavailable: {"UPSTREAM_UNAVAILABLE", 502, 1011},
	SessionConflict:     {"SESSION_CONFLICT", 409, 1008},
	SessionTimeout:      {"SESSION_TIMEOUT", 408, 1002},
	SessionClosed:       {"SESSION_CLOSED", 404, 1002},
	ClientBadRequest:    {"CLIENT_BAD_REQUEST", 400, 1002},
	ClientUnauthorized:  {"CLIENT_UNAUTHORIZED", 403, 1008},
	ClientForbidden:     {"CLIENT_FORBIDDEN", 403, 1008},
	ClientTimeout:       {"CLIENT_TIMEOUT", 408, 1002},
	ClientOverrun:       {"CLIENT_OVERRUN", 413, 1009},
	ClientBadType:       {"CLIENT_BAD_TYPE", 415, 1003},
	ClientTooMany:       {"CLIENT_TOO_MANY", 429, 1008},
}

// String returns the protocol's name of s, or its number if it has none.
func (s Status) String() string {
	if row, ok := statusTable[s]; ok {
		return row.name
	}
	return "STATUS_0x" + strconv.FormatInt(int64(s), 16)
}

// HTTP returns the HTTP status code that stands for s, 500 for an unknown one.
func (s Status) HTTP() int {
	if row, ok := statusTable[s]; ok {
		return row.http
	}
	return statusTable[ServerError].http
}

// WebSocket returns the WebSocket close code that stands for s, 1011 for an unknown one.
func (s Status) WebSocket() int {
	if row, ok := statusTable[s]; ok {
		return row.websocket
	}
	return statusTable[ServerError].websocket
}

// Known reports whether s is a code of the protocol.
func (s Status) Known() bool {
	_, ok := statusTable[s]
	return ok
}

// ParseStatus reads the decimal text of a status; what is not a known code is SERVER_ERROR.
func ParseStatus(text []byte) Status {
	n, err := strconv.Atoi(string(text))
	if err != nil || !Status(n).Known() {
		return ServerError
	}
	return Status(n)
}

// Error is an error with the status that its user is told.
type Error struct {
	Status Status
	// Message is for the user and the log: lower case, no full stop, no secrets.
	Message string
	// Err is the cause, nil if there is none beyond the message.
	Err error
}

// Errorf returns an Error; a %w in format becomes its cause.
func Errorf(status Status, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Status: status, Message: err.Error(), Err: errors.Unwrap(err)}
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// MessageOf returns what a user may read of err: the message of an Error, and of anything
// else no more than that it happened.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "internal error"
}

// StatusOf returns the status that err carries. A deadline that passed is
// UPSTREAM_TIMEOUT, nil is SUCCESS, and anything else is SERVER_ERROR.
func StatusOf(err error) Status {
	var e *Error
	switch {
	case err == nil:
		return Success
	case errors.As(err, &e):
		return e.Status
	case errors.Is(err, context.DeadlineExceeded):
		return UpstreamTimeout
	default:
		return ServerError
	}
}
