// SPDX-License-Identifier: Apache-2.0

//go:build integration

package daemon

import (
	"context"
	"errors"
	"image/color"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/servers"
)

// recorded returns cfg with the parameters of a recording in a new directory, and the path
// of the recording.
func recorded(t *testing.T, cfg guacuser.Config) (guacuser.Config, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "recordings")
	cfg.Params = maps.Clone(cfg.Params)
	maps.Copy(cfg.Params, map[string]string{"recording-path": dir, "create-recording-path": "true", "recording-name": "session"})
	return cfg, filepath.Join(dir, "session")
}

// waitRecorded waits until the recording's last picture is what the user sees.
func waitRecorded(t *testing.T, path string, u *guacuser.User) {
	t.Helper()
	servers.Eventually(t, "the recording of the session", func(context.Context) error {
		r, err := guacuser.ReadRecording(path)
		if err != nil {
			return err
		}
		return sameAs(u)(r.Picture)
	})
}

// isLocked reports whether the file, which others than its group must not read, is locked
// against other writers, as upstream's tools find out that a recording is in progress.
func isLocked(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode()&^0o020 != 0o640&^0o020 {
		t.Errorf("the recording has the mode %v, %v", info.Mode(), err)
	}
	question := unix.Flock_t{Type: unix.F_RDLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &question); err != nil {
		t.Fatal(err)
	}
	return question.Type == unix.F_WRLCK
}

func TestConfinedWorkersRecord(t *testing.T) {
	// Features: COM-01
	// Part of: SSH-18, VNC-25
	s := servers.StartSSHD(t)
	v := servers.StartTigerVNC(t, servers.VNCOptions{Width: 400, Height: 300})
	blue := color.RGBA{0x22, 0x44, 0x88, 0xFF}
	v.SetRoot(t, blue)
	g := servers.StartGuacd(t)

	cfg, path := recorded(t, ssh(s))
	terminal := guacuser.Connect(t, dial(t, g), cfg)
	terminal.Type("echo recorded > daemon-recorded\n")
	waitFile(t, s.Login, "daemon-recorded", "recorded\n")
	waitRecorded(t, path, terminal)
	r, err := guacuser.ReadRecording(path)
	if err != nil || len(r.Input) > 0 {
		t.Errorf("recording has the input %q, %v, though keys were not to be recorded", r.Input, err)
	}

	cfg, path = recorded(t, vnc(v))
	for n := range 2 { // the second takes another name
		desktop := guacuser.Connect(t, dial(t, g), cfg)
		desktop.WaitPixels("the desktop's colour", allOf(blue))
		if n == 1 {
			path += ".1"
		}
		waitRecorded(t, path, desktop)
		if !isLocked(t, path) {
			t.Error("the recording in progress is not locked")
		}
		desktop.Leave()
		servers.Eventually(t, "the end of the recording", func(context.Context) error {
			if isLocked(t, path) {
				return errors.New("it is locked")
			}
			return nil
		})
	}
}
