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

// dialer opens connections to one guacd.
type dialer func(ctx context.Context) (net.Conn, error)

// dialer returns how a connection reaches its guacd: by its own attributes, each falling back on the default, or else by the default.
func (b *Broker) dialer(attributes directory.Attributes) dialer {
	hostname := attributes.Get(directory.AttrGuacdHostname)
	port := attributes.Get(directory.AttrGuacdPort)
	encryption := attributes.Get(directory.AttrGuacdEncryption)
	var address Guacd
	if b.cfg.Guacd != nil {
		address = *b.cfg.Guacd
	} else if hostname == "" && port == "" && encryption == "" {
		return b.cfg.Supervisor
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
	return tunnel.Dialer(address.target(), address.tls(b.cfg.GuacdTLS))
}

// target returns the address with what it leaves out.
func (g Guacd) target() string {
	return net.JoinHostPort(cmp.Or(g.Hostname, "localhost"), strconv.Itoa(cmp.Or(g.Port, guacdPort)))
}

// tls returns what TLS is spoken with, nil for none.
func (g Guacd) tls(cfg *tls.Config) *tls.Config {
	if g.TLS && cfg == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if !g.TLS {
		return nil
	}
	return cfg
}
