// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"bytes"
	"io"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdstls"
)

// Config says how to connect. It is copied by New; its slices are not.
type Config struct {
	// Preconnection is sent before everything else, if set.
	Preconnection *nego.Preconnection
	// Token is the routing token or cookie line of the connection request.
	Token []byte
	// Protocols are the security protocols to offer; none is standard RDP security.
	Protocols nego.Protocol
	// Direct is the security protocol that runs before anything but the preconnection PDU,
	// instead of being negotiated (section 5.4.2.2, the direct approach): the connection request
	// with its Protocols comes inside it. Hyper-V's console wants HYBRID so, and hosts that a
	// preconnection PDU leads to HYBRID or SSL. 0 negotiates.
	Direct nego.Protocol
	// RestrictedAdmin asks for restricted administration mode, which CredSSP has to use too.
	RestrictedAdmin bool
	// CredSSP makes the client of NLA once the server's key is known. It is needed if
	// Protocols has HYBRID or HYBRID_EX.
	CredSSP func(subjectPublicKey []byte, earlyUserAuth bool) *credssp.Client
	// RDSTLS are the credentials of a redirection, needed if Protocols has RDSTLS.
	RDSTLS rdstls.Credentials

	// Core is the client's core data, save the protocol that the server selects.
	Core gcc.ClientCore
	// Encryption are the methods of standard security to offer. With none, and Protocols, a
	// server that wants standard security is refused.
	Encryption gcc.EncryptionMethods
	// Cluster is the cluster data, nil for none.
	Cluster *gcc.ClientCluster
	// Monitors are announced if the server takes extended client data.
	Monitors *gcc.ClientMonitors
	// Channels are the static channels, in the order in which the events name them.
	Channels []gcc.Channel

	// Info is the client info; AutoReconnect is put into it, if set.
	Info          pdu.ClientInfo
	AutoReconnect *pdu.ServerAutoReconnect
	// Compression is offered to the server. It is worth its time on slow networks only.
	Compression Compression

	// MachineName and HardwareID are for licensing.
	MachineName string
	HardwareID  [16]byte

	// Capabilities makes the client's capability sets of the server's.
	Capabilities func(server []pdu.CapabilitySet) []pdu.CapabilitySet

	// Rand gives the randoms of standard security and licensing.
	Rand io.Reader

	// Hops counts the redirections that led here; Redirect does.
	Hops int
}

// maxHops is how many redirections may follow one another.
const maxHops = 5

// Redirect returns the configuration with which to connect to where a redirection points.
// Which address that is, and whether it may be dialled, is for the caller to decide.
func (cfg Config) Redirect(r pdu.Redirection) Config {
	cfg.Hops++
	cfg.Token, cfg.AutoReconnect = nil, nil
	if r.Flags&pdu.RedirLoadBalanceInfo != 0 {
		cfg.Token = bytes.TrimSuffix(r.LoadBalanceInfo, []byte("\r\n"))
	}
	cluster := gcc.ClientCluster{Flags: gcc.RedirectionSupported | gcc.RedirectionVersion4}
	if cfg.Cluster != nil {
		cluster = *cfg.Cluster
	}
	cluster.Flags |= gcc.RedirectedSessionIDValid
	cluster.RedirectedSessionID = r.SessionID
	cfg.Cluster = &cluster
	if r.Flags&pdu.RedirUserName != 0 {
		cfg.Info.UserName = r.UserName
	}
	if r.Flags&pdu.RedirDomain != 0 {
		cfg.Info.Domain = r.Domain
	}
	if r.Flags&pdu.RedirPassword == 0 {
		return cfg
	}
	if r.Flags&pdu.RedirPasswordIsPKEncrypted != 0 {
		cfg.Protocols |= nego.ProtocolRDSTLS
		cfg.RDSTLS = rdstls.Credentials{
			RedirectionGUID: r.GUID, UserName: cfg.Info.UserName, Domain: cfg.Info.Domain, Password: r.Password,
		}
		return cfg
	}
	cfg.Info.Password = bytes.TrimSuffix(r.Password, []byte{0, 0})
	cfg.Info.Flags |= pdu.InfoAutologon
	return cfg
}
