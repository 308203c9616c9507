// SPDX-License-Identifier: Apache-2.0

// Package encode compresses rectangles of a screen for a browser.
//
// An [Encoder] first looks at a [Picture] ([Encoder.Load]), which tells its [Kind], and
// then writes it as what suits the kind: [Encoder.PNG] with an exact palette or true
// colour, or [Encoder.JPEG]. [Encoder.AlphaPNG] is for pointers.
//
// All state is reused from picture to picture; [Encoder.Trim] gives it back. An Encoder
// is for one goroutine at a time. The package knows nothing of the Guacamole protocol.
//
// Milliseconds and kilobytes of one picture, against image/png (default level) and
// image/jpeg (both in quality 80), by BenchmarkEncode on one core of a server of 2026;
// "terminal" has few colours, "ui" many:
//
//	content    size        PNG          image/png    JPEG         image/jpeg
//	terminal   64x64       0.024  0.6   0.34   0.8
//	terminal   256x256     0.51   7.6   6.5     11
//	terminal   1280x720    7.4    103   87     149
//	ui         256x256     0.67    24   7.2     17    1.1   32     2.1   32
//	ui         1280x720    8.3    266   92     208    17   457     32   456
//	photo      256x256     0.65    99   12     102    0.55   5     1.4    5
//	photo      1280x720    8.9   1378   168   1408    7.6   62     20    63
//
// A picture allocates nothing here, some 850 kB in image/png. A keystroke of 16x20 pixels
// takes 4 microseconds.
package encode
