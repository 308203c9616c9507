// SPDX-License-Identifier: Apache-2.0

package connector_test

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
)

// spy is a mechanism whose tokens are kept.
type spy struct {
	credssp.Mechanism
	tokens [][]byte
}

func (s *spy) Step(in []byte) (out []byte, done bool, err error) {
	out, done, err = s.Mechanism.Step(in)
	s.tokens = append(s.tokens, bytes.Clone(out))
	return out, done, err
}

// TestNLAWithExampleValues goes through a connection with the challenges, keys and names of
// [MS-NLMP], sections 4.2.1 and 4.2.4.
func TestNLAWithExampleValues(t *testing.T) {
	for _, piece := range []int{0, 1} {
		mechanism := &spy{Mechanism: ntlm.NewClient(ntlm.Config{
			User: "User", Domain: "Domain", Password: field.UTF16("Password"), Workstation: "COMPUTER",
			Now:  time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
			Rand: bytes.NewReader(pdutest.Hex(t, "aaaaaaaaaaaaaaaa 55555555555555555555555555555555")), // ClientChallenge, RandomSessionKey
		})}
		cfg := config()
		cfg.CredSSP = func(publicKey []byte, early bool) *credssp.Client {
			return credssp.NewClient(credssp.Config{
				Mechanism: mechanism, PublicKey: publicKey, User: "User", Domain: "Domain", Password: field.UTF16("Password"), EarlyUserAuth: early, Rand: rand.Reader,
			})
		}
		server := nla()
		server.NTLM.Challenge = pdutest.Hex(t, "0123456789abcdef")
		server.NTLM.TargetInfo = pdutest.Hex(t, `
			0200 0c00 44006f006d00610069006e00 ; MsvAvNbDomainName: Domain
			0100 0c00 530065007200760065007200 ; MsvAvNbComputerName: Server
			0000 0000                          ; MsvAvEOL`)
		d := &rdptest.Dialogue{
			Client: connector.New(cfg), Piece: piece,
			Server: &rdptest.Server{Response: negotiated(nego.ProtocolHybrid), CredSSP: server},
		}
		if err := d.Run(); err != nil || !slices.Contains(d.Log, "ready") {
			t.Fatalf("%d bytes at once: %v after %q", piece, err, d.Log)
		}
		authenticate := mechanism.tokens[len(mechanism.tokens)-1]
		for name, want := range map[string]string{
			"LMv2 response":             "86c35097ac9cec102554764a57cccc19 aaaaaaaaaaaaaaaa",
			"NTProofStr":                "68cd0ab851e51c96aabc927bebef6a1c 0101",
			"EncryptedRandomSessionKey": "c5dad2544fc9799094ce1ce90bc9d03e",
		} {
			if !bytes.Contains(authenticate, pdutest.Hex(t, want)) {
				t.Errorf("the %s is not in %x", name, authenticate)
			}
		}
	}
}
