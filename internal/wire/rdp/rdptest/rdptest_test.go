// SPDX-License-Identifier: Apache-2.0

package rdptest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return k
})

// config is a client that takes whatever security the server selects.
func config() connector.Config {
	password := field.UTF16("Password")
	return connector.Config{
		Protocols:  nego.ProtocolSSL | nego.ProtocolHybrid,
		Core:       gcc.ClientCore{Version: gcc.Version5, DesktopWidth: 1024, DesktopHeight: 768},
		Encryption: gcc.Encryption128Bit | gcc.EncryptionFIPS,
		Channels:   []gcc.Channel{{Name: "rdpdr"}, {Name: "cliprdr"}},
		Info: pdu.ClientInfo{
			Flags: pdu.InfoUnicode, UserName: "User", Domain: "Domain", Password: password, Extended: new(pdu.ExtendedInfo),
		},
		CredSSP: func(publicKey []byte, early bool) *credssp.Client {
			return credssp.NewClient(credssp.Config{
				Mechanism: ntlm.NewClient(ntlm.Config{User: "User", Domain: "Domain", Password: password, Rand: rand.Reader}),
				PublicKey: publicKey, User: "User", Domain: "Domain", Password: password, EarlyUserAuth: early, Rand: rand.Reader,
			})
		},
		MachineName: "palta",
		Capabilities: func([]pdu.CapabilitySet) []pdu.CapabilitySet {
			return []pdu.CapabilitySet{new(pdu.General), new(pdu.Order)}
		},
		Rand: rand.Reader,
	}
}

// redirection has every field but an encrypted password.
var redirection = pdu.Redirection{
	SessionID: 4, UserName: "target", Domain: "farm", Password: []byte("c\x00"), LoadBalanceInfo: []byte("tsv://farm\r\n"), TargetFQDN: "host.example",
	Flags: pdu.RedirLoadBalanceInfo | pdu.RedirUserName | pdu.RedirDomain | pdu.RedirPassword | pdu.RedirTargetFQDN,
}
