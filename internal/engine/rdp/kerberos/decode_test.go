// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

func TestPanicOfAParserIsAnError(t *testing.T) {
	err := decode("AS-REP", nil, func(b []byte) error {
		_ = b[3]
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "kerberos: AS-REP: ") {
		t.Errorf("%v", err)
	}
}

// FuzzAnswer gives what a KDC may send to all that reads it.
func FuzzAnswer(f *testing.F) {
	k := newFakeKDC(f)
	var as messages.ASRep
	if err := k.fill(&as.KDCRepFields, messages.KDCReqBody{Realm: fakeRealm, SName: grantingService(fakeRealm)}, grantingKey, serviceKey, usageASRep); err != nil {
		f.Fatal(err)
	}
	as.MsgType = 11
	answer, err := as.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(answer)
	f.Add(k.methods)
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, parse := range map[string]func([]byte) (reply, error){"AS-REP": parseASRep, "TGS-REP": parseTGSRep} {
			r, err := parse(b)
			if err != nil {
				continue
			}
			if len(r.Ticket.SName.NameString) == 0 {
				t.Errorf("%s: a ticket for nobody", name)
			}
			if _, err := r.open(serviceKey, usageTGSRepSessionKey); err == nil {
				t.Errorf("%s: the key of another usage opens it", name)
			}
		}
		list, err := methods(b)
		if err != nil {
			return
		}
		info, err := infoFrom(list, 0, fakeUser, fakeRealm)
		if err == nil && info.kind.ChecksumType() == 0 {
			t.Errorf("encryption type %d", info.kind)
		}
	})
}

// FuzzEncPart gives what only a KDC that knows the key can send.
func FuzzEncPart(f *testing.F) {
	part := messages.EncKDCRepPart{
		Key: types.EncryptionKey{KeyType: 18, KeyValue: make([]byte, 32)}, LastReqs: []messages.LastReq{}, Flags: types.NewKrbFlags(),
		AuthTime: fakeNow, EndTime: fakeNow, SRealm: fakeRealm, SName: grantingService(fakeRealm),
	}
	b, err := part.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		sealed, err := grantingKey.Encrypt(usageASRep, make([]byte, 16), b)
		if err != nil {
			t.Fatal(err)
		}
		r := reply{messages.KDCRepFields{EncPart: types.EncryptedData{EType: int32(wire.AES256SHA1), Cipher: sealed}}}
		if part, err := r.open(grantingKey, usageASRep); err == nil && len(part.SName.NameString) == 0 {
			t.Error("it is for nobody")
		}
	})
}
