// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"context"
	"io"
	"log/slog"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/palta-gateway/palta/internal/engine"
)

// memoryLimit makes the collector work harder beyond it. It is far above what a
// connection needs.
const memoryLimit = 512 << 20

// Environment is what a worker process should have in its environment beside what the
// supervisor passes on: few threads, so that a machine with many processors does not
// give each worker its caches.
var Environment = []string{"GOMAXPROCS=2"}

// Main is the process of a worker, started by the supervisor with the control socket as descriptor
// 3. Log lines go to stderr as JSON. It returns the exit code.
func Main(registry engine.Registry, stderr io.Writer) int {
	debug.SetMemoryLimit(memoryLimit)
	// The supervisor decides when workers end; a signal to the whole group is not for them.
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	level := new(slog.LevelVar)
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
	control, err := Inherited()
	if err != nil {
		log.Error("not started by a supervisor", "error", err)
		return 2
	}
	if err := confine(); err != nil {
		log.Warn("worker is not confined", "error", err)
	}
	var trimmer sync.WaitGroup
	trimmer.Go(func() { trim(ctx) })
	defer trimmer.Wait()
	defer stop()
	if err := Run(ctx, control, Config{Registry: registry, Logger: log, Level: level}); err != nil {
		log.Error("worker failed", "error", err)
		return 1
	}
	return 0
}
