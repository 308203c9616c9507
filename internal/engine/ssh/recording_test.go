// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
)

// sameRecorded polls the recording at path until its last picture is what the user sees.
func sameRecorded(t *testing.T, path string, u *guacuser.User) *guacuser.Recording {
	t.Helper()
	for deadline := time.Now().Add(guacuser.Timeout); ; time.Sleep(5 * time.Millisecond) {
		recording, err := guacuser.ReadRecording(path)
		want := u.Screen()
		if err == nil && (recording.Picture.Rect != want.Rect || !bytes.Equal(recording.Picture.Pix, want.Pix)) {
			err = errors.New("the recording shows another picture than the session")
		}
		if err == nil {
			return recording
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestRecordingShowsWhatTheSessionShowed(t *testing.T) {
	// Part of: SSH-18, COM-01, COM-02
	s := newServer(t)
	dir := t.TempDir()
	u := inprocess.Start(t, Protocol(Options{KnownHosts: dir + "/none"})).Connect(guacuser.Config{
		Select: "ssh", Params: s.params(map[string]string{"recording-path": dir, "recording-include-keys": "true"}),
		Width: testWidth, Height: testHeight,
	})
	u.See("ready$")
	u.Type("hallo\n")
	u.See(`got "hallo"`)
	recording := sameRecorded(t, filepath.Join(dir, "recording"), u)
	if typed := strings.Join(recording.Input, "; "); !strings.Contains(typed, "key 104 1; key 104 0; key 97 1") || !strings.Contains(typed, "mouse ") {
		t.Errorf("recording has the input %q", typed)
	}
	u.Type("exit\n")
	_ = u.WaitEnd()
	sameRecorded(t, filepath.Join(dir, "recording"), u)
}
