// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"context"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/palta-gateway/palta/internal/secret"
	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// dialFunc is a Dialer.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

// answering dials a KDC that answers each stream with what answer returns.
func answering(answer func(address string, request []byte) []byte) dialFunc {
	return func(_ context.Context, _, address string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			var header [4]byte
			if _, err := io.ReadFull(far, header[:]); err != nil {
				return
			}
			request := make([]byte, binary.BigEndian.Uint32(header[:]))
			if _, err := io.ReadFull(far, request); err != nil {
				return
			}
			b := answer(address, request)
			_, _ = far.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
		}()
		return near, nil
	}
}

// fakeKDC answers as a KDC does whose tickets nobody can read. Change may spoil an answer
// before it is sealed, spoil a sealed one.
type fakeKDC struct {
	t       testing.TB
	methods []byte
	change  func(rep *messages.KDCRepFields, part *messages.EncKDCRepPart)
	spoil   func(b []byte) []byte
}

const fakeRealm = "PALTA.TEST"

var (
	fakeNow  = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	fakeUser = types.NewPrincipalName(wire.NamePrincipal, "user")
	// The keys of the two tickets.
	grantingKey = wire.Key{Type: wire.AES256SHA1, Value: make([]byte, 32)}
	serviceKey  = wire.Key{Type: wire.AES128SHA256, Value: []byte("0123456789abcdef")}
	userInfo    = keyInfo{kind: wire.AES128SHA1, salt: "salt", params: "00000001"}
)

// infoEntry is ETYPE-INFO2-ENTRY. The salt is a GeneralString, which encoding/asn1 does not
// write.
type infoEntry struct {
	EType     int32 `asn1:"explicit,tag:0"`
	Salt      asn1.RawValue
	S2KParams []byte `asn1:"explicit,optional,tag:2"`
}

func salt(s string) asn1.RawValue {
	return asn1.RawValue{
		Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true,
		Bytes: append([]byte{asn1.TagGeneralString, byte(len(s))}, s...),
	}
}

// methodData lists the encrypted timestamp and, if there are entries, ETYPE-INFO2.
func methodData(t testing.TB, entries []infoEntry) []byte {
	t.Helper()
	list := types.PADataSequence{{PADataType: patype.PA_ENC_TIMESTAMP}}
	if entries != nil {
		value, err := asn1.Marshal(entries)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, types.PAData{PADataType: patype.PA_ETYPE_INFO2, PADataValue: value})
	}
	b, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newFakeKDC(t testing.TB) *fakeKDC {
	t.Helper()
	return &fakeKDC{t: t, methods: methodData(t, []infoEntry{
		{EType: 23, Salt: salt("")}, {EType: int32(userInfo.kind), Salt: salt(userInfo.salt), S2KParams: []byte{0, 0, 0, 1}},
	})}
}

func (k *fakeKDC) client() *Client {
	k.t.Helper()
	c, err := New(Config{
		Realm: fakeRealm, KDCs: []string{"kdc"}, Dialer: answering(func(_ string, b []byte) []byte { return k.answer(b) }),
		Now: func() time.Time { return fakeNow },
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

func (k *fakeKDC) ticket() (wire.Credential, error) {
	return k.client().Ticket(k.t.Context(), Login{User: "user", Password: secret.New("password")}, "TERMSRV", "host")
}

func (k *fakeKDC) answer(request []byte) []byte {
	b, err := k.reply(request)
	var refusal *wire.Error
	if errors.As(err, &refusal) {
		return refusal.Append(nil)
	}
	if err != nil {
		k.t.Errorf("the KDC: %v", err)
		return nil
	}
	if k.spoil != nil {
		b = k.spoil(b)
	}
	return b
}

func (k *fakeKDC) reply(request []byte) ([]byte, error) {
	var as messages.ASReq
	if as.Unmarshal(request) == nil {
		if !as.PAData.Contains(patype.PA_ENC_TIMESTAMP) {
			return nil, &wire.Error{Code: wire.PreauthRequired, ServerTime: fakeNow, Data: k.methods}
		}
		key, err := userInfo.key(secret.New("password"))
		if err != nil {
			return nil, err
		}
		rep := messages.ASRep{}
		err = k.fill(&rep.KDCRepFields, as.ReqBody, grantingKey, key, usageASRep)
		rep.MsgType = msgtype.KRB_AS_REP
		if err != nil {
			return nil, err
		}
		return rep.Marshal()
	}
	var tgs messages.TGSReq
	if err := tgs.Unmarshal(request); err != nil {
		return nil, err
	}
	rep := messages.TGSRep{}
	if err := k.fill(&rep.KDCRepFields, tgs.ReqBody, serviceKey, grantingKey, usageTGSRepSessionKey); err != nil {
		return nil, err
	}
	rep.MsgType = msgtype.KRB_TGS_REP
	return rep.Marshal()
}

func (k *fakeKDC) fill(rep *messages.KDCRepFields, asked messages.KDCReqBody, session, key wire.Key, usage uint32) error {
	rep.PVNO, rep.CRealm, rep.CName = protocolVersion, fakeRealm, fakeUser
	rep.Ticket = messages.Ticket{
		TktVNO: protocolVersion, Realm: asked.Realm, SName: asked.SName,
		EncPart: types.EncryptedData{EType: int32(wire.AES256SHA1), Cipher: []byte("only the service can read this")},
	}
	part := messages.EncKDCRepPart{
		Key:      types.EncryptionKey{KeyType: int32(session.Type), KeyValue: session.Value},
		LastReqs: []messages.LastReq{}, Nonce: asked.Nonce, Flags: types.NewKrbFlags(),
		AuthTime: fakeNow, EndTime: fakeNow.Add(time.Hour), SRealm: asked.Realm, SName: asked.SName,
	}
	if k.change != nil {
		k.change(rep, &part)
	}
	plain, err := part.Marshal()
	if err != nil {
		return err
	}
	sealed, err := key.Encrypt(usage, make([]byte, 16), plain)
	rep.EncPart = types.EncryptedData{EType: int32(key.Type), Cipher: sealed}
	return err
}
