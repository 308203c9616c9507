// SPDX-License-Identifier: Apache-2.0

// Package encoding decodes the rectangles of RFB framebuffer updates (RFC 6143, section
// 7.7, and the RFB community's protocol description for Tight).
//
// A [Decoder] belongs to one connection, since ZRLE and Tight keep zlib streams from one
// rectangle to the next. It reads a rectangle's data off a reader and hands what it draws
// to a [Sink]: pixels as RGBA bytes (R first, opaque), fills, copies, and pictures that
// arrived as JPEG. Large rectangles come in bands, so that memory is bounded whatever a
// server announces:
//
//	d := encoding.NewDecoder(format)
//	err := d.Decode(r, encoding.Tight, rectangle, sink)
//
// The caller checks that a rectangle lies within the framebuffer before it is decoded.
package encoding
