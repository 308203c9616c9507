// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/palta-gateway/palta/internal/secret"
	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// ErrAddress is the error for a host that is named by its address: tickets are for names.
var ErrAddress = errors.New("kerberos: there are no tickets for an address, only for a host name")

// ErrNoRealm is the error for a user without a realm.
var ErrNoRealm = errors.New("kerberos: no realm is given, neither with the user nor in the configuration")

// Dialer is the part of engine.Dialer that reaches KDCs.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Config says where the KDCs are. All of it but the Dialer may be empty, as long as the realm
// and its KDCs are named somewhere.
type Config struct {
	// Realm is that of users who come without one. By default it is default_realm of Krb5Conf.
	Realm string
	// KDCs are the addresses of that realm's KDCs, as host or host:port. The port is 88 by
	// default. They come before those of Krb5Conf.
	KDCs []string
	// Krb5Conf is the text of a krb5.conf. Of it default_realm, the kdc of each realm and
	// domain_realm are used.
	Krb5Conf string
	// UDP asks KDCs by datagrams first. By default it is TCP alone.
	UDP bool
	// Dialer opens the connections to KDCs.
	Dialer Dialer
	// Now is the clock; by default the machine's.
	Now func() time.Time
}

// Login says who wants a ticket.
type Login struct {
	// User is the name in the realm. It may be user@REALM, if Realm is empty.
	User  string
	Realm string
	// Password is the user's.
	Password secret.String
}

// Client gets tickets. It may be used by many at once.
type Client struct {
	conf   conf
	realm  string
	udp    bool
	dialer Dialer
	now    func() time.Time
}

// New returns a client of cfg.
func New(cfg Config) (*Client, error) {
	parsed, err := parseConf(cfg.Krb5Conf)
	if err != nil {
		return nil, err
	}
	c := &Client{conf: parsed, udp: cfg.UDP, dialer: cfg.Dialer, now: cfg.Now}
	if c.now == nil {
		c.now = time.Now
	}
	c.realm = cfg.Realm
	if c.realm == "" {
		c.realm = parsed.defaultRealm
	}
	c.realm = c.canonical(c.realm)
	if len(cfg.KDCs) > 0 {
		if c.realm == "" {
			return nil, errors.New("kerberos: KDCs are given, but not the realm that they are of")
		}
		c.conf.kdcs[c.realm] = append(slices.Clone(cfg.KDCs), c.conf.kdcs[c.realm]...)
	}
	for realm, kdcs := range c.conf.kdcs {
		for i := range kdcs {
			if kdcs[i], err = withPort(kdcs[i]); err != nil {
				return nil, fmt.Errorf("kerberos: KDC of realm %s: %w", realm, err)
			}
		}
	}
	return c, nil
}

// Addresses are those of all KDCs that the client may dial, as host:port.
func (c *Client) Addresses() []string {
	var all []string
	for _, realm := range slices.Sorted(maps.Keys(c.conf.kdcs)) {
		all = append(all, c.conf.kdcs[realm]...)
	}
	return all
}

// kdcPort is the KDC's port (RFC 4120, section 7.2).
const kdcPort = "88"

func withPort(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = strings.Trim(address, "[]"), ""
	}
	if host == "" || strings.ContainsAny(address, "/ ") {
		return "", fmt.Errorf("%q is no host or host:port", address)
	}
	if port == "" {
		port = kdcPort
	}
	return net.JoinHostPort(host, port), nil
}

// canonical is a realm as the configuration spells it, or else in upper case, which is how
// realms are written and Active Directory wants them.
func (c *Client) canonical(realm string) string {
	if _, ok := c.conf.kdcs[realm]; ok {
		return realm
	}
	return strings.ToUpper(realm)
}

// who splits and completes a login.
func (c *Client) who(login Login) (user types.PrincipalName, realm string, err error) {
	name, realm := login.User, login.Realm
	if realm == "" {
		if at := strings.LastIndexByte(name, '@'); at >= 0 {
			name, realm = name[:at], name[at+1:]
		}
	}
	if realm == "" {
		realm = c.realm
	}
	if realm == "" {
		return user, "", ErrNoRealm
	}
	if name == "" {
		return user, "", errors.New("kerberos: no user is given")
	}
	return types.NewPrincipalName(wire.NamePrincipal, name), c.canonical(realm), nil
}

// Ticket gets a ticket for a service on a host, such as TERMSRV on the name under which the
// user knows the host.
func (c *Client) Ticket(ctx context.Context, login Login, service, host string) (wire.Credential, error) {
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return wire.Credential{}, ErrAddress
	}
	user, realm, err := c.who(login)
	if err != nil {
		return wire.Credential{}, err
	}
	tgt, err := c.logIn(ctx, user, realm, login.Password)
	if err != nil {
		return wire.Credential{}, err
	}
	t, err := c.serviceTicket(ctx, tgt, service, host)
	if err != nil {
		return wire.Credential{}, err
	}
	raw, err := t.ticket.Marshal()
	if err != nil {
		return wire.Credential{}, fmt.Errorf("kerberos: ticket: %w", err)
	}
	return wire.Credential{
		Ticket:     raw,
		SessionKey: t.key,
		Realm:      t.userRealm,
		Client:     wire.PrincipalName{Type: t.user.NameType, Parts: t.user.NameString},
	}, nil
}
