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

// userCommand administers accounts of the built-in database, whether or not the gateway runs.
type userCommand struct {
	Create   createUserCommand   `cmd:"" help:"Create an account. The password is read from standard input, or asked for."`
	Password passwordUserCommand `cmd:"" help:"Set an account's password, which is read from standard input, or asked for."`
}

type createUserCommand struct {
	Name  string `arg:"" help:"Name of the user."`
	Admin bool   `help:"Make the user an administrator."`
	userPlace
}

type passwordUserCommand struct {
	Name string `arg:"" help:"Name of the user."`
	userPlace
}

// userPlace says where the database is.
type userPlace struct {
	place         `embed:""`
	DataDirectory string `name:"data-directory" aliases:"data-dir" placeholder:"PATH" help:"Directory of the database, as for palta serve."`
}

// open opens the database.
func (l userPlace) open(ctx context.Context, p process) (*store.Store, error) {
	flags := make(map[string]string)
	if l.DataDirectory != "" {
		flags["data-directory"] = l.DataDirectory
	}
	cfg, err := l.load(p, flags)
	if err != nil {
		return nil, err
	}
	return openStore(ctx, l.path(cfg), cfg)
}

// Run creates the account.
func (u *createUserCommand) Run(ctx context.Context, p process) error {
	db, err := u.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	password, err := readPassword(p)
	if err != nil {
		return err
	}
	var system directory.SystemPermissions
	if u.Admin {
		system = directory.AllSystemPermissions
	}
	if err := db.CreateUser(ctx, u.Name, password, system); err != nil {
		if errors.Is(err, directory.Conflict) || errors.Is(err, directory.Invalid) {
			return withHint(err, "To set a new password for a user, run: palta user password %s", u.Name)
		}
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "User %q was created.\n", u.Name)
	return err
}

// Run sets the password.
func (u *passwordUserCommand) Run(ctx context.Context, p process) error {
	db, err := u.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Account(ctx, u.Name); err != nil {
		if errors.Is(err, directory.NotFound) {
			return withHint(fmt.Errorf("there is no user %q", u.Name), "To create one, run: palta user create %s", u.Name)
		}
		return err
	}
	password, err := readPassword(p)
	if err != nil {
		return err
	}
	if err := db.ReplaceExpiredPassword(ctx, u.Name, password); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The password of %q was set.\n", u.Name)
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
