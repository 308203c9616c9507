// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// sample is a protocol with one parameter of each kind.
var sample = Protocol{
	Name: "sample",
	Params: append([]Param{
		{Name: "hostname", Host: true, Doc: "Host."},
		Port("port", "22", "Port."),
		{Name: "password", Kind: Password, Doc: "Password."},
		{Name: "key", Kind: Multiline, Secret: true, Doc: "Key."},
		{Name: "security", Kind: Enum, Values: []string{"any", "nla"}, Accepted: []string{"nla-ext"}, Default: "any", Doc: "Security."},
		{Name: "offset", Kind: Numeric, Doc: "Any number."},
		{Name: "on", Kind: Boolean, Default: "true", Doc: "On by default."},
		TerminalType, TerminalColors, Backspace,
		{Name: "timezone", Kind: Timezone, Doc: "Timezone."},
		ReadOnly,
	}, Clipboard(false)...),
	Forms: []Form{{"network", []string{"hostname", "port"}}, ClipboardForm},
}

func TestParsingRules(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       string
		number     int
		boolean    bool
		given      bool
		warned     bool
	}{
		{name: "hostname", text: "", want: ""},
		{name: "hostname", text: " host ", want: " host ", given: true},
		{name: "port", text: "", want: "22", number: 22},
		{name: "port", text: "2222", want: "2222", number: 2222, given: true},
		{name: "port", text: "0", want: "0", given: true},
		{name: "port", text: "65536", want: "22", number: 22, warned: true},
		{name: "port", text: "22x", want: "22", number: 22, warned: true},
		{name: "port", text: " 22", want: "22", number: 22, warned: true},
		{name: "offset", text: "", want: ""},
		{name: "offset", text: "-7", want: "-7", number: -7, given: true},
		{name: "offset", text: "2147483648", want: "", warned: true},
		{name: "offset", text: "99999999999999999999", want: "", warned: true},
		{name: "on", text: "", want: "true", boolean: true},
		{name: "on", text: "false", want: "false", given: true},
		{name: "on", text: "False", want: "true", boolean: true, warned: true},
		{name: "on", text: "1", want: "true", boolean: true, warned: true},
		{name: "read-only", text: "true", want: "true", boolean: true, given: true},
		{name: "security", text: "nla", want: "nla", given: true},
		{name: "security", text: "nla-ext", want: "nla-ext", given: true},
		{name: "security", text: "NLA", want: "any", warned: true},
		{name: "terminal-type", text: "screen", want: "screen", given: true},
		{name: "backspace", text: "8", want: "8", number: 8, given: true},
		{name: "backspace", text: "x", want: "127", number: 127, warned: true},
		{name: "clipboard-buffer-size", text: "1", want: "262144", number: 262144, given: true},
		{name: "clipboard-buffer-size", text: "999999999", want: "52428800", number: 52428800, given: true},
	} {
		t.Run(tc.name+"="+tc.text, func(t *testing.T) {
			var logged bytes.Buffer
			values := make([]string, len(sample.Params))
			for i, name := range sample.Names() {
				if name == tc.name {
					values[i] = tc.text
				}
			}
			v, err := ParseValues(sample.Params, values, slog.New(slog.NewTextHandler(&logged, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if v.String(tc.name) != tc.want || v.Int(tc.name) != tc.number || v.Bool(tc.name) != tc.boolean || v.Has(tc.name) != tc.given {
				t.Errorf("got %q, %d, %v, given %v; want %q, %d, %v, given %v", v.String(tc.name), v.Int(tc.name),
					v.Bool(tc.name), v.Has(tc.name), tc.want, tc.number, tc.boolean, tc.given)
			}
			if got := logged.Len() > 0; got != tc.warned {
				t.Errorf("warned %v, want %v: %s", got, tc.warned, logged.String())
			}
		})
	}
}

func TestWrongNumberOfValues(t *testing.T) {
	// Features: GCD-09
	if _, err := ParseValues(sample.Params, []string{"x"}, nil); guac.StatusOf(err) != guac.ClientBadRequest {
		t.Errorf("ParseValues = %v", err)
	}
}

func TestValuesKeepSecrets(t *testing.T) {
	v := ParseMap(sample.Params, map[string]string{"password": "hunter2", "key": "PRIVATE", "unknown": "x"}, nil)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "values", v)
	all := logged.String() + fmt.Sprintf("%v %+v %#v %s %q", v, v, v, v, v)
	if strings.Contains(all, "hunter2") || strings.Contains(all, "PRIVATE") {
		t.Errorf("a secret was printed: %s", all)
	}
	if got := v.Secret("password").Reveal(); got != "hunter2" {
		t.Errorf("Secret = %q", got)
	}
	if v.Has("unknown") || v.Has("hostname") {
		t.Error("Has is true for what was not given")
	}
	if got := fmt.Sprint(sample.SecretNames()); got != "[password key]" {
		t.Errorf("SecretNames = %s", got)
	}
}

func TestUndeclaredParameterPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_ = Values{}.String("typo")
}

func TestReachIsWhatTheParametersName(t *testing.T) {
	p := Protocol{
		Params:     slices.Concat([]Param{{Name: "hostname", Host: true}, Port("port", "5500", "Port.")}, WakeOnLAN, Recording),
		AcceptPort: func(v Values) int { return v.Int("port") },
	}
	for _, tc := range []struct {
		values map[string]string
		want   Reach
	}{
		{nil, Reach{Port: 5500}},
		{map[string]string{"hostname": "a.example", "port": "5501"}, Reach{Hosts: []string{"a.example"}, Port: 5501}},
		{map[string]string{"wol-send-packet": "true"}, Reach{Port: 5500, Wake: "255.255.255.255:9"}},
		{
			map[string]string{"wol-send-packet": "true", "wol-broadcast-addr": "ff02::1%eth0", "wol-udp-port": "7"},
			Reach{Port: 5500, Wake: "[ff02::1%eth0]:7"},
		},
		{
			map[string]string{"recording-path": "/srv", "create-recording-path": "true"},
			Reach{Port: 5500, Files: []File{{Path: "/srv", Name: "recording", CreatePath: true}}},
		},
	} {
		if diff := cmp.Diff(tc.want, p.Reach(ParseMap(p.Params, tc.values, nil))); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.values, diff)
		}
	}
	if diff := cmp.Diff(Reach{}, Protocol{}.Reach(Values{})); diff != "" {
		t.Errorf("a protocol without parameters (-want +got):\n%s", diff)
	}
}

func TestParametersWithoutEffect(t *testing.T) {
	p := Protocol{Params: slices.Concat([]Param{{Name: "hostname"}, Unused(Flag("enable-audio", "Sound."))}, Typescript)}
	for _, tc := range []struct {
		values map[string]string
		want   string
	}{
		{map[string]string{"hostname": "host", "typescript-path": "", "enable-audio": "false"}, "[]"},
		{map[string]string{"typescript-path": "/srv", "enable-audio": "true"}, "[enable-audio typescript-path]"},
		{map[string]string{"enable-audio": "yes"}, "[]"}, // which is the default, with a warning of its own
	} {
		if got := fmt.Sprint(p.WithoutEffect(ParseMap(p.Params, tc.values, nil))); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.values, got, tc.want)
		}
	}
}

func FuzzParseValue(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "true", "65536", "nla", "0x10", "+5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i := range sample.Params {
			p := &sample.Params[i]
			row, err := p.parse(text)
			if err != nil && row != p.absent() {
				t.Fatalf("%s=%q: %v with %+v", p.Name, text, err, row)
			}
			if p.integer() && p.bounded() && (row.number < p.Min || row.number > p.Max) {
				t.Fatalf("%s=%q: %d is out of bounds", p.Name, text, row.number)
			}
			if again, err := p.parse(row.text); err != nil || row.given && again != row {
				t.Fatalf("%s=%q: %+v reads back as %+v, %v", p.Name, text, row, again, err)
			}
		}
	})
}
