// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"context"
	"crypto/rand"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/palta-gateway/palta/internal/secret"
	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// Key usage numbers (RFC 4120, section 7.5.1).
const (
	usageTimestamp        = 1
	usageASRep            = 3
	usageTGSReqChecksum   = 6
	usageTGSRepSessionKey = 8
)

const (
	protocolVersion = 5
	// lifetime is how long tickets are asked for; they are used at once.
	lifetime = 10 * time.Hour
)

// granted is a ticket with what belongs to it.
type granted struct {
	ticket messages.Ticket
	key    wire.Key
	// realm is whose KDC takes the ticket, if it is a ticket-granting one.
	realm     string
	user      types.PrincipalName
	userRealm string
}

// body is the part that both requests have.
func (c *Client) body(realm string, service types.PrincipalName) messages.KDCReqBody {
	var nonce [4]byte
	_, _ = rand.Read(nonce[:]) // never fails
	kinds := wire.EncryptionTypes()
	b := messages.KDCReqBody{
		KDCOptions: types.NewKrbFlags(), Realm: realm, SName: service,
		Till:  c.now().UTC().Add(lifetime),
		Nonce: int(binary.BigEndian.Uint32(nonce[:]) & 0x7FFFFFFF),
		EType: make([]int32, len(kinds)),
	}
	for i, kind := range kinds {
		b.EType[i] = int32(kind)
	}
	return b
}

func grantingService(realm string) types.PrincipalName {
	return types.PrincipalName{NameType: nametype.KRB_NT_SRV_INST, NameString: []string{"krbtgt", realm}}
}

// logIn gets the ticket-granting ticket of a user (RFC 4120, section 3.1).
func (c *Client) logIn(ctx context.Context, user types.PrincipalName, realm string, password secret.String) (granted, error) {
	request := messages.ASReq{KDCReqFields: messages.KDCReqFields{
		PVNO: protocolVersion, MsgType: msgtype.KRB_AS_REQ, ReqBody: c.body(realm, grantingService(realm)),
	}}
	request.ReqBody.CName = user
	b, err := c.sendASReq(ctx, request)
	var refusal *wire.Error
	var key wire.Key
	if errors.As(err, &refusal) && refusal.Code == wire.PreauthRequired {
		if key, err = c.preauthenticate(&request, refusal, password); err != nil {
			return granted{}, err
		}
		b, err = c.sendASReq(ctx, request)
	}
	if err != nil {
		return granted{}, err
	}
	return readASRep(b, request.ReqBody, key, password)
}

func (c *Client) sendASReq(ctx context.Context, request messages.ASReq) ([]byte, error) {
	b, err := request.Marshal()
	if err != nil {
		return nil, fmt.Errorf("kerberos: AS-REQ: %w", err)
	}
	return c.send(ctx, request.ReqBody.Realm, b)
}

// preauthenticate adds the time sealed with the password (section 5.2.7.2).
func (c *Client) preauthenticate(request *messages.ASReq, refusal *wire.Error, password secret.String) (wire.Key, error) {
	list, err := methods(refusal.Data)
	if err != nil {
		return wire.Key{}, err
	}
	if !list.Contains(patype.PA_ENC_TIMESTAMP) {
		if !list.Contains(patype.PA_ETYPE_INFO2) { // there is no key that could be used
			return wire.Key{}, wire.NoEncryptionType
		}
		return wire.Key{}, refusal
	}
	info, err := infoFrom(list, 0, request.ReqBody.CName, request.ReqBody.Realm)
	if err != nil {
		return wire.Key{}, err
	}
	key, err := info.key(password)
	if err != nil {
		return wire.Key{}, err
	}
	now := c.now().UTC()
	plain, err := asn1.Marshal(types.PAEncTSEnc{PATimestamp: now.Truncate(time.Second), PAUSec: now.Nanosecond() / 1000})
	if err != nil {
		return wire.Key{}, fmt.Errorf("kerberos: PA-ENC-TS-ENC: %w", err)
	}
	var confounder [16]byte
	_, _ = rand.Read(confounder[:]) // never fails
	sealed, err := key.Encrypt(usageTimestamp, confounder[:], plain)
	if err != nil {
		return wire.Key{}, err
	}
	data := types.EncryptedData{EType: int32(key.Type), Cipher: sealed}
	value, err := data.Marshal()
	if err != nil {
		return wire.Key{}, fmt.Errorf("kerberos: PA-ENC-TIMESTAMP: %w", err)
	}
	request.PAData = types.PADataSequence{{PADataType: patype.PA_ENC_TIMESTAMP, PADataValue: value}}
	// Some KDCs know their own request again by a cookie (RFC 6113, section 5.2).
	for i := range list {
		if list[i].PADataType == patype.PA_FX_COOKIE {
			request.PAData = append(request.PAData, list[i])
		}
	}
	return key, nil
}

// readASRep verifies the answer (section 3.1.5). The key is that of preauthentication, which
// the answer may not use.
func readASRep(b []byte, asked messages.KDCReqBody, key wire.Key, password secret.String) (granted, error) {
	r, err := parseASRep(b)
	if err != nil {
		return granted{}, err
	}
	if !r.CName.Equal(asked.CName) || r.CRealm != asked.Realm {
		return granted{}, errors.New("kerberos: AS-REP: cname: is another user's")
	}
	if kind := wire.EncryptionType(r.EncPart.EType); kind != key.Type || len(r.PAData) > 0 {
		info, err := infoFrom(r.PAData, kind, asked.CName, asked.Realm)
		if err != nil {
			return granted{}, err
		}
		if key, err = info.key(password); err != nil {
			return granted{}, err
		}
	}
	part, err := r.open(key, usageASRep)
	if errors.Is(err, wire.ErrIntegrity) {
		return granted{}, wire.WrongPassword
	}
	if err != nil {
		return granted{}, err
	}
	if err := matches("AS-REP", part, asked); err != nil {
		return granted{}, err
	}
	if !part.SName.Equal(asked.SName) || part.SRealm != asked.Realm {
		return granted{}, errors.New("kerberos: AS-REP: sname: is another service's")
	}
	return r.granted(part, asked.Realm), nil
}

// matches verifies that an answer is to this request, and its ticket of use.
func matches(what string, part messages.EncKDCRepPart, asked messages.KDCReqBody) error {
	if part.Nonce != asked.Nonce {
		return fmt.Errorf("kerberos: %s: nonce: is that of another request", what)
	}
	if types.IsFlagSet(&part.Flags, flags.Invalid) {
		return fmt.Errorf("kerberos: %s: flags: the ticket is not valid yet", what)
	}
	if kind := wire.EncryptionType(part.Key.KeyType); !slices.Contains(wire.EncryptionTypes(), kind) {
		return fmt.Errorf("kerberos: %s: key: encryption type %d was not asked for: %w", what, kind, wire.NoEncryptionType)
	}
	return nil
}

func (r reply) granted(part messages.EncKDCRepPart, realm string) granted {
	return granted{
		ticket: r.Ticket, key: wire.Key{Type: wire.EncryptionType(part.Key.KeyType), Value: part.Key.KeyValue},
		realm: realm, user: r.CName, userRealm: r.CRealm,
	}
}
