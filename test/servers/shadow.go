// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// ShadowOptions say how StartFreeRDPShadow is to be started. The zero value is a display of
// 1024x768 that lets anybody in, by TLS or by standard RDP security without encryption.
type ShadowOptions struct {
	Width, Height int
	// NLA demands network level authentication, as User with Password.
	NLA bool
}

// Shadow is a running freerdp-shadow and the X display that it shows.
type Shadow struct {
	*Process
	Display
	Port int
	// User and Password may log in with NLA.
	User, Password string
}

// StartFreeRDPShadow starts an empty display and FreeRDP's server, which shows it.
func StartFreeRDPShadow(t testing.TB, o ShadowOptions) *Shadow {
	t.Helper()
	if o.Width == 0 {
		o.Width, o.Height = 1024, 768
	}
	home := t.TempDir() // it keeps a certificate there
	s := &Shadow{Display: StartXvfb(t, o.Width, o.Height), Port: FreePort(t), User: accountName, Password: accountPassword}
	args := []string{fmt.Sprintf("/port:%d", s.Port), "/bind-address:127.0.0.1"}
	if o.NLA {
		args = append(args, "+auth", "/sec:nla", "/sam-file:"+samFile(t, s.User, s.Password))
	} else {
		args = append(args, "-auth", "-sec-nla")
	}
	s.Process = Start(t, "freerdp2-shadow-x11", append(s.Env(), "HOME="+home), "freerdp-shadow-cli", args...)
	s.WaitFor(t, "accepts connections", Listening(Address(s.Port)))
	return s
}

// samFile holds the hash of a password as FreeRDP's server reads it.
func samFile(t testing.TB, user, password string) string {
	t.Helper()
	out, err := exec.Command("winpr-hash", "-u", user, "-p", password, "-f", "sam").Output()
	if err != nil {
		t.Fatalf("winpr-hash (package winpr-utils): %v", err)
	}
	path := filepath.Join(t.TempDir(), "sam")
	write(t, path, string(out))
	return path
}
