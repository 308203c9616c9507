// SPDX-License-Identifier: Apache-2.0

package rail

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Order is the orderType of TS_RAIL_PDU_HEADER (section 2.2.2.1).
type Order uint16

// Order types.
const (
	OrderExec          Order = 0x0001
	OrderActivate      Order = 0x0002
	OrderSysParam      Order = 0x0003
	OrderSysCommand    Order = 0x0004
	OrderHandshake     Order = 0x0005
	OrderNotifyEvent   Order = 0x0006
	OrderWindowMove    Order = 0x0008
	OrderLocalMoveSize Order = 0x0009
	OrderMinMaxInfo    Order = 0x000A
	OrderClientStatus  Order = 0x000B
	OrderSysMenu       Order = 0x000C
	OrderLanguageBar   Order = 0x000D
	OrderGetAppID      Order = 0x000E
	OrderAppID         Order = 0x000F
	OrderHandshakeEx   Order = 0x0013
	OrderZOrderSync    Order = 0x0014
	OrderCloak         Order = 0x0015
	OrderPowerDisplay  Order = 0x0016
	OrderAppIDEx       Order = 0x0018
	OrderExecResult    Order = 0x0080
)

var orderNames = map[Order]string{
	OrderExec: "client execute", OrderActivate: "client activate", OrderSysParam: "system parameters", OrderSysCommand: "system command",
	OrderHandshake: "handshake", OrderNotifyEvent: "notify event", OrderWindowMove: "window move", OrderLocalMoveSize: "move/size",
	OrderMinMaxInfo: "min max info", OrderClientStatus: "client information", OrderSysMenu: "system menu", OrderLanguageBar: "language bar",
	OrderGetAppID: "get application ID", OrderAppID: "application ID", OrderHandshakeEx: "handshakeEx", OrderZOrderSync: "z-order sync",
	OrderCloak: "cloak", OrderPowerDisplay: "power display request", OrderAppIDEx: "extended application ID", OrderExecResult: "execute result",
}

func (o Order) String() string {
	if name, ok := orderNames[o]; ok {
		return name
	}
	return fmt.Sprintf("order 0x%04X", uint16(o))
}

const (
	headerSize = 4
	// maxBody is what the length of two bytes leaves.
	maxBody = 0xFFFF - headerSize
)

// PDU is one message of the channel.
type PDU interface {
	// Order is the type of the message.
	Order() Order
	// fields reads the fields, or writes them.
	fields(c *coder)
}

var pdus = map[Order]func() PDU{
	OrderExec: func() PDU { return new(Exec) }, OrderExecResult: func() PDU { return new(ExecResult) },
	OrderHandshake: func() PDU { return new(Handshake) }, OrderHandshakeEx: func() PDU { return new(HandshakeEx) },
	OrderClientStatus: func() PDU { return new(ClientStatus) }, OrderSysParam: func() PDU { return new(SysParam) },
	OrderLanguageBar: func() PDU { return new(LanguageBar) }, OrderActivate: func() PDU { return new(Activate) },
	OrderSysMenu: func() PDU { return new(SysMenu) }, OrderSysCommand: func() PDU { return new(SysCommand) },
	OrderNotifyEvent: func() PDU { return new(NotifyEvent) }, OrderWindowMove: func() PDU { return new(WindowMove) },
	OrderLocalMoveSize: func() PDU { return new(LocalMoveSize) }, OrderMinMaxInfo: func() PDU { return new(MinMaxInfo) },
	OrderGetAppID: func() PDU { return new(GetAppID) }, OrderAppID: func() PDU { return new(AppID) }, OrderAppIDEx: func() PDU { return new(AppIDEx) },
	OrderZOrderSync: func() PDU { return new(ZOrderSync) }, OrderCloak: func() PDU { return new(Cloak) }, OrderPowerDisplay: func() PDU { return new(PowerDisplay) },
}

// Parse reads a message. What follows its announced length is ignored, and a type that is
// unknown is an [Unknown], as servers announce new ones only by sending them.
func Parse(b []byte) (PDU, error) {
	r := field.NewReader("rail: PDU", b)
	order := Order(r.U16("orderType"))
	size := int(r.U16("orderLength"))
	body := r.Bytes("orderLength", size-headerSize)
	if r.Err() != nil {
		return nil, r.Err()
	}
	p := PDU(&Unknown{Type: order})
	if known, ok := pdus[order]; ok {
		p = known()
	}
	c := &coder{r: field.NewReader("rail: "+order.String(), body)}
	p.fields(c)
	if c.r.Err() != nil {
		return nil, c.r.Err()
	}
	return p, nil
}

// Append appends a message.
func Append(b []byte, p PDU) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, uint16(p.Order()))
	c := &coder{b: append(b, 0, 0)}
	p.fields(c)
	binary.LittleEndian.PutUint16(c.b[start+2:], uint16(len(c.b)-start))
	return c.b
}

// coder reads fields off r if there is one, else it writes them to b.
type coder struct {
	r *field.Reader
	b []byte
}

func (c *coder) u8(name string, v *uint8) {
	if c.r != nil {
		*v = c.r.U8(name)
		return
	}
	c.b = append(c.b, *v)
}

func (c *coder) u16(name string, v *uint16) {
	if c.r != nil {
		*v = c.r.U16(name)
		return
	}
	c.b = binary.LittleEndian.AppendUint16(c.b, *v)
}

func (c *coder) u32(name string, v *uint32) {
	if c.r != nil {
		*v = c.r.U32(name)
		return
	}
	c.b = binary.LittleEndian.AppendUint32(c.b, *v)
}

func (c *coder) i16(name string, v *int16) {
	u := uint16(*v)
	c.u16(name, &u)
	*v = int16(u)
}

// flag8 is a bool of one byte.
func (c *coder) flag8(name string, v *bool) {
	u := uint8(0)
	if *v {
		u = 1
	}
	c.u8(name, &u)
	*v = u != 0
}

// text is a string of n bytes in UTF-16 without a NUL.
func (c *coder) text(name string, v *string, n uint16) {
	if c.r != nil {
		*v = c.r.UTF16(name, int(n))
		return
	}
	c.b = field.AppendUTF16(c.b, *v)
}

// textSize is the length of a string in bytes, which precedes it somewhere.
func (c *coder) textSize(name, v string, limit int) uint16 {
	if c.r != nil {
		return uint16(c.r.Length16(name, limit))
	}
	n := uint16(len(field.UTF16(v)))
	c.u16(name, &n)
	return n
}

// fixedText is a string in a field of n bytes, which its NUL ends.
func (c *coder) fixedText(name string, v *string, n int) {
	if c.r != nil {
		*v = c.r.UTF16(name, n)
		return
	}
	c.b = field.AppendFixedUTF16(c.b, *v, n)
}

func (c *coder) rest(v *[]byte) {
	if c.r != nil {
		*v = c.r.Rest()
		return
	}
	c.b = append(c.b, (*v)[:min(len(*v), maxBody)]...)
}

// Unknown is a PDU of a type that is not known here.
type Unknown struct {
	Type Order
	Body []byte
}

// Order is the type.
func (p *Unknown) Order() Order    { return p.Type }
func (p *Unknown) fields(c *coder) { c.rest(&p.Body) }
