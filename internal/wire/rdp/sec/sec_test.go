// SPDX-License-Identifier: Apache-2.0

package sec_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
)

// proprietary is the certificate of [MS-RDPBCGR], section 4.1.4.
const proprietary = `01000000 01000000 01000000 ; dwVersion, dwSigAlgId, dwKeyAlgId
	0600 5c00                                ; wPublicKeyBlobType, wPublicKeyBlobLen
	52534131 48000000 00020000 3f000000 01000100 ; RSA1, keylen 72, bitlen 512, datalen, pubExp
	cb81feba6d61c35505d55f2e87f87194d6f1a5cbf15f0c3df8700296c4fb9bc83c2d55aee8ff3275ea6879e5a201fd31a0b11f55a61fc1f6d1838863265612bc
	0000000000000000
	0800 4800                                ; wSignatureBlobType, wSignatureBlobLen
	e9e1d628468b4ef50adffdee2199acb4e18f5f815782ef9d965263271829dbb34afd9ada42adb56921890e1dc04c1aa8aa713e0f54b99ae499683f6cd6768461
	0000000000000000`

var methods = []gcc.EncryptionMethods{gcc.Encryption40Bit, gcc.Encryption56Bit, gcc.Encryption128Bit, gcc.EncryptionFIPS}

func pair(t testing.TB, method gcc.EncryptionMethods) (client, server *sec.Session) {
	t.Helper()
	clientRandom, serverRandom := make([]byte, 32), make([]byte, 32)
	for i := range clientRandom {
		clientRandom[i], serverRandom[i] = byte(i), byte(0xFF-i)
	}
	client, err := sec.NewSession(method, sec.Client, clientRandom, serverRandom)
	if err != nil {
		t.Fatal(err)
	}
	server, err = sec.NewSession(method, sec.Server, clientRandom, serverRandom)
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestCertificate(t *testing.T) {
	b := pdutest.Hex(t, proprietary)
	key, err := sec.ParseCertificate(b)
	if err != nil || key.Exponent != 65537 || key.Size() != 64 {
		t.Fatalf("key %+v, %v", key, err)
	}
	pdutest.Cut(t, b, func(b []byte) error { _, err := sec.ParseCertificate(b); return err })
	again, err := sec.ParseCertificate(key.AppendProprietary(nil))
	if err != nil || again.Modulus.Cmp(key.Modulus) != 0 {
		t.Errorf("our form of it reads back as %+v, %v", again, err)
	}
}

func TestCertificateRefuses(t *testing.T) {
	b := pdutest.Hex(t, proprietary)
	for name, change := range map[string]func([]byte){
		"version 3":       func(b []byte) { b[0] = 3 },
		"no RSA1":         func(b []byte) { b[16] = 'X' },
		"a huge key":      func(b []byte) { b[22] = 1 },
		"an even modulus": func(b []byte) { b[36] = 2 },
		"exponent 0":      func(b []byte) { b[32], b[34] = 0, 0 },
	} {
		c := bytes.Clone(b)
		change(c)
		if key, err := sec.ParseCertificate(c); err == nil {
			t.Errorf("%s: accepted as %+v", name, key)
		}
	}
}

func TestExchangeReachesTheServer(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	chain := []byte{2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 'c', 'a', '!'}
	chain = binary.LittleEndian.AppendUint32(chain, uint32(len(der)))
	chain = append(append(chain, der...), make([]byte, 16)...)
	key, err := sec.ParseCertificate(chain)
	if err != nil {
		t.Fatal(err)
	}
	secret := bytes.Repeat([]byte{1, 2, 3, 4}, 8)
	wire := sec.Exchange{EncryptedClientRandom: key.Encrypt(secret)}.Append(nil)
	pdutest.RoundTrip(t, wire, sec.ParseExchange, sec.Exchange.Append)
	e, err := sec.ParseExchange(wire)
	if err != nil || len(e.EncryptedClientRandom) != 128+8 {
		t.Fatalf("%d bytes, %v", len(e.EncryptedClientRandom), err)
	}
	c := bytes.Clone(e.EncryptedClientRandom)
	slices.Reverse(c)
	m := new(big.Int).Exp(new(big.Int).SetBytes(c), private.D, private.N).FillBytes(make([]byte, 32))
	slices.Reverse(m)
	if !bytes.Equal(m, secret) {
		t.Errorf("the server decrypts %x", m)
	}
}

func TestKeysOfLicensingVectors(t *testing.T) {
	// Licensing derives its keys with the same ladder; its vectors prove it.
	const prefix = "rdp/server_license/client_new_license_request/tests.rs::"
	all := pdutest.Vectors(t)
	secret, ok := all[prefix+"PREMASTER_SECRET_BUFFER"]
	if !ok {
		return
	}
	client, server := all[prefix+"CLIENT_RANDOM_BUFFER"], all[prefix+"SERVER_RANDOM_BUFFER"]
	if got, want := sec.SaltedHash(secret, "A", client, server), all[prefix+"SALTED_HASH_BUFFER"]; !bytes.Equal(got, want) {
		t.Errorf("salted hash %x, want %x", got, want)
	}
	master := sec.Ladder(secret, sec.MasterSalts, client, server)
	if want := all[prefix+"MASTER_SECRET_BUFFER"]; !bytes.Equal(master, want) {
		t.Errorf("master secret %x, want %x", master, want)
	}
	blob := sec.Ladder(master, sec.MasterSalts, server, client)
	if want := all[prefix+"SESSION_KEY_BLOB"]; !bytes.Equal(blob, want) {
		t.Errorf("session key blob %x, want %x", blob, want)
	}
	if got, want := sec.FinalHash(blob[16:32], client, server), all[prefix+"LICENSE_KEY_BUFFER"]; !bytes.Equal(got, want) {
		t.Errorf("license key %x, want %x", got, want)
	}
}

func TestSessionBothWaysAcrossKeyUpdates(t *testing.T) {
	for _, method := range methods {
		for _, salted := range []bool{false, true} {
			t.Run(fmt.Sprintf("method %#x salted %v", uint32(method), salted), func(t *testing.T) {
				client, server := pair(t, method)
				client.Salted = salted
				for i := range 2*4096 + 3 {
					text := fmt.Appendf(nil, "PDU %d", i)
					flags, got, err := server.Open(client.Seal(nil, sec.FlagInfo, text))
					if err != nil || !bytes.Equal(got, text) || flags&sec.FlagInfo == 0 {
						t.Fatalf("PDU %d: flags %x, %q, %v", i, flags, got, err)
					}
					back, err := client.OpenFast(server.SealFast(nil, text), false)
					if err != nil || !bytes.Equal(back, text) {
						t.Fatalf("fast-path PDU %d: %q, %v", i, back, err)
					}
				}
			})
		}
	}
}

// xrdp 0.9.21 takes what these keys make, before and after the first update of them.
func TestKeysAreThoseOfServers(t *testing.T) {
	for _, tc := range []struct {
		method         gcc.EncryptionMethods
		first, updated string
	}{
		{gcc.Encryption40Bit, "5c9e87f7279d5f5ba00716fa11aacf", "5c9e87f7279d5f5bc758c3a0da7d93"},
		{gcc.Encryption128Bit, "b0130ffcd802ca55aea39ca9a227be", "b0130ffcd802ca55de66c50cbba4cb"},
		{gcc.EncryptionFIPS, "100001014cb9efe5652b506068748d59d198286b", "1000010196a309fb55de1552b35b071b2455d8db"},
	} {
		client, _ := pair(t, tc.method)
		if got := hex.EncodeToString(client.SealFast(nil, []byte("message"))); got != tc.first {
			t.Errorf("method %#x: the first PDU is %s, want %s", uint32(tc.method), got, tc.first)
		}
		for range 4095 {
			client.SealFast(nil, []byte("message"))
		}
		if got := hex.EncodeToString(client.SealFast(nil, []byte("message"))); got != tc.updated {
			t.Errorf("method %#x: PDU 4097 is %s, want %s", uint32(tc.method), got, tc.updated)
		}
	}
}

func TestSessionPassesPlainPDUs(t *testing.T) {
	client, _ := pair(t, gcc.Encryption128Bit) // as level low has them from the server
	flags, data, err := client.Open([]byte("\x80\x00\x00\x00license"))
	if flags != sec.FlagLicense || string(data) != "license" || err != nil {
		t.Errorf("%x, %q, %v", flags, data, err)
	}
}

func TestHeaderNamesItsFields(t *testing.T) {
	pdutest.Cut(t, sec.AppendHeader(nil, sec.FlagInfo), func(b []byte) error { _, _, err := sec.ParseHeader(b); return err })
}

func TestSessionRefuses(t *testing.T) {
	for _, method := range methods {
		client, server := pair(t, method)
		wire := client.Seal(nil, 0, []byte("message"))
		wire[len(wire)-1] ^= 1
		if _, data, err := server.Open(wire); err == nil || !strings.Contains(err.Error(), "dataSignature") && method != gcc.EncryptionFIPS {
			t.Errorf("method %x: a changed PDU is accepted as %q, %v", uint32(method), data, err)
		}
		client, _ = pair(t, method)
		wire = client.Seal(nil, 0, []byte("message!"))
		for n := range wire {
			_, server = pair(t, method)
			if _, _, err := server.Open(bytes.Clone(wire[:n])); err == nil {
				t.Errorf("method %x: cut to %d of %d bytes is accepted", uint32(method), n, len(wire))
			}
		}
	}
	if _, err := sec.NewSession(gcc.Encryption128Bit, sec.Client, make([]byte, 31), make([]byte, 32)); err == nil {
		t.Error("a short random is accepted")
	}
	if _, err := sec.NewSession(3, sec.Client, make([]byte, 32), make([]byte, 32)); err == nil {
		t.Error("two methods are accepted")
	}
}

func FuzzSecurity(f *testing.F) {
	f.Add(pdutest.Hex(f, proprietary))
	client, _ := pair(f, gcc.Encryption128Bit)
	f.Add(client.Seal(nil, sec.FlagInfo, []byte("data")))
	f.Add(sec.Exchange{EncryptedClientRandom: make([]byte, 72)}.Append(nil))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "rdp/server_license/", "security_data.rs::")
	f.Fuzz(func(t *testing.T, b []byte) {
		if key, err := sec.ParseCertificate(b); err == nil {
			again, err := sec.ParseCertificate(key.AppendProprietary(nil))
			if err != nil || again.Exponent != key.Exponent || again.Modulus.Cmp(key.Modulus) != 0 {
				t.Fatalf("%+v reads back as %+v, %v", key, again, err)
			}
		}
		pdutest.Same(t, b, sec.ParseExchange, sec.Exchange.Append)
		for _, method := range methods {
			_, server := pair(t, method)
			if flags, _, err := server.Open(bytes.Clone(b)); err == nil && flags&sec.FlagEncrypt != 0 && len(b) < 12 {
				t.Fatalf("%x is accepted without a signature", b)
			}
		}
	})
}
