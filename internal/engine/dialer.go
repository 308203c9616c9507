// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"net"
	"strconv"
)

// Dialer is all of the network that an engine has. In a worker it asks the supervisor,
// which decides by what the connection's own parameters name ([Protocol.Reach]) and by the
// operator's policy. Its errors are guac.Errors:
//
//	unknown host            UPSTREAM_NOT_FOUND
//	refused, unreachable    UPSTREAM_UNAVAILABLE
//	deadline of the context UPSTREAM_TIMEOUT
//	not allowed             CLIENT_FORBIDDEN
//	port in use             RESOURCE_CONFLICT
//	anything else           UPSTREAM_ERROR
type Dialer interface {
	// DialContext connects to a host that the parameters name.
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	// DialNamed connects to a host that the remote side has named, such as the target of
	// an RDP redirection. That needs a host of the parameters to be connected to before.
	DialNamed(ctx context.Context, network, address string) (net.Conn, error)
	// Accept waits on the TCP port that the parameters name until a host connects to it.
	Accept(ctx context.Context, port int) (net.Conn, error)
	// Wake sends a Wake-on-LAN packet for mac to the address that the parameters name.
	Wake(ctx context.Context, address string, mac net.HardwareAddr) error
}

// Reach is what the connection's parameters name, and so the most that its engine may
// reach. The supervisor is told before the engine starts.
type Reach struct {
	// Hosts may be dialled, on any port.
	Hosts []string `json:"hosts,omitempty"`
	// Port is where the remote host may connect to, 0 if it may not.
	Port int `json:"port,omitempty"`
	// Wake is the address, with the port, of Wake-on-LAN packets; none if empty.
	Wake string `json:"wake,omitempty"`
	// Files may be created.
	Files []File `json:"files,omitempty"`
}

// Reach returns what parameters name.
func (p Protocol) Reach(v Values) Reach {
	var r Reach
	for i := range p.Params {
		if p.Params[i].Host && v.Has(p.Params[i].Name) {
			r.Hosts = append(r.Hosts, v.String(p.Params[i].Name))
		}
	}
	if p.AcceptPort != nil {
		r.Port = p.AcceptPort(v)
	}
	if v.Has("wol-send-packet") && v.Bool("wol-send-packet") {
		r.Wake = wakeAddress(v)
	}
	if file, ok := RecordingFile(v); ok {
		r.Files = append(r.Files, file)
	}
	return r
}

// wakeAddress is where the packets of WakeOnLAN are sent.
func wakeAddress(v Values) string {
	return net.JoinHostPort(v.String("wol-broadcast-addr"), strconv.Itoa(v.Int("wol-udp-port")))
}
