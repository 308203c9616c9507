// SPDX-License-Identifier: Apache-2.0

// Package avc parses what RDPEGFX wraps around H.264 (MS-RDPEGFX, sections 2.2.4.4 to
// 2.2.4.6). The video itself is carried to the viewer, never decoded.
//
// [Bitmap420.Parse] and [Bitmap444.Parse] give the regions of a frame and the Annex B stream
// that draws them. [NALUnits] and [AccessUnits] take such a stream apart, and [Inspect] finds
// what a video decoder has to be told: whether it can start here, and the codec's name.
// [Describe] adds to the stream what decoders would guess otherwise.
package avc
