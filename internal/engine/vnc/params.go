// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"slices"

	"github.com/palta-gateway/palta/internal/engine"
)

// Protocol returns the engine's description.
func Protocol() engine.Protocol {
	return engine.Protocol{Name: "vnc", Params: params(), Forms: forms(), AcceptPort: acceptPort, Run: run}
}

var levels = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// params are the connection parameters in the order of args.
func params() []engine.Param {
	return slices.Concat(
		[]engine.Param{
			{Name: "hostname", Host: true, Doc: "VNC server to connect to."},
			engine.Port("port", "5900", "Port of the VNC server: 5900 and the display's number."),
			engine.ReadOnly,
			engine.Flag("disable-display-resize", "Leave the server's desktop size alone when the browser's changes."),
			{Name: "encodings", Default: defaultEncodings, Doc: "Encodings offered, the preferred first."},
			{Name: "username", Kind: engine.Username, Doc: "User name, where the server's security type has one."},
			{Name: "password", Kind: engine.Password, Doc: "Password; the user is asked if it is missing and needed."},
			engine.Flag("swap-red-blue", "Exchange red and blue, for servers that mix them up."),
			{Name: "color-depth", Kind: engine.NumericEnum, Values: []string{"8", "16", "24", "32"}, Doc: "Bits per pixel; none is true colour."},
			{Name: "cursor", Kind: engine.Enum, Values: []string{"local", "remote"}, Default: "local", Doc: "Who draws the pointer: browser or server."},
			{Name: "autoretry", Kind: engine.Numeric, Default: "0", Min: 0, Max: 100, Doc: "Further attempts to connect."},
			{
				Name: "clipboard-encoding", Kind: engine.Enum, Default: "ISO8859-1",
				Values: []string{"ISO8859-1", "UTF-8", "UTF-16", "CP1252", "MacRoman"},
				Doc:    "Character set of the clipboard, for servers without the Extended Clipboard.",
			},
			{Name: "dest-host", Unused: true, Doc: "Host that a repeater is asked for."},
			engine.Port("dest-port", "0", "Port that a repeater is asked for."),
			engine.Unused(engine.Flag("enable-audio", "Play sound of a PulseAudio server.")),
			{Name: "audio-servername", Doc: "PulseAudio server."},
			engine.Flag("reverse-connect", "Wait for the server to connect instead of connecting to it."),
			{
				Name: "listen-timeout", Kind: engine.Numeric, Default: "5000", Min: 1, Max: 3_600_000, Clamp: true,
				Doc: "Milliseconds to wait for the server to connect.",
			},
		},
		engine.SFTP,
		engine.Recording,
		engine.Clipboard(true),
		[]engine.Param{engine.Unused(engine.Flag("disable-server-input", "Ask the server to ignore its own keyboard and mouse."))},
		engine.WakeOnLAN,
		[]engine.Param{
			engine.ForceLossless,
			{Name: "compress-level", Kind: engine.NumericEnum, Values: levels, Default: "-1", Min: -1, Max: 9, Doc: "Compression level of Tight."},
			{Name: "quality-level", Kind: engine.NumericEnum, Values: levels, Default: "-1", Min: -1, Max: 9, Doc: "JPEG quality of Tight."},
		},
	)
}

// forms are the groups in which people edit the parameters.
func forms() []engine.Form {
	return []engine.Form{
		{Name: "network", Fields: []string{"hostname", "port"}},
		{Name: "authentication", Fields: []string{"username", "password"}},
		{Name: "display", Fields: []string{
			"read-only", "swap-red-blue", "cursor", "color-depth", "force-lossless", "encodings", "compress-level", "quality-level",
			"disable-display-resize", "disable-server-input",
		}},
		{Name: "clipboard", Fields: []string{"clipboard-encoding", "clipboard-buffer-size", "disable-copy", "disable-paste"}},
		{Name: "repeater", Fields: []string{"dest-host", "dest-port"}},
		engine.RecordingForm,
		engine.SFTPForm,
		{Name: "audio", Fields: []string{"enable-audio", "audio-servername"}},
		engine.WakeOnLANForm,
	}
}
