// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"fmt"
	"testing"
)

// BenchmarkKey is the way of a key from the browser to the server's shell.
func BenchmarkKey(b *testing.B) {
	s := newServer(b)
	came := make(chan struct{})
	s.shell = func(session *serverSession) int {
		fmt.Fprint(session, "ready")
		for p := make([]byte, 1); ; came <- struct{}{} {
			if _, err := session.Read(p); err != nil {
				return 0
			}
		}
	}
	f := start(b, Options{}, s.params(nil))
	f.See("ready")
	for b.Loop() {
		f.Key('a')
		<-came
	}
}

// BenchmarkOutput is the way of a megabyte of lines from the server to the browser, whose title says that it came.
func BenchmarkOutput(b *testing.B) {
	s := newServer(b)
	lines := bytes.Repeat([]byte("a line of output, as long as those of a log are: 0123456789\r\n"), 1<<20/61)
	s.shell = func(session *serverSession) int {
		fmt.Fprint(session, "ready")
		p := make([]byte, 1)
		for n := 1; ; n++ {
			if _, err := session.Read(p); err != nil {
				return 0
			}
			_, _ = session.Write(lines)
			fmt.Fprintf(session, "\x1b]0;%d\x07", n)
		}
	}
	f := start(b, Options{}, s.params(nil))
	f.See("ready")
	b.SetBytes(int64(len(lines)))
	for n := 1; b.Loop(); n++ {
		f.Key('a')
		f.waitTitle(fmt.Sprint(n))
	}
}
