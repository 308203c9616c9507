// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

var systemFontDirs = []string{"/usr/share/fonts", "/usr/local/share/fonts"}

// Bounds of the search in the system's folders.
const (
	maxFontFiles = 4096      // files looked at
	maxFontBytes = 256 << 20 // a larger file is no font
	maxOpenFonts = 24        // files kept open as fallbacks
	maxSubfonts  = 64        // of a collection
)

// preferred are parts of file names, in lower case, in the order in which fallbacks are asked for a character.
var preferred = []string{
	"dejavusansmono", "notosansmono", "notosanscjk-regular", "notosanscjk", "sarasamono", "droidsansfallback", "wqy",
	"unifont", "symbola", "notosanssymbols", "dejavusans.", "notosans-regular", "freemono",
}

// systemFonts looks for fonts in folders. Nothing is read before it is needed, and the files stay open, unread but for
// the tables and glyphs that are asked for. Its owner's lock guards it.
type systemFonts struct {
	dirs      []string
	listed    bool
	files     []string // all font files, the preferred ones first
	fallbacks []*sfnt.Font
	next      int // files[next:] have not been opened as fallbacks
	buf       sfnt.Buffer
}

func (s *systemFonts) list() []string {
	if s.listed {
		return s.files
	}
	s.listed = true
	for _, dir := range s.dirs {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // an unreadable folder has no fonts for us
			}
			if len(s.files) >= maxFontFiles {
				return filepath.SkipAll
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".ttf", ".otf", ".ttc", ".otc":
				s.files = append(s.files, path)
			}
			return nil
		})
	}
	slices.SortStableFunc(s.files, func(a, b string) int { return preference(a) - preference(b) })
	return s.files
}

func preference(path string) int {
	base := strings.ToLower(filepath.Base(path))
	rank := slices.IndexFunc(preferred, func(p string) bool { return strings.HasPrefix(base, p) })
	if rank < 0 {
		rank = len(preferred)
	}
	rank *= 2
	if strings.Contains(base, "bold") || strings.Contains(base, "italic") || strings.Contains(base, "oblique") {
		rank++
	}
	return rank
}

// open returns the fonts of a file; the file stays open as long as they are in use.
func openFonts(path string) []*sfnt.Font {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFontBytes {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	collection, err := sfnt.ParseCollectionReaderAt(file)
	if err != nil || collection.NumFonts() > maxSubfonts {
		_ = file.Close()
		return nil
	}
	var fonts []*sfnt.Font
	for i := range collection.NumFonts() {
		if ft, err := collection.Font(i); err == nil {
			fonts = append(fonts, ft)
		}
	}
	if len(fonts) == 0 {
		_ = file.Close()
	}
	return fonts
}

// family looks for a typeface by its name, in lower case; nil if there is none.
func (s *systemFonts) family(name string) *family {
	fam := &family{}
	for _, path := range s.list() {
		if !plausible(path, name) {
			continue
		}
		for _, ft := range openFonts(path) {
			if n, _ := ft.Name(&s.buf, sfnt.NameIDFamily); strings.ToLower(n) != name {
				continue
			}
			style, _ := ft.Name(&s.buf, sfnt.NameIDSubfamily)
			switch strings.ToLower(style) {
			case "bold":
				fam.bold = ft
			case "regular", "book", "normal", "roman":
				fam.regular = ft
			}
		}
	}
	if fam.regular == nil {
		return nil
	}
	if fam.bold == nil {
		fam.bold = fam.regular
	}
	return fam
}

// plausible spares opening every file: a font's file name begins, spaces and hyphens aside, as its family does.
func plausible(path, name string) bool {
	strip := strings.NewReplacer(" ", "", "-", "", "_", "")
	base := strip.Replace(strings.ToLower(filepath.Base(path)))
	want := strip.Replace(name)
	return want != "" && strings.HasPrefix(base, want[:min(len(want), 6)])
}

// find returns the first fallback font that can draw r.
func (s *systemFonts) find(r rune) (*sfnt.Font, sfnt.GlyphIndex) {
	for _, ft := range s.fallbacks {
		if g := s.glyph(ft, r); g != 0 {
			return ft, g
		}
	}
	files := s.list()
	for s.next < len(files) && len(s.fallbacks) < maxOpenFonts {
		path := files[s.next]
		s.next++
		fonts := openFonts(path)
		if len(fonts) == 0 {
			continue
		}
		// The fonts of a collection differ in regional forms only: the first stands for all.
		ft := fonts[0]
		s.fallbacks = append(s.fallbacks, ft)
		if g := s.glyph(ft, r); g != 0 {
			return ft, g
		}
	}
	return nil, 0
}

// glyph returns the glyph of r if the font has it as an outline.
func (s *systemFonts) glyph(ft *sfnt.Font, r rune) sfnt.GlyphIndex {
	g, err := ft.GlyphIndex(&s.buf, r)
	if err != nil || g == 0 {
		return 0
	}
	if _, err := ft.LoadGlyph(&s.buf, g, fixed.I(16), nil); err != nil {
		return 0
	}
	if _, err := ft.GlyphAdvance(&s.buf, g, fixed.I(16), font.HintingNone); err != nil {
		return 0
	}
	return g
}
