// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
)

// Messages are texts by key; a value is a string, or Messages itself.
type Messages map[string]any

// Translation is texts in a language, such as "en" or "pt_BR".
type Translation struct {
	Language string
	Messages Messages
}

// maxNesting bounds objects in objects.
const maxNesting = 16

// languageFile is the form that upstream asks of a translation's path: it has a folder.
var languageFile = regexp.MustCompile(`/([a-z]+(?:_[A-Z]+)?)\.json$`)

// readTranslations reads the files of that key. As upstream, one that cannot be used is passed over.
func (e *Extension) readTranslations(a *archive, paths []string) error {
	for _, p := range paths {
		name := languageFile.FindStringSubmatch(p)
		if name == nil {
			e.warn("\"translations\" names %q, which is not of the form translations/LANGUAGE.json", p)
			continue
		}
		text, err := a.read(p)
		if errors.Is(err, fs.ErrNotExist) {
			e.warn("\"translations\" names %q, which is not in the archive", p)
			continue
		}
		if err != nil {
			return fmt.Errorf("\"translations\": %s: %w", p, err)
		}
		var members map[string]any
		if err := json.Unmarshal(withoutMark(text), &members); err != nil {
			e.warn("%s is no JSON object, and is passed over: %v", p, err)
			continue
		}
		e.Translations = append(e.Translations, Translation{Language: name[1], Messages: e.messages(p, "", members, 0)})
	}
	return nil
}

// messages takes texts and objects of texts, and warns of all else.
func (e *Extension) messages(file, prefix string, members map[string]any, depth int) Messages {
	messages := make(Messages, len(members))
	for _, key := range slices.Sorted(maps.Keys(members)) {
		switch value := members[key].(type) {
		case string:
			messages[key] = value
		case map[string]any:
			if depth == maxNesting {
				e.warn("%s: %s%s is nested too deep, and is passed over", file, prefix, key)
				continue
			}
			messages[key] = e.messages(file, prefix+key+".", value, depth+1)
		default:
			e.warn("%s: %s%s is neither a text nor an object, and is passed over", file, prefix, key)
		}
	}
	return messages
}

// merge lays other's texts over m's, object by object.
func (m Messages) merge(other Messages) {
	for key, value := range other {
		above, isObject := value.(Messages)
		below, wasObject := m[key].(Messages)
		switch {
		case isObject && wasObject:
			below.merge(above)
		case isObject: // a copy, so that the next merge does not change other
			copied := make(Messages, len(above))
			copied.merge(above)
			m[key] = copied
		default:
			m[key] = value
		}
	}
}
