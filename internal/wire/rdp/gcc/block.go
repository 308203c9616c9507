// SPDX-License-Identifier: Apache-2.0

package gcc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// eachBlock calls f with the content of each block.
func eachBlock(pdu string, data []byte, f func(t BlockType, content []byte) error) error {
	r := field.NewReader(pdu, data)
	for r.Len() > 0 {
		t := BlockType(r.U16("block type"))
		n := int(r.U16("block length"))
		content := r.Bytes("block content", n-blockHeaderSize)
		if r.Err() != nil {
			break
		}
		if err := f(t, content); err != nil {
			return err
		}
	}
	return r.Err()
}

// appendBlock appends a block whose content f appends.
func appendBlock(b []byte, t BlockType, f func([]byte) []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, uint16(t))
	b = f(append(b, 0, 0))
	binary.LittleEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}

// parseInto reads a block that may be there at most once.
func parseInto[T any](dst **T, content []byte, parse func([]byte) (T, error)) error {
	v, err := parse(content)
	if err != nil {
		return err
	}
	*dst = &v
	return nil
}

// ClientData is the client's user data (section 2.2.1.3). A nil block is absent; what
// follows Network is allowed if the server's negotiation response says
// EXTENDED_CLIENT_DATA_SUPPORTED.
type ClientData struct {
	Core           ClientCore
	Cluster        *ClientCluster
	Security       *ClientSecurity
	Network        *ClientNetwork
	Monitors       *ClientMonitors
	MonitorsEx     *ClientMonitorsEx
	MessageChannel *ClientMessageChannel
	Multitransport *Multitransport
}

// ParseClientData reads the client's user data.
func ParseClientData(data []byte) (ClientData, error) {
	var d ClientData
	core := false
	err := eachBlock("gcc: client data", data, func(t BlockType, content []byte) (err error) {
		switch t {
		case CSCore:
			core = true
			d.Core, err = ParseClientCore(content)
		case CSCluster:
			err = parseInto(&d.Cluster, content, ParseClientCluster)
		case CSSecurity:
			err = parseInto(&d.Security, content, ParseClientSecurity)
		case CSNet:
			err = parseInto(&d.Network, content, ParseClientNetwork)
		case CSMonitor:
			err = parseInto(&d.Monitors, content, ParseClientMonitors)
		case CSMonitorEx:
			err = parseInto(&d.MonitorsEx, content, ParseClientMonitorsEx)
		case CSMCSMsgChannel:
			err = parseInto(&d.MessageChannel, content, ParseClientMessageChannel)
		case CSMultitransport:
			err = parseInto(&d.Multitransport, content, ParseMultitransport)
		}
		return err
	})
	if err == nil && !core {
		err = &field.Error{PDU: "gcc: client data", Field: "CS_CORE", Problem: "is absent"}
	}
	return d, err
}

// Append appends the blocks in the order that servers want.
func (d ClientData) Append(b []byte) []byte {
	b = appendBlock(b, CSCore, d.Core.Append)
	if d.Cluster != nil {
		b = appendBlock(b, CSCluster, d.Cluster.Append)
	}
	if d.Security != nil {
		b = appendBlock(b, CSSecurity, d.Security.Append)
	}
	if d.Network != nil {
		b = appendBlock(b, CSNet, d.Network.Append)
	}
	if d.Monitors != nil {
		b = appendBlock(b, CSMonitor, d.Monitors.Append)
	}
	if d.MonitorsEx != nil {
		b = appendBlock(b, CSMonitorEx, d.MonitorsEx.Append)
	}
	if d.MessageChannel != nil {
		b = appendBlock(b, CSMCSMsgChannel, d.MessageChannel.Append)
	}
	if d.Multitransport != nil {
		b = appendBlock(b, CSMultitransport, d.Multitransport.Append)
	}
	return b
}

// ServerData is the server's user data (section 2.2.1.4). A nil block is absent.
type ServerData struct {
	Core           ServerCore
	Network        *ServerNetwork
	Security       *ServerSecurity
	MessageChannel *ServerMessageChannel
	Multitransport *Multitransport
}

// ParseServerData reads the server's user data.
func ParseServerData(data []byte) (ServerData, error) {
	var d ServerData
	core := false
	err := eachBlock("gcc: server data", data, func(t BlockType, content []byte) (err error) {
		switch t {
		case SCCore:
			core = true
			d.Core, err = ParseServerCore(content)
		case SCNet:
			err = parseInto(&d.Network, content, ParseServerNetwork)
		case SCSecurity:
			err = parseInto(&d.Security, content, ParseServerSecurity)
		case SCMCSMsgChannel:
			err = parseInto(&d.MessageChannel, content, ParseServerMessageChannel)
		case SCMultitransport:
			err = parseInto(&d.Multitransport, content, ParseMultitransport)
		}
		return err
	})
	if err == nil && !core {
		err = &field.Error{PDU: "gcc: server data", Field: "SC_CORE", Problem: "is absent"}
	}
	return d, err
}

// Append appends the blocks.
func (d ServerData) Append(b []byte) []byte {
	b = appendBlock(b, SCCore, d.Core.Append)
	if d.Network != nil {
		b = appendBlock(b, SCNet, d.Network.Append)
	}
	if d.Security != nil {
		b = appendBlock(b, SCSecurity, d.Security.Append)
	}
	if d.MessageChannel != nil {
		b = appendBlock(b, SCMCSMsgChannel, d.MessageChannel.Append)
	}
	if d.Multitransport != nil {
		b = appendBlock(b, SCMultitransport, d.Multitransport.Append)
	}
	return b
}
