// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// maxAttempts is how often a user is asked for a password or passphrase.
	maxAttempts = 3
	// maxQuestions bounds what a server may ask in all by keyboard-interactive.
	maxQuestions = 32
	// maxQuestion bounds the text of one question in bytes.
	maxQuestion = 1024
)

// The methods of RFC 4252 and RFC 4256.
const (
	methodPublicKey   = "publickey"
	methodPassword    = "password"
	methodInteractive = "keyboard-interactive"
)

// authenticator chooses the methods of a login; it is for the goroutine of the handshake.
type authenticator struct {
	c      *client
	ctx    contextOf
	signer ssh.Signer    // nil without a key
	given  secret.String // the password parameter
	limit  func(on bool) // of the time that the server has

	offered   []string // methods that were used and need not be used again
	attempts  int      // passwords that the user was asked for
	questions int
	tries     int   // methods that were used
	err       error // ends the login: the user gave up
}

// contextOf is the context of one login, which lives as long as the authenticator.
type contextOf = context.Context

// username returns the parameter, or asks for it.
func (c *client) username(ctx context.Context) (string, error) {
	if name := c.cfg.Params.String("username"); name != "" {
		return name, nil
	}
	for range maxAttempts {
		name, err := c.console.Prompt(ctx, "Login as: ", true)
		if err != nil || name != "" {
			return name, err
		}
	}
	return "", guac.Errorf(guac.ClientUnauthorized, "ssh: no user name was given")
}

// newAuthenticator reads the private key, asking for its passphrase where it is missing.
func (c *client) newAuthenticator(ctx context.Context) (*authenticator, error) {
	p := c.cfg.Params
	a := &authenticator{c: c, ctx: ctx, given: p.Secret("password"), limit: func(bool) {}}
	text := p.Secret("private-key")
	if text.Empty() {
		return a, nil
	}
	signer, err := c.privateKey(ctx, text, p.Secret("passphrase"))
	if err != nil {
		return nil, err
	}
	a.signer, err = withCertificate(signer, p.String("public-key"))
	return a, err
}

func (c *client) privateKey(ctx context.Context, text, passphrase secret.String) (ssh.Signer, error) {
	pem := []byte(strings.TrimSpace(text.Reveal()) + "\n")
	signer, err := ssh.ParsePrivateKey(pem)
	var missing *ssh.PassphraseMissingError
	if !errors.As(err, &missing) {
		if err != nil {
			return nil, guac.Errorf(guac.ClientUnauthorized, "ssh: the private key cannot be read: %w", err)
		}
		return signer, nil
	}
	if !passphrase.Empty() {
		signer, err := ssh.ParsePrivateKeyWithPassphrase(pem, []byte(passphrase.Reveal()))
		if err != nil {
			return nil, guac.Errorf(guac.ClientUnauthorized, "ssh: the passphrase does not open the private key")
		}
		return signer, nil
	}
	for range maxAttempts {
		answer, err := c.console.Prompt(ctx, "Key passphrase: ", false)
		if err != nil {
			return nil, err
		}
		if signer, err := ssh.ParsePrivateKeyWithPassphrase(pem, []byte(answer)); err == nil {
			return signer, nil
		}
		c.console.Message("Wrong passphrase, please try again.\n")
	}
	return nil, guac.Errorf(guac.ClientUnauthorized, "ssh: the passphrase does not open the private key")
}

// withCertificate puts the certificate of the parameter public-key before a key. A plain public key adds nothing: the
// private key has it.
func withCertificate(signer ssh.Signer, public string) (ssh.Signer, error) {
	if strings.TrimSpace(public) == "" {
		return signer, nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
	cert, ok := key.(*ssh.Certificate)
	if err != nil || !ok || !bytes.Equal(cert.Key.Marshal(), signer.PublicKey().Marshal()) {
		return signer, nil //nolint:nilerr // as upstream, which lets the server judge
	}
	certified, err := ssh.NewCertSigner(cert, signer)
	if err != nil {
		return nil, guac.Errorf(guac.ClientUnauthorized, "ssh: the certificate does not fit the private key: %w", err)
	}
	return certified, nil
}

// next chooses the method to try after none and after each refusal: the key, then the password by the method password
// or, where the server has only that, by keyboard-interactive.
func (a *authenticator) next(state *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.limit(true)
	if a.err != nil {
		return nil, a.err
	}
	a.tries++
	allowed := func(method string) bool { return slices.Contains(state.AllowedMethods, method) }
	if a.signer != nil && allowed(methodPublicKey) && a.first(methodPublicKey) {
		return ssh.PublicKeys(a.signer), nil
	}
	if a.signer != nil && a.given.Empty() && len(state.PartialSuccessMethods) == 0 {
		return nil, guac.Errorf(guac.ClientUnauthorized, "ssh: the server refused the private key")
	}
	if !a.given.Empty() {
		return a.nextGiven(allowed)
	}
	return a.nextAsked(allowed)
}

// first reports whether a method has not been used yet, and notes it.
func (a *authenticator) first(method string) bool {
	if slices.Contains(a.offered, method) {
		return false
	}
	a.offered = append(a.offered, method)
	return true
}

// nextGiven uses the password parameter, once with each method.
func (a *authenticator) nextGiven(allowed func(string) bool) (ssh.AuthMethod, error) {
	switch {
	case allowed(methodPassword) && a.first(methodPassword):
		return ssh.Password(a.given.Reveal()), nil
	case allowed(methodInteractive) && a.first(methodInteractive):
		return ssh.KeyboardInteractive(a.challenge), nil
	}
	return nil, a.refused(allowed)
}

// nextAsked asks the user for the password, or lets the server ask.
func (a *authenticator) nextAsked(allowed func(string) bool) (ssh.AuthMethod, error) {
	if a.attempts >= maxAttempts || !allowed(methodPassword) && !allowed(methodInteractive) {
		return nil, a.refused(allowed)
	}
	if a.attempts > 0 {
		a.c.console.Message("Permission denied, please try again.\n")
	}
	a.attempts++
	if !allowed(methodPassword) {
		return ssh.KeyboardInteractive(a.challenge), nil
	}
	password, err := a.ask("Password: ", false)
	if err != nil {
		return nil, err
	}
	return ssh.Password(password), nil
}

// refused is the error when nothing is left to try.
func (a *authenticator) refused(allowed func(string) bool) error {
	switch {
	case a.signer == nil && !allowed(methodPassword) && !allowed(methodInteractive):
		return guac.Errorf(guac.ClientUnauthorized, "ssh: the server takes no passwords, and there is no private key that it takes")
	case a.signer != nil:
		return guac.Errorf(guac.ClientUnauthorized, "ssh: the server refused the private key and the password")
	}
	return guac.Errorf(guac.ClientUnauthorized, "ssh: the server refused the user name or the password")
}

// ask asks the user while the server's time stands still.
func (a *authenticator) ask(label string, echo bool) (string, error) {
	a.limit(false)
	defer a.limit(true)
	answer, err := a.c.console.Prompt(a.ctx, label, echo)
	if err != nil {
		a.err = err
	}
	return answer, err
}

// challenge answers the questions of keyboard-interactive (RFC 4256): the first hidden one with the password parameter,
// all others by asking the user.
func (a *authenticator) challenge(name, instruction string, questions []string, echos []bool) ([]string, error) {
	if a.questions += len(questions); a.questions > maxQuestions {
		return nil, guac.Errorf(guac.UpstreamError, "ssh: the server asks too much")
	}
	for _, text := range []string{name, instruction} {
		if text = strings.TrimSpace(text); text != "" && len(questions) > 0 {
			a.c.console.Message(text[:min(len(text), maxQuestion)] + "\n")
		}
	}
	answers := make([]string, len(questions))
	for i, question := range questions {
		if !echos[i] && !a.given.Empty() && a.first("answer") {
			answers[i] = a.given.Reveal()
			continue
		}
		answer, err := a.ask(question[:min(len(question), maxQuestion)], echos[i])
		if err != nil {
			return nil, fmt.Errorf("answer: %w", err)
		}
		answers[i] = answer
	}
	return answers, nil
}
