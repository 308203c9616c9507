// SPDX-License-Identifier: Apache-2.0

//go:build integration

package kerberos

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/acceptor.py
var acceptorScript string

// acceptor is the acceptor's side of MIT Kerberos.
type acceptor struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

// startAcceptor starts one with the host's key; binding is the hash of a certificate, or nil.
func (r *realm) startAcceptor(t *testing.T, binding []byte) *acceptor {
	t.Helper()
	// Without other mechanisms than those of MIT itself.
	return startAcceptor(t, binding, append(r.Env(), "KRB5_KTNAME="+r.keytab, "GSS_MECH_CONFIG=/dev/null"))
}

// startNTLMAcceptor starts one that knows no Kerberos, but the user and password by NTLM.
func startNTLMAcceptor(t *testing.T, domain, user, password string, binding []byte) *acceptor {
	t.Helper()
	const plugin = "/etc/gss/mech.d/mech.ntlmssp.conf"
	if _, err := os.Stat(plugin); err != nil {
		t.Fatalf("%v: apt-get install gss-ntlmssp", err)
	}
	users := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(users, fmt.Appendf(nil, "%s:%s:%s\n", domain, user, password), 0o600); err != nil {
		t.Fatal(err)
	}
	return startAcceptor(t, binding, []string{
		"KRB5_KTNAME=/nowhere", "GSS_MECH_CONFIG=" + plugin, "NTLM_USER_FILE=" + users, "NETBIOS_COMPUTER_NAME=HOST", "NETBIOS_DOMAIN_NAME=" + domain,
	})
}

func startAcceptor(t *testing.T, binding []byte, env []string) *acceptor {
	t.Helper()
	args := []string{"-c", acceptorScript}
	if binding != nil {
		args = append(args, hex.EncodeToString(binding))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: apt-get install python3-gssapi", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		cancel()
	})
	return &acceptor{t: t, in: in, out: bufio.NewReader(out)}
}

// call sends a command and returns the two words of its answer.
func (a *acceptor) call(command string, data []byte) (word string, answer []byte, err error) {
	a.t.Helper()
	argument := "-"
	if len(data) > 0 {
		argument = hex.EncodeToString(data)
	}
	if _, err := fmt.Fprintln(a.in, command, argument); err != nil {
		a.t.Fatal(err)
	}
	line, err := a.out.ReadString('\n')
	if err != nil {
		a.t.Fatalf("the acceptor ends at %s: %v", command, err)
	}
	words := strings.SplitN(strings.TrimSpace(line), " ", 3)
	if words[1] != "-" {
		if answer, err = hex.DecodeString(words[1]); err != nil {
			answer = []byte(words[1])
		}
	}
	if words[0] == "error" {
		return "", answer, fmt.Errorf("MIT: %s", words[2])
	}
	return words[0], answer, nil
}

func (a *acceptor) Step(in []byte) ([]byte, bool, error) {
	word, out, err := a.call("step", in)
	return out, word == "done", err
}

func (a *acceptor) Seal(message []byte) []byte {
	_, b, err := a.call("wrap", message)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

func (a *acceptor) Unseal(b []byte) ([]byte, error) {
	word, message, err := a.call("unwrap", b)
	if err == nil && word != "encrypted" {
		return nil, errors.New("the message is not encrypted")
	}
	return message, err
}

func (a *acceptor) mic(message []byte) []byte {
	_, b, err := a.call("mic", message)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

func (a *acceptor) check(message, mic []byte) error {
	_, _, err := a.call("check", slices.Concat([]byte{byte(len(message))}, message, mic))
	return err
}
