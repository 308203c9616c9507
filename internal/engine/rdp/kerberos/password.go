// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/palta-gateway/palta/internal/secret"
	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// maxIterations bounds how often a KDC, or who pretends to be one, may have the password
// hashed: 32 times what the strongest encryption type does by default.
const maxIterations = 1 << 20

// keyInfo is how a KDC wants the key made from the password (RFC 4120, section 5.2.7.5).
type keyInfo struct {
	kind   wire.EncryptionType
	salt   string
	params string
}

// infoFrom returns what the preauthentication data say for the first encryption type that is
// supported, or for the one given. Without a word, salt and parameters are the default ones.
func infoFrom(data types.PADataSequence, only wire.EncryptionType, user types.PrincipalName, realm string) (keyInfo, error) {
	info := keyInfo{kind: only, salt: user.GetSalt(realm)}
	for i := range data {
		if data[i].PADataType != patype.PA_ETYPE_INFO2 {
			continue
		}
		var entries types.ETypeInfo2
		if err := decode("ETYPE-INFO2", data[i].PADataValue, entries.Unmarshal); err != nil {
			return info, err
		}
		for _, e := range entries {
			kind := wire.EncryptionType(e.EType)
			if only != 0 && kind != only || !slices.Contains(wire.EncryptionTypes(), kind) {
				continue
			}
			info.kind = kind
			if e.Salt != "" {
				info.salt = e.Salt
			}
			return info, info.setParams(e.S2KParams)
		}
	}
	if info.kind == 0 {
		return info, wire.NoEncryptionType
	}
	return info, nil
}

func (i *keyInfo) setParams(params []byte) error {
	if len(params) == 0 {
		return nil
	}
	if len(params) != 4 {
		return fmt.Errorf("kerberos: ETYPE-INFO2: s2kparams: %d bytes are no number", len(params))
	}
	// Zero stands for 2³².
	if n := binary.BigEndian.Uint32(params); n == 0 || n > maxIterations {
		return fmt.Errorf("kerberos: ETYPE-INFO2: s2kparams: %d iterations are above the limit of %d", n, maxIterations)
	}
	i.params = hex.EncodeToString(params)
	return nil
}

// key makes the key (string-to-key of RFC 3962, section 4, and RFC 8009, section 4).
func (i keyInfo) key(password secret.String) (wire.Key, error) {
	kind, err := crypto.GetEtype(int32(i.kind))
	if err != nil {
		return wire.Key{}, fmt.Errorf("kerberos: %w", err)
	}
	params := i.params
	if params == "" {
		params = kind.GetDefaultStringToKeyParams()
	}
	value, err := kind.StringToKey(password.Reveal(), i.salt, params)
	if err != nil {
		return wire.Key{}, fmt.Errorf("kerberos: key of the password: %w", err)
	}
	return wire.Key{Type: i.kind, Value: value}, nil
}
