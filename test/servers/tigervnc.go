// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// VNCOptions say how StartTigerVNC is to be started. The zero value is a display of
// 1024x768 that asks for a password.
type VNCOptions struct {
	Width, Height int
	// NoPassword has the server accept anybody (security type None).
	NoPassword bool
	// Args are further arguments of Xtigervnc.
	Args []string
}

// TigerVNC is a running X display with a VNC server.
type TigerVNC struct {
	*Process
	Display
	Port int
	// Password is that of VNC authentication, empty with NoPassword.
	Password string
}

// vncPassword has the eight characters that VNC authentication looks at.
const vncPassword = "avocado1"

// StartTigerVNC starts an empty display.
func StartTigerVNC(t testing.TB, o VNCOptions) *TigerVNC {
	t.Helper()
	if o.Width == 0 {
		o.Width, o.Height = 1024, 768
	}
	v := &TigerVNC{Port: FreePort(t)}
	args := []string{
		"-geometry", fmt.Sprintf("%dx%d", o.Width, o.Height), "-depth", "24", "-localhost", "-AlwaysShared",
		"-rfbport", fmt.Sprint(v.Port), "-UseIPv6", "0", "-nolisten", "tcp", "-ac",
	}
	if o.NoPassword {
		args = append(args, "-SecurityTypes", "None")
	} else {
		v.Password = vncPassword
		args = append(args, "-SecurityTypes", "VncAuth", "-PasswordFile", passwordFile(t))
	}
	v.Process, v.Display = startDisplay(t, "tigervnc-standalone-server", "Xtigervnc", append(args, o.Args...))
	v.WaitFor(t, "accepts connections", Listening(Address(v.Port)))
	return v
}

// startDisplay starts an X server on a free display number.
func startDisplay(t testing.TB, debianPackage, program string, args []string) (*Process, Display) {
	t.Helper()
	number := freeDisplay(t)
	p := Start(t, debianPackage, nil, program, append([]string{fmt.Sprintf(":%d", number)}, args...)...)
	d := Display(fmt.Sprintf(":%d", number))
	socket := fmt.Sprintf("/tmp/.X11-unix/X%d", number)
	p.WaitFor(t, "has its display", func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return p, d
}

// Display numbers of tests: above what a person would use.
const (
	firstDisplay = 200
	displays     = 10_000
)

// freeDisplay returns an X display number whose socket nobody has. It is a random one, so that
// tests at the same time do not find the same.
func freeDisplay(t testing.TB) int {
	t.Helper()
	for range displays {
		n := firstDisplay + rand.IntN(displays)
		_, errSocket := os.Lstat(fmt.Sprintf("/tmp/.X11-unix/X%d", n))
		_, errLock := os.Lstat(fmt.Sprintf("/tmp/.X%d-lock", n))
		if os.IsNotExist(errSocket) && os.IsNotExist(errLock) {
			return n
		}
	}
	t.Fatal("no free X display number")
	return 0
}

func passwordFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passwd")
	cmd := exec.Command("tigervncpasswd", "-f")
	cmd.Stdin = strings.NewReader(vncPassword + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tigervncpasswd (package tigervnc-tools): %v", err)
	}
	write(t, path, string(out))
	return path
}

// Display is the name of an X display, such as ":201".
type Display string

// Env is the environment of programs on the display.
func (d Display) Env() []string { return []string{"DISPLAY=" + string(d)} }

// SetRoot gives the whole screen one colour.
func (d Display) SetRoot(t testing.TB, c color.RGBA) {
	t.Helper()
	Command(t, d.Env(), "xsetroot", "-solid", fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B))
}

// Screenshot returns what the display shows, read from the X server.
func (d Display) Screenshot(t testing.TB) image.Image {
	t.Helper()
	cmd := exec.Command("import", "-silent", "-window", "root", "png:-")
	cmd.Env = append(os.Environ(), d.Env()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("import (package imagemagick): %v\n%s", err, stderr.String())
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
