// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Inline is what HTML patches have that a strict Content-Security-Policy forbids, each text once.
type Inline struct {
	// Styles are the contents of style elements, StyleAttributes those of style attributes.
	Styles, StyleAttributes []string
	// Handlers are the contents of attributes such as onclick.
	Handlers []string
}

// Inline looks through all patches.
func (s Set) Inline() Inline {
	styles, attributes, handlers := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, patch := range s.Patches() {
		inStyle := false
		for tokens := html.NewTokenizer(strings.NewReader(patch)); tokens.Next() != html.ErrorToken; {
			token := tokens.Token()
			switch token.Type {
			case html.TextToken:
				if inStyle {
					styles[token.Data] = true
				}
			case html.StartTagToken, html.SelfClosingTagToken:
				for _, attribute := range token.Attr {
					if attribute.Key == "style" {
						attributes[attribute.Val] = true
					}
					if strings.HasPrefix(attribute.Key, "on") {
						handlers[attribute.Val] = true
					}
				}
			}
			inStyle = token.Type == html.StartTagToken && token.Data == "style"
		}
	}
	return Inline{
		Styles: slices.Sorted(maps.Keys(styles)), StyleAttributes: slices.Sorted(maps.Keys(attributes)),
		Handlers: slices.Sorted(maps.Keys(handlers)),
	}
}

// external finds what style sheets load, and pictures and the like in patches: the origin of an absolute address.
var external = regexp.MustCompile(`(?i)(?:url\(\s*["']?|@import\s+["']|\bsrc\s*=\s*["']?)((?:https?:)?//[^/"'\s)>]+)`)

// External returns the origins of other servers that style sheets and patches load from, such as https://fonts.example.
func (e *Extension) External() []string {
	found := make(map[string]bool)
	for _, file := range slices.Concat(e.Styles, e.Patches) {
		for _, match := range external.FindAllSubmatch(file.Content, -1) {
			found[strings.ToLower(string(match[1]))] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// dataFont finds a font that a style sheet carries within itself.
var dataFont = regexp.MustCompile(`(?i)url\(\s*["']?data:[^,]*font`)

// DataFonts reports whether a style sheet carries fonts within itself.
func (s Set) DataFonts() bool { return dataFont.Match(s.Styles()) }
