// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// maxReferrals bounds how many realms are gone through.
const maxReferrals = 5

// serviceTicket gets a ticket for a service (RFC 4120, section 3.3). A KDC that does not have
// the host may refer to another realm (RFC 6806, section 8).
func (c *Client) serviceTicket(ctx context.Context, tgt granted, service, host string) (granted, error) {
	name := types.PrincipalName{NameType: nametype.KRB_NT_SRV_INST, NameString: []string{service, host}}
	if realm := c.conf.realmOf(host); realm != "" && realm != tgt.realm {
		t, err := c.ticket(ctx, tgt, grantingService(realm))
		if err != nil {
			return granted{}, fmt.Errorf("kerberos: to realm %s of the host: %w", realm, err)
		}
		tgt = t
	}
	for range maxReferrals + 1 {
		t, err := c.ticket(ctx, tgt, name)
		if err != nil || t.realm == "" {
			return t, err
		}
		tgt = t
	}
	return granted{}, fmt.Errorf("kerberos: the KDCs refer to more than %d other realms", maxReferrals)
}

// ticket asks once. The ticket is for the service, or a ticket-granting one of a realm that is
// nearer to it: then granted.realm tells which.
func (c *Client) ticket(ctx context.Context, tgt granted, service types.PrincipalName) (granted, error) {
	request, err := c.tgsReq(tgt, service)
	if err != nil {
		return granted{}, err
	}
	b, err := request.Marshal()
	if err != nil {
		return granted{}, fmt.Errorf("kerberos: TGS-REQ: %w", err)
	}
	answer, err := c.send(ctx, tgt.realm, b)
	if err != nil {
		return granted{}, err
	}
	return readTGSRep(answer, tgt, request.ReqBody)
}

func (c *Client) tgsReq(tgt granted, service types.PrincipalName) (messages.TGSReq, error) {
	request := messages.TGSReq{KDCReqFields: messages.KDCReqFields{
		PVNO: protocolVersion, MsgType: msgtype.KRB_TGS_REQ, ReqBody: c.body(tgt.realm, service),
	}}
	types.SetFlag(&request.ReqBody.KDCOptions, flags.Canonicalize)
	body, err := request.ReqBody.Marshal()
	if err != nil {
		return request, fmt.Errorf("kerberos: KDC-REQ-BODY: %w", err)
	}
	sum, err := tgt.key.Checksum(usageTGSReqChecksum, body)
	if err != nil {
		return request, err
	}
	now := c.now().UTC()
	auth := types.Authenticator{
		AVNO: protocolVersion, CRealm: tgt.userRealm, CName: tgt.user,
		Cksum: types.Checksum{CksumType: tgt.key.Type.ChecksumType(), Checksum: sum},
		CTime: now.Truncate(time.Second), Cusec: now.Nanosecond() / 1000,
	}
	key := types.EncryptionKey{KeyType: int32(tgt.key.Type), KeyValue: tgt.key.Value}
	proof, err := messages.NewAPReq(tgt.ticket, key, auth)
	if err != nil {
		return request, fmt.Errorf("kerberos: AP-REQ: %w", err)
	}
	value, err := proof.Marshal()
	if err != nil {
		return request, fmt.Errorf("kerberos: AP-REQ: %w", err)
	}
	request.PAData = types.PADataSequence{{PADataType: patype.PA_TGS_REQ, PADataValue: value}}
	return request, nil
}

// readTGSRep verifies the answer (section 3.3.4).
func readTGSRep(b []byte, tgt granted, asked messages.KDCReqBody) (granted, error) {
	r, err := parseTGSRep(b)
	if err != nil {
		return granted{}, err
	}
	if !r.CName.Equal(tgt.user) || r.CRealm != tgt.userRealm {
		return granted{}, errors.New("kerberos: TGS-REP: cname: is another user's")
	}
	part, err := r.open(tgt.key, usageTGSRepSessionKey)
	if err != nil {
		return granted{}, err
	}
	if err := matches("TGS-REP", part, asked); err != nil {
		return granted{}, err
	}
	names := part.SName.NameString
	switch {
	case names[0] == "krbtgt" && len(names) == 2 && names[1] != tgt.realm:
		return r.granted(part, names[1]), nil
	case part.SName.Equal(asked.SName):
		return r.granted(part, ""), nil
	}
	return granted{}, fmt.Errorf("kerberos: TGS-REP: sname: %q is another service's", part.SName.PrincipalNameString())
}
