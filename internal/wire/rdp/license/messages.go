// SPDX-License-Identifier: Apache-2.0

package license

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Request is the server license request ([MS-RDPELE], section 2.2.2.1).
type Request struct {
	ServerRandom []byte
	Version      uint32
	CompanyName  string
	ProductID    string
	KeyExchange  []byte
	// Certificate is empty if the server has shown one while connecting.
	Certificate []byte
	Scopes      [][]byte
}

// ParseRequest reads the body of a message.
func ParseRequest(body []byte) (Request, error) {
	r := field.NewReader("license: request", body)
	q := Request{ServerRandom: r.Bytes("ServerRandom", randomSize), Version: r.U32("dwVersion")}
	q.CompanyName = r.UTF16("pbCompanyName", r.Length("cbCompanyName", maxBlob))
	q.ProductID = r.UTF16("pbProductId", r.Length("cbProductId", maxBlob))
	q.KeyExchange = readBlob(r, "KeyExchangeList")
	q.Certificate = readBlob(r, "ServerCertificate")
	for range r.Length("ScopeCount", maxScopes) {
		q.Scopes = append(q.Scopes, readBlob(r, "Scope"))
	}
	return q, r.Err()
}

// Append appends the body.
func (q Request) Append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(append(b, q.ServerRandom...), q.Version)
	for _, text := range []string{q.CompanyName, q.ProductID} {
		encoded := append(field.UTF16(text), 0, 0)
		b = append(le.AppendUint32(b, uint32(len(encoded))), encoded...)
	}
	b = appendBlob(b, blobKeyExchange, q.KeyExchange)
	b = appendBlob(b, blobCertificate, q.Certificate)
	b = le.AppendUint32(b, uint32(len(q.Scopes)))
	for _, scope := range q.Scopes {
		b = appendBlob(b, blobScope, scope)
	}
	return b
}

// NewLicenseRequest is the client new license request ([MS-RDPELE], section 2.2.2.2).
type NewLicenseRequest struct {
	KeyExchange        uint32
	PlatformID         uint32
	ClientRandom       []byte
	EncryptedPremaster []byte
	UserName           []byte
	MachineName        []byte
}

// keyExchangeRSA is the only algorithm there is.
const keyExchangeRSA = 1

// platformID says a Windows of today, from Microsoft, which is what license servers know.
const platformID = 0x04010000

// ParseNewLicenseRequest reads the body of a message.
func ParseNewLicenseRequest(body []byte) (NewLicenseRequest, error) {
	r := field.NewReader("license: new license request", body)
	q := NewLicenseRequest{
		KeyExchange: r.U32("PreferredKeyExchangeAlg"), PlatformID: r.U32("PlatformId"), ClientRandom: r.Bytes("ClientRandom", randomSize),
		EncryptedPremaster: readBlob(r, "EncryptedPreMasterSecret"),
		UserName:           readBlob(r, "ClientUserName"), MachineName: readBlob(r, "ClientMachineName"),
	}
	return q, r.Err()
}

// Append appends the body.
func (q NewLicenseRequest) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, q.KeyExchange)
	b = binary.LittleEndian.AppendUint32(b, q.PlatformID)
	b = appendBlob(append(b, q.ClientRandom...), blobRandom, q.EncryptedPremaster)
	return appendBlob(appendBlob(b, blobUserName, q.UserName), blobMachineName, q.MachineName)
}

// PlatformChallenge is the server platform challenge ([MS-RDPELE], section 2.2.2.4).
type PlatformChallenge struct {
	ConnectFlags uint32
	Encrypted    []byte
	MAC          []byte
}

// ParsePlatformChallenge reads the body of a message.
func ParsePlatformChallenge(body []byte) (PlatformChallenge, error) {
	r := field.NewReader("license: platform challenge", body)
	p := PlatformChallenge{
		ConnectFlags: r.U32("ConnectFlags"), Encrypted: readBlobOf(r, "EncryptedPlatformChallenge", maxChallenge), MAC: r.Bytes("MACData", macSize),
	}
	return p, r.Err()
}

// Append appends the body.
func (p PlatformChallenge) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.ConnectFlags)
	return append(appendBlob(b, blobEncryptedData, p.Encrypted), p.MAC...)
}

// PlatformChallengeResponse is the client platform challenge response ([MS-RDPELE], section
// 2.2.2.5).
type PlatformChallengeResponse struct {
	EncryptedResponse   []byte
	EncryptedHardwareID []byte
	MAC                 []byte
}

// ParsePlatformChallengeResponse reads the body of a message.
func ParsePlatformChallengeResponse(body []byte) (PlatformChallengeResponse, error) {
	r := field.NewReader("license: platform challenge response", body)
	p := PlatformChallengeResponse{
		EncryptedResponse:   readBlob(r, "EncryptedPlatformChallengeResponse"),
		EncryptedHardwareID: readBlob(r, "EncryptedHWID"), MAC: r.Bytes("MACData", macSize),
	}
	return p, r.Err()
}

// Append appends the body.
func (p PlatformChallengeResponse) Append(b []byte) []byte {
	b = appendBlob(b, blobEncryptedData, p.EncryptedResponse)
	b = appendBlob(b, blobEncryptedData, p.EncryptedHardwareID)
	return append(b, p.MAC...)
}

// NewLicense is the server new license or upgrade license message ([MS-RDPELE], sections
// 2.2.2.6 and 2.2.2.7).
type NewLicense struct {
	Encrypted []byte
	MAC       []byte
}

// ParseNewLicense reads the body of a message.
func ParseNewLicense(body []byte) (NewLicense, error) {
	r := field.NewReader("license: new license", body)
	p := NewLicense{Encrypted: readBlob(r, "EncryptedLicenseInfo"), MAC: r.Bytes("MACData", macSize)}
	return p, r.Err()
}

// Append appends the body.
func (p NewLicense) Append(b []byte) []byte {
	return append(appendBlob(b, blobEncryptedData, p.Encrypted), p.MAC...)
}
