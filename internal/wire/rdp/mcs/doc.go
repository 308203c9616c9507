// SPDX-License-Identifier: Apache-2.0

// Package mcs has the PDUs of the Multipoint Communication Service that RDP uses ([T125],
// section 7, part 7; [MS-RDPBCGR], sections 2.2.1.3 to 2.2.1.9).
//
// [ConnectInitial] and [ConnectResponse] open the connection and are in BER. The domain PDUs
// that follow are in aligned PER of fixed shapes, and each begins with its number:
//
//	client                          server
//	ConnectInitial (GCC request)  →
//	                              ← ConnectResponse (GCC response)
//	ErectDomainRequest            →
//	AttachUserRequest             →
//	                              ← AttachUserConfirm (the user channel)
//	ChannelJoinRequest            →
//	                              ← ChannelJoinConfirm                 … for each channel
//	SendDataRequest               → ← SendDataIndication               … from then on
//	                              ← DisconnectProviderUltimatum
package mcs

import "fmt"

// Choice is the number of a domain PDU.
type Choice uint8

// The domain PDUs (DomainMCSPDU).
const (
	ChoiceErectDomainRequest          Choice = 1
	ChoiceDisconnectProviderUltimatum Choice = 8
	ChoiceAttachUserRequest           Choice = 10
	ChoiceAttachUserConfirm           Choice = 11
	ChoiceChannelJoinRequest          Choice = 14
	ChoiceChannelJoinConfirm          Choice = 15
	ChoiceSendDataRequest             Choice = 25
	ChoiceSendDataIndication          Choice = 26
)

var choiceNames = map[Choice]string{
	ChoiceErectDomainRequest:          "erect domain request",
	ChoiceDisconnectProviderUltimatum: "disconnect provider ultimatum",
	ChoiceAttachUserRequest:           "attach user request",
	ChoiceAttachUserConfirm:           "attach user confirm",
	ChoiceChannelJoinRequest:          "channel join request",
	ChoiceChannelJoinConfirm:          "channel join confirm",
	ChoiceSendDataRequest:             "send data request",
	ChoiceSendDataIndication:          "send data indication",
}

func (c Choice) String() string {
	if name, ok := choiceNames[c]; ok {
		return name
	}
	return fmt.Sprintf("domain PDU %d", uint8(c))
}

// ChoiceOf tells which domain PDU b is, 0 if b is empty.
func ChoiceOf(b []byte) Choice {
	if len(b) == 0 {
		return 0
	}
	return Choice(b[0] >> 2)
}

// Result is the outcome of a request (T.125, Result).
type Result uint8

// Successful is the only result that is not a failure.
const Successful Result = 0

var resultNames = [...]string{
	"rt-successful", "rt-domain-merging", "rt-domain-not-hierarchical", "rt-no-such-channel", "rt-no-such-domain",
	"rt-no-such-user", "rt-not-admitted", "rt-other-user-id", "rt-parameters-unacceptable", "rt-token-not-available",
	"rt-token-not-possessed", "rt-too-many-channels", "rt-too-many-tokens", "rt-too-many-users", "rt-unspecified-failure",
	"rt-user-rejected",
}

func (r Result) String() string {
	if int(r) < len(resultNames) {
		return resultNames[r]
	}
	return fmt.Sprintf("result %d", uint8(r))
}

// Reason is why the other side disconnects (T.125, Reason).
type Reason uint8

// The reasons.
const (
	DomainDisconnected Reason = iota
	ProviderInitiated
	TokenPurged
	UserRequested
	ChannelPurged
)

func (r Reason) String() string {
	names := [...]string{"rn-domain-disconnected", "rn-provider-initiated", "rn-token-purged", "rn-user-requested", "rn-channel-purged"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}
