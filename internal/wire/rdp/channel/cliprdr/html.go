// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// HTML is the registered format "HTML Format": a document in UTF-8, of which a fragment was
// copied, after a header of lines with byte offsets.
//
//	Version:0.9
//	StartHTML:00000000     the document, or -1
//	EndHTML:00000000
//	StartFragment:00000000
//	EndFragment:00000000
//	SourceURL:https://…     optional
type HTML struct {
	SourceURL string
	Document  string
	// Start and End are where the fragment begins and ends in the document.
	Start, End int
}

const (
	htmlVersion = "0.9"
	// Eight digits have room for MaxContent.
	htmlLines      = "Version:%s\r\nStartHTML:%08d\r\nEndHTML:%08d\r\nStartFragment:%08d\r\nEndFragment:%08d\r\n"
	fragmentBefore = "<html><body>\r\n<!--StartFragment-->"
	fragmentAfter  = "<!--EndFragment-->\r\n</body></html>"
	// maxHTMLHeader bounds the lines before the document.
	maxHTMLHeader = 16 << 10
)

// NewHTML returns a document around a fragment.
func NewHTML(fragment string) HTML {
	return HTML{Document: fragmentBefore + fragment + fragmentAfter, Start: len(fragmentBefore), End: len(fragmentBefore) + len(fragment)}
}

// Fragment returns what was copied.
func (h HTML) Fragment() string { return h.Document[h.Start:h.End] }

// ParseHTML reads the format.
func ParseHTML(b []byte) (HTML, error) {
	r := field.NewReader("cliprdr: HTML format", b)
	offsets := map[string]int{"StartHTML": -1, "EndHTML": -1, "StartFragment": -1, "EndFragment": -1}
	var h HTML
	read, first := 0, min(len(b), maxHTMLHeader)
	for line := range bytes.Lines(b[:first]) {
		key, value, found := strings.Cut(strings.TrimRight(string(line), "\r\n"), ":")
		if !found || read >= first {
			break
		}
		if read += len(line); key == "SourceURL" {
			h.SourceURL = value
		}
		if _, known := offsets[key]; !known {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < -1 || n > len(b) {
			r.Fail(key, "%.20q of %d bytes", value, len(b))
		} else if n >= 0 {
			first = min(first, n)
		}
		offsets[key] = n
	}
	if r.Err() != nil {
		return HTML{}, r.Err()
	}
	return h.cut(r, b, offsets)
}

// cut takes the document and the fragment out of the data.
func (h HTML) cut(r *field.Reader, b []byte, offsets map[string]int) (HTML, error) {
	start, end := offsets["StartHTML"], offsets["EndHTML"]
	from, to := offsets["StartFragment"], offsets["EndFragment"]
	if start < 0 || end < 0 {
		start, end = from, to
	}
	if from < 0 || to < from {
		r.Fail("EndFragment", "%d after a start at %d", to, from)
	}
	if start > from || end < to {
		r.Fail("StartHTML", "a document from %d to %d around a fragment from %d to %d", start, end, from, to)
	}
	if r.Err() != nil {
		return HTML{}, r.Err()
	}
	h.Document, h.Start, h.End = string(b[start:end]), from-start, to-start
	return h, nil
}

// Append appends the format with its NUL. Line ends and NULs have no place in the source's
// address and are left out.
func (h HTML) Append(b []byte) []byte {
	source := ""
	if h.SourceURL != "" {
		source = "SourceURL:" + strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(h.SourceURL) + "\r\n"
	}
	at := len(fmt.Sprintf(htmlLines, htmlVersion, 0, 0, 0, 0)) + len(source)
	b = fmt.Appendf(b, htmlLines, htmlVersion, at, at+len(h.Document), at+h.Start, at+h.End)
	b = append(b, source...)
	return append(append(b, h.Document...), 0)
}
