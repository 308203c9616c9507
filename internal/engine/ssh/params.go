// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"slices"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/terminal"
)

// DefaultKnownHosts is where the host keys are looked up if a connection has none of its own, as upstream does.
const DefaultKnownHosts = "/etc/guacamole/ssh_known_hosts"

// Options are what an operator sets for all connections. The zero value works.
type Options struct {
	// KnownHosts is a file in OpenSSH's format; DefaultKnownHosts if empty. Without the file keys are not checked.
	KnownHosts string
	// Fonts are those of console.Config.
	Fonts *terminal.Fonts
}

// Protocol returns the engine's description.
func Protocol(opts Options) engine.Protocol {
	if opts.KnownHosts == "" {
		opts.KnownHosts = DefaultKnownHosts
	}
	return engine.Protocol{
		Name: "ssh", Params: params(), Forms: forms(),
		Run: func(ctx context.Context, cfg engine.Config) error { return run(ctx, cfg, opts) },
	}
}

// params are the connection parameters in the order of args.
func params() []engine.Param {
	return slices.Concat(
		[]engine.Param{
			{Name: "hostname", Host: true, Doc: "SSH server to connect to."},
			{Name: "host-key", Doc: "Expected host key, as a line of known_hosts without the name."},
			engine.Port("port", "22", "Port of the SSH server."),
			{Name: "timeout", Kind: engine.Numeric, Default: "10", Min: 1, Max: 3600, Doc: "Seconds to wait for the server to answer."},
			{Name: "username", Kind: engine.Username, Doc: "User name; asked for in the terminal if empty."},
			{Name: "password", Kind: engine.Password, Doc: "Password; asked for in the terminal if empty and needed."},
			engine.FontName,
			engine.FontSize,
			engine.Flag("enable-sftp", "Transfer files over SFTP."),
			{Name: "sftp-root-directory", Default: "/", Doc: "Directory that the file browser shows as its root."},
			engine.Flag("sftp-disable-download", "Forbid downloads."),
			engine.Flag("sftp-disable-upload", "Forbid uploads."),
			{Name: "private-key", Kind: engine.Multiline, Secret: true, Doc: "Private key in OpenSSH's or PEM format."},
			{Name: "passphrase", Kind: engine.Password, Doc: "Passphrase of the private key; asked for in the terminal if needed."},
			{Name: "public-key", Kind: engine.Multiline, Doc: "Public part of the key; needed for a certificate only."},
			engine.TerminalColors,
			{Name: "command", Doc: "Command to run instead of a shell."},
		},
		engine.Typescript,
		engine.Recording,
		[]engine.Param{
			engine.ReadOnly,
			{Name: "server-alive-interval", Kind: engine.Numeric, Default: "0", Doc: "Seconds between keep-alive messages, 0 for none."},
			engine.Backspace,
			engine.FuncKeys,
			engine.TerminalType,
			engine.Scrollback,
			{Name: "locale", Doc: "Locale of the session, such as en_US.UTF-8, sent as LANG."},
			{Name: "timezone", Kind: engine.Timezone, Doc: "Timezone of the session, sent as TZ; the browser's if empty."},
		},
		engine.Clipboard(false),
		engine.WakeOnLAN,
	)
}

// forms are the groups in which people edit the parameters.
func forms() []engine.Form {
	return []engine.Form{
		{Name: "network", Fields: []string{"hostname", "port", "timeout", "host-key"}},
		{Name: "authentication", Fields: []string{"username", "password", "private-key", "passphrase", "public-key"}},
		engine.TerminalDisplayForm,
		engine.ClipboardForm,
		{Name: "session", Fields: []string{"command", "locale", "timezone", "server-alive-interval"}},
		engine.BehaviorForm,
		engine.TypescriptForm,
		engine.RecordingForm,
		{Name: "sftp", Fields: []string{"enable-sftp", "sftp-root-directory", "sftp-disable-download", "sftp-disable-upload"}},
		engine.WakeOnLANForm,
	}
}
