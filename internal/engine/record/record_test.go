// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
)

// opened is an engine.Files with one file, or an error.
type opened struct {
	file *os.File
	err  error
}

func (o opened) Create(context.Context, engine.File) (*os.File, error) { return o.file, o.err }

// log is a log that tests can read while it is written.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// painting is an engine that paints colours.
type painting struct{ disp *display.Display }

func (p painting) UserJoined(u *session.User) error {
	u.OnSync(p.disp.AddView(u, display.ViewConfig{Image: u.Info().Image}).Sync)
	return nil
}

func (painting) UserLeft(*session.User) {}

// start runs a session that is recorded to files, and returns its display, a user and what
// ends the recording.
func start(t *testing.T, files engine.Files, out *log) (*display.Display, *guacuser.User, func()) {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(out, nil))
	s := session.New(session.Config{ID: "$test", Logger: logger})
	disp := display.New(display.Config{Width: 64, Height: 48})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = disp.Run(ctx) })
	stop := Start(ctx, engine.Config{
		Session: s, Files: files, Logger: logger,
		Params: engine.ParseMap(engine.Recording, map[string]string{"recording-path": "/recordings"}, nil),
	}, disp)
	s.SetHandler(painting{disp})
	ours, theirs := net.Pipe()
	info := guac.ClientInfo{Version: guac.LatestVersion, Width: 64, Height: 48, Image: []string{"image/png"}}
	work.Go(func() { _ = s.Serve(ctx, theirs, session.UserConfig{ID: "@1", Owner: true, Info: info}) })
	t.Cleanup(func() {
		s.Close(nil)
		cancel()
		work.Wait()
	})
	return disp, guacuser.Join(t, ours, guacuser.Config{}), stop
}

// paint fills the screen and waits until the user sees it.
func paint(disp *display.Display, u *guacuser.User, shade uint8) {
	c := color.RGBA{shade, shade, shade, 0xFF}
	disp.Fill(image.Rect(0, 0, 64, 48), c)
	disp.Flush()
	u.WaitPixels("the colour", func(img *image.RGBA) error {
		if got := img.RGBAAt(63, 47); got != c {
			return fmt.Errorf("pixel is %v, want %v", got, c)
		}
		return nil
	})
}

func TestFileThatNobodyReadsHoldsUpNoUser(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := writer.Write(make([]byte, 64<<10)); err != nil { // as much as a pipe takes
		t.Fatal(err)
	}
	out := new(log)
	disp, u, stop := start(t, opened{file: writer}, out)
	began := time.Now()
	for shade := range 50 {
		paint(disp, u, uint8(4*shade))
	}
	if took := time.Since(began); took > guacuser.Timeout/2 {
		t.Errorf("50 pictures took %v", took)
	}
	stop()
	if !strings.Contains(out.String(), "recording has ended early") {
		t.Errorf("log does not tell of the recording's end:\n%s", out)
	}
	paint(disp, u, 255)
}

func TestSessionWithoutAFileGoesOn(t *testing.T) {
	out := new(log)
	disp, u, stop := start(t, opened{err: errors.New("no such directory")}, out)
	defer stop()
	paint(disp, u, 100)
	for _, want := range []string{"session is not recorded", "no such directory"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("log does not have %q:\n%s", want, out)
		}
	}
}
