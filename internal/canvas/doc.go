// SPDX-License-Identifier: Apache-2.0

// Package canvas draws Guacamole instructions to pixels. It is the inverse of package
// display, so each is the other's test; recordings become videos and thumbnails by it.
//
// [Canvas.Apply] takes one instruction after the other. [Canvas.Image] is the picture that
// a user would see, [Canvas.DrawCursor] adds the pointer. Instructions that draw nothing
// are ignored, so a whole session can be fed in.
//
// What comes in is not trusted: sizes, streams, layers and paths are bounded, and an
// instruction that is malformed is an error, after which the canvas is as before.
//
// Known limits: the transformation of a layer's coordinates (transform) holds for paths,
// not for pictures; video streams are not drawn; set is ignored.
package canvas
