// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"os"
)

// Files creates the files that the parameters name, such as recordings. In a worker it asks
// the supervisor, which hands the open file over: a worker has no need to open files.
type Files interface {
	// Create opens a file of [Reach] for writing, each once.
	Create(ctx context.Context, f File) (*os.File, error)
}

// File is a file that parameters name.
type File struct {
	// Path is the directory, Name the file in it.
	Path string `json:"path,omitempty"`
	Name string `json:"name,omitempty"`
	// CreatePath creates the last folder of Path if it is missing.
	CreatePath bool `json:"createPath,omitempty"`
	// WriteExisting appends to a file that exists, instead of taking another name.
	WriteExisting bool `json:"writeExisting,omitempty"`
}

// RecordingFile returns the file that the parameters of [Recording] name; false if they
// name none.
func RecordingFile(v Values) (File, bool) {
	if !v.Has("recording-path") {
		return File{}, false
	}
	return File{
		Path: v.String("recording-path"), Name: v.String("recording-name"),
		CreatePath: v.Bool("create-recording-path"), WriteExisting: v.Bool("recording-write-existing"),
	}, true
}
