// SPDX-License-Identifier: Apache-2.0

package mcs

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// DomainParameters are the limits that the two sides agree on (T.125, DomainParameters).
type DomainParameters struct {
	MaxChannelIDs   uint32
	MaxUserIDs      uint32
	MaxTokenIDs     uint32
	NumPriorities   uint32
	MinThroughput   uint32
	MaxHeight       uint32
	MaxMCSPDUSize   uint32
	ProtocolVersion uint32
}

// The domain parameters that every RDP client asks for ([MS-RDPBCGR], section 4.1.3).
var (
	targetParameters  = DomainParameters{34, 2, 0, 1, 0, 1, 0xFFFF, 2}
	minimumParameters = DomainParameters{1, 1, 1, 1, 0, 1, 0x420, 2}
	maximumParameters = DomainParameters{0xFFFF, 0xFC17, 0xFFFF, 1, 0, 1, 0xFFFF, 2}
)

func (p *DomainParameters) fields() []*uint32 {
	return []*uint32{
		&p.MaxChannelIDs, &p.MaxUserIDs, &p.MaxTokenIDs, &p.NumPriorities,
		&p.MinThroughput, &p.MaxHeight, &p.MaxMCSPDUSize, &p.ProtocolVersion,
	}
}

func readParameters(r *field.Reader, name string) DomainParameters {
	var p DomainParameters
	content := berElement(r, name, tagSequence)
	if r.Err() != nil {
		return p
	}
	inner := field.NewReader("mcs: domain parameters", content)
	for _, f := range p.fields() {
		*f = berInteger(inner, name, tagInteger)
	}
	inner.End(name)
	if inner.Err() != nil {
		r.Fail(name, "%v", inner.Err())
	}
	return p
}

func (p DomainParameters) append(b []byte) []byte {
	var content []byte
	for _, f := range p.fields() {
		content = appendBERInteger(content, *f)
	}
	return appendBER(b, tagSequence, content)
}

// ConnectInitial is the MCS Connect Initial PDU (section 2.2.1.3).
type ConnectInitial struct {
	CallingDomainSelector []byte
	CalledDomainSelector  []byte
	UpwardFlag            bool
	Target                DomainParameters
	Minimum               DomainParameters
	Maximum               DomainParameters
	// UserData is the GCC conference create request.
	UserData []byte
}

// NewConnectInitial returns the PDU that every RDP client sends, with its user data.
func NewConnectInitial(userData []byte) ConnectInitial {
	return ConnectInitial{
		CallingDomainSelector: []byte{1}, CalledDomainSelector: []byte{1}, UpwardFlag: true,
		Target: targetParameters, Minimum: minimumParameters, Maximum: maximumParameters, UserData: userData,
	}
}

// The application tags of the connect PDUs: the second byte after 0x7F.
const (
	applicationTag     = 0x7F
	connectInitialTag  = 101
	connectResponseTag = 102
)

func readApplication(r *field.Reader, tag uint8) {
	r.Expect("application tag", uint64(r.U8("application tag")), applicationTag)
	r.Expect("application tag", uint64(r.U8("application tag")), uint64(tag))
	n := berLength(r, "length")
	if r.Err() == nil && n != r.Len() {
		r.Fail("length", "%d, with %d bytes there", n, r.Len())
	}
}

func appendApplication(b []byte, tag uint8, content []byte) []byte {
	b = appendBERLength(append(b, applicationTag, tag), len(content))
	return append(b, content...)
}

// ParseConnectInitial reads a Connect Initial PDU.
func ParseConnectInitial(b []byte) (ConnectInitial, error) {
	var c ConnectInitial
	r := field.NewReader("mcs: connect initial", b)
	readApplication(r, connectInitialTag)
	c.CallingDomainSelector = berElement(r, "callingDomainSelector", tagOctetString)
	c.CalledDomainSelector = berElement(r, "calledDomainSelector", tagOctetString)
	upward := berElement(r, "upwardFlag", tagBoolean)
	if r.Err() == nil && len(upward) != 1 {
		r.Fail("upwardFlag", "a boolean of %d bytes", len(upward))
	}
	c.UpwardFlag = len(upward) == 1 && upward[0] != 0
	c.Target = readParameters(r, "targetParameters")
	c.Minimum = readParameters(r, "minimumParameters")
	c.Maximum = readParameters(r, "maximumParameters")
	c.UserData = berElement(r, "userData", tagOctetString)
	r.End("userData")
	return c, r.Err()
}

// Append appends the PDU.
func (c ConnectInitial) Append(b []byte) []byte {
	content := appendBER(nil, tagOctetString, c.CallingDomainSelector)
	content = appendBER(content, tagOctetString, c.CalledDomainSelector)
	upward := byte(0)
	if c.UpwardFlag {
		upward = 0xFF
	}
	content = appendBER(content, tagBoolean, []byte{upward})
	content = c.Maximum.append(c.Minimum.append(c.Target.append(content)))
	content = appendBER(content, tagOctetString, c.UserData)
	return appendApplication(b, connectInitialTag, content)
}

// ConnectResponse is the MCS Connect Response PDU (section 2.2.1.4).
type ConnectResponse struct {
	Result          Result
	CalledConnectID uint32
	Parameters      DomainParameters
	// UserData is the GCC conference create response.
	UserData []byte
}

// NewConnectResponse returns the PDU of a server that agrees, with its user data.
func NewConnectResponse(userData []byte) ConnectResponse {
	return ConnectResponse{Parameters: DomainParameters{34, 3, 0, 1, 0, 1, 0xFFF8, 2}, UserData: userData}
}

// ParseConnectResponse reads a Connect Response PDU.
func ParseConnectResponse(b []byte) (ConnectResponse, error) {
	var c ConnectResponse
	r := field.NewReader("mcs: connect response", b)
	readApplication(r, connectResponseTag)
	result := berInteger(r, "result", tagEnumerated)
	if result >= uint32(len(resultNames)) {
		r.Fail("result", "%d is unknown", result)
	}
	c.Result = Result(result)
	c.CalledConnectID = berInteger(r, "calledConnectId", tagInteger)
	c.Parameters = readParameters(r, "domainParameters")
	c.UserData = berElement(r, "userData", tagOctetString)
	r.End("userData")
	return c, r.Err()
}

// Append appends the PDU.
func (c ConnectResponse) Append(b []byte) []byte {
	content := appendBER(nil, tagEnumerated, []byte{byte(c.Result)})
	content = appendBERInteger(content, c.CalledConnectID)
	content = c.Parameters.append(content)
	content = appendBER(content, tagOctetString, c.UserData)
	return appendApplication(b, connectResponseTag, content)
}
