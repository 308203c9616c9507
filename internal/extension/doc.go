// SPDX-License-Identifier: Apache-2.0

// Package extension reads the archives of GUACAMOLE_HOME/extensions: themes, translations and what else of an extension a browser sees.
//
// An archive is a zip file with guac-manifest.json at its root, as upstream has them. In reading order:
//
//   - [Load] reads the archives of a directory into a [Set], which is in the order in which extensions have their effect.
//   - [Read] turns one archive into an [Extension]. manifest.go has the keys and the rule of versions, translation.go merges texts.
//   - archive.go is the way to the bytes. An archive is not trusted: its size, its directory, each file, all files together and the depth of
//     paths have bounds, nothing is written to disk, and a path that leads out of the archive refuses the whole of it.
//   - [Set.Inline] finds what a strict Content-Security-Policy would forbid in HTML patches.
//
// Classes of Java inside an archive never run; [Extension.Java] names them. What upstream would pass over is a warning in
// [Extension.Warnings], and the rest of the extension counts; what makes the archive useless or suspicious is an error.
//
// Everything is a value once it is read: there are no locks and no goroutines.
package extension
