// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Kind says what a message means; the rest of the message depends on it.
type Kind string

// The kinds, with the fields that each uses.
const (
	// From the supervisor.
	KindStart  Kind = "start"  // Session, Protocol, LogLevel
	KindUser   Kind = "user"   // User, Owner, Buffered; a connection
	KindAnswer Kind = "answer" // Request, Status, Text; what was asked for, if Status is Success
	KindStop   Kind = "stop"   // Status, Text

	// From the worker.
	KindReach  Kind = "reach"  // Reach
	KindCancel Kind = "cancel" // Request
	KindLeft   Kind = "left"   // User

	// Requests from the worker, one for each method of engine.Dialer and engine.Files.
	KindDial      Kind = "dial"       // Request, Network, Address, Timeout
	KindDialNamed Kind = "dial-named" // Request, Network, Address, Timeout
	KindAccept    Kind = "accept"     // Request, Port, Timeout
	KindWake      Kind = "wake"       // Request, Address, MAC, Timeout
	KindCreate    Kind = "create"     // Request, File, Timeout
)

var kinds = []Kind{
	KindStart, KindUser, KindAnswer, KindStop, KindReach, KindCancel, KindLeft, KindDial, KindDialNamed, KindAccept, KindWake,
	KindCreate,
}

// Message is one message of a Control.
type Message struct {
	Kind     Kind   `json:"kind"`
	Session  string `json:"session,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	// LogLevel is the number of a slog.Level.
	LogLevel int `json:"logLevel,omitempty"`
	// User is "@" and a UUID.
	User  string `json:"user,omitempty"`
	Owner bool   `json:"owner,omitempty"`
	// Buffered was read from the user's connection beyond select.
	Buffered []byte `json:"buffered,omitempty"`
	// Reach is the most that the requests may ask for.
	Reach engine.Reach `json:"reach,omitzero"`
	// Request is the number of a request, by which its answer is known.
	Request uint64           `json:"request,omitempty"`
	Network string           `json:"network,omitempty"`
	Address string           `json:"address,omitempty"`
	Port    int              `json:"port,omitempty"`
	MAC     net.HardwareAddr `json:"mac,omitempty"`
	File    engine.File      `json:"file,omitzero"`
	Timeout time.Duration    `json:"timeout,omitempty"`
	Status  guac.Status      `json:"status,omitempty"`
	Text    string           `json:"text,omitempty"`
}

// Target is what a request is about, for people.
func (m Message) Target() string {
	switch m.Kind {
	case KindAccept:
		return fmt.Sprintf("port %d", m.Port)
	case KindCreate:
		return filepath.Join(m.File.Path, m.File.Name)
	default:
		return m.Address
	}
}

// maxMessage bounds an encoded message. The largest part is what was read beyond select,
// which is less than 8 KiB.
const maxMessage = 32 << 10

// maxText bounds the text of an error within a message.
const maxText = 1024

// encode returns the message's bytes.
func (m Message) encode() ([]byte, error) {
	if len(m.Text) > maxText {
		m.Text = m.Text[:maxText]
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("worker: encode %s: %w", m.Kind, err)
	}
	if len(b) > maxMessage {
		return nil, fmt.Errorf("worker: message %s has %d bytes, more than %d", m.Kind, len(b), maxMessage)
	}
	return b, nil
}

// decodeMessage reads a message. A kind that is not known is an error: both sides are the
// same executable.
func decodeMessage(b []byte) (Message, error) {
	var m Message
	if len(b) > maxMessage {
		return m, fmt.Errorf("worker: message of %d bytes, more than %d", len(b), maxMessage)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return Message{}, fmt.Errorf("worker: bad message: %w", err)
	}
	if !slices.Contains(kinds, m.Kind) {
		return Message{}, fmt.Errorf("worker: unknown message %.20q", m.Kind)
	}
	return m, nil
}
