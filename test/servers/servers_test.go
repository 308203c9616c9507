// SPDX-License-Identifier: Apache-2.0

//go:build integration

package servers

import (
	"image/color"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestTigerVNCShowsWhatIsDrawn(t *testing.T) {
	v := StartTigerVNC(t, VNCOptions{Width: 320, Height: 200})
	want := color.RGBA{R: 0x33, G: 0x99, B: 0x66, A: 0xFF}
	v.SetRoot(t, want)
	img := v.Screenshot(t)
	if got := color.RGBAModel.Convert(img.At(160, 100)); got != want {
		t.Errorf("pixel is %v, want %v", got, want)
	}
}

func TestSSHDIsUp(t *testing.T) {
	s := StartSSHD(t)
	key := filepath.Join(t.TempDir(), "key")
	write(t, key, s.PrivateKey)
	got := Command(t, nil, "ssh", "-i", key, "-p", strconv.Itoa(s.Port), "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", s.Login.Name+"@127.0.0.1", "id", "-un")
	if want := s.Login.Name + "\n"; got != want {
		t.Errorf("id says %q, want %q", got, want)
	}
}

func TestKDCGivesTickets(t *testing.T) {
	k := StartKDC(t, KDCOptions{})
	k.AddUser(t, "user", "alligator pear")
	cache := filepath.Join(t.TempDir(), "cache")
	Command(t, k.Env(), "sh", "-c", `echo "alligator pear" | kinit -c "$1" user`, "sh", cache)
	if got := Command(t, k.Env(), "klist", "-c", cache); !strings.Contains(got, "krbtgt/PALTA.TEST@PALTA.TEST") {
		t.Errorf("klist says %q", got)
	}
}
