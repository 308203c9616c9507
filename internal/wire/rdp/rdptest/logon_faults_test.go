// SPDX-License-Identifier: Apache-2.0

package rdptest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdstls"
)

// logOn runs a client that can log on with CredSSP and with RDSTLS.
func logOn(s *rdptest.Server, piece int) (*rdptest.Dialogue, error) {
	cfg := config()
	cfg.Protocols |= nego.ProtocolHybridEx | nego.ProtocolRDSTLS
	cfg.RDSTLS = rdstls.Credentials{UserName: rdptest.FaultUser, Domain: rdptest.FaultDomain, Password: []byte("blob")}
	d := &rdptest.Dialogue{Client: connector.New(cfg), Server: s, Piece: piece}
	return d, d.Run()
}

func TestLogonFaults(t *testing.T) {
	for i, f := range rdptest.LogonFaults() {
		for _, piece := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s, %d bytes at once", f.Name, piece), func(t *testing.T) {
				s := rdptest.LogonFaults()[i].Server
				var d *rdptest.Dialogue
				var err error
				if n := measure(func() { d, err = logOn(&s, piece) }); n > maxMemory {
					t.Errorf("%d bytes were allocated", n)
				}
				checkOutcome(t, f, d, err)
				if f.Outcome != rdptest.Tolerated && s.Ready > 0 {
					t.Error("the connection is up")
				}
			})
		}
	}
}

// TestCredentialsAreNotSentToAnotherKey spoils each byte of pubKeyAuth: the proof of the key
// that the password is about to be sent to.
func TestCredentialsAreNotSentToAnotherKey(t *testing.T) {
	for at, more := 0, true; more; at++ {
		more = false
		s := rdptest.NLA()
		s.Break = rdptest.At(rdptest.StepPubKeyAuth, rdptest.TSRequest(func(q *credssp.Request) {
			q.PubKeyAuth[at] ^= 0x10
			more = at < len(q.PubKeyAuth)-1
		}))
		d, err := logOn(&s, 0)
		if err == nil || s.CredSSP.Credentials != nil || slices.Contains(d.Log, "connected") {
			t.Errorf("byte %d: %v after %q", at, err, d.Log)
		}
	}
}

// TestEveryByteOfALogonChanged changes each byte of what the server says until the user is
// logged on, and cuts there.
func TestEveryByteOfALogonChanged(t *testing.T) {
	steps := map[rdptest.Step]func() rdptest.Server{
		rdptest.StepNegoTokens: rdptest.NLA, rdptest.StepPubKeyAuth: rdptest.NLA, rdptest.StepEarlyUserAuthorization: rdptest.NLA,
		rdptest.StepRDSTLSCapabilities: rdptest.RDSTLS, rdptest.StepRDSTLSResponse: rdptest.RDSTLS,
	}
	for step, server := range steps {
		t.Run(step.String(), func(t *testing.T) {
			seen := 0
			for at, more := 0, true; more; at++ {
				more = false
				s := server()
				s.Break = rdptest.At(step, func(b []byte) []byte {
					if at >= len(b) { // the server refuses what came of an earlier change
						return b
					}
					seen++
					more = more || at < len(b)-1
					b[at] ^= []byte{0x01, 0x80, 0xFF}[at%3]
					return b
				})
				if _, err := logOn(&s, 0); err != nil && !strings.Contains(err.Error(), ": ") {
					t.Errorf("byte %d: %v", at, err)
				}
				s = server()
				s.Break = rdptest.At(step, rdptest.Cut(at))
				if d, err := logOn(&s, 0); err != nil || slices.Contains(d.Log, "connected") {
					t.Errorf("cut to %d bytes, where the client has to wait: %v after %q", at, err, d.Log)
				}
			}
			if seen < 4 {
				t.Errorf("%d bytes were changed", seen)
			}
		})
	}
}
