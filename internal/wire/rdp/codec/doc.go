// SPDX-License-Identifier: Apache-2.0

// Package codec has what the bitmap codecs of RDP share: the [Target] that they draw on, and
// the [Cover] that bounds how often they may.
// The codecs lie below it, one package each, by the document that defines them:
//
//	rle          MS-RDPBCGR 2.2.9.1.1.3.1.2.4   interleaved run-length encoding, 8 to 24 bpp
//	raw          MS-RDPBCGR 2.2.9.1.1.3.1.2.2   pixels that are not compressed
//	planar       MS-RDPEGDI 2.2.2.5.1           RDP 6.0 bitmap compression, 32 bpp
//	pointer      MS-RDPBCGR 2.2.9.1.1.4         mouse pointers: color, new, large, cached
//	nsc          MS-RDPNSC                      NSCodec
//	rfx          MS-RDPRFX                      RemoteFX
//	progressive  MS-RDPEGFX 2.2.4.2             RemoteFX progressive
//	clear        MS-RDPEGFX 2.2.4.1             ClearCodec
//	alpha        MS-RDPEGFX 2.2.4.3             the alpha channel of a surface
//	avc          MS-RDPEGFX 2.2.4.4 to 2.2.4.6  metablocks of H.264, which is carried, not decoded
//	zgfx         MS-RDPEGFX 2.2.5               RDP 8.0 bulk compression
//	bulk         MS-RDPBCGR 3.1.8, MS-RDPEGDI 3.1.8   MPPC 8K and 64K, NCRUSH, XCRUSH
//	bitreader                                   the bits that zgfx, bulk and progressive read
//
// Decoders take slices that a hostile peer has filled. They check each length before they
// use it, allocate nothing per call once their scratch has grown to the largest picture
// (which is no larger than the target that the caller made), and write within the target
// only. After an error the pixels of the target are undefined.
//
// Codecs of tiles work in two calls: a parser turns a message into tiles that alias it and
// do not depend on each other, and each tile is then decoded with a scratch that the
// calling goroutine owns.
package codec
