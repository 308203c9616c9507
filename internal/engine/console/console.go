// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/engine/record"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/terminal"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// settleTime is how long the users may take to receive the last output.
const settleTime = 2 * time.Second

// Config is what a console is made from. The zero value of all but the engine's own works.
type Config struct {
	engine.Config

	// Fonts are shared by all sessions of the process; the embedded and the system's fonts if nil.
	Fonts *terminal.Fonts
	// Files is file transfer, nil if there is none.
	Files Files
	// Observer, if not nil, gets a copy of the host's output.
	Observer Observer
}

// Files is file transfer beside a terminal. Its methods are called for the users who may do more than watch.
type Files interface {
	// UserJoined shows the files to a user.
	UserJoined(u *session.User)
	// UserLeft is called for everybody who joined.
	UserLeft(u *session.User)
	// File stores a file that a user dropped onto the terminal.
	File(u *session.User, in *session.InStream)
	// Download sends a file to the owner, as the host asks for (OSC 482200). It must not block.
	Download(path string)
	// SetUploadDirectory is where File stores, as the host asks for (OSC 482201).
	SetUploadDirectory(path string)
}

// Size is the size of a terminal in cells, and that of its grid in pixels.
type Size = terminal.Size

// Console is a terminal that the users of a session see. Its methods are safe for concurrent use.
type Console struct {
	cfg  Config
	log  *slog.Logger
	disp *display.Display
	term *terminal.Terminal
	tap  *tap // nil without an observer

	resized chan Size // the newest size, one slot

	output sync.Mutex // held while output is interpreted
	pipe   pipe       // guarded by output

	mu    sync.Mutex // guards all below
	views map[*session.User]*display.View
	title string
}

// defaultFonts are loaded once in a process.
var defaultFonts = sync.OnceValues(func() (*terminal.Fonts, error) { return terminal.NewFonts() })

// Run shows a terminal to the session's users and calls connect, which reaches a host and serves it. It returns when
// connect does: with its error, or the cause of ctx if that has ended.
func Run(ctx context.Context, cfg Config, connect func(ctx context.Context, c *Console) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel(nil)
	c, err := newConsole(cfg)
	if err != nil {
		return err
	}
	defer c.term.Close()
	if cfg.Observer != nil {
		c.tap = newTap(cfg.Observer, c.log)
		defer c.tap.close()
	}
	work.Go(func() { _ = c.disp.Run(ctx) })
	defer record.Start(ctx, cfg.Config, c.disp)()
	cfg.Session.SetHandler(users{c})
	return engine.Ended(ctx, connect(ctx, c))
}

// newConsole makes the display and the terminal on it.
func newConsole(cfg Config) (*Console, error) {
	if cfg.Fonts == nil {
		fonts, err := defaultFonts()
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		cfg.Fonts = fonts
	}
	p, owner := cfg.Params, cfg.Owner
	c := &Console{cfg: cfg, log: cfg.Logger, views: map[*session.User]*display.View{}, resized: make(chan Size, 1)}
	c.disp = display.New(display.Config{Width: owner.Width, Height: owner.Height, Lossless: true, Logger: c.log})
	of := terminal.Config{
		Display: c.disp, Fonts: cfg.Fonts, Width: owner.Width, Height: owner.Height, DPI: owner.DPI,
		FontName: p.String(argFontName), FontSize: p.Int(argFontSize), ColorScheme: p.String(argColorScheme),
		Scrollback: p.Int("scrollback"), Backspace: p.Int("backspace"), FuncKeys: p.String("func-keys-and-keypad"),
		TerminalType: p.String("terminal-type"), MaxClipboard: p.Int("clipboard-buffer-size"), Logger: c.log,
		Title: c.setTitle, Resized: c.setSize,
		OpenPipe: c.openPipe, PipeData: c.pipe.write, ClosePipe: c.pipe.close,
	}
	if cfg.Files != nil {
		of.Download, of.UploadDirectory = cfg.Files.Download, cfg.Files.SetUploadDirectory
	}
	if !p.Bool("disable-copy") {
		of.Copied = c.copied
		of.AllowClipboardWrite = true
	}
	term, err := terminal.New(of)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.term = term
	return c, nil
}

// Size returns the present size.
func (c *Console) Size() Size { return c.term.Size() }

// Message shows text between the lines of the host.
func (c *Console) Message(text string) { c.term.Message(text) }

// Prompt asks the user for a line, which shows while it is typed if echo is set.
func (c *Console) Prompt(ctx context.Context, label string, echo bool) (string, error) {
	answer, err := c.term.Prompt(ctx, label, echo)
	if err != nil && ctx.Err() == nil {
		return "", guac.Errorf(guac.ClientUnauthorized, "%s: the login was canceled: %w", c.cfg.Session.Protocol(), err)
	}
	return answer, err
}

// Write shows output of the host. It never fails.
func (c *Console) Write(p []byte) (int, error) {
	c.output.Lock()
	defer c.output.Unlock()
	if c.tap != nil {
		c.tap.put(p)
	}
	return c.term.Write(p)
}

// setSize keeps the newest size for the host.
func (c *Console) setSize(size Size) {
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
