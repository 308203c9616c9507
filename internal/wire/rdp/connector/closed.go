// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"errors"
	"fmt"
	"io"
)

// ErrRefused is the error for a server that closes the connection instead of answering the
// connection request: it wants another security protocol, or does not speak RDP.
var ErrRefused = errors.New("connector: the server closed the connection when it was asked for its security protocols")

// Closed returns what it means that the server has closed the connection without a word:
// servers say that the password is wrong so, or that they want other security. The error
// wraps ErrRefused, a credssp.Status, ErrClosed after EventDisconnected, or
// io.ErrUnexpectedEOF where it means nothing in particular.
func (c *Connector) Closed() error {
	switch {
	case c.credssp != nil:
		return c.credssp.Closed()
	case c.closed:
		return ErrClosed
	case !c.confirmed:
		return ErrRefused
	}
	return fmt.Errorf("connector: the server closed the connection: %w", io.ErrUnexpectedEOF)
}
