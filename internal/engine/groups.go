// SPDX-License-Identifier: Apache-2.0

package engine

import "slices"

// readOnly is the parameter of every protocol that a sharing profile may set.
const readOnly = "read-only"

// Bounds of clipboard-buffer-size in bytes.
const (
	minClipboard = 262144
	maxClipboard = 52428800
)

// ReadOnly is the parameter that turns off all input of a user.
var ReadOnly = Flag(readOnly, "Ignore all input of the user.")

// ForceLossless is the parameter that rules out JPEG and lossy WebP.
var ForceLossless = Flag("force-lossless", "Use lossless pictures only.")

// Clipboard returns the three parameters of the clipboard. Desktops offer the largest
// buffer in their form too.
func Clipboard(desktop bool) []Param {
	sizes := []string{"262144", "1048576", "10485760"}
	if desktop {
		sizes = append(sizes, "52428800")
	}
	return []Param{
		{
			Name: "clipboard-buffer-size", Kind: NumericEnum, Values: sizes, Default: "262144",
			Min: minClipboard, Max: maxClipboard, Clamp: true, Doc: "Most bytes of clipboard content; longer content is cut.",
		},
		Flag("disable-copy", "Keep the remote clipboard from the browser."),
		Flag("disable-paste", "Keep the browser's clipboard from the remote side."),
	}
}

// Recording are the parameters of screen recordings.
var Recording = []Param{
	{Name: "recording-path", Doc: "Directory on the server in which the session is recorded; none turns recording off."},
	{Name: "recording-name", Default: "recording", Doc: "File name of the recording."},
	Flag("recording-exclude-output", "Leave pictures out of the recording."),
	Flag("recording-exclude-mouse", "Leave the mouse out of the recording."),
	Flag("recording-include-keys", "Put key events into the recording."),
	Unused(Flag("recording-include-clipboard", "Put clipboard content into the recording.")),
	Flag("create-recording-path", "Create the last folder of the recording's path if it is missing."),
	Flag("recording-write-existing", "Write to a file that exists instead of choosing another name."),
}

// RecordingTouch are the parameters of screen recordings where there is a touch screen.
var RecordingTouch = slices.Insert(slices.Clone(Recording), 4,
	Flag("recording-exclude-touch", "Leave touch events out of the recording."))

// Typescript are the parameters of text recordings.
var Typescript = []Param{
	{Name: "typescript-path", Unused: true, Doc: "Directory on the server in which the terminal's text is recorded; none turns it off."},
	{Name: "typescript-name", Default: "typescript", Doc: "File name of the typescript; its timing has .timing added."},
	Flag("create-typescript-path", "Create the last folder of the typescript's path if it is missing."),
	Flag("typescript-write-existing", "Write to files that exist instead of choosing another name."),
}

// SFTP are the parameters of file transfer beside a desktop.
var SFTP = []Param{
	Unused(Flag("enable-sftp", "Transfer files over SFTP.")),
	{Name: "sftp-hostname", Host: true, Doc: "SSH server for file transfer; none is the connection's host."},
	{Name: "sftp-host-key", Doc: "Expected host key, as a line of known_hosts without the name."},
	Port("sftp-port", "22", "Port of the SSH server."),
	{Name: "sftp-timeout", Kind: Numeric, Default: "10", Doc: "Seconds to wait for the SSH server."},
	{Name: "sftp-username", Kind: Username, Doc: "User name at the SSH server."},
	{Name: "sftp-password", Kind: Password, Doc: "Password at the SSH server."},
	{Name: "sftp-private-key", Kind: Multiline, Secret: true, Doc: "Private key; used instead of the password."},
	{Name: "sftp-passphrase", Kind: Password, Doc: "Passphrase of the private key."},
	{Name: "sftp-public-key", Kind: Multiline, Doc: "Public part of the private key."},
	{Name: "sftp-directory", Doc: "Directory for files that are dropped onto the display."},
	{Name: "sftp-root-directory", Default: "/", Doc: "Directory that the file browser shows as its root."},
	{Name: "sftp-server-alive-interval", Kind: Numeric, Default: "0", Doc: "Seconds between keep-alives, 0 for none."},
	Flag("sftp-disable-download", "Forbid downloads."),
	Flag("sftp-disable-upload", "Forbid uploads."),
}

// WakeOnLAN are the parameters of waking the remote host.
var WakeOnLAN = []Param{
	Flag("wol-send-packet", "Send a Wake-on-LAN packet before connecting."),
	{Name: "wol-mac-addr", Doc: "MAC address of the host to wake."},
	{Name: "wol-broadcast-addr", Default: "255.255.255.255", Doc: "Address to which the packet is sent."},
	Port("wol-udp-port", "9", "UDP port of the packet."),
	{
		Name: "wol-wait-time", Kind: Numeric, Default: "0", Min: 0, Max: maxWakeTime, Clamp: true,
		Doc: "Seconds between attempts to connect after the packet; 0 sends it and connects at once.",
	},
}

// The parameters of terminals. Their order in args differs by protocol.
var (
	FontName = Param{Name: "font-name", Default: "monospace", Doc: "Font family of the terminal."}
	FontSize = Param{
		Name: "font-size", Kind: NumericEnum, Default: "12", Doc: "Font size in points.",
		Values: []string{"8", "9", "10", "11", "12", "14", "18", "24", "30", "36", "48", "60", "72", "96"},
	}
	TerminalColors = Param{
		Name: "color-scheme", Kind: ColorScheme, Doc: "Colours of the terminal: a preset, or a list of name: value pairs.",
		Values: []string{"black-white", "gray-black", "green-black", "white-black"},
	}
	Scrollback = Param{Name: "scrollback", Kind: Numeric, Default: "1000", Doc: "Rows kept for scrolling back."}
	Backspace  = Param{
		Name: "backspace", Kind: NumericEnum, Values: []string{"127", "8"}, Default: "127", Doc: "Code that the Backspace key sends.",
	}
	FuncKeys = Param{
		Name: "func-keys-and-keypad", Kind: Enum, Values: []string{"esc", "vt100"}, Doc: "Sequences of F1 to F5 and of the keypad.",
	}
	TerminalType = Param{
		Name: "terminal-type", Kind: OpenEnum, Default: "linux", Doc: "Terminal type told to the remote side.",
		Values: []string{"xterm", "xterm-256color", "vt220", "vt100", "ansi", "linux"},
	}
)

// Forms of the groups, for Protocol.Forms.
var (
	ClipboardForm       = Form{"clipboard", []string{"clipboard-buffer-size", "disable-copy", "disable-paste"}}
	RecordingForm       = Form{"recording", names(Recording)}
	RecordingTouchForm  = Form{"recording", names(RecordingTouch)}
	TypescriptForm      = Form{"typescript", names(Typescript)}
	TerminalDisplayForm = Form{"display", []string{"color-scheme", "font-name", "font-size", "scrollback", readOnly}}
	BehaviorForm        = Form{"behavior", []string{"backspace", "func-keys-and-keypad", "terminal-type"}}
	WakeOnLANForm       = Form{"wol", names(WakeOnLAN)}
	SFTPForm            = Form{"sftp", []string{
		"enable-sftp", "sftp-hostname", "sftp-port", "sftp-timeout", "sftp-host-key", "sftp-username", "sftp-password",
		"sftp-private-key", "sftp-passphrase", "sftp-public-key", "sftp-root-directory", "sftp-directory",
		"sftp-server-alive-interval", "sftp-disable-download", "sftp-disable-upload",
	}}
)

func names(params []Param) []string { return Protocol{Params: params}.Names() }
