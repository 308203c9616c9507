// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// answer writes an object as JSON.
func (c *call) answer(object any) error {
	body, err := encode(object)
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, body)
	return nil
}

// done answers without content.
func (c *call) done() error {
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// encode leaves characters of HTML as they are, since nothing here is put into a page.
func encode(object any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// text returns a text as JSON may leave it out or write it as null.
func text(s string) *string { return &s }

// textOrNull is text, with nil for an empty one.
func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// millis returns a time as clients know it, nil for none.
func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

// fieldJSON is a field of a form: its fixed members and those that its type adds.
type fieldJSON directory.Field

// MarshalJSON writes name, type, options if there are any, and the further members.
func (f fieldJSON) MarshalJSON() ([]byte, error) {
	members := make(map[string]any, len(f.Extra)+3)
	for name, value := range f.Extra {
		members[name] = value
	}
	members["name"], members["type"] = f.Name, f.Type
	if f.Options != nil {
		members["options"] = f.Options
	}
	return encode(members)
}

// formJSON is a form of an attribute editor.
type formJSON struct {
	Name   string      `json:"name"`
	Fields []fieldJSON `json:"fields"`
}

func formsJSON(forms []directory.Form) []formJSON {
	list := make([]formJSON, 0, len(forms))
	for _, form := range forms {
		list = append(list, formJSON{Name: form.Name, Fields: fieldsJSON(form.Fields)})
	}
	return list
}

func fieldsJSON(fields []directory.Field) []fieldJSON {
	list := make([]fieldJSON, 0, len(fields))
	for _, field := range fields {
		list = append(list, fieldJSON(field))
	}
	return list
}
