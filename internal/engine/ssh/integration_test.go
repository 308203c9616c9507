// SPDX-License-Identifier: Apache-2.0

//go:build integration

package ssh

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// sshd is a real OpenSSH server with a configuration of its own, which lets root in by a key. It needs root.
type sshd struct {
	dir    string
	params map[string]string
}

const (
	sshdPath = "/usr/sbin/sshd"
	sshdConf = `ListenAddress 127.0.0.1
Port %s
HostKey %[2]s/host_ed25519
HostKey %[2]s/host_rsa
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile %[2]s/authorized_keys
AcceptEnv LANG TZ
PrintMotd no
PrintLastLog no
MaxSessions 100
Subsystem sftp /usr/lib/openssh/sftp-server
`
)

func startSSHD(t *testing.T) *sshd {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	for _, kind := range []string{"ed25519", "rsa"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", dir+"/host_"+kind).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := ssh.NewSignerFromKey(key)
	write(t, dir+"/authorized_keys", string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	write(t, dir+"/sshd_config", fmt.Sprintf(sshdConf, port, dir))
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(sshdPath, "-D", "-e", "-f", dir+"/sshd_config")
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatalf("these tests need OpenSSH's server and root: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("sshd:\n%s", log.String())
		}
	})
	waitPort(t, port)
	hostKey, err := os.ReadFile(dir + "/host_rsa.pub")
	if err != nil {
		t.Fatal(err)
	}
	return &sshd{dir, map[string]string{
		"hostname": "127.0.0.1", "port": port, "username": "root", "private-key": privateKeyText(t, key, ""),
		"host-key": string(hostKey), "terminal-type": "xterm-256color", "locale": "C.UTF-8", "command": "exec bash --norc --noprofile",
	}}
}

func waitPort(t *testing.T, port string) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range 500 {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = conn.Close()
			return
		}
		<-ticker.C
	}
	t.Fatal("sshd does not listen")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shell opens a connection with a prompt of a dollar sign. What these tests wait for must not be a part of what they
// type, which shows too: hence the quotes within words, which the shell drops.
func (s *sshd) shell(t *testing.T, more map[string]string) *fixture {
	t.Helper()
	params := map[string]string{}
	for _, m := range []map[string]string{s.params, more} {
		for name, value := range m {
			params[name] = value
		}
	}
	f := start(t, Options{}, params)
	f.See("bash-")
	f.Type("PS1='$ '; cd " + s.dir + "; clear; echo rea''dy\n")
	f.See("ready\n$")
	return f
}

func TestRealShell(t *testing.T) {
	// Features: SSH-01, SSH-02, SSH-04, SSH-09, SSH-10, SSH-11, SSH-19
	s := startSSHD(t)
	f := s.shell(t, map[string]string{"timezone": "Asia/Tokyo", "backspace": "8"})
	f.Type("echo 'grüße, 世界' > typed; cat typed\n")
	f.See("\ngrüße, 世界")
	if got, err := os.ReadFile(filepath.Join(s.dir, "typed")); string(got) != "grüße, 世界\n" {
		t.Errorf("the file has %q (%v)", got, err)
	}
	f.Type("clear; stty size; stty -a | grep -o '; erase = [^;]*'; echo $TERM $TZ $LANG\n")
	f.See("24 78\n; erase = ^H\nxterm-256color Asia/Tokyo C.UTF-8")
	f.Resize(520, 388)
	f.Type("clear; until stty size | grep -x '20 5''0'; do sleep 0.05; done\n") // keys may come before the size
	f.See("20 50")
	f.Type("exit 7\n")
	f.wantNormalEnd()
}

func TestRealPrograms(t *testing.T) {
	// Features: TERM-01, TERM-02, TERM-05, TERM-13
	// Part of: SSH-17
	s := startSSHD(t)
	f := s.shell(t, nil)
	write(t, s.dir+"/text", strings.Repeat("a line of text\n", 40)+"the last line\n")

	f.Type("less text\n")
	f.See("a line of text")
	f.Type("G")
	f.See("the last line")
	f.Type("q")
	f.See("$ less text")

	f.Type("vim -u NONE new\n")
	f.See("[New")
	f.Type("iwritten in vim")
	f.Key(keysym.Escape)
	f.Type(":wq\n")
	f.See("$ vim")
	if got, _ := os.ReadFile(s.dir + "/new"); string(got) != "written in vim\n" {
		t.Errorf("vim wrote %q", got)
	}

	f.Type("htop -d 50\n")
	f.See("F10Qui")
	f.Key(keysym.F10)
	f.See("$ htop")

	f.Type("tmux -L palta" + strconv.Itoa(os.Getpid()) + " -f /dev/null new 'echo within $TERM; read x'\n")
	f.See("within tmux")
	f.See("[0]")
	f.Key(keysym.Return)
	f.See("[exited]")
}

func TestRealFiles(t *testing.T) {
	// Features: SSH-13, SSH-14, SSH-15, COM-06, TERM-18, TERM-19
	s := startSSHD(t)
	f := s.shell(t, map[string]string{"enable-sftp": "true", "sftp-root-directory": s.dir})
	data := make([]byte, 1<<20+11)
	if _, err := rand.Read(data); err != nil {
		t.Fatal(err)
	}
	if got := f.Put(s.dir, "/up", bytes.NewReader(data)); got != guac.Success {
		t.Fatalf("upload: %v", got)
	}
	f.waitFile(s.dir+"/up", data)
	if got := f.Get(s.dir, "/up"); !bytes.Equal(got, data) {
		t.Errorf("download has %d other bytes", len(got))
	}
	f.Type(`mkdir drop; printf '\033]482201;%s\007' "$PWD/drop"; clear; echo s''et` + "\n")
	f.See("set\n")
	if got := f.UploadText("dropped", guac.OpFile, "text/plain", "dropped.txt"); got != guac.Success {
		t.Fatalf("dropped file: %v", got)
	}
	f.waitFile(s.dir+"/drop/dropped.txt", []byte("dropped"))
	f.Type(`printf '\033]482200;%s\007' "$PWD/up"` + "\n")
	if got := f.Receive(guac.OpFile, "up").Data; !bytes.Equal(got, data) {
		t.Errorf("file sent by the shell has %d other bytes", len(got))
	}
}

func TestRealFlood(t *testing.T) {
	// Features: TERM-12
	// Part of: SSH-17
	s := startSSHD(t)
	f := s.shell(t, nil)
	begin := time.Now()
	f.Type("seq 1 300000; echo d''one\n")
	f.See("300000\ndone")
	t.Logf("2.1 MB of lines in %v", time.Since(begin))
}

func TestRealWrongKeys(t *testing.T) {
	// Features: SSH-02, SSH-04
	s := startSSHD(t)
	_, other := newSigner(t)
	params := s.params
	params["private-key"] = privateKeyText(t, other, "")
	f := start(t, Options{}, params)
	wantStatus(t, f.WaitEnd(), guac.ClientUnauthorized, "refused the private key")
	signer, _ := newSigner(t)
	params["host-key"] = string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
	f = start(t, Options{}, params)
	wantStatus(t, f.WaitEnd(), guac.UpstreamError, "")
}
