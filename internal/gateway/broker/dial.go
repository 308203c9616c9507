// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"strconv"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/tunnel"
)

// guacdPort is where guacd listens unless told otherwise.
const guacdPort = 4822

// Guacd is the address of a guacd.
type Guacd struct {
	Hostname string // localhost if empty
	Port     int    // 4822 if zero
	TLS      bool
}

// place returns where the sessions of a connection run: at the guacd of its own attributes, each falling back on the default, or else at the default.
func (b *Broker) place(attributes directory.Attributes) directory.ActiveSession {
	hostname := attributes.Get(directory.AttrGuacdHostname)
	port := attributes.Get(directory.AttrGuacdPort)
	encryption := attributes.Get(directory.AttrGuacdEncryption)
	var address Guacd
	if b.cfg.Guacd != nil {
		address = *b.cfg.Guacd
	} else if hostname == "" && port == "" && encryption == "" {
		return directory.ActiveSession{Gateway: b.cfg.Gateway}
	}
	if hostname != "" {
		address.Hostname = hostname
	}
	if n, err := strconv.Atoi(port); err == nil {
		address.Port = n
	}
	if encryption != "" {
		address.TLS = encryption == "ssl"
	}
	return directory.ActiveSession{Address: address.target(), TLS: address.TLS}
}

// dialer returns how the guacd of a session is reached, whichever gateway runs it.
func (b *Broker) dialer(s directory.ActiveSession) func(ctx context.Context) (net.Conn, error) {
	switch {
	case s.Address != "" && s.TLS:
		return tunnel.Dialer(s.Address, cmp.Or(b.cfg.GuacdTLS, &tls.Config{MinVersion: tls.VersionTLS12}))
	case s.Address != "":
		return tunnel.Dialer(s.Address, nil)
	case s.Gateway == b.cfg.Gateway:
		return b.cfg.Supervisor
	}
	return func(ctx context.Context) (net.Conn, error) { return b.cfg.Active.Connect(ctx, s.Gateway) }
}

// target returns the address with what it leaves out.
func (g Guacd) target() string {
	return net.JoinHostPort(cmp.Or(g.Hostname, "localhost"), strconv.Itoa(cmp.Or(g.Port, guacdPort)))
}
