// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/palta-gateway/palta/internal/secret"
)

// saltLength is that of the salts which upstream makes.
const saltLength = 32

// PasswordHash is a password as upstream's databases hold it: SHA-256 over the UTF-8 text of the password and of the salt in upper-case hexadecimal digits.
type PasswordHash struct {
	Sum  []byte
	Salt []byte // nil for an unsalted hash
	Date time.Time
}

// HashPassword returns the hash of a password with a fresh salt.
func HashPassword(password secret.String, now time.Time) PasswordHash {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	return PasswordHash{Sum: passwordSum(password, salt), Salt: salt, Date: now}
}

// UnusablePassword returns a hash that no known password has.
func UnusablePassword(now time.Time) PasswordHash {
	hash := PasswordHash{Sum: make([]byte, sha256.Size), Date: now}
	_, _ = rand.Read(hash.Sum)
	return hash
}

// Verify reports whether the password is the one hashed. An empty one never is. The time taken does not depend on the hash.
func (h PasswordHash) Verify(password secret.String) bool {
	equal := subtle.ConstantTimeCompare(passwordSum(password, h.Salt), h.Sum) == 1
	return equal && !password.Empty()
}

func passwordSum(password secret.String, salt []byte) []byte {
	text := password.Reveal()
	if salt != nil {
		text += strings.ToUpper(hex.EncodeToString(salt))
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Account is what a login has to know of a user.
type Account struct {
	// Key is the account's in the data source that it was read from.
	Key      int64
	Username string
	Password PasswordHash
	Disabled bool
	// Expired means that the password must be changed at the next login with it.
	Expired      bool
	Restrictions Restrictions
}

// PasswordPolicy says which passwords may be set. The zero value allows all that are not empty. Ages are whole days.
type PasswordPolicy struct {
	MinLength           int // characters
	MinAge              int // before it may be changed again, save by administrators
	MaxAge              int // before it must be changed; 0 means never
	HistorySize         int // how many former passwords must not come back
	RequireMultipleCase bool
	RequireDigit        bool
	RequireSymbol       bool
	ProhibitUsername    bool
}

// Check returns an Invalid error if the user may not have that password. The former ones are the latest first.
func (p PasswordPolicy) Check(username string, password secret.String, former []PasswordHash) error {
	text := password.Reveal()
	switch {
	case utf8.RuneCountInString(text) < p.MinLength:
		return policyError("Password is too short.", "ERROR_TOO_SHORT", "LENGTH", p.MinLength)
	case p.ProhibitUsername && strings.Contains(strings.ToLower(text), strings.ToLower(username)):
		return policyError("Password contains username.", "ERROR_CONTAINS_USERNAME", "", 0)
	case p.RequireMultipleCase && (!contains(text, unicode.IsLower) || !contains(text, unicode.IsUpper)):
		return policyError("Password does not contain both uppercase and lowercase.", "ERROR_REQUIRES_MULTIPLE_CASE", "", 0)
	case p.RequireDigit && !contains(text, unicode.IsDigit):
		return policyError("Password does not contain a digit.", "ERROR_REQUIRES_DIGIT", "", 0)
	case p.RequireSymbol && !contains(text, isSymbol):
		return policyError("Password does not contain a non-alphanumeric character.", "ERROR_REQUIRES_NON_ALNUM", "", 0)
	}
	for _, old := range former[:min(len(former), p.HistorySize)] {
		if old.Verify(password) {
			return policyError("Password has been used before.", "ERROR_REUSED", "HISTORY_SIZE", p.HistorySize)
		}
	}
	return nil
}

// CheckAge returns an Invalid error if a password set on that date may not be changed yet by its owner.
func (p PasswordPolicy) CheckAge(set, now time.Time) error {
	if wait := p.MinAge - ageInDays(set, now); wait > 0 {
		return policyError("Password was already recently changed.", "ERROR_TOO_YOUNG", "WAIT", wait)
	}
	return nil
}

// Outdated reports whether a password set on that date must be changed.
func (p PasswordPolicy) Outdated(set, now time.Time) bool {
	return p.MaxAge > 0 && ageInDays(set, now) >= p.MaxAge
}

func ageInDays(set, now time.Time) int { return int(now.Sub(set) / (24 * time.Hour)) }

func contains(text string, is func(rune) bool) bool { return strings.IndexFunc(text, is) >= 0 }

func isSymbol(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// policyError makes the error of one rule; the variable is left out if it has no name.
func policyError(message, key, variable string, value int) error {
	translatable := Message{Key: "PASSWORD_POLICY." + key}
	if variable != "" {
		translatable.Variables = map[string]string{variable: strconv.Itoa(value)}
	}
	return &Error{Kind: Invalid, Message: message, Translatable: translatable}
}
