// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Login is a system account for tests of password logins.
type Login struct {
	Name, Password, Home string
	UID, GID             int
}

// The account is made once per machine and kept.
const (
	accountName     = "palta-test"
	accountPassword = "alligator pear"
)

// Account returns the test account, making it if the machine has none. It needs root.
func Account(t testing.TB) Login {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("tests of logins make a system account: run them as root")
	}
	u, err := user.Lookup(accountName)
	if err != nil {
		Command(t, nil, "useradd", "--create-home", "--shell", "/bin/bash", accountName)
		if u, err = user.Lookup(accountName); err != nil {
			t.Fatal(err)
		}
	}
	Command(t, nil, "sh", "-c", `printf '%s:%s' "$1" "$2" | chpasswd`, "sh", accountName, accountPassword)
	login := Login{Name: accountName, Password: accountPassword, Home: u.HomeDir}
	login.UID, _ = strconv.Atoi(u.Uid)
	login.GID, _ = strconv.Atoi(u.Gid)
	login.write(t, ".bashrc", "PS1='test$ '\nHISTFILE=\n")
	login.write(t, ".bash_profile", ". ~/.bashrc\n")
	login.write(t, ".hushlogin", "")
	return login
}

func (l Login) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(l.Home, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, l.UID, l.GID); err != nil {
		t.Fatal(err)
	}
}

// SSHD is a running OpenSSH server.
type SSHD struct {
	*Process
	Port int
	// Login is who may log in, by password or by PrivateKey.
	Login Login
	// PrivateKey is an ed25519 key in OpenSSH's format.
	PrivateKey string
	// HostKey is a known_hosts line's key part, such as "ssh-ed25519 AAAA…".
	HostKey string
}

// StartSSHD starts OpenSSH's server for the test account.
func StartSSHD(t testing.TB) *SSHD {
	t.Helper()
	dir := openDir(t)
	login := Account(t)
	s := &SSHD{Port: FreePort(t), Login: login}
	s.HostKey = makeKey(t, filepath.Join(dir, "host_key"))
	public := makeKey(t, filepath.Join(dir, "user_key"))
	s.PrivateKey = read(t, filepath.Join(dir, "user_key"))
	write(t, filepath.Join(dir, "authorized_keys"), public)
	if err := os.Chmod(filepath.Join(dir, "authorized_keys"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "sshd_config")
	write(t, config, fmt.Sprintf(`ListenAddress 127.0.0.1
Port %d
HostKey %s/host_key
AuthorizedKeysFile %s/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication yes
KbdInteractiveAuthentication no
AllowUsers %s
AcceptEnv LANG LC_* TZ
SetEnv LC_CTYPE=C.UTF-8
PrintMotd no
PrintLastLog no
UseDNS no
MaxStartups 1000
MaxSessions 100
LogLevel VERBOSE
Subsystem sftp internal-sftp
`, s.Port, dir, dir, login.Name))
	s.Process = Start(t, "openssh-server", nil, "/usr/sbin/sshd", "-D", "-e", "-f", config)
	s.WaitFor(t, "accepts connections", Listening(Address(s.Port)))
	return s
}

// openDir is a temporary directory that other accounts may enter, unlike t.TempDir.
func openDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "palta-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// makeKey makes an ed25519 key pair and returns its public part.
func makeKey(t testing.TB, path string) string {
	t.Helper()
	Command(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path)
	return strings.TrimSpace(read(t, path+".pub"))
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
