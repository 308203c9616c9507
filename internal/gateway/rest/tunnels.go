// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/gateway/broker"
)

// streamTimeout is how long a browser may take for one piece of an upload or download.
const streamTimeout = 60 * time.Second

// binaryType is the type of streams by default, and the one that makes a browser store them.
const binaryType = "application/octet-stream"

// tunnelRoutes adds the routes of the session's open tunnels.
func (a *API) tunnelRoutes() {
	const path = "/session/tunnels/{uuid}"
	a.private("GET /session/tunnels", listTunnels)
	a.private("GET "+path+"/protocol", tunnelProtocol)
	a.private("GET "+path+"/activeConnection", ofActive(oneActive))
	a.private("GET "+path+"/activeConnection/connection", ofActive(connectionOfActive))
	a.private("GET "+path+"/activeConnection/connection/sharingProfiles", ofActive(profilesOfActive))
	a.private("GET "+path+"/activeConnection/sharingCredentials/{profile}", ofActive(sharingCredentials))
	a.private("GET "+path+"/streams/{index}/{filename}", download)
	a.streaming("POST "+path+"/streams/{index}/{filename}", upload)
}

func listTunnels(c *call) error {
	uuids := []string{}
	for _, t := range c.session.Tunnels() {
		uuids = append(uuids, t.UUID())
	}
	return c.answer(uuids)
}

// tunnel returns the tunnel of the path.
func (c *call) tunnel() (*broker.Tunnel, error) {
	if found, ok := c.session.Tunnel(c.r.PathValue("uuid")); ok {
		if t, ok := found.(*broker.Tunnel); ok {
			return t, nil
		}
	}
	return nil, notFound("No such tunnel.")
}

// tunnelProtocol describes the protocol of a tunnel.
func tunnelProtocol(c *call) error {
	t, err := c.tunnel()
	if err != nil {
		return err
	}
	protocol, ok := c.api.cfg.Protocols[t.Protocol()]
	if !ok {
		return c.answer(engine.Schema{
			Name: t.Protocol(), ConnectionForms: []engine.SchemaForm{}, SharingProfileForms: []engine.SchemaForm{},
		})
	}
	return c.answer(protocol.Schema())
}

// ofActive serves a route of running sessions for the one that a tunnel belongs to.
func ofActive(h handler) handler {
	return func(c *call) error {
		t, err := c.tunnel()
		if err != nil {
			return err
		}
		uc, ok := c.session.Context(t.DataSource())
		if !ok {
			return notFound("No readable active connection for tunnel.")
		}
		c.uc = uc
		c.r.SetPathValue("id", t.UUID())
		return h(c)
	}
}

// index returns the stream of the path.
func (c *call) index() (int, error) {
	index, err := strconv.Atoi(c.r.PathValue("index"))
	if err != nil || index < 0 {
		return 0, notFound("No such stream.")
	}
	return index, nil
}

// download answers with what the remote side sends on a stream.
func download(c *call) error {
	t, err := c.tunnel()
	if err != nil {
		return err
	}
	index, err := c.index()
	if err != nil {
		return err
	}
	header := c.w.Header()
	media := c.r.URL.Query().Get("type")
	if media == "" {
		media = binaryType
	}
	if media == binaryType {
		header.Set("Content-Disposition", "attachment")
	}
	header.Set("Content-Type", media)
	// What comes from a remote host must never run as a page of this one.
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cache-Control", "no-store")
	body := &streamWriter{w: c.w, control: http.NewResponseController(c.w)}
	if err := t.Download(c.ctx(), index, body); err != nil && !body.written {
		header.Del("Content-Disposition")
		return err
	} else if err != nil {
		// The only way to tell that the content is not whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// streamWriter sends every piece at once, within a time of its own.
type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	written bool
}

func (s *streamWriter) Write(p []byte) (int, error) {
	// Writers that know no deadlines are bounded by the server's.
	_ = s.control.SetWriteDeadline(time.Now().Add(streamTimeout))
	s.written = true
	n, err := s.w.Write(p)
	if err != nil {
		return n, err
	}
	return n, s.control.Flush()
}

// upload sends the body to the remote side. The body is not bound by the largest request, as it is never held as a whole.
func upload(c *call) error {
	t, err := c.tunnel()
	if err != nil {
		return err
	}
	index, err := c.index()
	if err != nil {
		return err
	}
	body := &streamReader{r: c.r.Body, control: http.NewResponseController(c.w)}
	defer func() { _ = body.control.SetReadDeadline(time.Time{}) }()
	if err := t.Upload(c.ctx(), index, body); err != nil {
		return err
	}
	return c.done()
}

// streamReader gives every piece of the body a time of its own.
type streamReader struct {
	r       io.Reader
	control *http.ResponseController
}

func (s *streamReader) Read(p []byte) (int, error) {
	_ = s.control.SetReadDeadline(time.Now().Add(streamTimeout)) // as in streamWriter
	return s.r.Read(p)
}
