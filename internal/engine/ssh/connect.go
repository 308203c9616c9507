// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// clientVersion is the software's name in the version exchange (RFC 4253, section 4.2).
const clientVersion = "SSH-2.0-Palta"

// maxBanner bounds the text that a server may show before the login is complete.
const maxBanner = 16 << 10

// connection is an authenticated connection.
type connection struct {
	*ssh.Client
	net net.Conn
}

// connect logs in to the server. The server has the timeout for each of its answers, also for those that follow.
func (c *client) connect(ctx context.Context) (*connection, error) {
	user, err := c.username(ctx)
	if err != nil {
		return nil, err
	}
	a, err := c.newAuthenticator(ctx)
	if err != nil {
		return nil, err
	}
	p := c.cfg.Params
	address := net.JoinHostPort(p.String("hostname"), strconv.Itoa(p.Int("port")))
	check, algorithms, err := c.hostKeyCheck(address)
	if err != nil {
		return nil, err
	}
	conn, err := engine.ConnectAwake(ctx, c.cfg, func(ctx context.Context) (net.Conn, error) { return c.dial(ctx, address) })
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	a.limit = func(on bool) { c.limit(conn, on) }
	a.limit(true)
	client, err := handshake(conn, address, &ssh.ClientConfig{
		User: user, AuthCallback: a.next, HostKeyCallback: check, HostKeyAlgorithms: algorithms,
		BannerCallback: c.banner(), ClientVersion: clientVersion,
	})
	if err != nil {
		stop()
		_ = conn.Close()
		return nil, c.loginError(err, a)
	}
	c.log.Info("logged in to the SSH server", "server", string(client.ServerVersion()))
	return &connection{client, conn}, nil
}

func handshake(conn net.Conn, address string, cfg *ssh.ClientConfig) (*ssh.Client, error) {
	sc, channels, requests, err := ssh.NewClientConn(conn, address, cfg)
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(sc, channels, requests), nil
}

func (c *client) timeout() time.Duration {
	return time.Duration(c.cfg.Params.Int("timeout")) * time.Second
}

func (c *client) dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	conn, err := c.cfg.Dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("ssh: %w", err)
	}
	return conn, nil
}

// limit makes the server answer within the timeout, or lets it take its time while a user is asked for something.
func (c *client) limit(conn net.Conn, on bool) {
	deadline := time.Time{}
	if on {
		deadline = time.Now().Add(c.timeout())
	}
	_ = conn.SetDeadline(deadline)
}

// banner returns what shows the server's banners in the terminal.
func (c *client) banner() ssh.BannerCallback {
	left := maxBanner
	return func(text string) error {
		if left -= len(text); left < 0 {
			return errors.New("ssh: banner is too long")
		}
		c.console.Message(text)
		return nil
	}
}

// loginError gives an error of connecting the status and the words for users.
func (c *client) loginError(err error, a *authenticator) error {
	var known *guac.Error
	var timeout net.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return guac.Errorf(guac.UpstreamTimeout, "ssh: the server did not answer in %v", c.timeout())
	case a.tries > 0 && strings.Contains(err.Error(), "disconnect, reason"):
		// Servers hang up after too many attempts; the package has no type for their message.
		return guac.Errorf(guac.ClientUnauthorized, "ssh: the server ended the login: %w", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return guac.Errorf(guac.UpstreamError, "ssh: the server closed the connection before the login was complete")
	}
	return guac.Errorf(guac.UpstreamError, "ssh: %w", err)
}

// maxUnanswered is how many keep-alives a server may leave without answer before the connection counts as lost.
const maxUnanswered = 3

// pinger is what keepAlive needs of a connection.
type pinger interface {
	SendRequest(name string, wantReply bool, payload []byte) (bool, []byte, error)
}

// keepAliveInterval returns the parameter, 0 for none. As upstream has it, 1 counts as 2.
func (c *client) keepAliveInterval() time.Duration {
	seconds := c.cfg.Params.Int("server-alive-interval")
	if seconds <= 0 {
		return 0
	}
	return time.Duration(max(seconds, 2)) * time.Second
}

// keepAlive asks the server for a sign of life every interval until ctx ends, and calls lost if there is none.
func keepAlive(ctx context.Context, conn pinger, interval time.Duration, lost context.CancelCauseFunc) {
	if interval == 0 {
		return
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	answers := make(chan struct{}, maxUnanswered)
	unanswered := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-answers:
			unanswered--
			continue
		case <-ticker.C:
		}
		if unanswered == maxUnanswered {
			lost(guac.Errorf(guac.UpstreamTimeout, "ssh: the server does not answer any more"))
			return
		}
		unanswered++
		go func() {
			// Ends with the connection at the latest; any answer, also a refusal, is a sign of life.
			if _, _, err := conn.SendRequest("keepalive@openssh.com", true, nil); err == nil {
				answers <- struct{}{}
			}
		}()
	}
}
