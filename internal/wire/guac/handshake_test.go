// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse returns the instructions of wire.
func parse(t *testing.T, wire string) []*Instruction {
	t.Helper()
	var all []*Instruction
	for b := []byte(wire); len(b) > 0; {
		ins := new(Instruction)
		n, err := ConsumeInstruction(b, ins, HandshakeLimits)
		if err != nil || n == 0 {
			t.Fatalf("ConsumeInstruction(%q) = %d, %v", b, n, err)
		}
		all = append(all, ins)
		b = b[n:]
	}
	return all
}

// talk runs a whole handshake between the two sides.
func talk(t *testing.T, client *ClientHandshake, server *ServerHandshake) {
	t.Helper()
	if _, err := ParseSelect(parse(t, string(client.Start(nil)))[0]); err != nil {
		t.Fatal(err)
	}
	answer, done, err := client.Step(parse(t, string(server.Start(nil)))[0], nil)
	if done || err != nil {
		t.Fatalf("client after args: done %v, %v", done, err)
	}
	complete := false
	for _, ins := range parse(t, string(answer)) {
		if complete {
			t.Fatalf("%s follows connect", ins.Opcode)
		}
		if complete, err = server.Step(ins); err != nil {
			t.Fatal(err)
		}
	}
	if !complete {
		t.Fatal("server has seen no connect")
	}
	if _, done, err = client.Step(parse(t, string(AppendReady(nil, "$id")))[0], nil); !done || err != nil {
		t.Fatalf("client after ready: done %v, %v", done, err)
	}
}

func TestHandshakeCarriesInfoAndValues(t *testing.T) {
	// Features: GCD-03, DIS-21
	info := ClientInfo{
		Width: 800, Height: 600, DPI: 120, Audio: []string{"audio/L16"}, Video: []string{},
		Image: []string{"image/png", "image/webp"}, Timezone: "Europe/Berlin", Name: "Zoë",
	}
	client := &ClientHandshake{Select: "ssh", Info: info, Value: func(name string) string { return "<" + name + ">" }}
	server := &ServerHandshake{Params: []string{"hostname", "port"}}
	talk(t, client, server)

	info.Version = Version1_5_0
	if diff := cmp.Diff(info, server.Info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"<hostname>", "<port>"}, server.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if client.ConnectionID != "$id" {
		t.Errorf("ConnectionID = %q, want $id", client.ConnectionID)
	}
}

func TestClientHandshakeSpeaksTheVersionOfTheServer(t *testing.T) {
	// Features: DIS-21
	for _, tc := range []struct{ name, args, want string }{
		{
			"1.0.0, which has no version argument", "4.args,8.hostname;",
			"4.size,4.1024,3.768,2.96;5.audio;5.video;5.image;7.connect,1.h;",
		},
		{
			"1.1.0 adds timezone", "4.args,13.VERSION_1_1_0,8.hostname;",
			"4.size,4.1024,3.768,2.96;5.audio;5.video;5.image;8.timezone,3.UTC;7.connect,13.VERSION_1_1_0,1.h;",
		},
		{
			"a later one is answered with 1.5.0", "4.args,13.VERSION_1_9_0,8.hostname;",
			"4.size,4.1024,3.768,2.96;5.audio;5.video;5.image;8.timezone,3.UTC;4.name,1.u;7.connect,13.VERSION_1_5_0,1.h;",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := &ClientHandshake{Info: defaultInfo, Value: func(string) string { return "h" }}
			client.Info.Timezone, client.Info.Name = "UTC", "u"
			got, _, err := client.Step(parse(t, tc.args)[0], nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tc.want {
				t.Errorf("answer %q\nwant   %q", got, tc.want)
			}
		})
	}
}

func TestClientHandshakeFails(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     Status
	}{
		{"the daemon's error", "5.error,7.refused,3.519;", UpstreamNotFound},
		{"an error with an unknown status", "5.error,1.x,3.999;", ServerError},
		{"disconnect", "10.disconnect;", UpstreamError},
		{"ready before args", "5.ready,3.$id;", ServerError},
		{"drawing", "4.sync,1.1;", ServerError},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := &ClientHandshake{Value: func(string) string { return "" }}
			_, done, err := client.Step(parse(t, tc.in)[0], nil)
			if done || StatusOf(err) != tc.want {
				t.Errorf("Step = done %v, %v (%v); want %v", done, err, StatusOf(err), tc.want)
			}
		})
	}
}

func TestServerHandshakeFails(t *testing.T) {
	// Features: GCD-09
	for _, tc := range []struct{ name, in string }{
		{"too few values", "7.connect,13.VERSION_1_5_0;"},
		{"too many values", "7.connect,13.VERSION_1_5_0,1.a,1.b;"},
		{"a size that is no number", "4.size,1.x,1.2;"},
		{"a size of one number", "4.size,1.1;"},
		{"a second select", "6.select,3.ssh;"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := &ServerHandshake{Params: []string{"hostname"}}
			server.Start(nil)
			if _, err := server.Step(parse(t, tc.in)[0]); StatusOf(err) != ClientBadRequest {
				t.Errorf("Step = %v, want CLIENT_BAD_REQUEST", err)
			}
		})
	}
}

func TestServerHandshakeBoundsTheSize(t *testing.T) {
	server := &ServerHandshake{}
	server.Start(nil)
	if _, err := server.Step(parse(t, "4.size,2.-5,8.99999999,6.999999;")[0]); err != nil {
		t.Fatal(err)
	}
	if got := [3]int{server.Info.Width, server.Info.Height, server.Info.DPI}; got != [3]int{1, MaxHeight, maxDPI} {
		t.Errorf("size = %v, want it bounded", got)
	}
}

func TestParseSelect(t *testing.T) {
	// Features: GCD-02
	for _, tc := range []struct {
		in   string
		want Selection
	}{
		{"6.select,3.ssh;", Selection{Protocol: "ssh"}},
		{"6.select,3.$id;", Selection{ConnectionID: "$id"}},
	} {
		got, err := ParseSelect(parse(t, tc.in)[0])
		if err != nil || got != tc.want {
			t.Errorf("ParseSelect(%q) = %+v, %v; want %+v", tc.in, got, err, tc.want)
		}
	}
	for _, in := range []string{"6.select;", "6.select,0.;", "6.select,1.a,1.b;", "3.nop;"} {
		if _, err := ParseSelect(parse(t, in)[0]); StatusOf(err) != ClientBadRequest {
			t.Errorf("ParseSelect(%q) = %v, want CLIENT_BAD_REQUEST", in, err)
		}
	}
}

func TestVersionText(t *testing.T) {
	if v, ok := ParseVersion("VERSION_1_3_0"); !ok || v != Version1_3_0 || v.String() != "VERSION_1_3_0" {
		t.Errorf("ParseVersion = %v, %v", v, ok)
	}
	for _, bad := range []string{"", "1_3_0", "VERSION_1_3", "VERSION_1_3_x", "VERSION_1_3_256", "VERSION_1_3_0_0"} {
		if v, ok := ParseVersion(bad); ok {
			t.Errorf("ParseVersion(%q) = %v, want it refused", bad, v)
		}
	}
}

func TestStatusOf(t *testing.T) {
	// Features: COM-14
	cause := errors.New("refused")
	err := Errorf(UpstreamNotFound, "ssh: connect: %w", cause)
	if StatusOf(err) != UpstreamNotFound || !errors.Is(err, cause) {
		t.Errorf("StatusOf(%v) = %v", err, StatusOf(err))
	}
	if StatusOf(nil) != Success || StatusOf(cause) != ServerError {
		t.Error("StatusOf of nil or a plain error")
	}
	for status, row := range statusTable {
		if got := status.String(); got != row.name || status.HTTP() == 0 || status.WebSocket() == 0 {
			t.Errorf("status %d is incomplete", status)
		}
	}
	if Status(0x999).HTTP() != 500 || Status(0x999).WebSocket() != 1011 || Status(0x999).String() != "STATUS_0x999" {
		t.Error("an unknown status is not shown as a server error")
	}
}

func FuzzServerHandshake(f *testing.F) {
	f.Add([]byte("4.size,4.1024,3.768,2.96;5.audio;5.image,9.image/png;7.connect,13.VERSION_1_5_0,1.h;"))
	f.Add([]byte("7.connect;"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		server := &ServerHandshake{Params: []string{"hostname"}}
		server.Start(nil)
		r := NewReader(bytes.NewReader(wire), DefaultLimits)
		for {
			ins, err := r.Next()
			if err != nil {
				return
			}
			done, err := server.Step(ins)
			if err != nil {
				return
			}
			if info := server.Info; info.Width < 1 || info.Width > MaxWidth || info.Height < 1 || info.Height > MaxHeight {
				t.Fatalf("size %dx%d is out of bounds", info.Width, info.Height)
			}
			if done {
				if len(server.Values) != len(server.Params) {
					t.Fatalf("%d values for %d parameters", len(server.Values), len(server.Params))
				}
				return
			}
		}
	})
}
