// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// guacdTimeout bounds connecting to guacd, and its longest silence.
const guacdTimeout = 15 * time.Second

// Guacd is the address of a guacd.
type Guacd struct {
	Hostname string // empty means localhost
	Port     int    // zero means 4822
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
	return func(ctx context.Context) (net.Conn, error) { return dialGuacd(ctx, address, b.cfg.GuacdTLS) }
}

// dialGuacd opens a connection to a remote guacd. The browser is told SERVER_ERROR if that fails, as upstream does.
func dialGuacd(ctx context.Context, address Guacd, cfg *tls.Config) (net.Conn, error) {
	if address.Hostname == "" {
		address.Hostname = "localhost"
	}
	if address.Port == 0 {
		address.Port = 4822
	}
	target := net.JoinHostPort(address.Hostname, strconv.Itoa(address.Port))
	ctx, cancel := context.WithTimeout(ctx, guacdTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
	if err != nil {
		return nil, guac.Errorf(guac.ServerError, "broker: guacd is not reachable: %w", err)
	}
	if !address.TLS {
		return conn, nil
	}
	secured := tls.Client(conn, tlsConfig(cfg, address.Hostname))
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, guac.Errorf(guac.ServerError, "broker: no TLS with guacd at %s: %w", target, err)
	}
	return secured, nil
}

func tlsConfig(cfg *tls.Config, hostname string) *tls.Config {
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	cfg = cfg.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName = hostname
	}
	return cfg
}
