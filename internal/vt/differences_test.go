// SPDX-License-Identifier: Apache-2.0

//go:build integration

package vt

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// differences are all known cases in which xterm.js does not do what xterm's control sequences ("ctlseqs") or the VT510
// manual say. The generators of random programs keep clear of them.
var differences = []struct {
	name, reason string
	input        string
	want         []string // ours
}{
	{
		name: "DECALN", reason: "VT510: it resets the margins and writes plain E; xterm.js keeps margins and attributes",
		input: "\x1b[2;3r\x1b[1m\x1b#8", want: []string{"EEEEEEEE", "EEEEEEEE", "EEEEEEEE", "EEEEEEEE"},
	},
	{
		name: "SD with a background", reason: "ctlseqs: erased cells take the background (bce); xterm.js leaves the default",
		input: "\x1b[41ma\x1b[T", want: []string{"{;;p1}        ", "{;;p1}a", "", ""},
	},
	{
		name: "EL after the last column", reason: "xterm ends the pending wrap and erases the last column; xterm.js erases nothing",
		input: "abcdefgh\x1b[Ki", want: []string{"abcdefgi", "", "", ""},
	},
	{
		name: "DECSC after the last column", reason: "VT510: the wrap flag is saved; xterm.js forgets it",
		input: "abcdefgh\x1b7\x1b[H\x1b8i", want: []string{"abcdefgh", "i", "", ""},
	},
	{
		name: "DECRC and origin mode", reason: "VT510: DECSC saves DECOM; xterm.js does not restore it",
		input: "\x1b7\x1b[2;3r\x1b[?6h\x1b8\x1b[1;1Hx", want: []string{"x", "", "", ""},
	},
	{
		name: "margins of the alternate screen", reason: "xterm has one scrolling region; xterm.js has one for each screen",
		input: "\x1b[2;3r\x1b[?47h\x1b[1;1H\x1b[99Bx", want: []string{"", "", "x", ""},
	},
	{
		name: "malformed UTF-8", reason: "Unicode 3.9 and xterm: U+FFFD for each maximal subpart; xterm.js drops it",
		input: "a\xe4\xb8b\xffc", want: []string{"a\ufffdb\ufffdc", "", "", ""},
	},
	{
		name: "SGR 6", reason: "ECMA-48: rapid blink, which xterm and vt show as blink; xterm.js ignores it",
		input: "\x1b[6ma", want: []string{"{K;;}a", "", "", ""},
	},
	{
		name: "incomplete SGR 38;5", reason: "xterm ignores a colour without its number; xterm.js takes it as 0",
		input: "\x1b[38;5ma", want: []string{"a", "", "", ""},
	},
	{
		name: "hyperlink", reason: "xterm.js marks linked cells as underlined; here the link is a property of its own",
		input: "\x1b]8;;http://x\x07a\x1b]8;;\x07b", want: []string{"ab", "", "", ""},
	},
	{
		name: "ICH within a wide character", reason: "xterm.js leaves the right half of the character behind, a column that does not exist",
		input: "中中\x1b[2G\x1b[@", want: []string{"   中", "", "", ""},
	},
	{
		name: "DECSLRM", reason: "ctlseqs: left and right margins; xterm.js has none",
		input: "\x1b[?69h\x1b[3;5s\x1b[1;3Habcd", want: []string{"  abc", "  d", "", ""},
	},
	{
		name: "emoji", reason: "wcwidth of the hosts' C library has them wide; xterm.js counts by Unicode 6",
		input: "😀x\x1b[3D|", want: []string{"| x", "", "", ""},
	},
}

// TestDifferencesFromXtermAreKnown shows each case as it is here, and that xterm.js still differs.
func TestDifferencesFromXtermAreKnown(t *testing.T) {
	var cases []oracleCase
	for _, d := range differences {
		cases = append(cases, oracleCase{Name: d.name, Cols: 8, Rows: 4, Steps: []step{{Data: []byte(d.input)}}})
	}
	for i, theirs := range askXterm(t, cases) {
		d := differences[i]
		if diff := cmp.Diff(d.want, ours(cases[i]).Screen); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.name, diff)
		}
		if slices.Equal(theirs.Screen, d.want) {
			t.Errorf("%s: xterm.js does the same now; the reason was: %s", d.name, d.reason)
		}
	}
}
