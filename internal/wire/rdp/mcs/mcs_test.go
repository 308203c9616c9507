// SPDX-License-Identifier: Apache-2.0

package mcs_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// connectInitial is the beginning of the example of [MS-RDPBCGR], section 4.1.3; three
// bytes of user data stand for its 307.
const connectInitial = `7f 65 67             ; CONNECT-INITIAL, length
	04 01 01                               ; callingDomainSelector
	04 01 01                               ; calledDomainSelector
	01 01 ff                               ; upwardFlag
	30 1a                                  ; targetParameters
	02 01 22 02 01 02 02 01 00 02 01 01 02 01 00 02 01 01 02 03 00 ff ff 02 01 02
	30 19                                  ; minimumParameters
	02 01 01 02 01 01 02 01 01 02 01 01 02 01 00 02 01 01 02 02 04 20 02 01 02
	30 20                                  ; maximumParameters
	02 03 00 ff ff 02 03 00 fc 17 02 03 00 ff ff 02 01 01 02 01 00 02 01 01 02 03 00 ff ff 02 01 02
	04 03 61 62 63                         ; userData`

// connectResponse is that of section 4.1.4.
const connectResponse = `7f 66 27   ; CONNECT-RESPONSE, length
	0a 01 00                               ; result rt-successful
	02 01 00                               ; calledConnectId
	30 1a                                  ; domainParameters
	02 01 22 02 01 03 02 01 00 02 01 01 02 01 00 02 01 01 02 03 00 ff f8 02 01 02
	04 03 61 62 63                         ; userData`

func TestConnectInitial(t *testing.T) {
	b := pdutest.Hex(t, connectInitial)
	pdutest.RoundTrip(t, b, mcs.ParseConnectInitial, mcs.ConnectInitial.Append)
	got, err := mcs.ParseConnectInitial(b)
	if diff := cmp.Diff(mcs.NewConnectInitial([]byte("abc")), got); diff != "" || err != nil {
		t.Errorf("the example differs from what we send: %v\n%s", err, diff)
	}
}

func TestConnectResponse(t *testing.T) {
	b := pdutest.Hex(t, connectResponse)
	got, err := mcs.ParseConnectResponse(b)
	if diff := cmp.Diff(mcs.NewConnectResponse([]byte("abc")), got); diff != "" || err != nil {
		t.Errorf("the example differs from what we send: %v\n%s", err, diff)
	}
	pdutest.RoundTrip(t, b, mcs.ParseConnectResponse, mcs.ConnectResponse.Append)
	unsigned := bytes.Replace(b, pdutest.Hex(t, "02 03 00 ff f8"), pdutest.Hex(t, "02 02 ff f8"), 1)
	unsigned[2], unsigned[10] = unsigned[2]-1, unsigned[10]-1
	if again, err := mcs.ParseConnectResponse(unsigned); err != nil || !cmp.Equal(again, got) {
		t.Errorf("without a sign byte: %+v, %v", again, err)
	}
}

func TestConnectPDUsOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	for key, pdu := range map[string]func([]byte) (int, []byte, error){
		"mcs.rs::CONNECT_INITIAL_PREFIX_BUFFER": func(b []byte) (int, []byte, error) {
			p, err := mcs.ParseConnectInitial(b)
			return len(p.UserData), p.Append(nil), err
		},
		"mcs.rs::CONNECT_RESPONSE_PREFIX_BUFFER": func(b []byte) (int, []byte, error) {
			p, err := mcs.ParseConnectResponse(b)
			return len(p.UserData), p.Append(nil), err
		},
	} {
		prefix, ok := all[key]
		if !ok {
			continue
		}
		size := int(prefix[len(prefix)-2])<<8 | int(prefix[len(prefix)-1])
		b := append(bytes.Clone(prefix), make([]byte, size)...)
		got, wire, err := pdu(b)
		if err != nil || got != size {
			t.Errorf("%s: %d bytes of user data, want %d: %v", key, got, size, err)
		}
		if !bytes.Equal(wire, b) {
			t.Errorf("%s writes back as\n%x, want\n%x", key, wire[:len(prefix)], prefix)
		}
	}
}

func TestDomainPDUs(t *testing.T) {
	t.Run("erect domain", func(t *testing.T) {
		pdutest.RoundTrip(t, pdutest.Hex(t, "04 01 00 01 00"), mcs.ParseErectDomainRequest, mcs.ErectDomainRequest.Append)
		pdutest.RoundTrip(t, pdutest.Hex(t, "04 02 01 00 04 00 01 00 00"), mcs.ParseErectDomainRequest, mcs.ErectDomainRequest.Append)
	})
	t.Run("attach user", func(t *testing.T) {
		pdutest.RoundTrip(t, pdutest.Hex(t, "2e 00 00 06"), mcs.ParseAttachUserConfirm, mcs.AttachUserConfirm.Append)
		pdutest.RoundTrip(t, pdutest.Hex(t, "2d c0"), mcs.ParseAttachUserConfirm, mcs.AttachUserConfirm.Append)
	})
	t.Run("channel join", func(t *testing.T) {
		pdutest.RoundTrip(t, pdutest.Hex(t, "38 00 06 03 ef"), mcs.ParseChannelJoinRequest, mcs.ChannelJoinRequest.Append)
		pdutest.RoundTrip(t, pdutest.Hex(t, "3e 00 00 06 03 ef 03 ef"), mcs.ParseChannelJoinConfirm, mcs.ChannelJoinConfirm.Append)
		pdutest.RoundTrip(t, pdutest.Hex(t, "3c 60 00 06 03 ef"), mcs.ParseChannelJoinConfirm, mcs.ChannelJoinConfirm.Append)
	})
	t.Run("disconnect", func(t *testing.T) {
		pdutest.RoundTrip(t, pdutest.Hex(t, "21 80"), mcs.ParseDisconnectProviderUltimatum, mcs.DisconnectProviderUltimatum.Append)
	})
	t.Run("send data", func(t *testing.T) {
		pdutest.RoundTrip(t, pdutest.Hex(t, "64 00 06 03 eb 70 80 03 616263"), mcs.ParseSendData, mcs.SendData.Append)
	})
}

func TestDomainPDUsOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	if b, ok := all["mcs.rs::CHANNEL_JOIN_CONFIRM_PDU_BUFFER"]; ok {
		pdutest.RoundTrip(t, b, mcs.ParseChannelJoinConfirm, mcs.ChannelJoinConfirm.Append)
	}
	if b, ok := all["mcs.rs::SEND_DATA_REQUEST_PDU_BUFFER_PREFIX"]; ok {
		const size = 0x192 // as the prefix says
		pdutest.RoundTrip(t, append(bytes.Clone(b), make([]byte, size)...), mcs.ParseSendData, mcs.SendData.Append)
	}
}

func TestDomainValues(t *testing.T) {
	if got := mcs.AppendAttachUserRequest(nil); !bytes.Equal(got, []byte{0x28}) || mcs.ChoiceOf(got) != mcs.ChoiceAttachUserRequest {
		t.Errorf("attach user request %x", got)
	}
	if got, _ := mcs.ParseAttachUserConfirm([]byte{0x2E, 0, 0, 6}); got.Initiator != 1007 || got.Result != mcs.Successful {
		t.Errorf("attach user confirm %+v", got)
	}
	if got, _ := mcs.ParseAttachUserConfirm([]byte{0x2D, 0xC0}); got.Result.String() != "rt-unspecified-failure" {
		t.Errorf("failure reads as %v", got.Result)
	}
	if got, _ := mcs.ParseAttachUserConfirm([]byte{0x2C, 0x0F}); got.Result.String() != "rt-user-rejected" {
		t.Errorf("failure in the low bits reads as %v", got.Result)
	}
	if got, _ := mcs.ParseDisconnectProviderUltimatum([]byte{0x21, 0x80}); got.Reason != mcs.UserRequested || got.Reason.String() != "rn-user-requested" {
		t.Errorf("disconnect %v", got.Reason)
	}
	short, err := mcs.ParseSendData(pdutest.Hex(t, "68 00 01 03 eb 70 03 616263"))
	want := mcs.SendData{Choice: mcs.ChoiceSendDataIndication, Initiator: 1002, Channel: 1003, Data: []byte("abc")}
	if diff := cmp.Diff(want, short); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, tc := range []struct{ got, want string }{
		{mcs.ChoiceSendDataIndication.String(), "send data indication"},
		{mcs.Choice(40).String(), "domain PDU 40"},
		{mcs.Result(16).String(), "result 16"},
		{mcs.Reason(7).String(), "reason 7"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestDomainPDUsRefuse(t *testing.T) {
	for name, listing := range map[string]string{
		"a user beyond 65535":     "68 ff ff 03 eb 70 80 00",
		"another domain PDU":      "60 00 01 03 eb 70 80 00",
		"data after the end":      "68 00 01 03 eb 70 80 01 61 62",
		"a length past the frame": "68 00 01 03 eb 70 ff ff 61",
	} {
		if p, err := mcs.ParseSendData(pdutest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted as %+v", name, p)
		}
	}
}

func TestSendDataDoesNotAllocate(t *testing.T) {
	b := mcs.SendData{Choice: mcs.ChoiceSendDataIndication, Initiator: 1002, Channel: 1003, Data: make([]byte, 1000)}.Append(nil)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := mcs.ParseSendData(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzConnect(f *testing.F) {
	f.Add(pdutest.Hex(f, connectInitial))
	f.Add(pdutest.Hex(f, connectResponse))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "mcs.rs::")
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, mcs.ParseConnectInitial, mcs.ConnectInitial.Append)
		pdutest.Same(t, b, mcs.ParseConnectResponse, mcs.ConnectResponse.Append)
	})
}

func FuzzDomain(f *testing.F) {
	for _, listing := range []string{
		"04 01 00 01 00", "2e 00 00 06", "38 00 06 03 ef", "3e 00 00 06 03 ef 03 ef", "21 80", "64 00 06 03 eb 70 80 03 616263",
	} {
		f.Add(pdutest.Hex(f, listing))
	}
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "mcs.rs::")
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, mcs.ParseErectDomainRequest, mcs.ErectDomainRequest.Append)
		pdutest.Same(t, b, mcs.ParseAttachUserConfirm, mcs.AttachUserConfirm.Append)
		pdutest.Same(t, b, mcs.ParseChannelJoinRequest, mcs.ChannelJoinRequest.Append)
		pdutest.Same(t, b, mcs.ParseChannelJoinConfirm, mcs.ChannelJoinConfirm.Append)
		pdutest.Same(t, b, mcs.ParseDisconnectProviderUltimatum, mcs.DisconnectProviderUltimatum.Append)
		pdutest.Same(t, b, mcs.ParseSendData, mcs.SendData.Append)
	})
}
