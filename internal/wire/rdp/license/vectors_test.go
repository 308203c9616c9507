// SPDX-License-Identifier: Apache-2.0

package license_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
)

// headerSize is that of the security header and the preamble, which the vectors begin with.
const headerSize = 8

// TestRequestVectors joins the parts of a license request with a chain of two certificates.
func TestRequestVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	part := func(name string) []byte { return all["rdp/server_license/server_license_request/tests.rs::"+name] }
	if len(part("SERVER_RANDOM_BUFFER")) == 0 {
		return
	}
	size := func(b []byte) []byte { return []byte{byte(len(b)), byte(len(b) >> 8), 0, 0} }
	first, second := part("CERT_1_BUFFER"), part("CERT_2_BUFFER")
	head := slices.Concat(part("SERVER_RANDOM_BUFFER"), part("PRODUCT_INFO_BUFFER"), part("KEY_EXCHANGE_LIST_BUFFER"))
	tail := part("SCOPE_BUFFER_WITH_COUNT")
	chain := slices.Concat(part("SERVER_CERTIFICATE_HEADER_BUFFER_WITH_BLOB"), part("CERT_HEADER_BUFFER"), first, size(second), second, part("PADDING_BUFFER"))
	m, err := license.ParseMessage(slices.Concat(part("LICENSE_HEADER_BUFFER_WITH_CERT")[4:], head, chain, tail))
	if err != nil || m.Type != license.TypeLicenseRequest {
		t.Fatalf("%+v, %v", m, err)
	}
	q, err := license.ParseRequest(m.Body)
	if err != nil || q.CompanyName != "Microsoft Corporation" || q.ProductID != "A02" || string(q.Scopes[0]) != "microsoft.com\x00" {
		t.Fatalf("%+v, %v", q, err)
	}
	if got := q.Append(nil); !bytes.Equal(got, m.Body) {
		t.Errorf("writes back as\n%x, want\n%x", got, m.Body)
	}
	if m, err = license.ParseMessage(slices.Concat(part("LICENSE_HEADER_BUFFER_NO_CERT")[4:], head, []byte{3, 0, 0, 0}, tail)); err != nil {
		t.Errorf("without a certificate: %v", err)
	}
	if _, done, err := new(license.Client).Handle(all["rdp.rs::SERVER_LICENSE_BUFFER"][4:]); !done || err != nil {
		t.Errorf("an alert whose size counts the security header: %v, %v", done, err)
	}
	if key, err := sec.ParseCertificate(q.Certificate); err != nil || key.Size() < 64 {
		t.Errorf("key %+v, %v", key, err)
	}
}

func TestMessagesOfVectorsWriteBack(t *testing.T) {
	all := pdutest.Vectors(t)
	for key, write := range map[string]func([]byte) ([]byte, error){
		"server_platform_challenge/test.rs::PLATFORM_CHALLENGE_BUFFER": func(b []byte) ([]byte, error) {
			p, err := license.ParsePlatformChallenge(b)
			return p.Append(nil), err
		},
		"client_platform_challenge_response/test.rs::CLIENT_PLATFORM_CHALLENGE_RESPONSE_BUFFER": func(b []byte) ([]byte, error) {
			p, err := license.ParsePlatformChallengeResponse(b)
			return p.Append(nil), err
		},
		"server_upgrade_license/tests.rs::SERVER_UPGRADE_LICENSE_BUFFER": func(b []byte) ([]byte, error) {
			p, err := license.ParseNewLicense(b)
			return p.Append(nil), err
		},
		"tests.rs::STATUS_VALID_CLIENT_BUFFER": func(b []byte) ([]byte, error) {
			p, err := license.ParseErrorAlert(b)
			return p.Append(nil), err
		},
	} {
		b := all["rdp/server_license/"+key]
		if len(b) == 0 {
			continue
		}
		got, err := write(b[headerSize:])
		if err != nil || len(got) != len(b)-headerSize {
			t.Errorf("%s: %d bytes of %d, %v", key, len(got), len(b)-headerSize, err)
			continue
		}
		for i := range got {
			// Types of blobs are not looked at: some servers write 0 where 9 should be.
			if got[i] != b[headerSize+i] && got[i] != 9 && got[i] != 4 {
				t.Errorf("%s: writes back as\n%x, want\n%x", key, got, b[headerSize:])
				break
			}
		}
	}
}

// TestPartsOfVectors has the parts that some messages are given in besides the whole.
func TestPartsOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	if len(all) == 0 {
		return
	}
	part := func(name string) []byte { return all["rdp/server_license/"+name] }
	alert := slices.Concat(part("licensing_error_message/test.rs::HEADER_MESSAGE_BUFFER")[4:], part("licensing_error_message/test.rs::LICENSE_MESSAGE_BUFFER"))
	if _, done, err := new(license.Client).Handle(alert); !done || err != nil {
		t.Errorf("an alert: %v, %v", done, err)
	}
	if got, want := part("tests.rs::STATUS_VALID_CLIENT_BUFFER")[:headerSize], part("tests.rs::LICENSE_HEADER_BUFFER"); !bytes.Equal(got, want) {
		t.Errorf("header %x, want %x", got, want)
	}
	challenge, err := license.ParsePlatformChallenge(part("server_platform_challenge/test.rs::PLATFORM_CHALLENGE_BUFFER")[headerSize:])
	if err != nil || !bytes.Equal(challenge.Encrypted, part("server_platform_challenge/test.rs::CHALLENGE_BUFFER")) ||
		!bytes.Equal(challenge.MAC, part("server_platform_challenge/test.rs::MAC_DATA_BUFFER")) {
		t.Errorf("%+v, %v", challenge, err)
	}
	upgrade, err := license.ParseNewLicense(part("server_upgrade_license/tests.rs::SERVER_UPGRADE_LICENSE_BUFFER")[headerSize:])
	if err != nil || !bytes.Equal(upgrade.MAC, part("server_upgrade_license/tests.rs::MAC_DATA")) {
		t.Errorf("%+v, %v", upgrade, err)
	}
	certificate := slices.Concat(
		[]byte{1, 0, 0, 0}, part("server_license_request/tests.rs::CERT_HEADER_WITH_PARTIAL_RSA"),
		part("server_license_request/tests.rs::MODULUS"), part("tests.rs::BLOB_BUFFER"),
	)
	if key, err := sec.ParseCertificate(certificate); err != nil || key.Size() != 64 || key.Exponent != 65537 {
		t.Errorf("%+v, %v", key, err)
	}
	if b := part("tests.rs::BLOB_BUFFER"); !bytes.Equal(b[4:], part("server_license_request/tests.rs::SIGNATURE")) {
		t.Errorf("signature %x", b)
	}
	q := license.Request{ServerRandom: part("server_license_request/tests.rs::SERVER_RANDOM_BUFFER"), Certificate: certificate, Scopes: [][]byte{part("server_license_request/tests.rs::SCOPE_BUFFER")[4:]}}
	if got, err := license.ParseRequest(q.Append(nil)); err != nil || !bytes.HasSuffix(q.Append(nil), part("server_license_request/tests.rs::SCOPE_BUFFER_WITH_COUNT")) || string(got.Scopes[0]) != "microsoft.com\x00" {
		t.Errorf("%+v, %v", got, err)
	}
	n := license.NewLicenseRequest{ClientRandom: part("client_new_license_request/tests.rs::CLIENT_RANDOM_BUFFER"), EncryptedPremaster: part("client_new_license_request/tests.rs::ENCRYPTED_PREMASTER_SECRET")}
	if got, err := license.ParseNewLicenseRequest(n.Append(nil)); err != nil || !bytes.Equal(got.EncryptedPremaster, n.EncryptedPremaster) {
		t.Errorf("%+v, %v", got, err)
	}
}
