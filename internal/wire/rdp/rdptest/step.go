// SPDX-License-Identifier: Apache-2.0

package rdptest

import "fmt"

// Step names what the server sends, in the order of the connection sequence.
type Step uint8

// The steps. Those of CredSSP and RDSTLS have no header of RDP's around them.
const (
	StepConnectionConfirm Step = iota
	StepNegoTokens             // TSRequest with a token, or with an errorCode
	StepPubKeyAuth             // TSRequest with pubKeyAuth
	StepEarlyUserAuthorization
	StepRDSTLSCapabilities
	StepRDSTLSResponse
	StepConnectResponse
	StepAttachUserConfirm
	StepChannelJoinConfirm
	StepMessage // on the message channel
	StepLicense
	StepRedirection
	StepDemandActive
	StepSynchronize
	StepCooperate
	StepGrantedControl
	StepFontMap
	StepDeactivateAll
	StepSaveSessionInfo
	StepUpdate
	StepChannel
)

var stepNames = map[Step]string{
	StepConnectionConfirm: "connection confirm", StepNegoTokens: "negoTokens", StepPubKeyAuth: "pubKeyAuth",
	StepEarlyUserAuthorization: "early user authorization", StepRDSTLSCapabilities: "RDSTLS capabilities", StepRDSTLSResponse: "RDSTLS response",
	StepConnectResponse: "connect response", StepAttachUserConfirm: "attach user confirm",
	StepChannelJoinConfirm: "channel join confirm", StepMessage: "message channel", StepLicense: "license", StepRedirection: "redirection",
	StepDemandActive: "demand active", StepSynchronize: "synchronize", StepCooperate: "cooperate", StepGrantedControl: "granted control",
	StepFontMap: "font map", StepDeactivateAll: "deactivate all", StepSaveSessionInfo: "save session info", StepUpdate: "update", StepChannel: "channel",
}

func (s Step) String() string {
	if name, ok := stepNames[s]; ok {
		return name
	}
	return fmt.Sprintf("step %d", uint8(s))
}
