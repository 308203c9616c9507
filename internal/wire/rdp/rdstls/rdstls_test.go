// SPDX-License-Identifier: Apache-2.0

package rdstls_test

import (
	"errors"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdstls"
)

var credentials = rdstls.Credentials{RedirectionGUID: []byte("guid"), UserName: "user", Domain: "d", Password: []byte("blob")}

const wire = `0100 0200 0100              ; Version, PduType, DataType
	0400 67756964                         ; RedirectionGuid
	0a00 75007300650072000000             ; UserName
	0400 64000000                         ; Domain
	0400 626c6f62                         ; Password`

func TestPDUs(t *testing.T) {
	if got, want := string(credentials.Append(nil)), string(pdutest.Hex(t, wire)); got != want {
		t.Errorf("request %x, want %x", got, want)
	}
	pdutest.RoundTrip(t, pdutest.Hex(t, wire), rdstls.ParseCredentials, rdstls.Credentials.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, "0100 0200 0200 07000000 0300 616263"), rdstls.ParseCredentials, rdstls.Credentials.Append)
	pdutest.Cut(t, rdstls.AppendCapabilities(nil), func(b []byte) error { _, err := rdstls.ParseCapabilities(b); return err })
	pdutest.Cut(t, rdstls.AppendResponse(nil, 0), func(b []byte) error { _, err := rdstls.ParseResponse(b); return err })
}

// run feeds what the server sends one byte at a time.
func run(stream []byte) (answer []byte, done bool, err error) {
	c := &rdstls.Client{Credentials: credentials}
	var in []byte
	for {
		n, out, done, err := c.Step(in, answer)
		answer, in = out, in[n:]
		if done || err != nil || n == 0 && len(stream) == 0 {
			return answer, done, err
		}
		if n == 0 {
			in, stream = append(in[:len(in):len(in)], stream[0]), stream[1:]
		}
	}
}

func TestClient(t *testing.T) {
	answer, done, err := run(rdstls.AppendResponse(rdstls.AppendCapabilities(nil), rdstls.Success))
	if err != nil || !done || string(answer) != string(credentials.Append(nil)) {
		t.Errorf("answer %x, %v, %v", answer, done, err)
	}
	_, done, err = run(rdstls.AppendResponse(rdstls.AppendCapabilities(nil), rdstls.AccountLocked))
	var code rdstls.ResultCode
	if done || !errors.As(err, &code) || err.Error() != "rdstls: the account is locked" {
		t.Errorf("refusal: %v, %v", done, err)
	}
	if _, done, err = run([]byte("\x01\x00\x01\x00\x01\x00\x02\x00")); done || err == nil {
		t.Error("a server of another version is accepted")
	}
	if got := rdstls.ResultCode(9).String(); got != "result 0x00000009" {
		t.Errorf("unknown code %q", got)
	}
}

func FuzzRDSTLS(f *testing.F) {
	f.Add(pdutest.Hex(f, wire))
	f.Add(rdstls.AppendResponse(rdstls.AppendCapabilities(nil), rdstls.Success))
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, rdstls.ParseCredentials, rdstls.Credentials.Append)
		if _, done, err := run(b); done && (err != nil || len(b) < 18) {
			t.Fatalf("%x is accepted, %v", b, err)
		}
	})
}
