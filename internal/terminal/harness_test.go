// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"context"
	"image"
	"image/color"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/vt"
	"github.com/palta-gateway/palta/internal/wire/guac"
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

// browser draws what its view sends, and answers at once.
type browser struct {
	t      *testing.T
	frames chan struct{}
	view   *display.View

	mu     sync.Mutex
	canvas *canvas.Canvas
	moves  int
}

// watch runs the display until the test ends and adds a browser.
func (f *fixture) watch() *browser {
	b := &browser{t: f.t, frames: make(chan struct{}, 1), canvas: canvas.New(canvas.Config{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.display.Run(ctx)
	}()
	f.t.Cleanup(func() {
		cancel()
		<-done
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.view = f.display.AddView(b, display.ViewConfig{Image: []string{"image/png"}})
	return b
}

// Send implements display.Sink.
func (b *browser) Send(p []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ins guac.Instruction
	for len(p) > 0 {
		n, err := guac.ConsumeInstruction(p, &ins, guac.DefaultLimits)
		if err != nil || n == 0 {
			b.t.Errorf("bad instruction: %v", err)
			return nil
		}
		p = p[n:]
		if ins.Is(guac.OpSync) {
			at, _ := ins.Int(0)
			go b.view.Sync(int64(at))
			select {
			case b.frames <- struct{}{}:
			default:
			}
			continue
		}
		if ins.Is(guac.OpCopy) {
			b.moves++
		}
		if err := b.canvas.Apply(&ins); err != nil {
			b.t.Errorf("canvas: %v", err)
		}
	}
	return nil
}

// difference returns where the browser's picture is not what the terminal would paint.
func (b *browser) difference(f *fixture) image.Rectangle {
	want := f.picture()
	b.mu.Lock()
	got := b.canvas.Image()
	b.mu.Unlock()
	if got.Rect != want.Rect {
		return want.Rect
	}
	var diff image.Rectangle
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if got.RGBAAt(x, y) != want.RGBAAt(x, y) {
				diff = diff.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return diff
}

// settle waits until the browser shows what the terminal would paint.
func (b *browser) settle(f *fixture) bool {
	timeout := time.After(5 * time.Second)
	for {
		if b.difference(f).Empty() {
			return true
		}
		select {
		case <-b.frames:
		case <-timeout:
			return false
		}
	}
}
