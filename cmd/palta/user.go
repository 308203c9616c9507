// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
)

// maxPassword bounds what is read as a password.
const maxPassword = 4096

// openAccounts opens the database, whether or not the gateway runs.
func openAccounts(ctx context.Context, p process, in input) (*store.Store, error) {
	cfg, err := loadSettings(p, in)
	if err != nil {
		return nil, err
	}
	return openConfigured(ctx, in, cfg)
}

// createUser makes an account in the database.
func createUser(ctx context.Context, p process, in input) error {
	db, err := openAccounts(ctx, p, in)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	password, err := readPassword(p)
	if err != nil {
		return err
	}
	var system directory.SystemPermissions
	if in.flags["admin"] == "true" {
		system = directory.AllSystemPermissions
	}
	name := in.operands[0]
	if err := db.CreateUser(ctx, name, password, system); err != nil {
		if errors.Is(err, directory.Conflict) || errors.Is(err, directory.Invalid) {
			return withHint(err, "To set a new password for a user, run: palta user password %s", name)
		}
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "User %q was created.\n", name)
	return err
}

// setPassword replaces the password of an account.
func setPassword(ctx context.Context, p process, in input) error {
	db, err := openAccounts(ctx, p, in)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	name := in.operands[0]
	if _, err := db.Account(ctx, name); err != nil {
		if errors.Is(err, directory.NotFound) {
			return withHint(fmt.Errorf("there is no user %q", name), "To create one, run: palta user create %s", name)
		}
		return err
	}
	password, err := readPassword(p)
	if err != nil {
		return err
	}
	if err := db.ReplaceExpiredPassword(ctx, name, password); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The password of %q was set.\n", name)
	return err
}

// readPassword asks for a password at a terminal, twice, or else reads the first line of standard input.
func readPassword(p process) (secret.String, error) {
	if file, ok := p.stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return askPassword(p.stderr, int(file.Fd()))
	}
	line, err := bufio.NewReader(io.LimitReader(p.stdin, maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return secret.String{}, fmt.Errorf("read the password: %w", err)
	}
	password := secret.New(strings.TrimRight(line, "\r\n"))
	if password.Empty() {
		return password, withHint(errors.New("there is no password on standard input"),
			"Pipe it in as one line, or run the command at a terminal to be asked.")
	}
	return password, nil
}

func askPassword(w io.Writer, fd int) (secret.String, error) {
	var entered [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		say(w, "%s", prompt)
		line, err := term.ReadPassword(fd)
		say(w, "\n")
		if err != nil {
			return secret.String{}, fmt.Errorf("read the password: %w", err)
		}
		entered[i] = string(line)
	}
	switch {
	case entered[0] == "":
		return secret.String{}, errors.New("the password must not be empty")
	case entered[0] != entered[1]:
		return secret.String{}, withHint(errors.New("the two passwords differ"), "Nothing was changed; try again.")
	}
	return secret.New(entered[0]), nil
}
