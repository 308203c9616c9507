// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func benchmark(b *testing.B, input string) {
	b.Helper()
	t := New(200, 50, Options{Scrollback: 1000})
	data := []byte(input)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for p := data; len(p) > 0; {
			n := min(len(p), 32<<10)
			_, _ = t.Write(p[:n])
			p = p[n:]
		}
		t.TakeDamage()
	}
}

func repeatTo(s string, size int) string { return strings.Repeat(s, size/len(s)+1) }

func BenchmarkSeq(b *testing.B) {
	var s strings.Builder
	for i := range 150000 {
		fmt.Fprintf(&s, "%d\r\n", i)
	}
	benchmark(b, s.String())
}

func BenchmarkColourLog(b *testing.B) {
	line := "\x1b[32m2026-11-24 16:05:42\x1b[0m \x1b[1;34mINFO\x1b[0m  server: request served method=GET path=/api/session/tree status=200 duration=12ms\r\n"
	benchmark(b, repeatTo(line, 1<<20))
}

func BenchmarkCJK(b *testing.B) {
	benchmark(b, repeatTo("终端模拟器的速度测试，包含宽字符。日本語のテキスト 한국어 텍스트\r\n", 1<<20))
}

func BenchmarkEmoji(b *testing.B) {
	benchmark(b, repeatTo("emoji 😀 👍🏽 ❤️ 🇩🇪 e\u0301 and text\r\n", 1<<20))
}

func BenchmarkVimTrace(b *testing.B) {
	trace, err := os.ReadFile("testdata/traces/vim.in")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, repeatTo(string(trace), 1<<20))
}

func BenchmarkDenseSGR(b *testing.B) {
	var s strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&s, "\x1b[38;5;%dm\x1b[48;5;%dmX", i%256, (i/7)%256)
	}
	benchmark(b, s.String())
}

func BenchmarkScrollRegion(b *testing.B) {
	benchmark(b, "\x1b[5;40r\x1b[40;1H"+repeatTo("a line within the scrolling region of the screen\r\n", 1<<20)+"\x1b[r")
}

func BenchmarkRepeat(b *testing.B) {
	benchmark(b, repeatTo("─\x1b[999999b中\x1b[999999b", 100<<10))
}

func BenchmarkReflow(b *testing.B) {
	t := New(80, 24, Options{Scrollback: 1000})
	write(t, repeatTo("\x1b[32ma line\x1b[m that is wide enough to wrap at eighty columns, with the usual words in it and some more\r\n", 200<<10))
	for i := 0; b.Loop(); i++ {
		t.Resize(60+60*(i%2), 24)
	}
}
