// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func FuzzPDUs(f *testing.F) {
	for _, listing := range []string{
		serverAnnounce, serverCapability, clientIDConfirm, userLoggedOn, devices,
		"7244 4e43 01000000 00000000 0a000000 7000 6100 6c00 6d00 0000", "7244 4d44 01000000 07000000", "7244 7264 07000000 010000c0",
		"5250 4355 05000000 00000000", "5250 4350 04000000 04000000 06000000 4e00 0000 4d00 4d00 0000",
	} {
		f.Add(pdutest.Hex(f, listing))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, rdpdr.ParseServerAnnounce, rdpdr.Announce.AppendServerAnnounce)
		pdutest.Same(t, b, rdpdr.ParseClientID, rdpdr.Announce.AppendClientID)
		pdutest.Same(t, b, rdpdr.ParseClientName, appendName)
		pdutest.Same(t, b, parseServer, appendServer)
		pdutest.Same(t, b, parseClient, appendClient)
		pdutest.Same(t, b, rdpdr.ParseDevices, appendDevices)
		pdutest.Same(t, b, rdpdr.ParsePrinterData, rdpdr.PrinterData.Append)
		pdutest.Same(t, b, rdpdr.ParseRemoved, appendRemoved)
		pdutest.Same(t, b, rdpdr.ParseDeviceReply, rdpdr.DeviceReply.Append)
		pdutest.Same(t, b, rdpdr.ParseUsingXPS, rdpdr.UsingXPS.Append)
		pdutest.Same(t, b, rdpdr.ParsePrinterCache, rdpdr.PrinterCache.Append)
	})
}

func FuzzRequest(f *testing.F) {
	for _, tc := range requests {
		f.Add(pdutest.Hex(f, tc.listing))
	}
	f.Fuzz(func(t *testing.T, b []byte) { pdutest.Same(t, b, rdpdr.ParseRequest, appendRequest) })
}

// FuzzCleanPath: what is accepted stays within the drive and is cleaned to itself.
func FuzzCleanPath(f *testing.F) {
	for _, path := range []string{`\a\b.txt`, `\..\a`, `/a//b/.`, `\con`, "\\a\x00", `\a:b`, ""} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		clean, err := rdpdr.CleanPath(path)
		if err != nil {
			return
		}
		again, err := rdpdr.CleanPath(clean)
		if again != clean || err != nil {
			t.Fatalf("%q is cleaned to %q and that to %q, %v", path, clean, again, err)
		}
		for name := range strings.SplitSeq(clean, "/") {
			if clean != "." && !rdpdr.ValidName(name) || name == ".." || strings.ContainsAny(name, "\x00:\\") {
				t.Fatalf("%q is cleaned to %q", path, clean)
			}
		}
	})
}

// FuzzPattern: a pattern without wildcards matches itself, one that is a star all.
func FuzzPattern(f *testing.F) {
	f.Add(`<.t>>"`, "a.txt")
	f.Add("*a*b?", "aab")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p, err := rdpdr.NewPattern(pattern)
		if err != nil {
			return
		}
		if !strings.ContainsAny(pattern, `*?<>"`) && !p.Match(pattern) {
			t.Fatalf("%q does not match itself", pattern)
		}
		longer, err := rdpdr.NewPattern("*" + pattern + "*")
		if err == nil && pattern != "*.*" && p.Match(name) && !longer.Match(name) {
			t.Fatalf("%q matches %q, with stars around it does not", pattern, name)
		}
	})
}

// FuzzClient runs messages after a handshake; each request that is handed out can be
// completed once.
func FuzzClient(f *testing.F) {
	var all []byte
	for _, tc := range requests {
		b := pdutest.Hex(f, tc.listing)
		f.Add(framed(b))
		all = append(all, framed(b)...)
	}
	f.Add(all)
	f.Add(append(framed(pdutest.Hex(f, serverAnnounce)), framed(pdutest.Hex(f, serverCapability))...))
	f.Fuzz(func(t *testing.T, script []byte) {
		d := connected(t)
		for len(script) >= 2 {
			n := int(binary.LittleEndian.Uint16(script))
			script = script[2:]
			n = min(n, len(script))
			out, ends, event, err := d.c.Handle(script[:n], nil)
			script = script[n:]
			if err != nil {
				if out != nil || event != nil {
					t.Fatalf("with %v: %x, %+v", err, out, event)
				}
				return
			}
			if len(ends) > 0 && ends[len(ends)-1] != len(out) || len(ends) == 0 && len(out) > 0 {
				t.Fatalf("ends %v of %d", ends, len(out))
			}
			if q, ok := event.(rdpdr.IORequest); ok && q.Head().Completion%2 == 0 {
				completeOnce(t, d.c, q)
			}
		}
	})
}

func completeOnce(t *testing.T, c *rdpdr.Client, q rdpdr.IORequest) {
	out, err := c.AppendFailure(nil, q.Head(), rdpdr.StatusUnsuccessful)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	if got, err := rdpdr.ParseCompletion(out); err != nil || got.Completion != q.Head().Completion || got.Device != q.Head().Device {
		t.Fatalf("%+v is completed by %+v, %v", q, got, err)
	}
	if out, err := c.AppendFailure(nil, q.Head(), 0); !errors.Is(err, rdpdr.ErrNotOpen) || !bytes.Equal(out, nil) {
		t.Fatalf("%+v is completed twice", q)
	}
}

// framed puts the length before a message.
func framed(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(nil, uint16(len(b))), b...)
}
