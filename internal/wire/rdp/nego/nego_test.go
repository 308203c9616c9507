// SPDX-License-Identifier: Apache-2.0

package nego_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

const (
	cookie  = "436f6f6b69653a206d737473686173683d656c746f6e73 0d0a" // Cookie: mstshash=eltons
	request = "01 00 0800 0b000000"
)

func TestRequest(t *testing.T) {
	correlated := "01 08 0800 03000000 06 00 2400 000102030405060708090a0b0c0d0e0f 00000000000000000000000000000000"
	for name, tc := range map[string]struct {
		listing string
		want    nego.Request
	}{
		"nothing":           {"", nego.Request{}},
		"a cookie alone":    {cookie, nego.Request{Token: []byte("Cookie: mstshash=eltons")}},
		"negotiation alone": {request, nego.Request{Negotiate: true, Protocols: nego.ProtocolSSL | nego.ProtocolHybrid | nego.ProtocolHybridEx}},
		"a cookie and negotiation": {cookie + request, nego.Request{
			Token: []byte("Cookie: mstshash=eltons"), Negotiate: true, Protocols: 11,
		}},
		"a correlation id": {correlated, nego.Request{
			Negotiate: true, Flags: nego.CorrelationInfoPresent, Protocols: 3,
			CorrelationID: [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		}},
	} {
		b := pdutest.Hex(t, tc.listing)
		got, err := nego.ParseRequest(b)
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if diff := cmp.Diff(b, got.Append([]byte{})); diff != "" {
			t.Errorf("%s writes back (-want +got):\n%s", name, diff)
		}
	}
	for _, listing := range []string{request, correlated} {
		b := pdutest.Hex(t, listing)
		pdutest.Cut(t, b, func(b []byte) error {
			if len(b) == 0 { // is a whole request too: the client that does not negotiate
				b = []byte{0}
			}
			_, err := nego.ParseRequest(b)
			return err
		})
	}
}

func TestCookieCannotEndItsLine(t *testing.T) {
	if got, want := string(nego.Cookie("a\r\nb🥑cdefghijkl")), "Cookie: mstshash=abcdefghi"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := nego.Cookie("\n"); got != nil {
		t.Errorf("%q for a name that cannot be written", got)
	}
}

func TestResponse(t *testing.T) {
	for name, tc := range map[string]struct {
		listing string
		want    nego.Response
	}{
		"old server": {"", nego.Response{}},
		"hybrid":     {"02 03 0800 02000000", nego.Response{Negotiated: true, Flags: 3, Protocol: nego.ProtocolHybrid}},
		"standard":   {"02 00 0800 00000000", nego.Response{Negotiated: true}},
		"failure":    {"03 00 0800 05000000", nego.Response{Negotiated: true, Failure: nego.HybridRequiredByServer}},
	} {
		b := pdutest.Hex(t, tc.listing)
		got, err := nego.ParseResponse(b)
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if string(got.Append(nil)) != string(b) {
			t.Errorf("%s: writes back as %x", name, got.Append(nil))
		}
		pdutest.Cut(t, b, func(b []byte) error {
			if len(b) == 0 && name != "old server" {
				b = []byte{2}
			}
			_, err := nego.ParseResponse(b)
			return err
		})
	}
	for name, listing := range map[string]string{
		"two protocols": "02 00 0800 03000000", "a failure without a code": "03 00 0800 00000000",
		"an unknown type": "04 00 0800 01000000", "a wrong length": "02 00 0900 01000000", "bytes after it": "02 00 0800 01000000 00",
	} {
		if p, err := nego.ParseResponse(pdutest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted as %+v", name, p)
		}
	}
}

func TestFailureIsAnError(t *testing.T) {
	var code nego.FailureCode
	if err := error(nego.HybridRequiredByServer); !errors.As(err, &code) || err.Error() != "nego: the server requires NLA" {
		t.Errorf("error %v", err)
	}
	if got := nego.FailureCode(99).String(); got != "unknown failure 99" {
		t.Errorf("unknown code: %q", got)
	}
	if got := (nego.ProtocolSSL | nego.ProtocolHybridEx | 1<<9).String(); got != "SSL|HYBRID_EX|unknown" {
		t.Errorf("protocols: %q", got)
	}
}

func TestPreconnection(t *testing.T) {
	for name, listing := range map[string]string{
		"version 1": "10000000 00000000 01000000 15cd5b07",
		"version 2": "20000000 00000000 02000000 15cd5b07 0700 610062006300200061002c00 0000 ; abc a,",
	} {
		t.Run(name, func(t *testing.T) {
			b := pdutest.Hex(t, listing)
			if name == "version 2" {
				b[0] = byte(len(b))
			}
			pdutest.RoundTrip(t, b, nego.ParsePreconnection, nego.Preconnection.Append)
		})
	}
	for key, b := range pdutest.Vectors(t) {
		if strings.Contains(key, "PRECONNECTION_PDU") { // these three lie about their size
			if p, err := nego.ParsePreconnection(b); err == nil {
				t.Errorf("%s: accepted as %+v", key, p)
			}
		}
	}
}

func TestNegotiationDataCut(t *testing.T) {
	correlated := nego.Request{Negotiate: true, Flags: nego.CorrelationInfoPresent, CorrelationID: [16]byte{1}}.Append(nil)
	for n := 1; n < len(correlated); n++ { // without any it is no negotiation at all
		if q, err := nego.ParseRequest(correlated[:n:n]); err == nil || !strings.Contains(err.Error(), "nego: RDP_NEG_REQ: ") {
			t.Errorf("request cut to %d bytes: %+v, %v", n, q, err)
		}
	}
	response := nego.Response{Negotiated: true, Protocol: nego.ProtocolSSL}.Append(nil)
	for n := 1; n < len(response); n++ {
		if p, err := nego.ParseResponse(response[:n:n]); err == nil || !strings.Contains(err.Error(), "nego: RDP_NEG_RSP: ") {
			t.Errorf("response cut to %d bytes: %+v, %v", n, p, err)
		}
	}
}

func TestPreconnectionVectorsThatLie(t *testing.T) {
	for key, b := range pdutest.Vectors(t) {
		if strings.HasPrefix(key, "tests/pcb.rs::") {
			if p, err := nego.ParsePreconnection(b); err == nil || !strings.Contains(err.Error(), "nego: preconnection PDU: ") {
				t.Errorf("%s: %+v, %v", key, p, err)
			}
		}
	}
}

func FuzzNegotiation(f *testing.F) {
	f.Add(pdutest.Hex(f, cookie+request))
	f.Add(pdutest.Hex(f, "02 03 0800 02000000"))
	f.Add(pdutest.Hex(f, "10000000 00000000 01000000 15cd5b07"))
	f.Add(pdutest.Hex(f, "18000000 00000000 02000000 15cd5b07 0300 61006200 0000"))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "tests/pcb.rs::")
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, nego.ParseRequest, nego.Request.Append)
		pdutest.Same(t, b, nego.ParseResponse, nego.Response.Append)
		pdutest.Same(t, b, nego.ParsePreconnection, nego.Preconnection.Append)
	})
}
