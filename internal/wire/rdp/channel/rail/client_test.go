// SPDX-License-Identifier: Apache-2.0

package rail_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rail"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// server is a scripted server on the other end of a channel whose chunks have one size.
type server struct {
	t      *testing.T
	client *rail.Client
	out    svc.Messages
	chunk  int
	join   svc.Assembler
}

// dialogues runs a dialogue with messages whole, and split at every byte.
func dialogues(t *testing.T, run func(s *server)) {
	for _, chunk := range []int{svc.ChunkSize, 5, 1} {
		t.Run(fmt.Sprintf("chunks of %d", chunk), func(t *testing.T) {
			run(&server{t: t, client: &rail.Client{Program: "||app", Directory: `%HOME%`, Arguments: "a b", Width: 1280, Height: 800}, chunk: chunk})
		})
	}
}

// sends passes a message to the client in chunks and demands the event.
func (s *server) sends(p rail.PDU, want rail.Event) {
	s.t.Helper()
	svc.Append(rail.Append(nil, p), s.chunk, svc.FlagShowProtocol, func(chunk []byte) {
		message, whole, err := s.join.Add(chunk)
		if err != nil {
			s.t.Fatal(err)
		}
		if !whole {
			return
		}
		event, err := s.client.Handle(&s.out, message)
		if diff := cmp.Diff(want, event); diff != "" || err != nil {
			s.t.Errorf("%v: %v, event (-want +got):\n%s", p.Order(), err, diff)
		}
	})
}

// gets demands the messages that the client has sent since the last time.
func (s *server) gets(what string, want ...rail.PDU) {
	s.t.Helper()
	var got []rail.PDU
	s.out.Each(func(message []byte) {
		p, err := rail.Parse(message)
		if err != nil {
			s.t.Fatal(err)
		}
		got = append(got, p)
	})
	s.out.Reset()
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s: the server gets (-want +got):\n%s", what, diff)
	}
}

// introduction is what the client says of itself.
func introduction(contrast uint32) []rail.PDU {
	return []rail.PDU{
		&rail.Handshake{BuildNumber: 0x1DB0},
		&rail.ClientStatus{},
		&rail.SysParam{Param: rail.ParamHighContrast, HighContrast: rail.HighContrast{Flags: contrast}},
		&rail.SysParam{Param: rail.ParamMouseButtonSwap},
		&rail.SysParam{Param: rail.ParamKeyboardPref},
		&rail.SysParam{Param: rail.ParamKeyboardCues},
		&rail.SysParam{Param: rail.ParamDragFullWindows},
		&rail.SysParam{Param: rail.ParamWorkArea, Area: rail.Rect{Right: 1280, Bottom: 800}},
	}
}

var exec = &rail.Exec{Flags: rail.ExecExpandArguments | rail.ExecExpandWorkingDirectory, ExeOrFile: "||app", WorkingDir: `%HOME%`, Arguments: "a b"}

func TestAProgramComesUp(t *testing.T) {
	dialogues(t, func(s *server) {
		s.sends(&rail.ZOrderSync{}, nil)
		s.sends(&rail.ExecResult{}, nil)
		s.gets("nothing counts before the handshake")
		s.client.Resize(&s.out, 1280, 800)
		if err := s.client.Exec(&s.out); err == nil {
			t.Error("a program is asked for before the handshake")
		}
		s.gets("nothing is said before the handshake")

		s.sends(&rail.Handshake{BuildNumber: 1}, rail.Started{})
		s.gets("the introduction", append(introduction(rail.HighContrastDefault), exec)...)
		s.sends(&rail.SysParam{Param: rail.ParamScreenSaverActive}, rail.Received{PDU: &rail.SysParam{Param: rail.ParamScreenSaverActive}})
		s.sends(&rail.Unknown{Type: 0x10, Body: []byte{1}}, rail.Received{PDU: &rail.Unknown{Type: 0x10, Body: []byte{1}}})
		done := rail.ExecResult{Flags: 9, ExeOrFile: "||app"}
		s.sends(&done, rail.Executed{ExecResult: done})
		s.gets("nothing is to be answered")

		s.client.Resize(&s.out, 1000, 700)
		area := rail.Rect{Right: 1000, Bottom: 700}
		s.gets("another size", &rail.SysParam{Param: rail.ParamDisplayChange, Area: area}, &rail.SysParam{Param: rail.ParamWorkArea, Area: area})
	})
}

func TestAProgramIsAskedForOnce(t *testing.T) {
	dialogues(t, func(s *server) {
		s.client.HighContrast, s.client.LanguageBar = true, true
		bar := &rail.LanguageBar{Status: rail.LanguageBarHidden}
		s.sends(&rail.HandshakeEx{BuildNumber: 1, Flags: rail.HandshakeHiDef}, rail.Started{HiDef: true})
		s.gets("the introduction", append(introduction(rail.HighContrastDefault|rail.HighContrastOn), bar, exec)...)
		s.sends(&rail.HandshakeEx{BuildNumber: 1}, rail.Started{})
		s.gets("the introduction again, without a program", append(introduction(rail.HighContrastDefault|rail.HighContrastOn), bar)...)

		failed := rail.ExecResult{Result: rail.ResultHookNotLoaded, ExeOrFile: "||app"}
		s.sends(&failed, rail.Executed{ExecResult: failed})
		if !failed.Result.Temporary() {
			t.Error("the result is final")
		}
		if err := s.client.Exec(&s.out); err != nil {
			t.Error(err)
		}
		s.gets("the program again", exec)
	})
}

func TestProgramsThatCannotBeAskedFor(t *testing.T) {
	long := strings.Repeat("x", 261)
	for name, tc := range map[string]struct {
		field  string
		client rail.Client
	}{
		"none":             {"ExeOrFile", rail.Client{}},
		"a long path":      {"ExeOrFile", rail.Client{Program: long}},
		"a long folder":    {"WorkingDir", rail.Client{Program: "x", Directory: long}},
		"a long arguments": {"Arguments", rail.Client{Program: "x", Arguments: strings.Repeat("x", 8001)}},
	} {
		var out svc.Messages
		var wrong *field.Error
		event, err := tc.client.Handle(&out, rail.Append(nil, new(rail.Handshake)))
		if event != nil || !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: %+v, %v, want an error of %s", name, event, err, tc.field)
		}
	}
	var out svc.Messages
	pdutest.Cut(t, rail.Append(nil, new(rail.Handshake)), func(b []byte) error {
		_, err := (&rail.Client{Program: "x"}).Handle(&out, b)
		return err
	})
}

func FuzzClient(f *testing.F) {
	for _, script := range [][]rail.PDU{
		{new(rail.Handshake), &rail.ExecResult{ExeOrFile: "||app"}, new(rail.MinMaxInfo)},
		{&rail.HandshakeEx{Flags: rail.HandshakeHiDef}, new(rail.Handshake), &rail.Unknown{Type: 0x99}},
	} {
		var b []byte
		for _, p := range script {
			message := rail.Append(nil, p)
			b = append(append(b, byte(len(message))), message...)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		c := &rail.Client{Program: "||app", LanguageBar: true}
		execs := 0
		for len(script) > 0 {
			n := min(int(script[0]), len(script)-1)
			message := script[1 : 1+n]
			script = script[1+n:]
			var out svc.Messages
			event, err := c.Handle(&out, message)
			if err != nil && (event != nil || out.Len() > 0) {
				t.Fatalf("%x: %+v with %v", message, event, err)
			}
			out.Each(func(message []byte) {
				p, err := rail.Parse(message)
				if err != nil {
					t.Fatal(err)
				}
				if p.Order() == rail.OrderExec {
					execs++
				}
			})
			if len(message) >= 2 && out.Len() > 0 {
				if order := rail.Order(binary.LittleEndian.Uint16(message)); order != rail.OrderHandshake && order != rail.OrderHandshakeEx {
					t.Fatalf("%v is answered", order)
				}
			}
		}
		if execs > 1 {
			t.Fatalf("the program is asked for %d times", execs)
		}
	})
}
