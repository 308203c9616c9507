// SPDX-License-Identifier: Apache-2.0

// Package pointer parses the pointer updates of RDP and turns their masks into pictures
// (MS-RDPBCGR, sections 2.2.9.1.1.4 and 2.2.9.1.2.1.7 to 2.2.9.1.2.1.11).
//
// [ParseColor], [ParseNew] and [ParseLarge] return a [Shape] that aliases the update;
// [Shape.Draw] makes R, G, B, A of it. [Cache] holds the pictures that [ParseCached] refers
// to.
//
// Where a pixel inverts what is below it (AND mask 1, XOR mask white), which no cursor of a
// browser can do, a checker of black and white is drawn. Other colours there are drawn as
// they are: servers mean no more by them.
package pointer
