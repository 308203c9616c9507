// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Weston is a running weston with its RDP backend: by TLS, for anybody, in the size that the
// client asks for.
type Weston struct {
	*Process
	Port int
}

// StartWeston starts weston, which shows a picture in the middle of its desktop and nothing
// else.
func StartWeston(t testing.TB, background image.Image) *Weston {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { // as its runtime directory has to be
		t.Fatal(err)
	}
	makeCertificate(t, dir)
	picture, err := os.Create(filepath.Join(dir, "background.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(picture, background); err != nil {
		t.Fatal(err)
	}
	if err := picture.Close(); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "weston.ini")
	write(t, config, fmt.Sprintf(`[core]
idle-time=0
[shell]
background-image=%s/background.png
background-type=centered
panel-position=none
locking=false
startup-animation=none
`, dir))
	w := &Weston{Port: FreePort(t)}
	w.Process = Start(t, "weston", []string{"XDG_RUNTIME_DIR=" + dir}, "weston", "--config="+config, "--backend=rdp-backend.so",
		"--address=127.0.0.1", fmt.Sprintf("--port=%d", w.Port), "--rdp-tls-cert="+dir+"/cert.pem", "--rdp-tls-key="+dir+"/key.pem")
	w.WaitFor(t, "accepts connections", Listening(Address(w.Port)))
	return w
}
