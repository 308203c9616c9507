// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// bodyTimeout is how long a client may take to send a body that is not an upload.
const bodyTimeout = 30 * time.Second

// jsonText is a text that clients may also send as a number or a truth value.
type jsonText string

// UnmarshalJSON takes strings, numbers and truth values. A null leaves the text as it is.
func (t *jsonText) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) == 0 || b[0] == '{' || b[0] == '[':
		return errors.New("a text is wanted here")
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case string(b) != "null":
		*t = jsonText(b)
	}
	return nil
}

// value returns the text, empty for nil.
func (t *jsonText) value() string {
	if t == nil {
		return ""
	}
	return string(*t)
}

// jsonFlag is a truth value that clients may also send as a text.
type jsonFlag bool

// UnmarshalJSON takes truth values and texts; only "true" means yes.
func (f *jsonFlag) UnmarshalJSON(b []byte) error {
	var t jsonText
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	*f = t == "true"
	return nil
}

// jsonTexts are named texts, null for those that are not set.
type jsonTexts map[string]*jsonText

// attributes returns those that the forms know.
func (m jsonTexts) attributes(forms []directory.Form) directory.Attributes {
	known := directory.Attributes{}
	for _, form := range forms {
		for _, field := range form.Fields {
			switch value, ok := m[field.Name]; {
			case !ok:
			case value == nil:
				known.Unset(field.Name)
			default:
				known.Set(field.Name, string(*value))
			}
		}
	}
	return known
}

// parameters returns them, empty where they are null. The directory leaves out what is
// empty.
func (m jsonTexts) parameters() map[string]string {
	all := make(map[string]string, len(m))
	for name, value := range m {
		all[name] = value.value()
	}
	return all
}

// body reads the whole body.
func (c *call) body() ([]byte, error) {
	control := http.NewResponseController(c.w)
	// Writers that know no deadlines, as in tests, do without. One that is left behind would end the request while it is served.
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	b, err := io.ReadAll(c.r.Body)
	if err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, directory.Errorf(directory.TooLarge, "Request is larger than %d bytes.", tooLarge.Limit)
		}
		return nil, directory.Errorf(directory.Invalid, "Request broke off: %w", err)
	}
	return b, nil
}

// decode reads the body as JSON. missing is the message for an empty one or null.
func (c *call) decode(into any, missing string) error {
	if contentType := c.r.Header.Get("Content-Type"); contentType != "" {
		media, _, err := mime.ParseMediaType(contentType)
		if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
			return &statusError{status: http.StatusUnsupportedMediaType, kind: "BAD_REQUEST", message: "JSON is wanted here."}
		}
	}
	b, err := c.body()
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimSpace(b); len(trimmed) == 0 || string(trimmed) == "null" {
		return directory.Errorf(directory.Invalid, "%s", missing)
	}
	return unmarshal(b, into)
}

func unmarshal(b []byte, into any) error {
	if err := json.Unmarshal(b, into); err != nil {
		return &directory.Error{
			Kind: directory.Invalid, Message: "Malformed JSON: " + strings.TrimPrefix(err.Error(), "json: "), Err: err,
		}
	}
	return nil
}

// permissions reads the parameter permission, which may be repeated.
func (c *call) permissions() (directory.ObjectPermissions, error) {
	var any directory.ObjectPermissions
	for _, name := range c.r.URL.Query()["permission"] {
		p, ok := directory.ParseObjectPermission(name)
		if !ok {
			return 0, notFound(fmt.Sprintf("No such permission: %.40q", name))
		}
		any |= p
	}
	return any, nil
}
