// SPDX-License-Identifier: Apache-2.0

package encode

import "github.com/klauspost/compress/flate"

// Encoder encodes pictures, one after the other. The zero value is ready, and small.
type Encoder struct {
	picture Picture
	palette palette
	index   []byte // palette index of each pixel
	rows    []byte // PNG rows before deflate
	deflate *flate.Writer
	out     appender
}

// Trim gives back the memory that is kept between pictures.
func (e *Encoder) Trim() {
	e.picture, e.index, e.rows, e.deflate, e.out = Picture{}, nil, nil, nil, appender{}
}

// appender is a writer that appends. It has the methods that image/jpeg asks for, so that
// it is not wrapped in a buffer.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

func (a *appender) WriteByte(c byte) error {
	a.b = append(a.b, c)
	return nil
}

func (a *appender) Flush() error { return nil }
