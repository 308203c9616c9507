// SPDX-License-Identifier: Apache-2.0

// Package encode compresses rectangles of a screen for a browser.
//
// An [Encoder] first looks at a [Picture] ([Encoder.Load]), which tells its [Kind], and
// then writes it as what suits the kind: [Encoder.PNG] with an exact palette or true
// colour, or [Encoder.JPEG]. [Encoder.AlphaPNG] is for pointers.
//
// All state is reused from picture to picture; [Encoder.Trim] gives it back. An Encoder
// is for one goroutine at a time. The package knows nothing of the Guacamole protocol.
package encode
