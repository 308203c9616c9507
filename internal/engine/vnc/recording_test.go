// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

// recorded polls the recording at path until condition holds.
func recorded(t *testing.T, path string, condition func(*guacuser.Recording) error) {
	t.Helper()
	for deadline := time.Now().Add(guacuser.Timeout); ; time.Sleep(5 * time.Millisecond) {
		recording, err := guacuser.ReadRecording(path)
		if err == nil {
			err = condition(recording)
		}
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestRecordingHasWhatItsParametersAsk(t *testing.T) {
	// Part of: VNC-25, COM-01, COM-02
	mouse, key := "mouse 10 20 1", "key 97 1"
	inputAlone := map[string]string{"recording-exclude-output": "true", "recording-include-keys": "true"}
	for _, tc := range []struct {
		name   string
		params map[string]string
		output bool
		input  []string
	}{
		{"by default", nil, true, []string{mouse}},
		{"keys too", map[string]string{"recording-include-keys": "true"}, true, []string{mouse, key}},
		{"no mouse", map[string]string{"recording-exclude-mouse": "true"}, true, nil},
		{"input alone", inputAlone, false, []string{mouse, key}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			end := make(chan struct{})
			params := serve(t, func(s *rfbtest.Server) {
				s.Handshake(64, 48, "desk")
				s.Setup()
				s.Write(fill(image.Rect(0, 0, 64, 48), red))
				<-end
			})
			dir := t.TempDir()
			params["recording-path"], params["recording-name"], params["create-recording-path"] = filepath.Join(dir, "new"), "r", "true"
			for name, value := range tc.params {
				params[name] = value
			}
			u := inprocess.Start(t, Protocol()).Connect(guacuser.Config{Select: "vnc", Params: params})
			u.WaitPixels("the desktop", pixelIs(63, 47, red))
			u.Mouse(10, 20, 1)
			u.Send(guac.OpKey, "97", "1")
			want := u.Screen()
			path := filepath.Join(dir, "new", "r")
			wanted := func(r *guacuser.Recording) error {
				if !slices.Equal(r.Input, tc.input) {
					return fmt.Errorf("input %q, want %q", r.Input, tc.input)
				}
				if !tc.output {
					if len(r.Opcodes) > len(tc.input) {
						return fmt.Errorf("recording has %v", r.Opcodes)
					}
					return nil
				}
				return sameAs(want)(r.Picture)
			}
			recorded(t, path, wanted)
			close(end)
			_ = u.WaitEnd()
			recorded(t, path, wanted)
		})
	}
}
