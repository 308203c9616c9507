// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Kinds of a save session info PDU.
const (
	infoTypeLogon       = 0
	infoTypeLogonLong   = 1
	infoTypePlainNotify = 2
	infoTypeExtended    = 3
)

// Sizes of save session info in bytes.
const (
	logonDomainSize  = 52
	logonUserSize    = 512
	logonLongSize    = 18
	logonLongPad     = 558
	plainNotifyPad   = 576
	extendedPad      = 570
	logonLongVersion = 1
	logonExAutoRecon = 1
	logonExErrors    = 2
	logonErrorsSize  = 8
)

// Logon is who logged on (sections 2.2.10.1.1.1 and 2.2.10.1.1.2).
type Logon struct {
	Domain    string
	UserName  string
	SessionID uint32
	// Long tells the form with strings of any length.
	Long bool
}

// LogonErrors is TS_LOGON_ERRORS_INFO (section 2.2.10.1.1.4.1.1): a question the user has to
// answer on the screen, or a failure.
type LogonErrors struct {
	Type uint32
	Data uint32
}

// SaveSessionInfo is the save session info PDU (section 2.2.10.1). All nil is the plain
// notification that somebody logged on.
type SaveSessionInfo struct {
	Logon         *Logon
	Extended      bool
	AutoReconnect *ServerAutoReconnect
	Errors        *LogonErrors
}

// ParseSaveSessionInfo reads the data of a share data PDU.
func ParseSaveSessionInfo(b []byte) (SaveSessionInfo, error) {
	var p SaveSessionInfo
	r := field.NewReader("pdu: save session info", b)
	switch t := r.U32("infoType"); {
	case r.Err() != nil:
	case t == infoTypeLogon:
		p.Logon = readLogon(r)
	case t == infoTypeLogonLong:
		p.Logon = readLogonLong(r)
	case t == infoTypePlainNotify:
		r.Skip("Pad", min(plainNotifyPad, r.Len()))
	case t == infoTypeExtended:
		readLogonExtended(r, &p)
	default:
		r.Fail("infoType", "%d is unknown", t)
	}
	return p, r.Err()
}

func readLogon(r *field.Reader) *Logon {
	l := new(Logon)
	r.Length("cbDomain", logonDomainSize)
	l.Domain = r.UTF16("Domain", logonDomainSize)
	r.Length("cbUserName", logonUserSize)
	l.UserName = r.UTF16("UserName", logonUserSize)
	l.SessionID = r.U32("SessionId")
	return l
}

func readLogonLong(r *field.Reader) *Logon {
	l := &Logon{Long: true}
	r.Expect("Version", uint64(r.U16("Version")), logonLongVersion)
	r.U32("Size")
	l.SessionID = r.U32("SessionId")
	domain := r.Length("cbDomain", maxInfoString)
	user := r.Length("cbUserName", maxInfoString)
	r.Skip("Pad", logonLongPad)
	l.Domain = r.UTF16("Domain", domain)
	l.UserName = r.UTF16("UserName", user)
	return l
}

func readLogonExtended(r *field.Reader, p *SaveSessionInfo) {
	p.Extended = true
	r.U16("Length")
	present := r.U32("FieldsPresent")
	if present&logonExAutoRecon != 0 {
		r.Expect("cbFieldData", uint64(r.U32("cbFieldData")), autoReconnectSize)
		cookie := readServerAutoReconnect(r)
		p.AutoReconnect = &cookie
	}
	if present&logonExErrors != 0 {
		r.Expect("cbFieldData", uint64(r.U32("cbFieldData")), logonErrorsSize)
		p.Errors = &LogonErrors{Type: r.U32("ErrorNotificationType"), Data: r.U32("ErrorNotificationData")}
	}
	r.Skip("Pad", min(extendedPad, r.Len()))
}

// Append appends the data.
func (p SaveSessionInfo) Append(b []byte) []byte {
	le := binary.LittleEndian
	switch {
	case p.Logon != nil && p.Logon.Long:
		return p.Logon.appendLong(le.AppendUint32(b, infoTypeLogonLong))
	case p.Logon != nil:
		return p.Logon.appendShort(le.AppendUint32(b, infoTypeLogon))
	case !p.Extended:
		return append(le.AppendUint32(b, infoTypePlainNotify), zeros(plainNotifyPad)...)
	}
	b = le.AppendUint32(b, infoTypeExtended)
	start, present := len(b), uint32(0)
	b = append(b, zeros(6)...)
	if p.AutoReconnect != nil {
		present |= logonExAutoRecon
		b = p.AutoReconnect.append(le.AppendUint32(b, autoReconnectSize))
	}
	if p.Errors != nil {
		present |= logonExErrors
		b = le.AppendUint32(b, logonErrorsSize)
		b = le.AppendUint32(le.AppendUint32(b, p.Errors.Type), p.Errors.Data)
	}
	le.PutUint16(b[start:], uint16(len(b)-start))
	le.PutUint32(b[start+2:], present)
	return append(b, zeros(extendedPad)...)
}

func (l *Logon) appendShort(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, uint32(min(len(field.UTF16(l.Domain))+2, logonDomainSize)))
	b = field.AppendFixedUTF16(b, l.Domain, logonDomainSize)
	b = le.AppendUint32(b, uint32(min(len(field.UTF16(l.UserName))+2, logonUserSize)))
	b = field.AppendFixedUTF16(b, l.UserName, logonUserSize)
	return le.AppendUint32(b, l.SessionID)
}

func (l *Logon) appendLong(b []byte) []byte {
	le := binary.LittleEndian
	domain, user := append(field.UTF16(l.Domain), 0, 0), append(field.UTF16(l.UserName), 0, 0)
	b = le.AppendUint16(b, logonLongVersion)
	for _, v := range []int{logonLongSize, int(l.SessionID), len(domain), len(user)} {
		b = le.AppendUint32(b, uint32(v))
	}
	b = append(b, zeros(logonLongPad)...)
	return append(append(b, domain...), user...)
}
