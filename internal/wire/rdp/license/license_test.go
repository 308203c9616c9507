// SPDX-License-Identifier: Apache-2.0

package license_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
)

const validClient = "ff 03 1000 07000000 02000000 04000000"

var request = license.Request{
	ServerRandom: bytes.Repeat([]byte{7}, 32), Version: 0x60000, CompanyName: "Microsoft Corporation", ProductID: "A02",
	KeyExchange: []byte{1, 0, 0, 0}, Certificate: []byte("certificate"), Scopes: [][]byte{[]byte("microsoft.com\x00")},
}

// parseAlert is ParseMessage with a look at the body: with four bytes less the message could
// be of a server that counts the security header.
func parseAlert(b []byte) (license.Message, error) {
	m, err := license.ParseMessage(b)
	if err == nil {
		_, err = license.ParseErrorAlert(m.Body)
	}
	return m, err
}

func TestMessages(t *testing.T) {
	newRequest := license.NewLicenseRequest{
		KeyExchange: 1, ClientRandom: make([]byte, 32), EncryptedPremaster: []byte("secret"), UserName: []byte("u\x00"), MachineName: []byte("m\x00"),
	}
	pdutest.RoundTrip(t, pdutest.Hex(t, validClient), parseAlert, license.Message.Append)
	pdutest.RoundTrip(t, pdutest.Hex(t, "07000000 02000000 0400 0000"), license.ParseErrorAlert, license.ErrorAlert.Append)
	pdutest.RoundTrip(t, request.Append(nil), license.ParseRequest, license.Request.Append)
	pdutest.RoundTrip(t, newRequest.Append(nil), license.ParseNewLicenseRequest, license.NewLicenseRequest.Append)
	pdutest.RoundTrip(t, license.NewLicense{Encrypted: []byte("license"), MAC: make([]byte, 16)}.Append(nil), license.ParseNewLicense, license.NewLicense.Append)
	pdutest.RoundTrip(t, license.PlatformChallengeResponse{EncryptedResponse: []byte("a"), EncryptedHardwareID: []byte("b"), MAC: make([]byte, 16)}.Append(nil),
		license.ParsePlatformChallengeResponse, license.PlatformChallengeResponse.Append)
	pdutest.RoundTrip(t, license.PlatformChallenge{Encrypted: []byte("a"), MAC: make([]byte, 16)}.Append(nil), license.ParsePlatformChallenge, license.PlatformChallenge.Append)
}

func TestVectors(t *testing.T) {
	for key, b := range pdutest.Vectors(t) {
		if !strings.HasPrefix(key, "rdp/server_license/") || len(b) < 8 {
			continue
		}
		const header = 8 // security header and preamble
		switch {
		case strings.HasSuffix(key, "::STATUS_VALID_CLIENT_BUFFER"):
			if _, done, err := new(license.Client).Handle(b[4:]); err != nil || !done {
				t.Errorf("%s: %v, %v", key, done, err)
			}
		case strings.HasSuffix(key, "::PLATFORM_CHALLENGE_BUFFER"):
			body := bytes.Clone(b[header:])
			p, err := license.ParsePlatformChallenge(body)
			if err != nil || len(p.Encrypted) != 10 {
				t.Errorf("%s: %+v, %v", key, p, err)
			}
		case strings.HasSuffix(key, "::CLIENT_PLATFORM_CHALLENGE_RESPONSE_BUFFER"):
			p, err := license.ParsePlatformChallengeResponse(b[header:])
			if err != nil || len(p.EncryptedHardwareID) != 20 {
				t.Errorf("%s: %+v, %v", key, p, err)
			}
		case strings.HasSuffix(key, "::SERVER_UPGRADE_LICENSE_BUFFER"):
			if p, err := license.ParseNewLicense(b[header:]); err != nil || len(p.MAC) != 16 {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
}

// decrypt is what the server does with a premaster secret.
func decrypt(key *rsa.PrivateKey, b []byte) []byte {
	c := slices.Clone(b)
	slices.Reverse(c)
	m := new(big.Int).Exp(new(big.Int).SetBytes(c), key.D, key.N).FillBytes(make([]byte, license.PremasterSize))
	slices.Reverse(m)
	return m
}

func message(kind license.Type, body []byte) []byte {
	return license.Message{Type: kind, Flags: 3, Body: body}.Append(nil)
}

func TestNewLicense(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	public := sec.PublicKey{Exponent: uint32(private.E), Modulus: private.N}
	for _, shown := range []bool{false, true} {
		q := request
		q.Certificate = public.AppendProprietary(nil)
		c := &license.Client{UserName: "user", MachineName: "palta", HardwareID: [16]byte{9, 9}, Rand: rand.Reader}
		if shown {
			q.Certificate, c.ServerKey = nil, &public
		}
		answer, done, err := c.Handle(message(license.TypeLicenseRequest, q.Append(nil)))
		if err != nil || done {
			t.Fatalf("request: %v, %v", done, err)
		}
		m, err := license.ParseMessage(answer)
		if err != nil || m.Type != license.TypeNewLicenseRequest {
			t.Fatalf("answer %+v, %v", m, err)
		}
		asked, err := license.ParseNewLicenseRequest(m.Body)
		if err != nil || string(asked.MachineName) != "palta\x00" {
			t.Fatalf("new license request %+v, %v", asked, err)
		}
		keys := license.DeriveKeys(decrypt(private, asked.EncryptedPremaster), asked.ClientRandom, q.ServerRandom)
		challenge := []byte("T\x00E\x00S\x00T\x00\x00\x00")
		answer, _, err = c.Handle(message(license.TypePlatformChallenge, license.PlatformChallenge{Encrypted: keys.Crypt(challenge), MAC: keys.MAC(challenge)}.Append(nil)))
		if err != nil {
			t.Fatal(err)
		}
		m, _ = license.ParseMessage(answer)
		response, err := license.ParsePlatformChallengeResponse(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		data, id := keys.Crypt(response.EncryptedResponse), keys.Crypt(response.EncryptedHardwareID)
		if want := pdutest.Hex(t, "0001 0001 0300 0a00 54004500530054000000"); !bytes.Equal(data, want) {
			t.Errorf("response data %x, want %x", data, want)
		}
		if len(id) != 20 || id[4] != 9 || !bytes.Equal(keys.MAC(append(data, id...)), response.MAC) {
			t.Errorf("hardware ID %x, MAC %x", id, response.MAC)
		}
		issued := license.NewLicense{Encrypted: keys.Crypt([]byte("license")), MAC: keys.MAC([]byte("license"))}
		if _, done, err := c.Handle(message(license.TypeNewLicense, issued.Append(nil))); err != nil || !done {
			t.Errorf("new license: %v, %v", done, err)
		}
		issued.MAC[0] ^= 1
		if _, _, err := c.Handle(message(license.TypeUpgradeLicense, issued.Append(nil))); err == nil {
			t.Error("a forged license is accepted")
		}
	}
}

func TestClientRefuses(t *testing.T) {
	noKey := request
	noKey.Certificate = nil
	for name, b := range map[string][]byte{
		"a challenge first":        message(license.TypePlatformChallenge, license.PlatformChallenge{MAC: make([]byte, 16)}.Append(nil)),
		"a license first":          message(license.TypeNewLicense, license.NewLicense{MAC: make([]byte, 16)}.Append(nil)),
		"a message of the client":  message(license.TypeLicenseInfo, nil),
		"a request without a key":  message(license.TypeLicenseRequest, noKey.Append(nil)),
		"a certificate of nothing": message(license.TypeLicenseRequest, request.Append(nil)),
	} {
		if answer, done, err := (&license.Client{Rand: rand.Reader}).Handle(b); err == nil {
			t.Errorf("%s: %x, %v", name, answer, done)
		}
	}
	_, _, err := new(license.Client).Handle(message(license.TypeErrorAlert, license.ErrorAlert{Code: license.NoLicenseServer, Transition: license.TotalAbort}.Append(nil)))
	var alert license.ErrorAlert
	if !errors.As(err, &alert) || err.Error() != "license: no license server is available" {
		t.Errorf("alert: %v", err)
	}
	if got := license.ErrorCode(77).String(); got != "licensing error 77" {
		t.Errorf("unknown code %q", got)
	}
}

func FuzzClient(f *testing.F) {
	f.Add(pdutest.Hex(f, validClient))
	f.Add(message(license.TypeLicenseRequest, request.Append(nil)))
	f.Add(message(license.TypePlatformChallenge, license.PlatformChallenge{Encrypted: []byte("x"), MAC: make([]byte, 16)}.Append(nil)))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "rdp/server_license/", "rdp.rs::SERVER_LICENSE")
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, license.ParseMessage, license.Message.Append)
		pdutest.Same(t, b, license.ParseRequest, license.Request.Append)
		pdutest.Same(t, b, license.ParseErrorAlert, license.ErrorAlert.Append)
		pdutest.Same(t, b, license.ParseNewLicenseRequest, license.NewLicenseRequest.Append)
		pdutest.Same(t, b, license.ParsePlatformChallengeResponse, license.PlatformChallengeResponse.Append)
		pdutest.Same(t, b, license.ParsePlatformChallenge, license.PlatformChallenge.Append)
		pdutest.Same(t, b, license.ParseNewLicense, license.NewLicense.Append)
		c := &license.Client{Rand: bytes.NewReader(make([]byte, 1000))}
		if answer, _, err := c.Handle(b); err == nil && len(answer) > 4096 {
			t.Fatalf("an answer of %d bytes", len(answer))
		}
	})
}
