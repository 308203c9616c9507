// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// binary is Palta, built once for a test run.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("PALTA_BINARY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "palta-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "palta")
	cmd := exec.Command("go", "build", "-o", path, "github.com/palta-gateway/palta/cmd/palta")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
})

// Binary returns the path of Palta's executable: that of the variable PALTA_BINARY, or one
// that is built, without the web client, at the first call.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("build palta: %v", err)
	}
	return path
}

// Guacd is a running `palta guacd`.
type Guacd struct {
	*Process
	Port int
}

// StartGuacd starts the daemon on a free port, with further arguments.
func StartGuacd(t testing.TB, args ...string) *Guacd {
	t.Helper()
	g := &Guacd{Port: FreePort(t)}
	args = append([]string{"guacd", "-f", "-b", "127.0.0.1", "-l", strconv.Itoa(g.Port)}, args...)
	g.Process = Start(t, "", nil, Binary(t), args...)
	g.WaitFor(t, "accepts connections", Listening(Address(g.Port)))
	return g
}

// Children returns the process ids of a process's children.
func Children(t testing.TB, pid int) []int {
	t.Helper()
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, task := range tasks {
		list, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(list)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
	}
	return children
}

// PSS returns the proportional set size of a process in KiB.
func PSS(t testing.TB, pid int) int {
	t.Helper()
	text := read(t, "/proc/"+strconv.Itoa(pid)+"/smaps_rollup")
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "Pss:" {
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no Pss in %s", text)
	return 0
}

// Palta is a running gateway on an empty database.
type Palta struct {
	*Process
	Port int
	// URL is the address of the web client.
	URL string
	// SetupLink is the one-time link that the first start prints.
	SetupLink string
}

var setupLink = regexp.MustCompile(`http://\S+#/setup\?token=[^\s"]+`)

// StartPalta starts `palta serve` on a free port, with further arguments.
func StartPalta(t testing.TB, args ...string) *Palta {
	t.Helper()
	p := &Palta{Port: FreePort(t)}
	p.URL = "http://" + Address(p.Port) + "/guacamole/"
	args = append([]string{"serve", "--listen", Address(p.Port), "--data-directory", t.TempDir()}, args...)
	p.Process = Start(t, "", []string{"GUACAMOLE_HOME=" + t.TempDir()}, Binary(t), args...)
	p.WaitFor(t, "prints its link", func(context.Context) error {
		p.SetupLink = setupLink.FindString(p.Output())
		if p.SetupLink == "" {
			return errors.New("no link yet")
		}
		return nil
	})
	p.WaitFor(t, "accepts connections", Listening(Address(p.Port)))
	return p
}
