// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchema(t *testing.T) {
	p := Protocol{
		Name: "ssh",
		Params: append([]Param{
			{Name: "hostname", Doc: "Host."},
			Port("port", "22", "Port."), TerminalColors, FuncKeys, FontName, FontSize, Scrollback, ReadOnly,
			{Name: "terminal-type", Kind: OpenEnum, Values: []string{"xterm"}, Doc: "Type.", Label: &ConditionalLabel{"exec-command", "", "KEY"}},
		}, Clipboard(true)...),
		Forms: []Form{{"network", []string{"hostname", "port"}}, TerminalDisplayForm, ClipboardForm, {"behavior", []string{"func-keys-and-keypad", "terminal-type"}}},
	}
	want := `{
  "name": "ssh",
  "connectionForms": [
    {"name": "network", "fields": [{"name": "hostname", "type": "TEXT"}, {"name": "port", "type": "NUMERIC"}]},
    {"name": "display", "fields": [
      {"name": "color-scheme", "type": "TERMINAL_COLOR_SCHEME", "options": ["", "black-white", "gray-black", "green-black", "white-black"]},
      {"name": "font-name", "type": "TEXT"},
      {"name": "font-size", "type": "ENUM", "options": ["", "8", "9", "10", "11", "12", "14", "18", "24", "30", "36", "48", "60", "72", "96"]},
      {"name": "scrollback", "type": "NUMERIC"},
      {"name": "read-only", "type": "BOOLEAN", "options": ["true"]}
    ]},
    {"name": "clipboard", "fields": [
      {"name": "clipboard-buffer-size", "type": "ENUM", "options": ["", "262144", "1048576", "10485760", "52428800"]},
      {"name": "disable-copy", "type": "BOOLEAN", "options": ["true"]},
      {"name": "disable-paste", "type": "BOOLEAN", "options": ["true"]}
    ]},
    {"name": "behavior", "fields": [
      {"name": "func-keys-and-keypad", "type": "ENUM", "options": ["", "esc", "vt100"]},
      {"name": "terminal-type", "type": "ENUM", "options": ["", "xterm"],
       "conditionalLabel": {"field": "exec-command", "equals": "", "labelKey": "KEY"}}
    ]}
  ],
  "sharingProfileForms": [{"name": "display", "fields": [{"name": "read-only", "type": "BOOLEAN", "options": ["true"]}]}]
}`
	var gotValue, wantValue any
	got, err := json.Marshal(Registry{"ssh": p}.Schemas()["ssh"])
	if err != nil {
		t.Fatal(err)
	}
	for text, value := range map[string]*any{string(got): &gotValue, want: &wantValue} {
		if err := json.Unmarshal([]byte(text), value); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(wantValue, gotValue); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

func TestGroupsAreInUpstreamsOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		params []Param
		want   string
	}{
		"recording": {Recording, "recording-path recording-name recording-exclude-output recording-exclude-mouse recording-include-keys " +
			"recording-include-clipboard create-recording-path recording-write-existing"},
		"recording with touch": {RecordingTouch, "recording-path recording-name recording-exclude-output recording-exclude-mouse " +
			"recording-exclude-touch recording-include-keys recording-include-clipboard create-recording-path recording-write-existing"},
		"typescript": {Typescript, "typescript-path typescript-name create-typescript-path typescript-write-existing"},
		"sftp": {SFTP, "enable-sftp sftp-hostname sftp-host-key sftp-port sftp-timeout sftp-username sftp-password sftp-private-key " +
			"sftp-passphrase sftp-public-key sftp-directory sftp-root-directory sftp-server-alive-interval sftp-disable-download sftp-disable-upload"},
		"wol":       {WakeOnLAN, "wol-send-packet wol-mac-addr wol-broadcast-addr wol-udp-port wol-wait-time"},
		"clipboard": {Clipboard(true), "clipboard-buffer-size disable-copy disable-paste"},
	} {
		if got := strings.Join(names(tc.params), " "); got != tc.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, tc.want)
		}
		if err := (Protocol{Name: name, Params: append(tc.params[:len(tc.params):len(tc.params)], ReadOnly)}).Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckFindsMistakes(t *testing.T) {
	if err := sample.Check(); err != nil {
		t.Errorf("good declaration: %v", err)
	}
	bad := Protocol{
		Name:   "bad",
		Params: []Param{{Name: "a", Doc: "A."}, {Name: "a", Doc: "A."}, {Name: "b"}, {Name: "c", Kind: Boolean, Default: "yes", Doc: "C."}},
		Forms:  []Form{{"f", []string{"missing", "b", "b"}}},
	}
	err := bad.Check()
	for _, want := range []string{"a is declared twice", "b has no description", "default of c", "field missing", "field b", "read-only is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check does not say %q: %v", want, err)
		}
	}
}

func TestKindNames(t *testing.T) {
	if got := Kind(99).String(); got != "KIND_99" {
		t.Errorf("unknown kind is %q", got)
	}
}
