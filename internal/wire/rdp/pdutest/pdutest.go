// SPDX-License-Identifier: Apache-2.0

// Package pdutest has what the tests of all PDUs share: hex with field comments, the
// public test vectors, cutting a PDU at every byte, and the round trip.
package pdutest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Hex returns the bytes of a listing: hex digits in any grouping, and comments that run
// from a semicolon to the end of the line.
func Hex(tb testing.TB, listing string) []byte {
	tb.Helper()
	b, err := ParseHex(listing)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// ParseHex is Hex for those without a test at hand.
func ParseHex(listing string) ([]byte, error) {
	var digits strings.Builder
	for line := range strings.Lines(listing) {
		line, _, _ = strings.Cut(line, ";")
		for word := range strings.FieldsSeq(line) {
			digits.WriteString(word)
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		return nil, fmt.Errorf("pdutest: listing %.40q: %w", listing, err)
	}
	return b, nil
}

// vectorsFolder lies beside the root of the repository where the vectors are present.
const vectorsFolder = "../shared/vectors/rdp"

// Folder returns the folder of the public test vectors, or "" where they are absent, which
// it says in the test's log.
func Folder(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	dir = filepath.Join(dir, vectorsFolder)
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		tb.Logf("the public vectors are absent (%s): only the examples written here are run", vectorsFolder)
		return ""
	}
	return dir
}

// Vectors returns the public byte examples of PDUs, by the part of their key after the last
// slash of the path: "rdp.rs::CLIENT_SYNCHRONIZE_BUFFER". It is empty where they are absent.
func Vectors(tb testing.TB) map[string][]byte {
	tb.Helper()
	dir := Folder(tb)
	if dir == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, "pdu", "ironrdp_byte_arrays.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var listings map[string]string
	if err := json.Unmarshal(text, &listings); err != nil {
		tb.Fatal(err)
	}
	all := make(map[string][]byte, len(listings))
	for key, listing := range listings {
		short := strings.TrimPrefix(strings.TrimPrefix(key, "ironrdp-testsuite-core/"), "ironrdp-pdu/")
		all[strings.TrimPrefix(short, "src/")] = Hex(tb, listing)
	}
	return all
}

// maxSeed keeps pictures and other long examples out of the seeds of fuzz targets.
const maxSeed = 4096

// Seeds adds the public byte examples whose key has one of the prefixes to the seeds of a
// fuzz target. Half of what another parser takes is as good a seed as the real thing.
func Seeds(f *testing.F, add func(b []byte), prefixes ...string) {
	f.Helper()
	for key, b := range Vectors(f) {
		if len(b) <= maxSeed && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			add(b)
		}
	}
}

// Cut demands that each proper prefix of b is refused with an error that names a field.
func Cut(t *testing.T, b []byte, parse func([]byte) error) {
	t.Helper()
	if err := parse(b); err != nil {
		t.Errorf("the whole PDU: %v", err)
		return
	}
	for n := range b {
		err := parse(b[:n:n])
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field == "" || wrong.PDU == "" {
			t.Errorf("cut to %d of %d bytes: error %v, want one that names the field", n, len(b), err)
		}
	}
}

// RoundTrip demands that b parses, writes back as the same bytes, and is refused when cut.
func RoundTrip[T any](t *testing.T, b []byte, parse func([]byte) (T, error), write func(T, []byte) []byte) {
	t.Helper()
	v, err := parse(b)
	if err != nil {
		t.Errorf("parse: %v", err)
		return
	}
	if got := write(v, nil); !bytes.Equal(got, b) {
		t.Errorf("writes back as\n%x, want\n%x\n%+v", got, b, v)
	}
	Cut(t, b, func(b []byte) error { _, err := parse(b); return err })
}

// Same is the oracle of fuzz targets: what was accepted is written, read again, and must
// say the same.
func Same[T any](t *testing.T, b []byte, parse func([]byte) (T, error), write func(T, []byte) []byte) {
	t.Helper()
	v, err := parse(b)
	if err != nil {
		return
	}
	wire := write(v, nil)
	again, err := parse(wire)
	if err != nil {
		t.Fatalf("%+v was accepted and is written as %x, which is refused: %v", v, wire, err)
	}
	if got := write(again, nil); !bytes.Equal(got, wire) {
		t.Fatalf("%+v is written as %x and then as %x\n%s", v, wire, got, cmp.Diff(v, again))
	}
}
