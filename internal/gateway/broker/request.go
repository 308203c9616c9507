// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"net/url"
	"strconv"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Kind says what sort of object a request opens.
type Kind string

// The kinds, as the parameter GUAC_TYPE spells them.
const (
	Connection       Kind = "c"
	ConnectionGroup  Kind = "g"
	ActiveConnection Kind = "a"
)

// Request is what a tunnel request asks for.
type Request struct {
	// Token is the proof of a login.
	Token      string
	DataSource string
	Kind       Kind
	ID         string
	// Info is what the browser tells of itself; the broker fills in the user's name.
	Info guac.ClientInfo
}

// Bounds of what a browser may tell.
const (
	maxMimetypes      = 32
	maxMimetypeLength = 128
	maxTimezoneLength = 64
)

// ParseRequest reads the parameters of a tunnel request, which are the same for all transports. The token is not checked.
func ParseRequest(form url.Values) (Request, error) {
	req := Request{
		Token: form.Get("token"), DataSource: form.Get("GUAC_DATA_SOURCE"), Kind: Kind(form.Get("GUAC_TYPE")), ID: form.Get("GUAC_ID"),
	}
	switch {
	case req.ID == "":
		return req, guac.Errorf(guac.ClientBadRequest, "parameter GUAC_ID is missing")
	case req.Kind == "":
		return req, guac.Errorf(guac.ClientBadRequest, "parameter GUAC_TYPE is missing")
	case req.Kind != Connection && req.Kind != ConnectionGroup && req.Kind != ActiveConnection:
		return req, guac.Errorf(guac.ClientBadRequest, "parameter GUAC_TYPE is %.20q, wanted c, g or a", string(req.Kind))
	case req.DataSource == "":
		return req, guac.Errorf(guac.ClientBadRequest, "parameter GUAC_DATA_SOURCE is missing")
	}
	var err error
	req.Info, err = parseInfo(form)
	return req, err
}

func parseInfo(form url.Values) (guac.ClientInfo, error) {
	info := guac.ClientInfo{
		Audio: mimetypes(form["GUAC_AUDIO"]), Video: mimetypes(form["GUAC_VIDEO"]), Image: mimetypes(form["GUAC_IMAGE"]),
		Timezone: form.Get("GUAC_TIMEZONE"),
	}
	if len(info.Timezone) > maxTimezoneLength {
		info.Timezone = ""
	}
	for _, size := range []struct {
		name    string
		value   *int
		ifUnset int
	}{{"GUAC_WIDTH", &info.Width, 1024}, {"GUAC_HEIGHT", &info.Height, 768}, {"GUAC_DPI", &info.DPI, 96}} {
		*size.value = size.ifUnset
		text := form.Get(size.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return info, guac.Errorf(guac.ClientBadRequest, "parameter %s is not an integer: %.20q", size.name, text)
		}
		*size.value = n
	}
	info.Width, info.Height = guac.ClampSize(info.Width, info.Height)
	return info, nil
}

// mimetypes returns the types that are of a sensible length and number.
func mimetypes(values []string) []string {
	var list []string
	for _, value := range values {
		if value != "" && len(value) <= maxMimetypeLength && len(list) < maxMimetypes {
			list = append(list, value)
		}
	}
	return list
}
