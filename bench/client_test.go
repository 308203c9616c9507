// SPDX-License-Identifier: Apache-2.0

//go:build bench

package bench

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/servers"
)

// daemon is one that is measured.
type daemon struct {
	name, address string
	pid           int
}

// daemons starts Palta's and names those of PALTA_BENCH_DAEMONS.
func daemons(b *testing.B) []daemon {
	b.Helper()
	g := servers.StartGuacd(b)
	all := []daemon{{"palta", servers.Address(g.Port), g.Cmd.Process.Pid}}
	for _, spec := range strings.Fields(os.Getenv("PALTA_BENCH_DAEMONS")) {
		name, rest, _ := strings.Cut(spec, "=")
		address, pidText, _ := strings.Cut(rest, ",")
		pid, err := strconv.Atoi(pidText)
		if err != nil {
			b.Fatalf("PALTA_BENCH_DAEMONS wants name=address,pid: %q", spec)
		}
		all = append(all, daemon{name, address, pid})
	}
	return all
}

// each runs a scenario once for every daemon.
func each(b *testing.B, scenario func(b *testing.B, d daemon)) {
	all := daemons(b)
	for _, d := range all {
		b.Run(d.name, func(b *testing.B) {
			for range b.N {
				scenario(b, d)
			}
			b.ReportMetric(0, "ns/op") // the scenarios have figures of their own
		})
	}
}

// event is something that came: when, and the instruction's bytes.
type event struct {
	at     time.Time
	opcode string
	raw    []byte
}

// client is a user that keeps what it is sent, and answers each sync at once.
type client struct {
	b    *testing.B
	conn net.Conn

	mu     sync.Mutex
	events []event
	bytes  int
	keep   bool
	wake   chan struct{}
}

const wait = 30 * time.Second

func connect(b *testing.B, d daemon, protocol string, params map[string]string) *client {
	b.Helper()
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(wait)) // some daemons accept a user and then do nothing
	c := &client{b: b, conn: conn, wake: make(chan struct{}, 1)}
	h := guac.ClientHandshake{
		Select: protocol,
		Info:   guac.ClientInfo{Width: 1280, Height: 720, DPI: 96, Image: []string{"image/jpeg", "image/png", "image/webp"}},
		Value:  func(name string) string { return params[name] },
	}
	r := guac.NewReader(conn, guac.HandshakeLimits)
	out := h.Start(nil)
	for done := false; !done; {
		if _, err := conn.Write(out); err != nil {
			b.Fatal(err)
		}
		ins, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		if out, done, err = h.Step(ins, nil); err != nil {
			b.Fatal(err)
		}
	}
	conn.SetDeadline(time.Time{})
	go c.run(r)
	return c
}

// open connects and waits until the first picture has come and nothing moves any more.
func open(b *testing.B, d daemon, protocol string, params map[string]string) *client {
	b.Helper()
	c := connect(b, d, protocol, params)
	c.firstDrawing()
	c.quiet(settle)
	return c
}

// firstDrawing waits for a drawing instruction and returns when it came.
func (c *client) firstDrawing() time.Time {
	c.b.Helper()
	deadline := time.After(wait)
	for {
		events, _ := c.take()
		for _, e := range events {
			if draws(e.opcode) {
				return e.at
			}
		}
		select {
		case <-c.wake:
		case <-deadline:
			c.b.Fatal("nothing is drawn")
		}
	}
}

func (c *client) run(r *guac.Reader) {
	for {
		ins, err := r.Next()
		if err != nil {
			return
		}
		now := time.Now()
		c.mu.Lock()
		e := event{at: now, opcode: string(ins.Opcode)}
		if c.keep {
			e.raw = append([]byte(nil), r.Raw()...)
		}
		c.events = append(c.events, e)
		c.bytes += len(r.Raw())
		c.mu.Unlock()
		if ins.Is(guac.OpSync) {
			c.send(r.Raw())
		}
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

func (c *client) send(b []byte) {
	if _, err := c.conn.Write(b); err != nil {
		return // the run shows it as an end
	}
}

func (c *client) key(keysym int) {
	out := guac.Begin(nil, guac.OpKey).Int(keysym).Int(1).End()
	c.send(guac.Begin(out, guac.OpKey).Int(keysym).Int(0).End())
}

func (c *client) typeText(text string) {
	for _, r := range text {
		if r == '\n' {
			r = 0xFF0D
		}
		c.key(int(r))
	}
}

// take returns the events since the last call.
func (c *client) take() (events []event, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	events, bytes = c.events, c.bytes
	c.events, c.bytes = nil, 0
	return events, bytes
}

// quiet waits until nothing but syncs and nops has come for so long, and returns what came.
func (c *client) quiet(d time.Duration) []event {
	c.b.Helper()
	var all []event
	last, deadline := time.Now(), time.After(wait)
	for time.Since(last) < d {
		events, _ := c.take()
		all = append(all, events...)
		for _, e := range events {
			if draws(e.opcode) {
				last = e.at
			}
		}
		select {
		case <-c.wake:
		case <-time.After(d / 4):
		case <-deadline:
			c.b.Fatal("the daemon does not come to rest")
		}
	}
	return all
}

// draws reports whether an instruction changes what is seen.
func draws(opcode string) bool {
	switch opcode {
	case guac.OpImg, guac.OpCopy, guac.OpRect, guac.OpPNG, guac.OpJPEG, guac.OpTransfer:
		return true
	}
	return false
}

// tree returns a process and all below it.
func tree(b *testing.B, pid int) []int {
	all := []int{pid}
	for _, child := range servers.Children(b, pid) {
		all = append(all, tree(b, child)...)
	}
	return all
}

// cpu returns the CPU seconds of the processes of a tree.
func cpu(b *testing.B, pid int) float64 {
	b.Helper()
	ticks := 0
	for _, p := range tree(b, pid) {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p), "stat"))
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		for _, i := range []int{11, 12} { // utime, stime
			n, err := strconv.Atoi(fields[i])
			if err != nil {
				b.Fatal(err)
			}
			ticks += n
		}
	}
	const ticksPerSecond = 100 // USER_HZ
	return float64(ticks) / ticksPerSecond
}

// vacant waits until the processes of earlier users have ended.
func vacant(b *testing.B, d daemon) {
	b.Helper()
	for deadline := time.Now().Add(wait); len(tree(b, d.pid)) > 1; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Logf("%s keeps %d processes without users: its memory is not to be trusted", d.name, len(tree(b, d.pid))-1)
			return
		}
	}
}

// pss returns the proportional set size of a process tree in MiB.
func pss(b *testing.B, pid int) float64 {
	sum := 0
	for _, p := range tree(b, pid) {
		sum += servers.PSS(b, p)
	}
	return float64(sum) / 1024
}

func ssh(s *servers.SSHD) map[string]string {
	return map[string]string{"hostname": "127.0.0.1", "port": fmt.Sprint(s.Port), "username": s.Login.Name, "password": s.Login.Password}
}

func vnc(v *servers.TigerVNC) map[string]string {
	return map[string]string{"hostname": "127.0.0.1", "port": fmt.Sprint(v.Port), "password": v.Password, "disable-display-resize": "true"}
}
