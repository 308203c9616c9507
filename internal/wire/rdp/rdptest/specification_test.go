// SPDX-License-Identifier: Apache-2.0

package rdptest_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// The annotated connection of [MS-RDPBCGR], section 4: what is not encrypted as whole packets,
// what is encrypted from the share control header on, as the specification gives it decrypted.
const (
	x224Request = `03 00 00 2c ; TPKT: 44 bytes
		27 e0 00 00 00 00 00 ; X.224: LI, CR, DST-REF, SRC-REF, class 0
		43 6f 6f 6b 69 65 3a 20 6d 73 74 73 68 61 73 68 3d 65 6c 74 6f 6e 73 0d 0a ; Cookie: mstshash=eltons
		01 00 08 00 00 00 00 00 ; RDP_NEG_REQ: standard security`
	x224Confirm = `03 00 00 13 ; TPKT: 19 bytes
		0e d0 00 00 12 34 00 ; X.224: LI, CC, DST-REF, SRC-REF, class 0
		02 00 08 00 00 00 00 00 ; RDP_NEG_RSP: standard security`
	connectInitial = `03 00 01 a0 02 f0 80 ; TPKT: 416 bytes, X.224 data
		7f 65 82 01 94 ; CONNECT-INITIAL: 404 bytes
		04 01 01 04 01 01 01 01 ff ; callingDomainSelector, calledDomainSelector, upwardFlag
		30 19 02 01 22 02 01 02 02 01 00 02 01 01 02 01 00 02 01 01 02 02 ff ff 02 01 02 ; targetParameters
		30 19 02 01 01 02 01 01 02 01 01 02 01 01 02 01 00 02 01 01 02 02 04 20 02 01 02 ; minimumParameters
		30 1c 02 02 ff ff 02 02 fc 17 02 02 ff ff 02 01 01 02 01 00 02 01 01 02 02 ff ff 02 01 02 ; maximumParameters
		04 82 01 33 ; userData: 307 bytes
		00 05 00 14 7c 00 01 81 2a ; object identifier, length
		00 08 00 10 00 01 c0 00 44 75 63 61 81 1c ; ConferenceCreateRequest, "Duca", length
		01 c0 d8 00 04 00 08 00 00 05 00 04 01 ca 03 aa 09 04 00 00 ce 0e 00 00 ; TS_UD_CS_CORE
		45 00 4c 00 54 00 4f 00 4e 00 53 00 2d 00 44 00 45 00 56 00 32 00 00 00 00 00 00 00 00 00 00 00 ; clientName
		04 00 00 00 00 00 00 00 0c 00 00 00 ; keyboardType, keyboardSubType, keyboardFunctionKey
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ; imeFileName
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		01 ca 01 00 00 00 00 00 18 00 07 00 01 00 ; postBeta2ColorDepth to earlyCapabilityFlags
		36 00 39 00 37 00 31 00 32 00 2d 00 37 00 38 00 33 00 2d 00 30 00 33 00 35 00 37 00 39 00 37 00 ; clientDigProductId
		34 00 2d 00 34 00 32 00 37 00 31 00 34 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		00 00 00 00 00 00 ; connectionType, pad, serverSelectedProtocol
		04 c0 0c 00 0d 00 00 00 00 00 00 00 ; TS_UD_CS_CLUSTER
		02 c0 0c 00 1b 00 00 00 00 00 00 00 ; TS_UD_CS_SEC
		03 c0 2c 00 03 00 00 00 ; TS_UD_CS_NET: three channels
		72 64 70 64 72 00 00 00 00 00 80 80 63 6c 69 70 72 64 72 00 00 00 a0 c0 72 64 70 73 6e 64 00 00 00 00 00 c0`
	connectResponse = `03 00 01 51 02 f0 80 ; TPKT: 337 bytes, X.224 data
		7f 66 82 01 45 0a 01 00 02 01 00 ; CONNECT-RESPONSE: rt-successful, calledConnectId
		30 1a 02 01 22 02 01 03 02 01 00 02 01 01 02 01 00 02 01 01 02 03 00 ff f8 02 01 02 ; domainParameters
		04 82 01 1f 00 05 00 14 7c 00 01 2a 14 76 0a 01 01 00 01 c0 00 4d 63 44 6e 81 08 ; ConferenceCreateResponse, "McDn"
		01 0c 0c 00 04 00 08 00 00 00 00 00 ; TS_UD_SC_CORE
		03 0c 10 00 eb 03 03 00 ec 03 ed 03 ee 03 00 00 ; TS_UD_SC_NET
		02 0c ec 00 02 00 00 00 02 00 00 00 20 00 00 00 b8 00 00 00 ; TS_UD_SC_SEC1: 128 bits, client compatible
		10 11 77 20 30 61 0a 12 e4 34 a1 1e f2 c3 9f 31 7d a4 5f 01 89 34 96 e0 ff 11 08 69 7f 1a c3 d2 ; serverRandom
		01 00 00 00 01 00 00 00 01 00 00 00 06 00 5c 00 ; PROPRIETARYSERVERCERTIFICATE
		52 53 41 31 48 00 00 00 00 02 00 00 3f 00 00 00 01 00 01 00 ; RSA1: keylen, bitlen, datalen, pubExp
		cb 81 fe ba 6d 61 c3 55 05 d5 5f 2e 87 f8 71 94 d6 f1 a5 cb f1 5f 0c 3d f8 70 02 96 c4 fb 9b c8 ; modulus
		3c 2d 55 ae e8 ff 32 75 ea 68 79 e5 a2 01 fd 31 a0 b1 1f 55 a6 1f c1 f6 d1 83 88 63 26 56 12 bc 00 00 00 00 00 00 00 00
		08 00 48 00 ; signature
		e9 e1 d6 28 46 8b 4e f5 0a df fd ee 21 99 ac b4 e1 8f 5f 81 57 82 ef 9d 96 52 63 27 18 29 db b3
		4a fd 9a da 42 ad b5 69 21 89 0e 1d c0 4c 1a a8 aa 71 3e 0f 54 b9 9a e4 99 68 3f 6c d6 76 84 61 00 00 00 00 00 00 00 00`
	securityExchange = `03 00 00 5e 02 f0 80 64 00 06 03 eb 70 50 ; TPKT, X.224, SendDataRequest of 80 bytes
		01 02 00 00 48 00 00 00 ; SEC_EXCHANGE_PKT, SEC_LICENSE_ENCRYPT_SC; length
		91 ac 0c 8f 64 8c 39 f4 e7 ff 0a 3b 79 11 5c 13 51 2a cb 72 8f 9d b7 42 2e f7 08 4c 8e ae 55 99
		62 d2 81 81 e4 66 c8 05 ea d4 73 06 3f c8 5f af 2a fd fc f1 64 b3 3f 0a 15 1d db 2c 10 9d 30 11 00 00 00 00 00 00 00 00`
	clientInfo = `09 04 09 04 b3 43 00 00 0a 00 0c 00 00 00 00 00 00 00 ; CodePage, flags, five sizes
		4e 00 54 00 44 00 45 00 56 00 00 00 ; Domain
		65 00 6c 00 74 00 6f 00 6e 00 73 00 00 00 ; UserName
		00 00 00 00 00 00 ; Password, AlternateShell, WorkingDir
		02 00 1e 00 31 00 35 00 37 00 2e 00 35 00 39 00 2e 00 32 00 34 00 32 00 2e 00 31 00 35 00 36 00 00 00 ; clientAddress
		84 00 43 00 3a 00 5c 00 64 00 65 00 70 00 6f 00 74 00 73 00 5c 00 77 00 32 00 6b 00 33 00 5f 00 31 00 5c 00 74 00 65 00
		72 00 6d 00 73 00 72 00 76 00 5c 00 6e 00 65 00 77 00 63 00 6c 00 69 00 65 00 6e 00 74 00 5c 00 6c 00 69 00 62 00 5c 00
		77 00 69 00 6e 00 33 00 32 00 5c 00 6f 00 62 00 6a 00 5c 00 69 00 33 00 38 00 36 00 5c 00 6d 00 73 00 74 00 73 00 63 00
		61 00 78 00 2e 00 64 00 6c 00 6c 00 00 00 ; clientDir
		e0 01 00 00 50 00 61 00 63 00 69 00 66 00 69 00 63 00 20 00 53 00 74 00 61 00 6e 00 64 00 61 00 72 00 64 00 20 00 54 00
		69 00 6d 00 65 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ; Bias, StandardName
		00 00 0a 00 00 00 05 00 02 00 00 00 00 00 00 00 00 00 00 00 ; StandardDate, StandardBias
		50 00 61 00 63 00 69 00 66 00 69 00 63 00 20 00 44 00 61 00 79 00 6c 00 69 00 67 00 68 00 74 00 20 00 54 00 69 00 6d 00
		65 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ; DaylightName
		00 00 04 00 00 00 01 00 02 00 00 00 00 00 00 00 c4 ff ff ff ; DaylightDate, DaylightBias
		00 00 00 00 01 00 00 00 00 00 ; clientSessionId, performanceFlags, cbAutoReconnectCookie`
	validClient  = `ff 03 10 00 07 00 00 00 02 00 00 00 04 00 00 00 ; preamble, STATUS_VALID_CLIENT, ST_NO_TRANSITION, empty blob`
	demandActive = `67 01 11 00 ea 03 ea 03 01 00 ; share control header: demand active of 1002, shareId
		04 00 51 01 52 44 50 00 0d 00 00 00 ; lengths, "RDP", 13 sets
		09 00 08 00 ea 03 dc e2 ; share
		01 00 18 00 01 00 03 00 00 02 00 00 00 00 1d 04 00 00 00 00 00 00 01 01 ; general
		14 00 08 00 02 00 00 00 ; virtual channel
		16 00 28 00 00 00 00 00 70 f6 13 f3 01 00 00 00 01 00 00 00 18 00 00 00 9c f6 13 f3 61 a6 82 80 00 00 00 00 00 50 91 bf ; draw GDI+
		0e 00 04 00 ; font
		02 00 1c 00 18 00 01 00 01 00 01 00 00 05 00 04 00 00 01 00 01 00 00 00 01 00 00 00 ; bitmap
		03 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 40 42 0f 00 01 00 14 00 00 00 01 00 00 00 22 00 ; order
		01 01 01 01 01 00 00 01 01 01 01 01 00 00 00 01 01 01 01 01 01 01 01 00 01 01 01 01 00 00 00 00
		a1 06 00 00 40 42 0f 00 40 42 0f 00 01 00 00 00 00 00 00 00
		0a 00 08 00 06 00 00 00 ; color cache
		12 00 08 00 01 00 00 00 ; bitmap cache host support
		08 00 0a 00 01 00 19 00 19 00 ; pointer
		0d 00 58 00 35 00 00 00 a1 06 00 00 40 42 0f 00 0c f6 13 f3 93 5a 37 f3 00 90 30 e1 34 1c 38 f3 40 f6 13 f3 ; input
		04 00 00 00 4c 54 dc e2 08 50 dc e2 01 00 00 00 08 50 dc e2 00 00 00 00 38 f6 13 f3 2e 05 38 f3 08 50 dc e2
		2c f6 13 f3 00 00 00 00 08 00 0a 00 01 00 19 00
		17 00 08 00 00 00 00 00 ; remote programs
		18 00 0b 00 00 00 00 00 00 00 00 ; window list
		00 00 00 00 ; sessionId`
	confirmActive = `ec 01 13 00 ef 03 ea 03 01 00 ea 03 ; share control header: confirm active of 1007, shareId, originatorId
		06 00 d6 01 4d 53 54 53 43 00 12 00 00 00 ; lengths, "MSTSC", 18 sets
		01 00 18 00 01 00 03 00 00 02 00 00 00 00 1d 04 00 00 00 00 00 00 00 00 ; general
		02 00 1c 00 18 00 01 00 01 00 01 00 00 05 00 04 00 00 01 00 01 00 00 00 01 00 00 00 ; bitmap
		03 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 14 00 00 00 01 00 00 00 2a 00 ; order
		01 01 01 01 01 00 00 01 01 01 00 01 00 00 00 01 01 01 01 01 01 01 01 00 01 01 01 00 00 00 00 00
		a1 06 00 00 00 00 00 00 00 84 03 00 00 00 00 00 e4 04 00 00
		13 00 28 00 03 00 00 03 78 00 00 00 78 00 00 00 fb 09 00 80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ; bitmap cache 2
		0a 00 08 00 06 00 00 00 ; color cache
		07 00 0c 00 00 00 00 00 00 00 00 00 ; activation
		05 00 0c 00 00 00 00 00 02 00 02 00 ; control
		08 00 0a 00 01 00 14 00 15 00 ; pointer
		09 00 08 00 00 00 00 00 ; share
		0d 00 58 00 15 00 20 00 09 04 00 00 04 00 00 00 00 00 00 00 0c 00 00 00 ; input
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		0c 00 08 00 01 00 00 00 ; sound
		0e 00 08 00 01 00 00 00 ; font
		10 00 34 00 fe 00 04 00 fe 00 04 00 fe 00 08 00 fe 00 08 00 fe 00 10 00 fe 00 20 00 fe 00 40 00 fe 00 80 00 ; glyph cache
		fe 00 00 01 40 00 00 08 00 01 00 01 03 00 00 00
		0f 00 08 00 01 00 00 00 ; brush
		11 00 0c 00 01 00 00 00 00 1e 64 00 ; offscreen cache
		14 00 08 00 01 00 00 00 ; virtual channel
		15 00 0c 00 02 00 00 00 00 0a 00 01 ; draw nine grid
		16 00 28 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ; draw GDI+`
	clientSynchronize = `16 00 17 00 ef 03 ea 03 01 00 00 01 08 00 1f 00 00 00 01 00 ea 03 ; share data: synchronize with 1002`
	clientCooperate   = `1a 00 17 00 ef 03 ea 03 01 00 00 01 0c 00 14 00 00 00 04 00 00 00 00 00 00 00 ; share data: cooperate`
	shutdownRequest   = `12 00 17 00 ef 03 ea 03 02 00 00 01 04 00 24 00 00 00 ; share data: shutdown request`
	shutdownDenied    = `12 00 17 00 ea 03 ea 03 02 00 a6 02 12 00 25 00 00 00 ; share data, with rubbish in pad1: shutdown denied`
	virtualChannel    = `08 00 00 00 03 00 00 00 03 00 01 00 00 00 00 00 ; length, FIRST and LAST, data for "cliprdr"`
	fastPathInput     = `c4 11 30 35 6b 5b b5 34 c8 47 26 18 5e 76 0e de 28 ; header, length, signature, encrypted event`
)

// packetOf checks a packet with an MCS PDU: its value, and that it writes back the same.
func packetOf[T any](want T, parse func([]byte) (T, error), write func(T, []byte) []byte) func(*testing.T, []byte) {
	return func(t *testing.T, packet []byte) {
		t.Helper()
		got, err := parse(domain(t, packet))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if wire := tpkt.End(write(got, x224.AppendData(tpkt.Begin(nil))), 0); !bytes.Equal(wire, packet) {
			t.Errorf("writes back as\n%x, want\n%x", wire, packet)
		}
	}
}

// domain returns the MCS PDU of a packet.
func domain(t *testing.T, packet []byte) []byte {
	t.Helper()
	tpdu, err := tpkt.Payload(packet)
	if err != nil {
		t.Fatal(err)
	}
	data, err := x224.ParseData(tpdu)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dataOf checks a decrypted share data PDU.
func dataOf(want pdu.ShareData) func(*testing.T, []byte) {
	return func(t *testing.T, b []byte) {
		t.Helper()
		control, n, err := pdu.ParseShareControl(b)
		if err != nil || n != len(b) || control.Type != pdu.TypeData {
			t.Fatalf("%+v, %d of %d bytes, %v", control, n, len(b), err)
		}
		got, err := pdu.ParseShareData(control.Body)
		if diff := cmp.Diff(want, got, cmp.Transformer("empty", func(b []byte) string { return string(b) })); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		control.Body = got.Append(nil)
		wire := control.Append(nil)
		wire[10] = b[10] // pad1, which one example fills with rubbish
		if !bytes.Equal(wire, b) {
			t.Errorf("writes back as\n%x, want\n%x", wire, b)
		}
	}
}

func TestSpecificationExamples(t *testing.T) {
	join := func(channel uint16) func(*testing.T, []byte) {
		return packetOf(mcs.ChannelJoinRequest{Initiator: 1007, Channel: channel}, mcs.ParseChannelJoinRequest, mcs.ChannelJoinRequest.Append)
	}
	joined := func(channel uint16) func(*testing.T, []byte) {
		want := mcs.ChannelJoinConfirm{Initiator: 1007, Requested: channel, Channel: channel}
		return packetOf(want, mcs.ParseChannelJoinConfirm, mcs.ChannelJoinConfirm.Append)
	}
	for _, tc := range []struct {
		name    string
		listing string
		check   func(*testing.T, []byte)
	}{
		{"4.1.1 connection request", x224Request, checkRequest},
		{"4.1.2 connection confirm", x224Confirm, checkConfirm},
		{"4.1.3 connect initial", connectInitial, checkConnectInitial},
		{"4.1.4 connect response", connectResponse, checkConnectResponse},
		{"4.1.5 erect domain request", "03 00 00 0c 02 f0 80 04 01 00 01 00", packetOf(mcs.ErectDomainRequest{}, mcs.ParseErectDomainRequest, mcs.ErectDomainRequest.Append)},
		{"4.1.6 attach user request", "03 00 00 08 02 f0 80 28", packetOf(mcs.ChoiceAttachUserRequest, func(b []byte) (mcs.Choice, error) { return mcs.ChoiceOf(b), nil }, func(_ mcs.Choice, b []byte) []byte { return mcs.AppendAttachUserRequest(b) })},
		{"4.1.7 attach user confirm", "03 00 00 0b 02 f0 80 2e 00 00 06", packetOf(mcs.AttachUserConfirm{Initiator: 1007}, mcs.ParseAttachUserConfirm, mcs.AttachUserConfirm.Append)},
		{"4.1.8.1.1 join the user channel", "03 00 00 0c 02 f0 80 38 00 06 03 ef", join(1007)},
		{"4.1.8.1.2 user channel joined", "03 00 00 0f 02 f0 80 3e 00 00 06 03 ef 03 ef", joined(1007)},
		{"4.1.8.2.1 join the I/O channel", "03 00 00 0c 02 f0 80 38 00 06 03 eb", join(1003)},
		{"4.1.8.2.2 I/O channel joined", "03 00 00 0f 02 f0 80 3e 00 00 06 03 eb 03 eb", joined(1003)},
		{"4.1.8.3.1 join rdpdr", "03 00 00 0c 02 f0 80 38 00 06 03 ec", join(1004)},
		{"4.1.8.3.2 rdpdr joined", "03 00 00 0f 02 f0 80 3e 00 00 06 03 ec 03 ec", joined(1004)},
		{"4.1.8.4.1 join cliprdr", "03 00 00 0c 02 f0 80 38 00 06 03 ed", join(1005)},
		{"4.1.8.4.2 cliprdr joined", "03 00 00 0f 02 f0 80 3e 00 00 06 03 ed 03 ed", joined(1005)},
		{"4.1.8.5.1 join rdpsnd", "03 00 00 0c 02 f0 80 38 00 06 03 ee", join(1006)},
		{"4.1.8.5.2 rdpsnd joined", "03 00 00 0f 02 f0 80 3e 00 00 06 03 ee 03 ee", joined(1006)},
		{"4.1.9 security exchange", securityExchange, checkExchange},
		{"4.1.10 client info", clientInfo, checkInfo},
		{"4.1.11 license error, valid client", validClient, checkLicense},
		{"4.1.12 demand active", demandActive, checkDemand},
		{"4.1.13 confirm active", confirmActive, checkConfirmActive},
		{"4.1.14 client synchronize", clientSynchronize, dataOf(pdu.ShareData{
			ShareID: 0x103EA, StreamID: 1, UncompressedLength: 8, Type: pdu.DataSynchronize, Data: pdu.Synchronize{TargetUser: 1002}.Append(nil),
		})},
		{"4.1.15 client cooperate", clientCooperate, dataOf(pdu.ShareData{
			ShareID: 0x103EA, StreamID: 1, UncompressedLength: 12, Type: pdu.DataControl, Data: pdu.Control{Action: pdu.ControlCooperate}.Append(nil),
		})},
		{"4.2.1 shutdown request", shutdownRequest, dataOf(pdu.ShareData{ShareID: 0x203EA, StreamID: 1, UncompressedLength: 4, Type: pdu.DataShutdownRequest})},
		{"4.2.2 shutdown denied", shutdownDenied, dataOf(pdu.ShareData{ShareID: 0x203EA, StreamID: 2, UncompressedLength: 18, Type: pdu.DataShutdownDenied})},
		{"4.2.3 disconnect", "03 00 00 09 02 f0 80 21 80", packetOf(mcs.DisconnectProviderUltimatum{Reason: mcs.UserRequested}, mcs.ParseDisconnectProviderUltimatum, mcs.DisconnectProviderUltimatum.Append)},
		{"4.4 virtual channel", virtualChannel, checkChannel},
		{"4.6 fast-path input", fastPathInput, checkInput},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.check(t, pdutest.Hex(t, tc.listing)) })
	}
}

func checkRequest(t *testing.T, packet []byte) {
	c := connection(t, packet)
	got, err := nego.ParseRequest(c.Variable)
	if diff := cmp.Diff(nego.Request{Token: []byte("Cookie: mstshash=eltons"), Negotiate: true}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !bytes.Equal(got.Append(nil), c.Variable) {
		t.Errorf("writes back as %x, want %x", got.Append(nil), c.Variable)
	}
}

func checkConfirm(t *testing.T, packet []byte) {
	c := connection(t, packet)
	got, err := nego.ParseResponse(c.Variable)
	if diff := cmp.Diff(nego.Response{Negotiated: true}, got); diff != "" || err != nil || c.Source != 0x1234 {
		t.Errorf("%+v, %v (-want +got):\n%s", c, err, diff)
	}
	if !bytes.Equal(got.Append(nil), c.Variable) {
		t.Errorf("writes back as %x, want %x", got.Append(nil), c.Variable)
	}
}

// connection returns the connection TPDU of a packet.
func connection(t *testing.T, packet []byte) x224.Connection {
	t.Helper()
	tpdu, err := tpkt.Payload(packet)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x224.ParseConnection(tpdu)
	if err != nil || !bytes.Equal(tpkt.End(c.Append(tpkt.Begin(nil)), 0), packet) {
		t.Errorf("%+v, %v", c, err)
	}
	return c
}

func checkConnectInitial(t *testing.T, packet []byte) {
	initial, err := mcs.ParseConnectInitial(domain(t, packet))
	if err != nil {
		t.Fatal(err)
	}
	// The example writes 65535 in two bytes, where BER has a sign byte before it; so do we.
	if diff := cmp.Diff(mcs.NewConnectInitial(initial.UserData), initial); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	blocks, err := gcc.ParseConferenceCreateRequest(initial.UserData)
	if err != nil || !bytes.Equal(gcc.AppendConferenceCreateRequest(nil, blocks), initial.UserData) {
		t.Errorf("%d bytes of settings, %v", len(blocks), err)
	}
	data, err := gcc.ParseClientData(blocks)
	if err != nil || !bytes.Equal(data.Append(nil), blocks) {
		t.Errorf("%v: writes back as\n%x, want\n%x", err, data.Append(nil), blocks)
	}
	want := gcc.ClientSecurity{EncryptionMethods: gcc.Encryption40Bit | gcc.Encryption56Bit | gcc.Encryption128Bit | gcc.EncryptionFIPS}
	if data.Core.ClientName != "ELTONS-DEV2" || data.Core.DesktopHeight != 1024 || *data.Security != want || data.Network.Channels[2].Name != "rdpsnd" {
		t.Errorf("%+v", data)
	}
}

func checkConnectResponse(t *testing.T, packet []byte) {
	var response mcs.ConnectResponse
	var err error
	if response, err = mcs.ParseConnectResponse(domain(t, packet)); err != nil {
		t.Fatal(err)
	}
	if wire := tpkt.End(response.Append(x224.AppendData(tpkt.Begin(nil))), 0); !bytes.Equal(wire, packet) {
		t.Errorf("writes back as\n%x, want\n%x", wire, packet)
	}
	blocks, err := gcc.ParseConferenceCreateResponse(response.UserData)
	if err != nil || !bytes.Equal(gcc.AppendConferenceCreateResponse(nil, blocks), response.UserData) {
		t.Errorf("%d bytes of settings, %v", len(blocks), err)
	}
	data, err := gcc.ParseServerData(blocks)
	if err != nil || !bytes.Equal(data.Append(nil), blocks) {
		t.Fatalf("%v: writes back as\n%x, want\n%x", err, data.Append(nil), blocks)
	}
	if diff := cmp.Diff(&gcc.ServerNetwork{IOChannel: 1003, Channels: []uint16{1004, 1005, 1006}}, data.Network); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := data.Security; s.Method != gcc.Encryption128Bit || s.Level != gcc.LevelClientCompatible || s.ServerRandom[31] != 0xD2 {
		t.Errorf("%+v", s)
	}
	if key, err := sec.ParseCertificate(data.Security.ServerCertificate); err != nil || key.Exponent != 65537 || key.Size() != 64 {
		t.Errorf("%+v, %v", key, err)
	}
}

func checkExchange(t *testing.T, packet []byte) {
	p, err := mcs.ParseSendData(domain(t, packet))
	if err != nil || p.Choice != mcs.ChoiceSendDataRequest || p.Initiator != 1007 || p.Channel != 1003 {
		t.Fatalf("%+v, %v", p, err)
	}
	e, err := sec.ParseExchange(p.Data)
	if err != nil || len(e.EncryptedClientRandom) != 72 {
		t.Fatalf("%+v, %v", e, err)
	}
	wire := e.Append(nil)
	wire[1] = p.Data[1] // the example also says how it would have licensing
	if !bytes.Equal(wire, p.Data) {
		t.Errorf("writes back as\n%x, want\n%x", wire, p.Data)
	}
}

func checkInfo(t *testing.T, b []byte) {
	p, err := pdu.ParseClientInfo(b)
	if err != nil || !bytes.Equal(p.Append(nil), b) {
		t.Fatalf("%v: writes back as\n%x, want\n%x", err, p.Append(nil), b)
	}
	e := p.Extended
	if p.Domain != "NTDEV" || p.UserName != "eltons" || e.Address != "157.59.242.156" || e.TimeZone.Bias != 480 ||
		e.TimeZone.DaylightName != "Pacific Daylight Time" || e.PerformanceFlags != pdu.PerfDisableWallpaper {
		t.Errorf("%+v, %+v", p, e)
	}
}

func checkLicense(t *testing.T, b []byte) {
	m, err := license.ParseMessage(b)
	if err != nil || m.Type != license.TypeErrorAlert || !bytes.Equal(m.Append(nil), b) {
		t.Fatalf("%+v, %v", m, err)
	}
	alert, err := license.ParseErrorAlert(m.Body)
	if err != nil || alert.Code != license.ValidClient || alert.Transition != license.NoTransition || !bytes.Equal(alert.Append(nil), m.Body) {
		t.Errorf("%+v, %v", alert, err)
	}
	if _, done, err := new(license.Client).Handle(b); err != nil || !done {
		t.Errorf("done %v, %v", done, err)
	}
}

func checkDemand(t *testing.T, b []byte) {
	control, n, err := pdu.ParseShareControl(b)
	if err != nil || n != len(b) || control.Type != pdu.TypeDemandActive || control.Source != 1002 {
		t.Fatalf("%+v, %v", control, err)
	}
	got, err := pdu.ParseDemandActive(control.Body)
	if err != nil || got.ShareID != 0x103EA || len(got.Capabilities) != 13 {
		t.Fatalf("%+v, %v", got, err)
	}
	// The font set of the example has no fields, and is written with those it should have.
	again, err := pdu.ParseDemandActive(got.Append(nil))
	if diff := cmp.Diff(got, again); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	general, input := pdu.Find[*pdu.General](got.Capabilities), pdu.Find[*pdu.Input](got.Capabilities)
	if general.ExtraFlags != 0x41D || general.OSMinorType != 3 || input.InputFlags != 0x35 {
		t.Errorf("%+v, %+v", general, input)
	}
	if bitmap := pdu.Find[*pdu.Bitmap](got.Capabilities); bitmap.DesktopWidth != 1280 || bitmap.DesktopHeight != 1024 || bitmap.PreferredBitsPerPixel != 24 {
		t.Errorf("%+v", bitmap)
	}
}

func checkConfirmActive(t *testing.T, b []byte) {
	control, n, err := pdu.ParseShareControl(b)
	if err != nil || n != len(b) || control.Type != pdu.TypeConfirmActive || control.Source != 1007 {
		t.Fatalf("%+v, %v", control, err)
	}
	got, err := pdu.ParseConfirmActive(control.Body)
	if err != nil || len(got.Capabilities) != 18 || got.OriginatorID != pdu.OriginatorID {
		t.Fatalf("%+v, %v", got, err)
	}
	// The virtual channel set of the example has no chunk size, which is written as zeros.
	wire, from := got.Append(nil), bytes.Index(control.Body, pdutest.Hex(t, "14 00 08 00 01 00 00 00"))
	if tail := pdutest.Hex(t, "14 00 0c 00 01 00 00 00 00 00 00 00"); from < 0 || !bytes.Equal(wire[from:], append(tail, control.Body[from+8:]...)) {
		t.Errorf("writes back as\n%x, want\n%x", wire, control.Body)
	}
	if pointer := pdu.Find[*pdu.Pointer](got.Capabilities); pointer.ColorPointerCacheSize != 20 || pointer.PointerCacheSize != 21 {
		t.Errorf("%+v", pointer)
	}
}

func checkChannel(t *testing.T, b []byte) {
	data, whole, err := new(svc.Assembler).Add(b)
	if want := pdutest.Hex(t, "03 00 01 00 00 00 00 00"); err != nil || !whole || !bytes.Equal(data, want) {
		t.Errorf("%x, %v, want %x", data, err, want)
	}
}

func checkInput(t *testing.T, b []byte) {
	f, err := fastpath.ParseFrame(b)
	if err != nil || f.NumberEvents != 1 || f.Flags != fastpath.FlagEncrypted|fastpath.FlagSecureChecksum || !bytes.Equal(f.Append(nil), b) {
		t.Errorf("%+v, %v", f, err)
	}
}
