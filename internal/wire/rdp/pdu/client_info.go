// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// InfoFlags are the flags of the client info PDU.
type InfoFlags uint32

// The flags (section 2.2.1.11.1.1).
const (
	InfoMouse              InfoFlags = 0x00000001
	InfoDisableCtrlAltDel  InfoFlags = 0x00000002
	InfoAutologon          InfoFlags = 0x00000008
	InfoUnicode            InfoFlags = 0x00000010
	InfoMaximizeShell      InfoFlags = 0x00000020
	InfoLogonNotify        InfoFlags = 0x00000040
	InfoCompression        InfoFlags = 0x00000080
	InfoEnableWindowsKey   InfoFlags = 0x00000100
	InfoRemoteConsoleAudio InfoFlags = 0x00002000
	InfoForceEncryptedCS   InfoFlags = 0x00004000
	InfoRail               InfoFlags = 0x00008000
	InfoLogonErrors        InfoFlags = 0x00010000
	InfoMouseHasWheel      InfoFlags = 0x00020000
	InfoPasswordIsSCPin    InfoFlags = 0x00040000
	InfoNoAudioPlayback    InfoFlags = 0x00080000
	InfoUsingSavedCreds    InfoFlags = 0x00100000
	InfoAudioCapture       InfoFlags = 0x00200000
	InfoVideoDisable       InfoFlags = 0x00400000
	InfoHiDefRail          InfoFlags = 0x02000000

	// InfoCompressionTypeMask is the type of compression, as CompressionMask of share data.
	InfoCompressionTypeMask InfoFlags = 0x00001E00

	// InfoNormal are the flags that every client sets: xrdp takes the lack of one for a sign of
	// wrong decryption, and disconnects.
	InfoNormal = InfoMouse | InfoDisableCtrlAltDel | InfoUnicode | InfoMaximizeShell
)

// PerformanceFlags say what the server may leave out.
type PerformanceFlags uint32

// The performance flags (section 2.2.1.11.1.1.1).
const (
	PerfDisableWallpaper         PerformanceFlags = 0x001
	PerfDisableFullWindowDrag    PerformanceFlags = 0x002
	PerfDisableMenuAnimations    PerformanceFlags = 0x004
	PerfDisableTheming           PerformanceFlags = 0x008
	PerfDisableCursorShadow      PerformanceFlags = 0x020
	PerfDisableCursorSettings    PerformanceFlags = 0x040
	PerfEnableFontSmoothing      PerformanceFlags = 0x080
	PerfEnableDesktopComposition PerformanceFlags = 0x100
)

// maxInfoString bounds a string of the info packet, in bytes (section 2.2.1.11.1.1: 512
// characters at most, and load balancers put long cookies into the password).
const maxInfoString = 4096

// Address families of the client's address.
const (
	AddressINET  = 2
	AddressINET6 = 0x17
)

// ClientInfo is TS_INFO_PACKET (section 2.2.1.11.1.1).
type ClientInfo struct {
	// CodePage is that of the strings, or the keyboard layout with InfoUnicode.
	CodePage uint32
	Flags    InfoFlags
	Domain   string
	UserName string
	// Password is UTF-16LE without a NUL, or a redirection's cookie as it came.
	Password       []byte
	AlternateShell string
	WorkingDir     string
	// Extended is nil for clients of RDP 4.
	Extended *ExtendedInfo
}

// ExtendedInfo is TS_EXTENDED_INFO_PACKET (section 2.2.1.11.1.1.1).
type ExtendedInfo struct {
	AddressFamily    uint16
	Address          string
	Dir              string
	TimeZone         TimeZone
	SessionID        uint32
	PerformanceFlags PerformanceFlags
	// AutoReconnectCookie is empty or ARC_CS_PRIVATE_PACKET.
	AutoReconnectCookie []byte
	DynamicDSTKeyName   string
	DynamicDSTDisabled  bool
	// Optional counts the fields after the time zone that are there, 0 for all.
	Optional int
}

// optionalInfoFields are session ID, performance flags, cookie, reserved, key name and
// dynamic DST disabled.
const optionalInfoFields = 6

type infoStrings struct {
	r       *field.Reader
	unicode bool
}

func (s infoStrings) width() int {
	if s.unicode {
		return 2
	}
	return 1
}

func (s infoStrings) text(name string, n int) string {
	if s.unicode {
		return s.r.UTF16(name, n)
	}
	b := s.r.Bytes(name, n)
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// ParseClientInfo reads the info packet, without the security header before it.
func ParseClientInfo(b []byte) (ClientInfo, error) {
	r := field.NewReader("pdu: client info", b)
	p := ClientInfo{CodePage: r.U32("CodePage"), Flags: InfoFlags(r.U32("flags"))}
	s := infoStrings{r: r, unicode: p.Flags&InfoUnicode != 0}
	var sizes [5]int
	for i, name := range [...]string{"cbDomain", "cbUserName", "cbPassword", "cbAlternateShell", "cbWorkingDir"} {
		sizes[i] = r.Length16(name, maxInfoString)
	}
	text := func(name string, i int) string {
		value := s.text(name, sizes[i])
		r.Skip(name+" terminator", s.width())
		return value
	}
	p.Domain = text("Domain", 0)
	p.UserName = text("UserName", 1)
	p.Password = r.Bytes("Password", sizes[2])
	r.Skip("Password terminator", s.width())
	p.AlternateShell = text("AlternateShell", 3)
	p.WorkingDir = text("WorkingDir", 4)
	if r.Err() == nil && r.Len() > 0 {
		p.Extended = readExtendedInfo(r, s)
	}
	return p, r.Err()
}

func readExtendedInfo(r *field.Reader, s infoStrings) *ExtendedInfo {
	e := &ExtendedInfo{AddressFamily: r.U16("clientAddressFamily")}
	e.Address = s.text("clientAddress", r.Length16("cbClientAddress", maxInfoString))
	e.Dir = s.text("clientDir", r.Length16("cbClientDir", maxInfoString))
	e.TimeZone = readTimeZone(r)
	for _, read := range []func(){
		func() { e.SessionID = r.U32("clientSessionId") },
		func() { e.PerformanceFlags = PerformanceFlags(r.U32("performanceFlags")) },
		func() {
			n := r.U16("cbAutoReconnectCookie")
			if n != 0 {
				r.Expect("cbAutoReconnectCookie", uint64(n), autoReconnectSize)
			}
			e.AutoReconnectCookie = r.Bytes("autoReconnectCookie", int(n))
		},
		func() { r.Skip("reserved", 4) },
		func() {
			e.DynamicDSTKeyName = r.UTF16("dynamicDSTTimeZoneKeyName", r.Length16("cbDynamicDSTTimeZoneKeyName", maxInfoString))
		},
		func() { e.DynamicDSTDisabled = r.U16("dynamicDaylightTimeDisabled") != 0 },
	} {
		if r.Len() == 0 {
			break
		}
		read()
		e.Optional++
	}
	if e.Optional == optionalInfoFields {
		e.Optional = 0
	}
	return e
}

// Append appends the info packet.
func (p ClientInfo) Append(b []byte) []byte {
	encode, end := field.UTF16, []byte{0, 0}
	if p.Flags&InfoUnicode == 0 {
		encode, end = func(s string) []byte { return []byte(s) }, []byte{0}
	}
	texts := [][]byte{encode(p.Domain), encode(p.UserName), p.Password, encode(p.AlternateShell), encode(p.WorkingDir)}
	b = binary.LittleEndian.AppendUint32(b, p.CodePage)
	b = binary.LittleEndian.AppendUint32(b, uint32(p.Flags))
	for _, text := range texts {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	}
	for _, text := range texts {
		b = append(append(b, text...), end...)
	}
	if p.Extended != nil {
		b = p.Extended.append(b, func(s string) []byte { return append(encode(s), end...) })
	}
	return b
}

func (e *ExtendedInfo) append(b []byte, encode func(string) []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, e.AddressFamily)
	for _, text := range []string{e.Address, e.Dir} {
		encoded := encode(text)
		b = le.AppendUint16(b, uint16(len(encoded)))
		b = append(b, encoded...)
	}
	b = e.TimeZone.append(b)
	disabled := uint16(0)
	if e.DynamicDSTDisabled {
		disabled = 1
	}
	key := field.UTF16(e.DynamicDSTKeyName)
	optional := [][]byte{
		le.AppendUint32(nil, e.SessionID),
		le.AppendUint32(nil, uint32(e.PerformanceFlags)),
		append(le.AppendUint16(nil, uint16(len(e.AutoReconnectCookie))), e.AutoReconnectCookie...),
		zeros(4),
		append(le.AppendUint16(nil, uint16(len(key))), key...),
		le.AppendUint16(nil, disabled),
	}
	if e.Optional > 0 && e.Optional < len(optional) {
		optional = optional[:e.Optional]
	}
	for _, f := range optional {
		b = append(b, f...)
	}
	return b
}
