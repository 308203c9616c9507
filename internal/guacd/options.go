// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Options are those of upstream's daemon. An empty field is one that is not given.
type Options struct {
	BindHost    string
	BindPort    string
	PIDFile     string
	LogLevel    string
	Certificate string
	Key         string
	Foreground  bool
	ShowVersion bool
}

// DefaultOptions hold for what neither the command line nor guacd.conf gives.
var DefaultOptions = Options{BindHost: "localhost", BindPort: "4822", LogLevel: "info"}

// LevelTrace is below the debug level: every event of a connection.
const LevelTrace = slog.LevelDebug - 4

// levels are the log levels by upstream's names.
var levels = map[string]slog.Level{
	"trace": LevelTrace, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "error": slog.LevelError,
}

// Usage is what the daemon prints for a wrong option.
const Usage = "usage: guacd [-l LISTENPORT] [-b LISTENADDRESS] [-p PIDFILE] [-L LEVEL] [-C CERTIFICATE_FILE] [-K PEM_FILE] [-f] [-v]"

// ParseArgs reads the options of the command line, the program's name not included.
func ParseArgs(args []string) (Options, error) {
	var o Options
	for i := 0; i < len(args); i++ {
		letters, ok := strings.CutPrefix(args[i], "-")
		if args[i] == "--" && i == len(args)-1 {
			break
		}
		if !ok || letters == "" {
			return Options{}, fmt.Errorf("guacd: unexpected argument %q; %s", args[i], Usage)
		}
		for letters != "" {
			letter := letters[0]
			letters = letters[1:]
			if field := o.flag(letter); field != nil {
				*field = true
				continue
			}
			field := o.text(letter)
			if field == nil {
				return Options{}, fmt.Errorf("guacd: unknown option -%c; %s", letter, Usage)
			}
			if letters == "" {
				if i++; i == len(args) {
					return Options{}, fmt.Errorf("guacd: option -%c needs a value; %s", letter, Usage)
				}
				letters = args[i]
			}
			*field, letters = letters, ""
		}
	}
	return o, o.check()
}

func (o *Options) flag(letter byte) *bool {
	switch letter {
	case 'f':
		return &o.Foreground
	case 'v':
		return &o.ShowVersion
	default:
		return nil
	}
}

func (o *Options) text(letter byte) *string {
	switch letter {
	case 'b':
		return &o.BindHost
	case 'l':
		return &o.BindPort
	case 'p':
		return &o.PIDFile
	case 'L':
		return &o.LogLevel
	case 'C':
		return &o.Certificate
	case 'K':
		return &o.Key
	default:
		return nil
	}
}

// check returns what is wrong with the options that are given.
func (o Options) check() error {
	if o.BindPort != "" {
		if n, err := strconv.ParseUint(o.BindPort, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("guacd: bad port %.20q", o.BindPort)
		}
	}
	if _, ok := levels[o.LogLevel]; !ok && o.LogLevel != "" {
		return fmt.Errorf("guacd: log level %.20q is none of trace, debug, info, warning, error", o.LogLevel)
	}
	return nil
}

// Over returns o with what it does not give taken from lower.
func (o Options) Over(lower Options) Options {
	return Options{
		BindHost:    cmp.Or(o.BindHost, lower.BindHost),
		BindPort:    cmp.Or(o.BindPort, lower.BindPort),
		PIDFile:     cmp.Or(o.PIDFile, lower.PIDFile),
		LogLevel:    cmp.Or(o.LogLevel, lower.LogLevel),
		Certificate: cmp.Or(o.Certificate, lower.Certificate),
		Key:         cmp.Or(o.Key, lower.Key),
		Foreground:  o.Foreground || lower.Foreground,
		ShowVersion: o.ShowVersion || lower.ShowVersion,
	}
}

// Address returns where to listen.
func (o Options) Address() string { return net.JoinHostPort(o.BindHost, o.BindPort) }

// Level returns the log level; info if none is given.
func (o Options) Level() slog.Level { return levels[o.LogLevel] }

// TLS returns the configuration of the listener, nil for one without TLS. One file may hold
// both the certificate and the key.
func (o Options) TLS() (*tls.Config, error) {
	if o.Certificate == "" && o.Key == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(cmp.Or(o.Certificate, o.Key), cmp.Or(o.Key, o.Certificate))
	if err != nil {
		return nil, fmt.Errorf("guacd: TLS certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// Bounds of guacd.conf.
const (
	maxConfig      = 1 << 20
	maxConfigName  = 255
	maxConfigValue = 8191
)

// ParseConfig reads the text of guacd.conf:
//
//	# comment
//	[server]
//	bind_host = "0.0.0.0"
//
// A section or parameter that is not known is an error.
func ParseConfig(text string) (Options, error) {
	if len(text) > maxConfig {
		return Options{}, fmt.Errorf("guacd: configuration has more than %d bytes", maxConfig)
	}
	var o Options
	section := ""
	for i, line := range strings.Split(text, "\n") {
		err := o.configLine(line, &section)
		if err != nil {
			return Options{}, fmt.Errorf("guacd: configuration, line %d: %w", i+1, err)
		}
	}
	return o, o.check()
}

// configLine reads one line.
func (o *Options) configLine(line string, section *string) error {
	line = strings.TrimSpace(line)
	switch {
	case line == "" || line[0] == '#':
		return nil
	case line[0] == '[':
		name, rest, ok := strings.Cut(line[1:], "]")
		if rest = strings.TrimSpace(rest); !ok || rest != "" && rest[0] != '#' {
			return errors.New("bad section")
		}
		if name = strings.TrimSpace(name); !slices.Contains(configSections, name) {
			return fmt.Errorf("unknown section %.40q", name)
		}
		*section = name
		return nil
	}
	name, rest, ok := strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	if !ok || !isConfigName(name) {
		return errors.New("neither a section nor a parameter")
	}
	field := o.configField(*section, name)
	if field == nil {
		return fmt.Errorf("unknown parameter %.40q in section %q", name, *section)
	}
	value, err := configValue(strings.TrimSpace(rest))
	if err != nil {
		return err
	}
	*field = value
	return nil
}

var configSections = []string{"daemon", "server", "ssl"}

func (o *Options) configField(section, name string) *string {
	switch section + "." + name {
	case "daemon.pid_file":
		return &o.PIDFile
	case "daemon.log_level":
		return &o.LogLevel
	case "server.bind_host":
		return &o.BindHost
	case "server.bind_port":
		return &o.BindPort
	case "ssl.server_certificate":
		return &o.Certificate
	case "ssl.server_key":
		return &o.Key
	default:
		return nil
	}
}

func isConfigName(name string) bool {
	for _, c := range []byte(name) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return name != "" && len(name) <= maxConfigName
}

// configValue reads a value up to the end of the line or a comment. Within quotes and
// after a backslash every character stands for itself.
func configValue(text string) (string, error) {
	var value []byte
	quoted, wasQuoted, end := false, false, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			if i++; i == len(text) {
				return "", errors.New("nothing follows the backslash")
			}
			value = append(value, text[i])
			end = len(value)
			continue
		case c == '"':
			quoted, wasQuoted = !quoted, true
			end = len(value)
			continue
		case c == '#' && !quoted:
			text = text[:i]
			continue
		}
		value = append(value, c)
		if quoted || c != ' ' && c != '\t' {
			end = len(value)
		}
	}
	value = value[:end]
	if quoted {
		return "", errors.New("quote is not closed")
	}
	if len(value) == 0 && !wasQuoted {
		return "", errors.New("value is missing")
	}
	if len(value) > maxConfigValue {
		return "", fmt.Errorf("value is longer than %d bytes", maxConfigValue)
	}
	return string(value), nil
}
