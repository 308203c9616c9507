// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/palta-gateway/palta/internal/directory"
)

// logJSON is a log of a history record as clients see it.
type logJSON struct {
	Type        directory.LogType `json:"type"`
	Description translatable      `json:"description"`
}

// readableLogs are the logs that the caller may read; nil if the data source keeps none.
type readableLogs struct {
	reader directory.LogReader
	held   *directory.Permissions
}

func (c *call) readableLogs() (*readableLogs, error) {
	reader, ok := directory.As[directory.LogReader](c.uc)
	if !ok {
		return nil, nil
	}
	held, err := c.uc.EffectivePermissions(c.ctx())
	if err != nil {
		return nil, err
	}
	return &readableLogs{reader, held}, nil
}

// of returns the logs of a record by their names.
func (l *readableLogs) of(c *call, record *directory.ConnectionRecord) (map[string]logJSON, error) {
	shown := make(map[string]logJSON)
	if l == nil || !l.held.MayReadLogs(record) {
		return shown, nil
	}
	logs, err := l.reader.Logs(c.ctx(), record)
	for _, log := range logs {
		shown[log.Name] = logJSON{log.Type, translatable{Key: log.Description.Key, Variables: log.Description.Variables}}
	}
	return shown, err
}

func errNoLog() error { return notFound("No such log.") }

// connectionLog answers the content of a log. To whom may not read it, it is not there.
func connectionLog(c *call) error {
	record, err := c.connectionRecord()
	if err != nil {
		return err
	}
	logs, err := c.readableLogs()
	if err != nil {
		return err
	}
	if logs == nil || !logs.held.MayReadLogs(record) {
		return errNoLog()
	}
	content, err := logs.reader.OpenLog(c.ctx(), record, c.r.PathValue("name"))
	if errors.Is(err, directory.NotFound) {
		return errNoLog()
	}
	if err != nil {
		return err
	}
	defer content.Body.Close()
	header := c.w.Header()
	header.Set("Content-Type", logContentType(content.Type))
	header.Set("Cache-Control", "no-store")
	if content.Size >= 0 {
		header.Set("Content-Length", strconv.FormatInt(content.Size, 10))
	}
	c.w.WriteHeader(http.StatusOK)
	if _, err := io.Copy(c.w, content.Body); err != nil {
		c.api.cfg.Logger.Debug("log of a session not sent in whole", "record", record.Identifier, "error", err)
		panic(http.ErrAbortHandler) // so that the client does not take it for the whole
	}
	return nil
}

func logContentType(t directory.LogType) string {
	if t == directory.SessionRecording || t == directory.Typescript {
		return binaryType
	}
	return "text/plain"
}

// userLog answers for logs of logins, of which there are none.
func userLog(c *call) error {
	if _, err := c.userRecord(); err != nil {
		return err
	}
	return errNoLog()
}
