// SPDX-License-Identifier: Apache-2.0

package login

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// sealPurpose keeps the key of the seal apart from whatever else may be made from a token.
const sealPurpose = "palta login record"

// keptLogin is the form of directory.LoginRecord.Login.
type keptLogin struct {
	auth.Saved
	// Sealed are the secrets, which only the token opens: whoever reads the record, or all records, has no token.
	Sealed []byte
}

// secrets are what is sealed.
type secrets struct {
	Password string            `json:",omitempty"`
	Tokens   map[string]string `json:",omitempty"`
}

// keep encodes a login.
func keep(token string, saved auth.Saved) ([]byte, error) {
	plain, err := json.Marshal(secrets{Password: saved.Password.Reveal(), Tokens: saved.Tokens})
	if err != nil {
		return nil, err
	}
	aead, err := sealOf(token)
	if err != nil {
		return nil, err
	}
	sealed := aead.Seal(nil, nil, plain, nil) //nolint:gosec // it makes a random nonce itself
	return json.Marshal(keptLogin{Saved: saved, Sealed: sealed})
}

// open is the inverse of keep. With the empty token, what is sealed stays closed.
func open(token string, kept []byte) (auth.Saved, error) {
	var k keptLogin
	if err := json.Unmarshal(kept, &k); err != nil {
		return auth.Saved{}, fmt.Errorf("login: record: %w", err)
	}
	if token == "" {
		return k.Saved, nil
	}
	aead, err := sealOf(token)
	if err != nil {
		return auth.Saved{}, err
	}
	plain, err := aead.Open(nil, nil, k.Sealed, nil)
	if err != nil {
		return auth.Saved{}, fmt.Errorf("login: secrets of the record: %w", err)
	}
	var s secrets
	if err := json.Unmarshal(plain, &s); err != nil {
		return auth.Saved{}, fmt.Errorf("login: secrets of the record: %w", err)
	}
	k.Password, k.Tokens = secret.New(s.Password), s.Tokens
	return k.Saved, nil
}

// sealOf returns the seal of a token.
func sealOf(token string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(strings.ToUpper(token)), nil, sealPurpose, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// hashToken accepts either case, as hexadecimal digits mean the same in both.
func hashToken(token string) directory.LoginKey { return sha256.Sum256([]byte(strings.ToUpper(token))) }
