// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"context"
	"io"
)

// LogType says what a log of a history record is, in upstream's words.
type LogType string

// The types of logs.
const (
	SessionRecording LogType = "GUACAMOLE_SESSION_RECORDING"
	ServerLog        LogType = "SERVER_LOG"
	Typescript       LogType = "TYPESCRIPT"
	TypescriptTiming LogType = "TYPESCRIPT_TIMING"
)

// Log is something that was kept of a session beside its history record.
type Log struct {
	Name        string
	Type        LogType
	Description Message
}

// LogContent is a log that is open. Whoever opens it closes Body.
type LogContent struct {
	Type LogType
	Size int64 // in bytes, negative if it is not known
	Body io.ReadCloser
}

// LogReader finds what was kept of past sessions. It checks no permission; see
// [Permissions.MayReadLogs].
type LogReader interface {
	// Logs returns the logs of a record.
	Logs(ctx context.Context, record *ConnectionRecord) ([]Log, error)
	// OpenLog opens one of them; NotFound if there is none of that name.
	OpenLog(ctx context.Context, record *ConnectionRecord, name string) (*LogContent, error)
}

// MayReadLogs reports whether the holder may read what was kept of a session, which shows
// more than that it took place: it takes the right to audit, or to change the connection.
func (p *Permissions) MayReadLogs(record *ConnectionRecord) bool {
	return p.Privileged() || p.System.Has(Audit) ||
		record.Connection != "" && p.Allows(ConnectionObject, record.Connection, Update)
}
