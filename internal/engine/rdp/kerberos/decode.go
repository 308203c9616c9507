// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// decode calls a parser of gokrb5 on bytes from the network. It is the one place where a
// panic of that library becomes an error.
func decode(what string, b []byte, parse func([]byte) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("kerberos: %s: %v", what, r)
		}
	}()
	if err := parse(b); err != nil {
		return fmt.Errorf("kerberos: %s: %w", what, err)
	}
	return nil
}

// reply is an answer of the KDC of either exchange: AS-REP or TGS-REP.
type reply struct {
	messages.KDCRepFields
}

func parseASRep(b []byte) (reply, error) {
	var m messages.ASRep
	if err := decode("AS-REP", b, m.Unmarshal); err != nil {
		return reply{}, err
	}
	return checkedReply("AS-REP", m.KDCRepFields)
}

func parseTGSRep(b []byte) (reply, error) {
	var m messages.TGSRep
	if err := decode("TGS-REP", b, m.Unmarshal); err != nil {
		return reply{}, err
	}
	return checkedReply("TGS-REP", m.KDCRepFields)
}

func checkedReply(what string, fields messages.KDCRepFields) (reply, error) {
	if len(fields.Ticket.SName.NameString) == 0 || len(fields.CName.NameString) == 0 {
		return reply{}, fmt.Errorf("kerberos: %s: names nobody", what)
	}
	return reply{fields}, nil
}

// open decrypts the part of an answer that only the client can read.
func (r reply) open(key wire.Key, usage uint32) (messages.EncKDCRepPart, error) {
	var part messages.EncKDCRepPart
	if kind := wire.EncryptionType(r.EncPart.EType); kind != key.Type {
		return part, fmt.Errorf("kerberos: answer of the KDC: encryption type %d instead of %d", kind, key.Type)
	}
	plain, err := key.Decrypt(usage, r.EncPart.Cipher)
	if err != nil {
		return part, fmt.Errorf("kerberos: answer of the KDC: %w", err)
	}
	if err := decode("EncKDCRepPart", plain, part.Unmarshal); err != nil {
		return part, err
	}
	if len(part.SName.NameString) == 0 {
		return part, errors.New("kerberos: EncKDCRepPart: sname: names nobody")
	}
	return part, nil
}

// methods reads the METHOD-DATA of a KRB-ERROR.
func methods(b []byte) (types.PADataSequence, error) {
	var list types.PADataSequence
	err := decode("METHOD-DATA", b, list.Unmarshal)
	return list, err
}
