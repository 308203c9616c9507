// SPDX-License-Identifier: Apache-2.0

package encode

import "github.com/klauspost/compress/flate"

// Encoder encodes pictures, one after the other. The zero value is ready, and small.
type Encoder struct {
	picture Picture
	palette palette
	index   []byte        // palette index of each pixel
	rows    []byte        // PNG rows before deflate
	deflate *flate.Writer // finds repetitions
	huffman *flate.Writer // only codes bytes
	jpeg    *jpegState
	out     appender
}

// Trim gives back the memory that is kept between pictures.
func (e *Encoder) Trim() {
	*e = Encoder{}
}

// appender is a writer that appends.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}
