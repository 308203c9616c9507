// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func TestText(t *testing.T) {
	for _, tc := range []struct {
		name string
		kind cliprdr.Kind
		text string
		data string
	}{
		{"Unicode", cliprdr.KindUnicodeText, "a€😀", "6100 ac20 3dd8 00de 0000"},
		{"an empty text", cliprdr.KindUnicodeText, "", "0000"},
		{"one byte a character", cliprdr.KindText, "aé€", "61 e9 80 00"},
	} {
		data := pdutest.Hex(t, tc.data)
		if got := cliprdr.EncodeText(tc.kind, tc.text); !bytes.Equal(got, data) {
			t.Errorf("%s: %q becomes %x, want %x", tc.name, tc.text, got, data)
		}
		if got := cliprdr.DecodeText(tc.kind, data); got != tc.text {
			t.Errorf("%s: %x is read as %q, want %q", tc.name, data, got, tc.text)
		}
	}
	for _, tc := range []struct {
		kind       cliprdr.Kind
		data, want string
	}{
		{cliprdr.KindUnicodeText, "6100 0000 6200", "a"}, // what follows the NUL is garbage
		{cliprdr.KindUnicodeText, "6100 62", "a"},
		{cliprdr.KindUnicodeText, "00d8 6100 0000", "\uFFFDa"},
		{cliprdr.KindText, "6100 62", "a"},
		{cliprdr.KindText, "", ""},
	} {
		if got := cliprdr.DecodeText(tc.kind, pdutest.Hex(t, tc.data)); got != tc.want {
			t.Errorf("%v %s is read as %q, want %q", tc.kind, tc.data, got, tc.want)
		}
	}
	if got := cliprdr.EncodeText(cliprdr.KindText, "日é"); string(got) != "?\xE9\x00" {
		t.Errorf("what Windows-1252 lacks becomes %q", got)
	}
	if got := cliprdr.WindowsNewlines("a\nb\r\nc\r"); got != "a\r\nb\r\nc\r" {
		t.Errorf("line ends for Windows: %q", got)
	}
	if got := cliprdr.UnixNewlines("a\nb\r\nc\r"); got != "a\nb\nc\r" {
		t.Errorf("line ends for Unix: %q", got)
	}
}

func appendHTML(h cliprdr.HTML, b []byte) []byte { return h.Append(b) }

func TestHTMLVector(t *testing.T) {
	b := vector(t, "cf_html.pdu")
	if b == nil {
		return
	}
	h, err := cliprdr.ParseHTML(b)
	if err != nil || h.SourceURL != "https://en.wikipedia.org/wiki/Remote_Desktop_Protocol" || !strings.HasPrefix(h.Fragment(), "<b>Remote Desktop Protocol</b>") {
		t.Fatalf("%+v, %v", h, err)
	}
	if got := h.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("written back as\n%s, want\n%s", got, b)
	}
	for n := range len(b) - 1 { // all but the last, which is a NUL
		if _, err := cliprdr.ParseHTML(b[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: accepted", n, len(b))
		}
	}
}

func TestHTML(t *testing.T) {
	h := cliprdr.NewHTML("<b>grüß</b>")
	got, err := cliprdr.ParseHTML(h.Append(nil))
	if diff := cmp.Diff(h, got); diff != "" || err != nil || got.Fragment() != "<b>grüß</b>" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	const fragment = "Version:1.0\nStartHTML:-1\nEndHTML:-1\nStartFragment: 70\nEndFragment: 81\n<b>bold</b>"
	if got, err := cliprdr.ParseHTML([]byte(fragment)); err != nil || got.Document != "<b>bold</b>" {
		t.Errorf("without a document: %+v, %v", got, err)
	}
	h.SourceURL = "http://host/\r\nStartHTML:0"
	if got, err := cliprdr.ParseHTML(h.Append(nil)); err != nil || got.SourceURL != "http://host/StartHTML:0" || got.Fragment() != h.Fragment() {
		t.Errorf("a source with a line end: %+v, %v", got, err)
	}
}

func TestHTMLRefuses(t *testing.T) {
	const head = "Version:0.9\r\nStartHTML:%\r\nEndHTML:%\r\nStartFragment:%\r\nEndFragment:%\r\n<b>"
	for _, tc := range []struct{ name, field, data string }{
		{"no header", "EndFragment", "<html></html>"},
		{"nothing", "EndFragment", ""},
		{"a fragment beyond the end", "EndFragment", "StartFragment:5\r\nEndFragment:500\r\nx"},
		{"a fragment that ends before it starts", "EndFragment", "StartFragment:35\r\nEndFragment:34\r\nxxxx"},
		{"a number that is none", "StartFragment", "StartFragment:x\r\nEndFragment:34\r\nxxxx"},
		{"a number below -1", "StartHTML", "StartHTML:-2\r\nEndHTML:-1\r\n"},
		{"a number beyond all integers", "EndHTML", "EndHTML:99999999999999999999\r\nStartHTML:1\r\n"},
		{"a document smaller than the fragment", "StartHTML", "StartHTML:64\r\nEndHTML:64\r\nStartFragment:64\r\nEndFragment:66\r\n" + head},
	} {
		var wrong *field.Error
		if h, err := cliprdr.ParseHTML([]byte(tc.data)); !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: %+v, %v, want an error of %s", tc.name, h, err, tc.field)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(cliprdr.NewHTML("<b>bold</b>").Append(nil))
	f.Add([]byte("Version:1.0\nStartHTML:-1\nEndHTML:-1\nStartFragment: 70\nEndFragment: 81\n<b>bold</b>"))
	f.Add([]byte("StartFragment:32\nEndFragment:33\na:b\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { pdutest.Same(t, b, cliprdr.ParseHTML, appendHTML) })
}

func appendFiles(files []cliprdr.FileDescriptor, b []byte) []byte {
	return cliprdr.AppendFileList(b, files)
}

// fileListHead is the beginning of example 4.5.4 of [MS-RDPECLIP] with one file: the rest of
// the name is zeros.
const fileListHead = `
	01000000           ; cItems
	64400000           ; flags: attributes, write time, size, progress
	0000000000000000 0000000000000000 0000000000000000 0000000000000000 ; reserved1
	20000000           ; fileAttributes: archive
	0000000000000000 0000000000000000 ; reserved2
	085d302c f355ca01  ; lastWriteTime
	00000000 2c000000  ; fileSizeHigh, fileSizeLow 44
	460069006c00650031002e00740078007400 ; "File1.txt"`

func TestFileList(t *testing.T) {
	b := pdutest.Hex(t, fileListHead)
	b = append(b, make([]byte, 4+592-len(b))...)
	pdutest.RoundTrip(t, b, cliprdr.ParseFileList, appendFiles)
	files, err := cliprdr.ParseFileList(b)
	if err != nil {
		t.Fatal(err)
	}
	d := files[0]
	size, known := d.KnownSize()
	if d.Name != "File1.txt" || size != 44 || !known || d.Directory() {
		t.Errorf("%+v", d)
	}
	if got := d.Modified().Format(time.RFC3339); got != "2009-10-26T04:17:04Z" {
		t.Errorf("modified %s", got)
	}
	for name, b := range map[string][]byte{
		"more files than bytes":    append([]byte{2, 0, 0, 0}, b[4:]...),
		"a hundred thousand and 1": {0xA1, 0x86, 1, 0},
	} {
		if files, err := cliprdr.ParseFileList(b); err == nil {
			t.Errorf("%s: %d files", name, len(files))
		}
	}
	if b := vector(t, "file_list.pdu"); b != nil {
		pdutest.RoundTrip(t, b[8:], cliprdr.ParseFileList, appendFiles)
	}
}

func TestFilesOfThisSide(t *testing.T) {
	when := time.Date(2026, 5, 4, 3, 2, 1, 987654300, time.UTC)
	for _, tc := range []struct {
		file      cliprdr.File
		name      string
		directory bool
	}{
		{cliprdr.File{Path: "folder", Size: 7, Directory: true, Modified: when}, "folder", true},
		{cliprdr.File{Path: "folder/huge.bin", Size: 1 << 40, Modified: when}, `folder\huge.bin`, false},
		{cliprdr.File{Path: "../con.txt"}, "_con.txt", false},
	} {
		d, err := tc.file.Descriptor()
		if err != nil || d.Name != tc.name || d.Directory() != tc.directory || !d.Modified().Equal(tc.file.Modified) {
			t.Errorf("%+v becomes %+v, %v", tc.file, d, err)
		}
		back, err := cliprdr.ParseFileList(cliprdr.AppendFileList(nil, []cliprdr.FileDescriptor{d}))
		if diff := cmp.Diff([]cliprdr.FileDescriptor{d}, back); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if _, err := (cliprdr.File{Path: strings.Repeat("long/", 60)}).Descriptor(); err == nil {
		t.Error("a path of 300 characters is accepted")
	}
}

func TestSafePath(t *testing.T) {
	for in, want := range map[string]string{
		`folder\file.txt`:                 "folder/file.txt",
		`/etc/passwd`:                     "etc/passwd",
		`..\..\boot.ini`:                  "boot.ini",
		`a/./b//..\c`:                     "a/b/c",
		`C:\autoexec.bat`:                 "C_/autoexec.bat",
		`\\server\share\x`:                "server/share/x",
		"tab\tnul\x00del\x7F":             "tab_nul_del_",
		"photo\u202Egpj.exe":              "photo_gpj.exe",
		`a<b>c:d"e|f?g*h`:                 "a_b_c_d_e_f_g_h",
		"file.txt::$DATA":                 "file.txt__$DATA",
		"CON":                             "_CON",
		"nul.tar.gz":                      "_nul.tar.gz",
		"com1 .txt":                       "_com1 .txt",
		"LPT³":                            "_LPT³",
		"com10":                           "com10",
		"console":                         "console",
		"name. . .":                       "name",
		" ":                               "file",
		"":                                "file",
		"...":                             "file",
		"...hidden":                       "...hidden",
		"\xFF\xFE":                        "_",
		"日本/報告.docx":                      "日本/報告.docx",
		strings.Repeat("é", 200) + ".tar": strings.Repeat("é", 125) + ".tar",
	} {
		if got := cliprdr.SafePath(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzSafePath(f *testing.F) {
	for _, s := range []string{`..\con.txt`, "a/b", strings.Repeat("é.", 300), "\xFF", "COM¹", strings.Repeat(`a\`, 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cliprdr.SafePath(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\\:\x00\r\n<>\"|?*") || got == "" {
			t.Fatalf("%q becomes %q", s, got)
		}
		for name := range strings.SplitSeq(got, "/") {
			if name == "" || name == "." || name == ".." || len(name) > 255 || strings.HasSuffix(name, ".") || strings.EqualFold(name, "nul") {
				t.Fatalf("%q becomes %q", s, got)
			}
		}
		if again := cliprdr.SafePath(got); again != got {
			t.Fatalf("%q becomes %q and then %q", s, got, again)
		}
	})
}

func FuzzFileList(f *testing.F) {
	b, err := pdutest.ParseHex(fileListHead)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(b, make([]byte, 4+592-len(b))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, cliprdr.ParseFileList, appendFiles)
		files, err := cliprdr.ParseFileList(b)
		if err == nil && len(files)*592 > len(b) {
			t.Fatalf("%d files of %d bytes", len(files), len(b))
		}
		for _, d := range files {
			if d.Path() == "" || d.Modified().Before(time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)) && !d.Modified().IsZero() {
				t.Fatalf("%+v: %q, %v", d, d.Path(), d.Modified())
			}
		}
	})
}
