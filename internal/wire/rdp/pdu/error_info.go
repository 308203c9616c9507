// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// ErrorInfo is the set error info PDU (section 2.2.5.1.1): why the server is about to
// disconnect. As an error it is what errors.As finds.
type ErrorInfo uint32

// The codes that callers tell apart.
const (
	ErrorNone                       ErrorInfo = 0x00000000
	ErrorRPCInitiatedDisconnect     ErrorInfo = 0x00000001
	ErrorRPCInitiatedLogoff         ErrorInfo = 0x00000002
	ErrorIdleTimeout                ErrorInfo = 0x00000003
	ErrorLogonTimeout               ErrorInfo = 0x00000004
	ErrorDisconnectedByOther        ErrorInfo = 0x00000005
	ErrorOutOfMemory                ErrorInfo = 0x00000006
	ErrorServerDeniedConnection     ErrorInfo = 0x00000007
	ErrorInsufficientPrivileges     ErrorInfo = 0x00000009
	ErrorFreshCredentialsRequired   ErrorInfo = 0x0000000A
	ErrorRPCInitiatedDisconnectUser ErrorInfo = 0x0000000B
	ErrorLogoffByUser               ErrorInfo = 0x0000000C
	ErrorCloseStackOnDriverNotReady ErrorInfo = 0x0000000F
	ErrorServerDWMCrash             ErrorInfo = 0x00000010
	ErrorCloseStackOnDriverFailure  ErrorInfo = 0x00000011
	ErrorCloseStackOnDriverIface    ErrorInfo = 0x00000012
	ErrorServerWinlogonCrash        ErrorInfo = 0x00000017
	ErrorServerCSRSSCrash           ErrorInfo = 0x00000018
	ErrorServerShutdown             ErrorInfo = 0x00000019
	ErrorServerReboot               ErrorInfo = 0x0000001A

	errorLicense     ErrorInfo = 0x00000100
	errorLicenseEnd  ErrorInfo = 0x00000400
	errorBroker      ErrorInfo = 0x00000400
	errorBrokerEnd   ErrorInfo = 0x00000500
	errorProtocol    ErrorInfo = 0x000010C9
	errorProtocolEnd ErrorInfo = 0x00002000
)

var errorInfoTexts = map[ErrorInfo]string{
	ErrorNone:                       "no error",
	ErrorRPCInitiatedDisconnect:     "disconnected by an administrator",
	ErrorRPCInitiatedLogoff:         "logged off by an administrator",
	ErrorIdleTimeout:                "the session was idle for too long",
	ErrorLogonTimeout:               "the session reached its time limit",
	ErrorDisconnectedByOther:        "another connection took the session over",
	ErrorOutOfMemory:                "the server is out of memory",
	ErrorServerDeniedConnection:     "the server denied the connection",
	ErrorInsufficientPrivileges:     "the user has no right to connect",
	ErrorFreshCredentialsRequired:   "the server wants the credentials to be entered anew",
	ErrorRPCInitiatedDisconnectUser: "disconnected by a tool of the user's session",
	ErrorLogoffByUser:               "the user logged off",
	ErrorCloseStackOnDriverNotReady: "the display driver was not ready in time",
	ErrorServerDWMCrash:             "the server's window manager crashed",
	ErrorCloseStackOnDriverFailure:  "the server's display driver failed to start",
	ErrorCloseStackOnDriverIface:    "the server's display driver has no interface",
	ErrorServerWinlogonCrash:        "the server's logon process crashed",
	ErrorServerCSRSSCrash:           "a system process of the server crashed",
	ErrorServerShutdown:             "the server shuts down",
	ErrorServerReboot:               "the server restarts",
	0x00000100:                      "internal licensing error",
	0x00000101:                      "no license server is available",
	0x00000102:                      "no client access license is available",
	0x00000103:                      "the server received an invalid licensing message",
	0x00000104:                      "the hardware ID does not match the license",
	0x00000105:                      "the client's license is invalid",
	0x00000106:                      "the licensing protocol was not completed",
	0x00000107:                      "the client ended the licensing protocol",
	0x00000108:                      "a licensing message was encrypted wrongly",
	0x00000109:                      "the license could not be upgraded",
	0x0000010A:                      "the license server refused a remote connection",
	0x00000400:                      "the target computer of the broker was not found",
	0x00000402:                      "the broker is being upgraded",
	0x00000404:                      "the broker could not wake the target",
	0x00000405:                      "the broker's virtual machine could not start",
	0x00000406:                      "the broker could not find the target's address",
	0x00000408:                      "the broker failed to create a session",
	0x00000409:                      "the broker found no session to connect to",
	0x00000410:                      "the broker's target does not answer",
}

// IsProtocolError says that the server blames what the client sent.
func (e ErrorInfo) IsProtocolError() bool { return e >= errorProtocol && e < errorProtocolEnd }

// IsLicensing says that the code is about licenses.
func (e ErrorInfo) IsLicensing() bool { return e >= errorLicense && e < errorLicenseEnd }

// IsBroker says that the code is a connection broker's.
func (e ErrorInfo) IsBroker() bool { return e >= errorBroker && e < errorBrokerEnd }

func (e ErrorInfo) String() string {
	if text, ok := errorInfoTexts[e]; ok {
		return text
	}
	switch {
	case e.IsProtocolError():
		return fmt.Sprintf("the server found a protocol error (0x%08X)", uint32(e))
	case e.IsLicensing():
		return fmt.Sprintf("licensing error 0x%08X", uint32(e))
	case e.IsBroker():
		return fmt.Sprintf("connection broker error 0x%08X", uint32(e))
	}
	return fmt.Sprintf("error 0x%08X", uint32(e))
}

// Error makes the reason an error.
func (e ErrorInfo) Error() string { return "rdp: " + e.String() }

// ParseErrorInfo reads the data of a share data PDU.
func ParseErrorInfo(b []byte) (ErrorInfo, error) {
	r := field.NewReader("pdu: set error info", b)
	return ErrorInfo(r.U32("errorInfo")), r.Err()
}

// Append appends the data.
func (e ErrorInfo) Append(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, uint32(e)) }
