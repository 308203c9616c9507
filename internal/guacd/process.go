// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/palta-gateway/palta/internal/worker"
)

// passedOn are the variables that a worker gets from the supervisor's environment. The
// rest may hold secrets, such as the password of the database.
var passedOn = []string{"PATH", "HOME", "LANG", "LC_ALL", "TZ", "ZONEINFO", "SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG", "GOTRACEBACK"}

// startProcess starts the worker in a process of its own.
func (c *child) startProcess() error {
	control, file, err := worker.Socketpair()
	if err != nil {
		return err
	}
	defer file.Close()
	cfg := c.supervisor.cfg
	cmd := exec.Command(cfg.Executable, cfg.WorkerArgs...)
	cmd.ExtraFiles = []*os.File{file}
	cmd.Env = slices.Concat(workerEnvironment(os.Environ()), worker.Environment, cfg.WorkerEnv)
	separate(cmd)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		_ = control.Close()
		return fmt.Errorf("guacd: start %s: %w", cfg.Executable, err)
	}
	c.log.Debug("worker started", "pid", cmd.Process.Pid)
	c.control = control
	ended := make(chan error, 1)
	c.supervisor.work.Go(func() {
		relog(c.log, stderr)
		ended <- cmd.Wait()
		close(ended)
	})
	c.wait = func() error { return <-ended }
	c.kill = func() { _ = cmd.Process.Kill() }
	return nil
}

func workerEnvironment(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return !slices.Contains(passedOn, name)
	})
}

const (
	// maxLogLine bounds a line of a worker's stderr; longer ones are cut into several.
	maxLogLine = 64 << 10
	// maxCrash bounds the text that a crashing worker leaves in the log.
	maxCrash = 32 << 10
)

// relog logs what a worker writes to stderr: its log lines as they are, and everything
// else, which is the trace of a crash, as one record at the end.
func relog(log *slog.Logger, stderr io.Reader) {
	r := bufio.NewReaderSize(stderr, 4096)
	var crash []byte
	for {
		line, err := readLine(r)
		if len(line) > 0 && !relogLine(log, line) && len(crash) < maxCrash {
			crash = append(append(crash, line...), '\n')
		}
		if err != nil {
			break
		}
	}
	if len(crash) > 0 {
		log.Error("worker crashed", "output", string(crash))
	}
}

// readLine reads a line, or a part of a very long one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) && len(line) < maxLogLine {
			continue
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// relogLine logs a line of a slog.JSONHandler; false if it is none.
func relogLine(log *slog.Logger, line []byte) bool {
	var fields map[string]any
	if line[0] != '{' || json.Unmarshal(line, &fields) != nil {
		return false
	}
	message, ok := fields[slog.MessageKey].(string)
	if !ok {
		return false
	}
	var level slog.Level
	text, _ := fields[slog.LevelKey].(string)
	if level.UnmarshalText([]byte(text)) != nil {
		return false
	}
	attrs := make([]slog.Attr, 0, len(fields))
	for key, value := range fields {
		if key != slog.MessageKey && key != slog.LevelKey && key != slog.TimeKey {
			attrs = append(attrs, slog.Any(key, value))
		}
	}
	slices.SortFunc(attrs, func(a, b slog.Attr) int { return strings.Compare(a.Key, b.Key) })
	log.LogAttrs(context.Background(), level, message, attrs...) //nolint:sloglint // the worker's message, passed on
	return true
}
