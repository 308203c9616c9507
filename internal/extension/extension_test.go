// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/test/jar"
)

// whole has every key of a manifest.
var whole = map[string]string{
	manifestPath: `{
		"guacamoleVersion": "1.6.0", "name": "Example theme", "namespace": "example",
		"authProviders": ["org.example.Provider"], "listeners": ["org.example.Listener"],
		"css": ["b.css", "a.css"], "js": ["theme.js"], "html": ["html/one.html", "html/two.html"],
		"translations": ["translations/en.json", "translations/pt_BR.json"],
		"resources": {"images/logo.png": "image/png", "fonts/a.woff2": "font/woff2"},
		"smallIcon": "images/small.png", "largeIcon": "images/large.svg"
	}`,
	"a.css": "a{}", "b.css": "b{}", "theme.js": "go() // no angular.js", "html/one.html": "<p>1", "html/two.html": "<p>2",
	"translations/en.json": `{"APP": {"NAME": "Example"}}`, "translations/pt_BR.json": "\xef\xbb\xbf" + `{"NAME": "Português"}`,
	"images/logo.png": "logo", "fonts/a.woff2": "font", "images/small.png": "small", "images/large.svg": "large",
	"org/example/Provider.class": "\xca\xfe\xba\xbe", "META-INF/": "",
}

func read(t testing.TB, archive []byte) (*Extension, error) {
	t.Helper()
	return Read("example.jar", bytes.NewReader(archive), int64(len(archive)))
}

// with returns an archive that differs from whole; an empty text removes a file.
func with(t testing.TB, changes map[string]string) []byte {
	t.Helper()
	files := make(map[string]string)
	for _, source := range []map[string]string{whole, changes} {
		for name, content := range source {
			files[name] = content
			if content == "" && !strings.HasSuffix(name, "/") {
				delete(files, name)
			}
		}
	}
	return jar.Of(t, files)
}

// manifestWith returns a small manifest with one more member.
func manifestWith(member string) string {
	return `{"guacamoleVersion": "*", "name": "x", "namespace": "x", ` + member + `}`
}

func TestEveryKeyOfTheManifestIsRead(t *testing.T) {
	// Features: BRA-01
	got, err := read(t, with(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	file := func(path, media, content string) File {
		return File{Path: path, Media: media, Content: []byte(content)}
	}
	small, large := file("images/small.png", "image/png", "small"), file("images/large.svg", "image/svg+xml", "large")
	want := &Extension{
		Archive: "example.jar", Name: "Example theme", Namespace: "example",
		Styles:  []File{file("b.css", "text/css; charset=utf-8", "b{}"), file("a.css", "text/css; charset=utf-8", "a{}")},
		Scripts: []File{file("theme.js", "text/javascript; charset=utf-8", "go() // no angular.js")},
		Patches: []File{
			file("html/one.html", "text/html; charset=utf-8", "<p>1"), file("html/two.html", "text/html; charset=utf-8", "<p>2"),
		},
		Resources: []File{file("fonts/a.woff2", "font/woff2", "font"), file("images/logo.png", "image/png", "logo")},
		Translations: []Translation{
			{Language: "en", Messages: Messages{"APP": Messages{"NAME": "Example"}}},
			{Language: "pt_BR", Messages: Messages{"NAME": "Português"}},
		},
		SmallIcon: &small, LargeIcon: &large,
		Java: []string{"org.example.Provider", "org.example.Listener"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs from what the archive has (-want +got):\n%s", diff)
	}
}

func TestVersionsAreTakenAsUpstreamTakesThem(t *testing.T) {
	// Part of: BRA-01
	for version, ok := range map[string]bool{
		"*": true, "0.0.0": true, "1.0.0": true, "1.5.5": true, "1.6.0": true, Version: true,
		"1.6.2": false, "1.7.0": false, "2.0.0": false, "0.9.14": false, "1.6.0-RC1": false, "1.6": false, "newest": false,
		"1.99999999999999999999.0": false,
	} {
		_, err := read(t, jar.Of(t, map[string]string{
			manifestPath: fmt.Sprintf(`{"guacamoleVersion": %q, "name": "x", "namespace": "x"}`, version),
		}))
		if (err == nil) != ok {
			t.Errorf("version %q: error %v, want taken %v", version, err, ok)
		}
		if err != nil && (!strings.Contains(err.Error(), "example.jar") || !strings.Contains(err.Error(), "guacamoleVersion")) {
			t.Errorf("version %q: the error names neither archive nor key: %v", version, err)
		}
	}
}

func TestWrongArchivesAreRefused(t *testing.T) {
	double := func() []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		jar.Add(t, w, manifestPath, manifestWith(`"css": ["a.css"]`))
		jar.Add(t, w, "a.css", "a{}")
		jar.Add(t, w, "a.css", "a{color:red}")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	bomb := strings.Repeat("\x00", maxFile+1)
	broken := with(t, nil)
	broken[bytes.Index(broken, []byte("images/logo.png"))+30] ^= 0xFF // the packed content no longer has its sum
	for name, test := range map[string]struct {
		archive []byte
		want    string
	}{
		"no zip":             {[]byte("no archive at all"), "no zip archive"},
		"empty":              {nil, "no zip archive"},
		"no manifest":        {with(t, map[string]string{manifestPath: ""}), "no guac-manifest.json at its root"},
		"manifest of a list": {with(t, map[string]string{manifestPath: "[]"}), "no JSON object"},
		"broken manifest":    {with(t, map[string]string{manifestPath: "{"}), "no JSON object"},
		"unknown key":        {with(t, map[string]string{manifestPath: manifestWith(`"styles": []`)}), `"styles" is not a key`},
		"key in other case":  {with(t, map[string]string{manifestPath: manifestWith(`"CSS": []`)}), `"CSS" is not a key`},
		"css as text":        {with(t, map[string]string{manifestPath: manifestWith(`"css": "a.css"`)}), `"css" must be a list of texts`},
		"resources as list":  {with(t, map[string]string{manifestPath: manifestWith(`"resources": ["a"]`)}), `"resources" must be an object`},
		"icon as number":     {with(t, map[string]string{manifestPath: manifestWith(`"smallIcon": 64`)}), `"smallIcon" must be a text`},
		"no name":            {with(t, map[string]string{manifestPath: `{"guacamoleVersion": "*", "namespace": "x"}`}), `"name" is missing`},
		"namespace of dots":  {with(t, map[string]string{manifestPath: `{"guacamoleVersion": "*", "name": "x", "namespace": "../x"}`}), `"namespace"`},
		"path out of it":     {with(t, map[string]string{manifestPath: manifestWith(`"css": ["../../etc/passwd"]`)}), `"css": ../../etc/passwd: the path`},
		"entry out of it":    {with(t, map[string]string{"../evil.css": "a{}"}), "leads out of the archive"},
		"entry of Windows":   {with(t, map[string]string{`..\evil.css`: "a{}"}), "leads out of the archive"},
		"deep entry":         {with(t, map[string]string{strings.Repeat("a/", maxDepth) + "a": "x"}), "too long"},
		"file twice":         {double(), `"css": a.css: the archive has it 2 times`},
		"zip bomb":           {with(t, map[string]string{"a.css": bomb}), `"css": a.css: it unpacks to more`},
		"bomb of a manifest": {with(t, map[string]string{manifestPath: bomb}), "it unpacks to more"},
		"broken content":     {broken, "images/logo.png"},
		"too many files": {with(t, map[string]string{
			manifestPath: manifestWith(`"js": ["a` + strings.Repeat(`","a`, maxListed) + `"]`),
		}), "more than 4096"},
	} {
		_, err := read(t, test.archive)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "example.jar") {
			t.Errorf("%s: error %v, want one that names the archive and has %q", name, err, test.want)
		}
	}
	if _, err := Read("example.jar", bytes.NewReader(nil), maxArchive+1); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("an archive of more than the greatest size: %v", err)
	}
}

func TestFilesTogetherAreBounded(t *testing.T) {
	files := map[string]string{manifestPath: manifestWith(`"js": ["0","1","2","3","4"]`)}
	for i := range 5 {
		files[fmt.Sprint(i)] = strings.Repeat("\x00", maxFile)
	}
	if _, err := read(t, jar.Of(t, files)); err == nil || !strings.Contains(err.Error(), `"js": 3: it unpacks to more`) {
		t.Errorf("error %v, want one about the file that was too much", err)
	}
}

func TestTheListOfEntriesIsBounded(t *testing.T) {
	// An archive of nothing but a list of entries, which all are at the same place.
	header := make([]byte, 46)
	copy(header, "PK\x01\x02")
	binary.LittleEndian.PutUint16(header[28:], 1)
	count := maxDirectory/(len(header)+1) + 1<<10
	archive := bytes.Repeat(append(header, 'a'), count)
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], uint16(count%(1<<16)))
	binary.LittleEndian.PutUint16(end[10:], uint16(count%(1<<16)))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(archive)))
	if _, err := read(t, append(archive, end...)); err == nil || !strings.Contains(err.Error(), "list of entries") {
		t.Errorf("error %v, want one about the list of entries", err)
	}
}

func TestPartsThatUpstreamPassesOverAreWarnings(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string]string
		want    []string
	}{
		"missing style":     {map[string]string{"a.css": ""}, []string{`"css" names "a.css", which is not in the archive`}},
		"script of Angular": {map[string]string{"theme.js": "angular.module('x')"}, []string{"theme.js is left out: it needs AngularJS"}},
		"missing resource":  {map[string]string{"fonts/a.woff2": ""}, []string{`"resources" names "fonts/a.woff2"`}},
		"missing icon":      {map[string]string{"images/small.png": ""}, []string{`"smallIcon" names`}},
		"missing texts":     {map[string]string{"translations/en.json": ""}, []string{`"translations" names`}},
		"texts of no JSON":  {map[string]string{"translations/en.json": "{,}"}, []string{"translations/en.json is no JSON object"}},
		"texts of numbers":  {map[string]string{"translations/en.json": `{"A": 1, "B": {"C": null}}`}, []string{"A is neither", "B.C is neither"}},
		"texts nested deep": {map[string]string{"translations/en.json": strings.Repeat(`{"A":`, 30) + `"x"` + strings.Repeat("}", 30)}, []string{"too deep"}},
		"texts elsewhere": {
			map[string]string{manifestPath: manifestWith(`"translations": ["en.json", "translations/EN.json"]`)},
			[]string{`"en.json", which is not of the form`, `"translations/EN.json"`},
		},
		"path from the root": {map[string]string{manifestPath: manifestWith(`"css": ["/a.css"]`)}, []string{"not in the archive"}},
		"folder":             {map[string]string{manifestPath: manifestWith(`"css": ["META-INF/"]`)}, []string{"not in the archive"}},
		"no media type":      {map[string]string{manifestPath: manifestWith(`"resources": {"a.css": "text/css\nX: y"}`)}, []string{"served as plain bytes"}},
	} {
		got, err := read(t, with(t, test.changes))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got.Warnings) != len(test.want) {
			t.Errorf("%s: warnings %q, want %d", name, got.Warnings, len(test.want))
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(got.Warnings[i], want) {
				t.Errorf("%s: warning %q, want one with %q", name, got.Warnings[i], want)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(with(f, nil))
	f.Add(with(f, map[string]string{"../evil": "x", "translations/en.json": "[]"}))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, archive []byte) {
		e, err := read(t, archive)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "extension: example.jar: ") {
				t.Errorf("the error names no archive: %v", err)
			}
			return
		}
		total := 0
		for _, files := range [][]File{e.Styles, e.Scripts, e.Patches, e.Resources} {
			for _, file := range files {
				total += len(file.Content)
				if !fs.ValidPath(file.Path) {
					t.Errorf("the path %q was taken", file.Path)
				}
			}
		}
		if total > maxFiles || !fs.ValidPath(e.Namespace) {
			t.Errorf("%d bytes under %q", total, e.Namespace)
		}
		set := Set{e}
		set.Translations()
		set.Inline()
	})
}
