// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// The sample keys of RFC 8009, appendix A.
const (
	sampleKey128 = "3705d96080c17728a0e800eab6e0d23c"
	sampleKey256 = "6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52"
)

// The samples of RFC 8009, appendix A, all with key usage 2.
func TestSampleEncryptions(t *testing.T) {
	for _, c := range []struct {
		kind                               EncryptionType
		key, confounder, plain, ciphertext string
	}{
		{
			AES128SHA256, sampleKey128, "7e5895eaf2672435bad817f545a37148", "",
			"ef85fb890bb8472f4dab20394dca781d" + "ad877eda39d50c870c0d5a0a8e48c718",
		},
		{
			AES128SHA256, sampleKey128, "7bca285e2fd4130fb55b1a5c83bc5b24", "000102030405",
			"84d7f30754ed987bab0bf3506beb09cfb55402cef7e6" + "877ce99e247e52d16ed4421dfdf8976c",
		},
		{
			AES128SHA256, sampleKey128, "56ab21713ff62c0a1457200f6fa9948f", "000102030405060708090a0b0c0d0e0f",
			"3517d640f50ddc8ad3628722b3569d2ae07493fa8263254080ea65c1008e8fc2" + "95fb4852e7d83e1e7c48c37eebe6b0d3",
		},
		{
			AES256SHA384, sampleKey256, "f764e9fa15c276478b2c7d0c4e5f58e4", "",
			"41f53fa5bfe7026d91faf9be959195a0" + "58707273a96a40f0a01960621ac612748b9bbfbe7eb4ce3c",
		},
		{
			AES256SHA384, sampleKey256, "b80d3251c1f6471494256ffe712d0b9a", "000102030405",
			"4ed7b37c2bcac8f74f23c1cf07e62bc7b75fb3f637b9" + "f559c7f664f69eab7b6092237526ea0d1f61cb20d69d10f2",
		},
		{
			AES256SHA384, sampleKey256, "763e65367e864f02f55153c7e3b58af1", "000102030405060708090a0b0c0d0e0f1011121314",
			"40013e2df58e8751957d2878bcd2d6fe101ccfd556cb1eae79db3c3ee86429f2b2a602ac86" + "fef6ecb647d6295fae077a1feb517508d2c16b4192e01f62",
		},
	} {
		k, err := newCipher(Key{c.kind, unhex(t, c.key)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.encrypt(2, unhex(t, c.confounder), unhex(t, c.plain))
		if err != nil || hex.EncodeToString(got) != c.ciphertext {
			t.Errorf("type %d: %q encrypts to\n%x, %v, want\n%s", c.kind, c.plain, got, err, c.ciphertext)
		}
		plain, err := k.decrypt(2, got)
		if err != nil || hex.EncodeToString(plain) != c.plain {
			t.Errorf("type %d: %s decrypts to %x, %v", c.kind, c.ciphertext, plain, err)
		}
	}
}

// The sample checksums of RFC 8009, appendix A, with key usage 2.
func TestSampleChecksums(t *testing.T) {
	message := unhex(t, "000102030405060708090a0b0c0d0e0f1011121314")
	for _, c := range []struct {
		kind      EncryptionType
		key, want string
	}{
		{AES128SHA256, sampleKey128, "d78367186643d67b411cba9139fc1dee"},
		{AES256SHA384, sampleKey256, "45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a"},
	} {
		k, err := newCipher(Key{c.kind, unhex(t, c.key)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.checksum(2, message[:5], message[5:]); err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("type %d: %x, %v, want %s", c.kind, got, err, c.want)
		}
	}
}

// The samples of ciphertext stealing of RFC 3962, appendix B.
func TestSampleCiphertextStealing(t *testing.T) {
	k, err := newCipher(Key{AES128SHA1, []byte("chicken teriyaki")})
	if err != nil {
		t.Fatal(err)
	}
	text := "I would like the General Gau's Chicken, please, and wonton soup."
	for n, want := range map[int]string{
		17: "c6353568f2bf8cb4d8a580362da7ff7f97",
		31: "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5",
		32: "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584",
		47: "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5",
		48: "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8",
	} {
		_, got, err := k.impl.EncryptData(k.key, []byte(text[:n]))
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%d bytes: %x, %v, want %s", n, got, err, want)
		}
	}
}

// keys has a key of each encryption type.
func keys() []Key {
	var all []Key
	for _, kind := range EncryptionTypes() {
		size := aes256Size
		if kind == AES128SHA1 || kind == AES128SHA256 {
			size = aes128Size
		}
		all = append(all, Key{kind, bytes.Repeat([]byte{byte(kind)}, size)})
	}
	return all
}

func TestCiphertextIsRefused(t *testing.T) {
	for _, key := range keys() {
		k, err := newCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{0, 1, 15, 16, 17, 40} {
			b, err := k.encrypt(usageAPRep, make([]byte, confounderSize), bytes.Repeat([]byte{'x'}, size))
			if err != nil {
				t.Fatal(err)
			}
			for n := range b {
				if _, err := k.decrypt(usageAPRep, b[:n:n]); err == nil {
					t.Errorf("type %d: cut to %d of %d bytes is accepted", key.Type, n, len(b))
				}
				changed := bytes.Clone(b)
				changed[n] ^= 0x10
				if _, err := k.decrypt(usageAPRep, changed); !errors.Is(err, ErrIntegrity) {
					t.Errorf("type %d: byte %d of %d changed: %v", key.Type, n, len(b), err)
				}
			}
			if _, err := k.decrypt(usageAuthenticator, b); !errors.Is(err, ErrIntegrity) {
				t.Errorf("type %d: another key usage: %v", key.Type, err)
			}
		}
	}
}

func TestKeysThatDoNotFit(t *testing.T) {
	for name, key := range map[string]Key{
		"RC4":                {23, make([]byte, 16)},
		"a cut key":          {AES256SHA1, make([]byte, 31)},
		"an empty key":       {AES128SHA1, nil},
		"the length in bits": {AES256SHA384, make([]byte, 24)},
		"none":               {},
	} {
		if _, err := newCipher(key); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
