// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/vt"
)

func TestColorsOfCells(t *testing.T) {
	// Features: TERM-08, TERM-09, TERM-25
	p := vt.DefaultPalette()
	black, gray := rgba(p.Colors[0]), rgba(p.Colors[7])
	for _, c := range []struct {
		name, text string
		bg, fg     color.RGBA
	}{
		{"default", "█", gray, gray},
		{"text", "H", black, gray},
		{"palette", "\x1b[31;44mH", rgba(p.Colors[4]), rgba(p.Colors[1])},
		{"bright background", "\x1b[30;101mH", rgba(p.Colors[9]), black},
		{"256 colours", "\x1b[38;5;208;48;5;17mH", rgba(p.Colors[17]), rgba(p.Colors[208])},
		{"direct", "\x1b[38;2;1;200;3;48;2;40;50;60mH", color.RGBA{40, 50, 60, 255}, color.RGBA{1, 200, 3, 255}},
		{"bold is bright", "\x1b[1;32mH", black, rgba(p.Colors[10])},
		{"faint", "\x1b[2;37mH", black, rgba(mix(p.Colors[7], p.Colors[0], 128))},
		{"inverse", "\x1b[7mH", gray, black},
		{"invisible", "\x1b[8mH", black, black},
		{"reverse video", "\x1b[?5hH", gray, black},
		{"changed palette", "\x1b]4;1;rgb:12/34/56\x07\x1b[41;37mH", color.RGBA{0x12, 0x34, 0x56, 255}, gray},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newTerminal(t, nil)
			f.write(c.text + "\x1b[m\x1b[3;1H")
			bg, fg := f.colorsOf(f.picture(), 0, 0)
			if bg != c.bg || fg != c.fg {
				t.Errorf("background %v and text %v, want %v and %v", bg, fg, c.bg, c.fg)
			}
		})
	}
}

func TestSchemeAtRunTime(t *testing.T) {
	// Features: TERM-09
	f := newTerminal(t, func(c *Config) { c.ColorScheme = "green-black" })
	f.write("H\x1b[3;1H")
	p := vt.DefaultPalette()
	if bg, fg := f.colorsOf(f.picture(), 0, 0); bg != rgba(p.Colors[0]) || fg != rgba(p.Colors[2]) {
		t.Errorf("green-black: %v on %v", fg, bg)
	}
	if err := f.SetColorScheme("background: navy; foreground: rgb:f/f/0"); err != nil {
		t.Fatal(err)
	}
	m := f.picture()
	if bg, fg := f.colorsOf(m, 0, 0); bg != (color.RGBA{0, 0, 128, 255}) || fg != (color.RGBA{255, 255, 0, 255}) {
		t.Errorf("new scheme: %v on %v", fg, bg)
	}
	if got := m.RGBAAt(0, 0); got != (color.RGBA{0, 0, 128, 255}) {
		t.Errorf("margin = %v, want the background", got)
	}
	if err := f.SetColorScheme("nonsense"); err == nil {
		t.Error("no error for a bad scheme")
	}
}

func TestCursorStyles(t *testing.T) {
	// Features: TERM-05, TERM-25
	f := newTerminal(t, nil)
	gray := rgba(vt.DefaultPalette().Colors[7])
	lit := func() (n int) {
		m, r := f.picture(), f.cellRect(0, 0)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if m.RGBAAt(x, y) == gray {
					n++
				}
			}
		}
		return n
	}
	for _, c := range []struct {
		sequence string
		want     int
	}{{"", 190}, {"\x1b[4 q", 10}, {"\x1b[6 q", 19}, {"\x1b[2 q", 190}, {"\x1b[?25l", 0}} {
		f.write(c.sequence)
		if got := lit(); got != c.want {
			t.Errorf("after %q the cursor has %d pixels, want %d", c.sequence, got, c.want)
		}
	}
}

func TestCursorIsSeenOnItsOwnColor(t *testing.T) {
	f := newTerminal(t, nil)
	f.write("\x1b[47mH\b")
	if bg, fg := f.colorsOf(f.picture(), 0, 0); bg == fg {
		t.Errorf("text under the cursor is invisible: %v", bg)
	}
}

func TestLinesUnderAndThroughText(t *testing.T) {
	// Features: TERM-04
	colored := func(sequence string) (rows map[int]int) {
		f := newTerminal(t, nil)
		f.write(sequence + " \x1b[m\x1b[3;1H")
		rows = map[int]int{}
		m, r := f.picture(), f.cellRect(0, 0)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if m.RGBAAt(x, y) != (color.RGBA{0, 0, 0, 255}) {
					rows[y-r.Min.Y]++
				}
			}
		}
		return rows
	}
	for _, c := range []struct {
		name, sequence string
		lines, pixels  int
	}{
		{"single", "\x1b[4m", 1, 10},
		{"double", "\x1b[4:2m", 2, 20},
		{"dotted", "\x1b[4:4m", 1, 5},
		{"dashed", "\x1b[4:5m", 1, 6},
		{"curly", "\x1b[4:3m", 2, 10},
		{"strike", "\x1b[9m", 1, 10},
		{"overline", "\x1b[53m", 1, 10},
		{"link", "\x1b]8;;http://x\x07", 1, 5},
	} {
		rows, pixels := colored(c.sequence), 0
		for _, n := range rows {
			pixels += n
		}
		if len(rows) != c.lines || pixels != c.pixels {
			t.Errorf("%s: %d pixels in %d rows, want %d in %d", c.name, pixels, len(rows), c.pixels, c.lines)
		}
	}
	if rows := colored("\x1b[9m"); rows[0] != 0 || rows[18] != 0 {
		t.Error("strike is at the edge")
	}
}

// Any part that is painted alone must be that part of the whole.
func TestPartsPaintAsTheWhole(t *testing.T) {
	f := newTerminal(t, nil)
	f.write("\x1b[1mbold \x1b[3mitalic\x1b[m 世界\r\n\x1b[44m│├─┐▒\x1b[4:3mcurly\x1b[m\r\nlast 界")
	for i := range 30 {
		f.write(fmt.Sprintf("%d\r\n", i))
	}
	f.drag(2, 1, 9, 3)
	whole := f.picture()
	for x := 0; x < testWidth; x += 7 {
		for y := 0; y < testHeight; y += 13 {
			r := image.Rect(x, y, x+23, y+17).Intersect(whole.Rect)
			part := image.NewRGBA(r)
			f.Paint(part)
			want := image.NewRGBA(r)
			draw.Draw(want, r, whole, r.Min, draw.Src)
			if string(part.Pix) != string(want.Pix) {
				t.Fatalf("%v painted alone differs", r)
			}
		}
	}
}

func TestGlyphsStayInTheirCells(t *testing.T) {
	// Features: TERM-07, TERM-10
	for _, size := range []int{1, 8, 12, 33, 96, 1000} {
		face, _ := testFonts().Face("monospace", size, 96)
		for _, r := range "gjW|ÅÄ世█⣿\ue0b0╬\U0001fb00😀\u0301" {
			for style := range glyphStyle(styleCount) {
				g := face.rune(r, style)
				if len(g.pix) != 0 && len(g.pix) != g.width*face.Height {
					t.Fatalf("size %d, %q: %d bytes for %d by %d", size, r, len(g.pix), g.width, face.Height)
				}
			}
		}
	}
}

func TestFontAtRunTime(t *testing.T) {
	// Features: TERM-10
	f := newTerminal(t, nil)
	f.write("some text")
	f.SetFont("", 24)
	got := f.Size()
	if want := (Size{Cols: 10, Rows: 2, Width: 190, Height: 76}); got != want {
		t.Errorf("size at 24 points = %+v, want %+v", got, want)
	}
	if len(f.sizes) != 1 || f.sizes[0] != got {
		t.Errorf("told sizes %v", f.sizes)
	}
	f.SetFont("No Such Font", 0)
	if name, size := f.Font(); name != "No Such Font" || size != 24 || f.Size() != got {
		t.Errorf("an unknown font must look like the embedded one, got %s %d %+v", name, size, f.Size())
	}
}

func TestResolutionScalesTheFont(t *testing.T) {
	a, _ := testFonts().Face("", 12, 96)
	b, _ := testFonts().Face("", 12, 192)
	if b.Width < 2*a.Width-1 || b.Height < 2*a.Height-1 {
		t.Errorf("cell %dx%d at 96 dpi and %dx%d at 192", a.Width, a.Height, b.Width, b.Height)
	}
	if again, known := testFonts().Face("DejaVu Sans Mono", 12, 96); !known || again.Width != a.Width {
		t.Error("the embedded font is not known by its name")
	}
}

func TestBoxDrawingJoins(t *testing.T) {
	// Features: TERM-06
	edge := func(r rune, w, h int) string {
		pix := drawBox(r, w, h)
		var arms string
		for _, e := range []struct {
			name string
			x, y int
			dx   int
			n    int
		}{{"L", 0, 0, 0, h}, {"R", w - 1, 0, 0, h}, {"U", 0, 0, 1, w}, {"D", 0, h - 1, 1, w}} {
			for i := range e.n {
				x, y := e.x, e.y+i
				if e.dx == 1 {
					x, y = e.x+i, e.y
				}
				if pix[y*w+x] > 100 {
					arms += e.name
					break
				}
			}
		}
		return arms
	}
	for _, size := range []image.Point{{10, 19}, {7, 13}, {19, 37}, {5, 9}} {
		for r, want := range map[rune]string{
			'─': "LR", '│': "UD", '┌': "RD", '┐': "LD", '└': "RU", '┘': "LU", '├': "RUD", '┤': "LUD", '┬': "LRD", '┴': "LRU", '┼': "LRUD",
			'═': "LR", '║': "UD", '╔': "RD", '╬': "LRUD", '╪': "LRUD", '╭': "RD", '╮': "LD", '╯': "LU", '╰': "RU", '━': "LR", '╋': "LRUD",
			'█': "LRUD", '▀': "LRU", '▄': "LRD", '▌': "LUD", '▐': "RUD",
		} {
			if got := edge(r, size.X, size.Y); got != want {
				t.Errorf("%c in %v reaches %s, want %s", r, size, got, want)
			}
		}
	}
	for r := rune(0x2500); r < 0x25a0; r++ {
		if strings.Trim(string(drawBox(r, 10, 19)), "\x00") == "" {
			t.Errorf("%c (%U) draws nothing", r, r)
		}
	}
}

func TestDoubleLinesHaveAGap(t *testing.T) {
	for r, want := range map[rune]int{'╬': 0, '╪': 255, '╫': 255, '═': 0, '┼': 255, '╔': 0, '╤': 0} {
		pix := drawBox(r, 11, 19)
		if got := int(pix[9*11+5]); got != want {
			t.Errorf("%c has %d in its middle, want %d", r, got, want)
		}
	}
}

func TestGlyphCacheIsBounded(t *testing.T) {
	face, _ := testFonts().Face("monospace", 96, 96)
	for r := rune(0x100); r < 0x800; r++ {
		face.rune(r, 0)
	}
	face.mu.Lock()
	defer face.mu.Unlock()
	if face.bytes > maxGlyphBytes+200*200 {
		t.Errorf("the cache holds %d bytes", face.bytes)
	}
}

func BenchmarkPaint(b *testing.B) {
	f := newTerminal(&testing.T{}, func(c *Config) { c.Width, c.Height = 200*10+20, 50*19+8 })
	for i := range 50 {
		f.write(fmt.Sprintf("\x1b[%dm%s\r\n", 31+i%6, strings.Repeat("The quick brown fox jumps ", 7)))
	}
	m := image.NewRGBA(image.Rect(0, 0, 200*10+20, 50*19+8))
	for b.Loop() {
		f.Paint(m)
	}
}
