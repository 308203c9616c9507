// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"bytes"
	"fmt"
)

// MaxContent bounds what is given to the host in one answer.
const MaxContent = 64 << 20

// Content is one format of what this side copied.
type Content struct {
	Kind Kind
	// Data is the content. If it is nil, Render is called when the host first asks.
	Data []byte
	// Render returns the content, or nil if there is none after all.
	Render func() []byte
}

// Offer is what this side copied.
type Offer struct {
	// Contents are the formats, the best first, each once. Not KindFiles.
	Contents []Content
	// Files are offered as KindFiles, behind the others.
	Files []File
}

// offer is an Offer the client keeps.
type offer struct {
	number   uint32
	contents []Content
	files    []FileDescriptor
}

// newOffer checks an offer and makes it the client's.
func newOffer(number uint32, o Offer) (*offer, error) {
	kept := &offer{number: number}
	seen := [kindCount]bool{KindFiles: true}
	for _, c := range o.Contents {
		if c.Kind == 0 || c.Kind >= kindCount || seen[c.Kind] {
			return nil, fmt.Errorf("cliprdr: %v among the contents of an offer, or twice", c.Kind)
		}
		seen[c.Kind] = true
		kept.contents = append(kept.contents, c)
	}
	if len(o.Files) > MaxFiles {
		return nil, fmt.Errorf("cliprdr: %d files, %d are the limit", len(o.Files), MaxFiles)
	}
	for _, f := range o.Files {
		d, err := f.Descriptor()
		if err != nil {
			return nil, err
		}
		kept.files = append(kept.files, d)
	}
	if len(kept.files) > 0 {
		kept.contents = append(kept.contents, Content{Kind: KindFiles, Render: func() []byte { return AppendFileList(nil, kept.files) }})
	}
	return kept, nil
}

// formats returns the list of formats. Files are left out for a host that cannot have them.
func (o *offer) formats(files bool) []Format {
	var all []Format
	for _, c := range o.contents {
		if c.Kind != KindFiles || files {
			all = append(all, ownFormats[c.Kind])
		}
	}
	return all
}

// render returns the content of the format with the ID, or nil.
func (o *offer) render(id uint32) []byte {
	for i := range o.contents {
		c := &o.contents[i]
		if ownFormats[c.Kind].ID != id {
			continue
		}
		if c.Data == nil && c.Render != nil {
			c.Data = c.Render()
		}
		if len(c.Data) > MaxContent {
			return nil
		}
		return c.Data
	}
	return nil
}

// has reports whether the offer has this content, without rendering it.
func (o *offer) has(kind Kind, data []byte) bool {
	for _, c := range o.contents {
		if c.Kind == kind && c.Data != nil {
			return bytes.Equal(c.Data, data)
		}
	}
	return false
}

// file returns a file of the list that has contents.
func (o *offer) file(index int32) (FileDescriptor, bool) {
	if index < 0 || int(index) >= len(o.files) || o.files[index].Directory() {
		return FileDescriptor{}, false
	}
	return o.files[index], true
}
