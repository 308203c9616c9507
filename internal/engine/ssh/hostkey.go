// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// hostKeyCheck returns the check of the server's key, and the algorithms to ask for, so that a server with several keys
// shows one that is known; nil asks for any.
func (c *client) hostKeyCheck(address string) (ssh.HostKeyCallback, []string, error) {
	if text := c.cfg.Params.String("host-key"); text != "" {
		keys, err := parseHostKeys(text)
		if err != nil {
			return nil, nil, err
		}
		return fixedKeys(keys), algorithmsFor(keys), nil
	}
	known, err := knownhosts.New(c.opts.KnownHosts)
	switch {
	case errors.Is(err, os.ErrNotExist):
		c.log.Warn("the server's host key is not checked: neither the parameter host-key nor a file of known hosts is there",
			"file", c.opts.KnownHosts)
		return ssh.InsecureIgnoreHostKey(), nil, nil //nolint:gosec // as upstream does, with a warning
	case err != nil:
		return nil, nil, guac.Errorf(guac.ServerError, "ssh: cannot read the known hosts: %w", err)
	}
	check := func(host string, _ net.Addr, key ssh.PublicKey) error {
		// Only the name counts: the address may be that of a proxy.
		return knownError(known(host, &net.TCPAddr{IP: net.IPv4zero}, key))
	}
	return check, knownAlgorithms(known, address), nil
}

// parseHostKeys reads the parameter host-key: lines of a key's type and base64 text, as in known_hosts, with or without
// the names before them, or the base64 text alone.
func parseHostKeys(text string) ([]ssh.PublicKey, error) {
	var keys []ssh.PublicKey
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := parseHostKey(line)
		if err != nil {
			return nil, guac.Errorf(guac.ServerError, "ssh: the parameter host-key is not a host key: %w", err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, guac.Errorf(guac.ServerError, "ssh: the parameter host-key has no key")
	}
	return keys, nil
}

func parseHostKey(line string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err == nil {
		return key, nil
	}
	if _, _, key, _, _, err := ssh.ParseKnownHosts([]byte(line)); err == nil {
		return key, nil
	}
	if raw, rawErr := base64.StdEncoding.DecodeString(line); rawErr == nil {
		return ssh.ParsePublicKey(raw)
	}
	return nil, err
}

// fixedKeys accepts the given keys, for any host.
func fixedKeys(keys []ssh.PublicKey) ssh.HostKeyCallback {
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		blob := key.Marshal()
		if slices.ContainsFunc(keys, func(k ssh.PublicKey) bool { return bytes.Equal(k.Marshal(), blob) }) {
			return nil
		}
		return mismatch(key)
	}
}

func mismatch(key ssh.PublicKey) error {
	return guac.Errorf(guac.UpstreamError, "ssh: the server's host key %s is not the expected one", ssh.FingerprintSHA256(key))
}

// knownError gives an error of the file of known hosts the words for users.
func knownError(err error) error {
	var key *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return guac.Errorf(guac.UpstreamError, "ssh: the server's host key is revoked")
	case errors.As(err, &key) && len(key.Want) == 0:
		return guac.Errorf(guac.UpstreamError, "ssh: the server is not among the known hosts")
	case errors.As(err, &key):
		return guac.Errorf(guac.UpstreamError, "ssh: the server's host key is not the one of the known hosts")
	}
	return guac.Errorf(guac.UpstreamError, "ssh: host key: %w", err)
}

// knownAlgorithms returns the algorithms of the keys that are known of a host.
func knownAlgorithms(known ssh.HostKeyCallback, address string) []string {
	var err *knownhosts.KeyError
	if !errors.As(known(address, &net.TCPAddr{IP: net.IPv4zero}, noKey{}), &err) {
		return nil
	}
	var keys []ssh.PublicKey
	for _, want := range err.Want {
		keys = append(keys, want.Key)
	}
	return algorithmsFor(keys)
}

// algorithmsFor returns the signature algorithms of keys (RFC 8332 for RSA).
func algorithmsFor(keys []ssh.PublicKey) []string {
	var algorithms []string
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(algorithms, name) {
				algorithms = append(algorithms, name)
			}
		}
	}
	for _, key := range keys {
		if key.Type() == ssh.KeyAlgoRSA {
			add(ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		}
		add(key.Type())
	}
	return algorithms
}

// noKey is a key that no host has; asking for it tells which keys are known.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return []byte("none") }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("ssh: no key") }
