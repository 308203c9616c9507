// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRelog(t *testing.T) {
	// Features: GCD-10
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: LevelTrace,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	relog(log, strings.NewReader(`{"time":"2026-01-01T00:00:00Z","level":"WARN","msg":"careful","b":1,"a":"x"}
{"time":"2026-01-01T00:00:00Z","level":"DEBUG-4","msg":"detail"}
{"level":"INFO","no":"message"}
panic: oh

goroutine 1 [running]:
{"level":"LOUD","msg":"x"}`))
	want := `level=WARN msg=careful a=x b=1
level=DEBUG-4 msg=detail
level=ERROR msg="worker crashed" output="{\"level\":\"INFO\",\"no\":\"message\"}\npanic: oh\ngoroutine 1 [running]:\n{\"level\":\"LOUD\",\"msg\":\"x\"}\n"
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRelogIsBounded(t *testing.T) {
	var out bytes.Buffer
	relog(slog.New(slog.NewTextHandler(&out, nil)), strings.NewReader(strings.Repeat("x", 10<<20)))
	if out.Len() > maxCrash+2*maxLogLine {
		t.Errorf("%d bytes of a flood are in the log", out.Len())
	}
}

func TestWorkerEnvironment(t *testing.T) {
	got := workerEnvironment([]string{"PATH=/bin", "POSTGRESQL_PASSWORD=x", "TZ=UTC", "PATHOLOGY=1", "broken"})
	if diff := cmp.Diff([]string{"PATH=/bin", "TZ=UTC"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// BenchmarkOpen is the time from connecting to the first drawing of an engine.
func BenchmarkOpen(b *testing.B) {
	for _, isolation := range []Isolation{IsolationProcess, IsolationNone} {
		b.Run(string(isolation), func(b *testing.B) {
			s, _ := start(b, isolation, nil)
			for b.Loop() {
				p := open(b, s, "echo", nil)
				p.wantSaid("process ")
				p.Close()
			}
		})
	}
}
