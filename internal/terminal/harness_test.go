// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/vt"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
)

// testFonts are the embedded fonts alone, so that tests see the same on every machine.
var testFonts = sync.OnceValue(func() *Fonts {
	fonts, err := NewFonts("/nonexistent")
	if err != nil {
		panic(err)
	}
	return fonts
})

// Cells of 20 columns and 5 rows at 12 points and 96 dpi: 10 by 19 pixels, with margins and the scroll bar.
const (
	testCols, testRows = 20, 5
	testWidth          = testCols*10 + 2*marginSize + scrollbarSize
	testHeight         = testRows*19 + 2*marginSize
)

// fixture is a terminal and what it told.
type fixture struct {
	*Terminal
	t       *testing.T
	display *display.Display
	copied  []string
	titles  []string
	sizes   []Size
}

func newTerminal(t *testing.T, change func(*Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, display: display.New(display.Config{Width: testWidth, Height: testHeight, Lossless: true})}
	cfg := Config{
		Display: f.display, Fonts: testFonts(), Width: testWidth, Height: testHeight, Scrollback: 100,
		Copied:  func(text string) { f.copied = append(f.copied, text) },
		Title:   func(title string) { f.titles = append(f.titles, title) },
		Resized: func(size Size) { f.sizes = append(f.sizes, size) },
	}
	if change != nil {
		change(&cfg)
	}
	term, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.Terminal = term
	t.Cleanup(func() { _ = term.Close() })
	if got := term.Size(); change == nil && (got.Cols != testCols || got.Rows != testRows) {
		t.Fatalf("size = %+v", got)
	}
	return f
}

func (f *fixture) write(text string) {
	f.t.Helper()
	if _, err := f.Write([]byte(text)); err != nil {
		f.t.Fatal(err)
	}
}

// picture paints all of the terminal.
func (f *fixture) picture() *image.RGBA {
	w, h := f.display.Size()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	f.Paint(m)
	return m
}

// cellRect returns the pixels of a cell of the view.
func (f *fixture) cellRect(col, row int) image.Rectangle {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cellsLocked(col, row, col+1, row+1)
}

// colorsOf returns the commonest colour of a cell, which is its background, and the one furthest from it.
func (f *fixture) colorsOf(m *image.RGBA, col, row int) (bg, fg color.RGBA) {
	count := map[color.RGBA]int{}
	r := f.cellRect(col, row)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			count[m.RGBAAt(x, y)]++
		}
	}
	for c, n := range count {
		if n > count[bg] {
			bg = c
		}
	}
	distance := -1
	for c := range count {
		d := abs(int(c.R)-int(bg.R)) + abs(int(c.G)-int(bg.G)) + abs(int(c.B)-int(bg.B))
		if d > distance {
			fg, distance = c, d
		}
	}
	return bg, fg
}

func abs(v int) int { return max(v, -v) }

func rgba(c vt.RGB) color.RGBA { return color.RGBA{c.R, c.G, c.B, 0xff} }

// typed returns what waits for the host.
func (f *fixture) typed() string {
	f.input.mu.Lock()
	chunks := slices.Concat(f.input.chunks...)
	f.input.chunks, f.input.bytes = nil, 0
	f.input.mu.Unlock()
	return string(chunks)
}

func (f *fixture) press(keys ...uint32) {
	for _, key := range keys {
		f.Key(key, true)
	}
	for _, key := range slices.Backward(keys) {
		f.Key(key, false)
	}
}

// at returns the middle of a cell.
func (f *fixture) at(col, row int) (x, y int) {
	r := f.cellRect(col, row)
	return (r.Min.X + r.Max.X) / 2, (r.Min.Y + r.Max.Y) / 2
}

func (f *fixture) drag(fromCol, fromRow, toCol, toRow int) {
	x, y := f.at(fromCol, fromRow)
	f.Mouse(x, y, 0)
	f.Mouse(x, y, buttonLeft)
	x, y = f.at(toCol, toRow)
	f.Mouse(x, y, buttonLeft)
	f.Mouse(x, y, 0)
}

func (f *fixture) click(col, row int, buttons uint8) {
	x, y := f.at(col, row)
	f.Mouse(x, y, 0)
	f.Mouse(x, y, buttons)
	f.Mouse(x, y, 0)
}

// lastCopy returns the newest text that was copied.
func (f *fixture) lastCopy() string {
	if len(f.copied) == 0 {
		return ""
	}
	return f.copied[len(f.copied)-1]
}

// watch runs the display until the test ends and shows it to a user.
func (f *fixture) watch() *guacuser.User {
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = f.display.Run(ctx) })
	f.t.Cleanup(func() {
		cancel()
		_ = theirs.Close()
		work.Wait()
	})
	u := guacuser.Join(f.t, ours, guacuser.Config{})
	view := f.display.AddView(sink{theirs}, display.ViewConfig{Image: []string{"image/png"}})
	work.Go(func() {
		r := guac.NewReader(theirs, guac.DefaultLimits)
		for ins, err := r.Next(); err == nil; ins, err = r.Next() {
			if ins.Is(guac.OpSync) {
				at, _ := ins.Int(0)
				view.Sync(int64(at))
			}
		}
	})
	return u
}

// sink takes the instructions of a view to a user who reads at once.
type sink struct{ conn net.Conn }

func (s sink) Send(b []byte) error {
	_, err := s.conn.Write(b)
	return err
}

// wantSame waits until a user has got what the terminal would paint.
func (f *fixture) wantSame(u *guacuser.User, after string) {
	f.t.Helper()
	u.WaitPixels("what the terminal would paint, after "+after, func(got *image.RGBA) error {
		want := f.picture()
		if got.Rect != want.Rect {
			return fmt.Errorf("it is %v, want %v", got.Rect, want.Rect)
		}
		var diff image.Rectangle
		for y := range want.Rect.Dy() {
			for x := range want.Rect.Dx() {
				if got.RGBAAt(x, y) != want.RGBAAt(x, y) {
					diff = diff.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		if !diff.Empty() {
			return fmt.Errorf("it differs in %v", diff)
		}
		return nil
	})
}
