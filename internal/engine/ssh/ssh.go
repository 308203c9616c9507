// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"log/slog"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/engine/console"
)

// client is one connection to a server.
type client struct {
	cfg     engine.Config
	opts    Options
	log     *slog.Logger
	console *console.Console
	files   *files
}

// run shows a terminal, connects, and serves until the remote side ends or ctx does.
func run(ctx context.Context, cfg engine.Config, opts Options) error {
	c := &client{cfg: cfg, opts: opts, log: cfg.Logger, files: newFiles(cfg)}
	return console.Run(ctx, console.Config{Config: cfg, Fonts: opts.Fonts, Files: c.files}, func(ctx context.Context, con *console.Console) error {
		c.console = con
		conn, err := c.connect(ctx)
		if err != nil {
			return err
		}
		return c.serve(ctx, conn)
	})
}
