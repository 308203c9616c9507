// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// notes is a tap that keeps what it is shown.
type notes struct{ lines []string }

func (n *notes) Output(b []byte) { n.lines = append(n.lines, string(b)) }

func (n *notes) Input(opcode string, b []byte) { n.lines = append(n.lines, opcode+" "+string(b)) }

func TestTapSeesWhatUsersDoAndAllAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		s.SetHandler(inputs{newRecorder()})
		tap := new(notes)
		s.SetTap(tap)
		c := join(t, s, UserConfig{ID: "@1", Owner: true})
		watcher := join(t, s, UserConfig{ID: "@2", ReadOnly: true})
		c.Want("a watcher comes", "msg", "*", "*", "*")
		c.send("mouse", "10.7", "-3", "1", "ignored")
		c.send("key", "65", "1")
		c.send("touch", "1", "2", "3", "4", "5", "45", "0.5")
		c.send("size", "800", "600")
		watcher.send("key", "66", "1")
		s.Broadcast([]byte("4.name,1.x;"))
		_ = s.Owner().Send([]byte("4.name,5.alone;"))
		// The clock of a bubble begins with the year 2000.
		want := []string{
			"mouse 5.mouse,2.10,2.-3,1.1,12.946684800000;", "key 3.key,2.65,1.1,12.946684800000;",
			"touch 5.touch,1.1,1.2,1.3,1.4,1.5,2.45,3.0.5,12.946684800000;", "4.name,1.x;",
		}
		if !slices.Equal(tap.lines, want) {
			t.Errorf("tap saw %q\nwant %q", tap.lines, want)
		}
		s.SetTap(nil)
		s.Broadcast([]byte("4.name,1.y;"))
		if len(tap.lines) != len(want) {
			t.Errorf("a tap that was taken away saw %q", tap.lines[len(want):])
		}
		watcher.Want("name", "name", "x")
		watcher.Want("name", "name", "y")
		watcher.leave()
		for range 4 {
			_ = c.Next()
		}
		c.leave()
	})
}

// counted is a tap that keeps nothing.
type counted struct{ n int }

func (c *counted) Output([]byte) { c.n++ }

func (c *counted) Input(string, []byte) { c.n++ }

// BenchmarkInput is a mouse instruction from its bytes to the engine.
func BenchmarkInput(b *testing.B) {
	for name, tap := range map[string]Tap{"untapped": nil, "tapped": new(counted)} {
		b.Run(name, func(b *testing.B) {
			s := New(Config{})
			s.SetHandler(discarder{})
			s.SetTap(tap)
			u := newUser(b.Context(), s, nil, UserConfig{ID: "@1", Owner: true})
			s.users = append(s.users, u)
			u.handler.Store(&s.handler)
			u.patient = false // the engine knows the user
			ins := &guac.Instruction{Opcode: []byte("mouse"), Args: [][]byte{[]byte("100"), []byte("200"), []byte("1")}}
			b.ReportAllocs()
			for b.Loop() {
				u.plainInput(ins)
			}
		})
	}
}
