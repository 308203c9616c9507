// SPDX-License-Identifier: Apache-2.0

package credssp

import "fmt"

// Status is the NTSTATUS with which a server refuses the user. As an error it is what
// errors.As finds.
type Status uint32

// The codes that callers tell apart.
const (
	LogonFailure       Status = 0xC000006D
	NoSuchUser         Status = 0xC0000064
	WrongPassword      Status = 0xC000006A
	AccountRestriction Status = 0xC000006E
	PasswordExpired    Status = 0xC0000071
	AccountDisabled    Status = 0xC0000072
	LogonTypeNotGiven  Status = 0xC000015B
	AccountExpired     Status = 0xC0000193
	PasswordMustChange Status = 0xC0000224
	AccountLockedOut   Status = 0xC0000234
)

var statusTexts = map[Status]string{
	LogonFailure:       "the user name or password is wrong",
	NoSuchUser:         "there is no such user",
	WrongPassword:      "the password is wrong",
	AccountRestriction: "an account restriction prevents the logon",
	PasswordExpired:    "the password has expired",
	AccountDisabled:    "the account is disabled",
	LogonTypeNotGiven:  "the user may not log on remotely",
	AccountExpired:     "the account has expired",
	PasswordMustChange: "the password must be changed before the first logon",
	AccountLockedOut:   "the account is locked",
}

func (s Status) String() string {
	if text, ok := statusTexts[s]; ok {
		return text
	}
	return fmt.Sprintf("the server refuses with status 0x%08X", uint32(s))
}

// Error makes the server's refusal an error.
func (s Status) Error() string { return "credssp: " + s.String() }
