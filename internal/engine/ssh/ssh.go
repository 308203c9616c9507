// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/filetransfer"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/terminal"
)

// client is one connection to a server and the terminal that shows it.
type client struct {
	cfg  engine.Config
	opts Options
	log  *slog.Logger
	disp *display.Display
	term *terminal.Terminal

	resized chan terminal.Size // the newest size, one slot
	pipe    pipe               // of the goroutine that writes to the terminal

	mu        sync.Mutex // guards all below
	views     map[*session.User]*view
	title     string
	files     *filetransfer.SFTP // nil while there is none
	uploadDir string             // as the shell has set it, empty if it has not
	downloads int                // files that the shell is sending now
}

// view is what a user has of the connection.
type view struct {
	screen *display.View
	object int // index of the filesystem object, -1 if there is none
}

// run shows a terminal, connects, and serves until the remote side ends or ctx does.
func run(ctx context.Context, cfg engine.Config, opts Options) error {
	for _, name := range withoutEffect {
		if cfg.Params.Has(name) && cfg.Params.String(name) != "false" {
			cfg.Logger.Warn("parameter has no effect", slog.String("parameter", name))
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel(nil)

	c := &client{
		cfg: cfg, opts: opts, log: cfg.Logger, views: map[*session.User]*view{},
		resized: make(chan terminal.Size, 1),
	}
	if err := c.show(ctx); err != nil {
		return err
	}
	defer c.term.Close()
	work.Go(func() { _ = c.disp.Run(ctx) })
	cfg.Session.SetHandler(c)

	conn, err := c.connect(ctx)
	if err != nil {
		return ended(ctx, err)
	}
	return ended(ctx, c.serve(ctx, conn))
}

// ended prefers the reason for which ctx ended to the error of a closed connection.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// show makes the display and the terminal on it.
func (c *client) show(ctx context.Context) error {
	p, owner := c.cfg.Params, c.cfg.Owner
	c.disp = display.New(display.Config{Width: owner.Width, Height: owner.Height, Lossless: true, Logger: c.log})
	cfg := terminal.Config{
		Display: c.disp, Fonts: c.opts.Fonts, Width: owner.Width, Height: owner.Height, DPI: owner.DPI,
		FontName: p.String("font-name"), FontSize: p.Int("font-size"), ColorScheme: p.String("color-scheme"),
		Scrollback: p.Int("scrollback"), Backspace: p.Int("backspace"), FuncKeys: p.String("func-keys-and-keypad"),
		TerminalType: p.String("terminal-type"), MaxClipboard: p.Int("clipboard-buffer-size"), Logger: c.log,
		Title: c.setTitle, Resized: c.setSize,
		Download:        func(path string) { c.download(ctx, path) },
		UploadDirectory: c.setUploadDirectory,
		OpenPipe:        c.openPipe, PipeData: c.pipe.write, ClosePipe: c.pipe.close,
	}
	if !p.Bool("disable-copy") {
		cfg.Copied = c.copied
		cfg.AllowClipboardWrite = true
	}
	term, err := terminal.New(cfg)
	if err != nil {
		return fmt.Errorf("ssh: %w", err)
	}
	c.term = term
	return nil
}

// setSize keeps the newest size for the server.
func (c *client) setSize(size terminal.Size) {
	for {
		select {
		case c.resized <- size:
			return
		default:
		}
		select {
		case <-c.resized:
		default:
		}
	}
}
