// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	// EventStartTLS: the driver runs the TLS handshake and calls StartedTLS.
	EventStartTLS EventKind = iota
	// EventConnected: capabilities are exchanged; Server and ShareID are set. After a
	// deactivation it comes again.
	EventConnected
	// EventReady: the font map came; input may be sent.
	EventReady
	// EventDeactivated: the server will send its capabilities again, or disconnect.
	EventDeactivated
	// EventUpdate: Update is a fast-path update or a fragment of one, decompressed.
	EventUpdate
	// EventData: a share data PDU of Type with Data. Updates of the slow path come so, and all
	// that the server tells.
	EventData
	// EventChannel: Data is a chunk of the static channel Channel, with its header,
	// decompressed.
	EventChannel
	// EventHeartbeat: the server is alive.
	EventHeartbeat
	// EventRedirect: Redirection says where to connect instead.
	EventRedirect
	// EventDisconnected: the server ends the connection for Reason.
	EventDisconnected
)

// Event is what Step tells. Slices are valid until the next call of Step, save those of a
// Redirection, which stay.
type Event struct {
	Kind   EventKind
	Update fastpath.Update
	Type   pdu.DataType
	// Channel is the index in Config.Channels.
	Channel     int
	Data        []byte
	Redirection *pdu.Redirection
	Reason      mcs.Reason
}
