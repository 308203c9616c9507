// SPDX-License-Identifier: Apache-2.0

package rail

// Handshake is TS_RAIL_ORDER_HANDSHAKE (section 2.2.2.2.1), of either side.
type Handshake struct {
	BuildNumber uint32
}

// Order is the type.
func (*Handshake) Order() Order      { return OrderHandshake }
func (p *Handshake) fields(c *coder) { c.u32("buildNumber", &p.BuildNumber) }

// Flags of HandshakeEx.
const (
	HandshakeHiDef            = 0x00000001
	HandshakeExtendedSysParam = 0x00000002
	HandshakeSnapArrange      = 0x00000004
)

// HandshakeEx is TS_RAIL_ORDER_HANDSHAKE_EX (section 2.2.2.2.3): the server sends it in place
// of Handshake if both sides announced it, and the client answers with Handshake.
type HandshakeEx struct {
	BuildNumber uint32
	Flags       uint32
}

// Order is the type.
func (*HandshakeEx) Order() Order { return OrderHandshakeEx }

func (p *HandshakeEx) fields(c *coder) {
	c.u32("buildNumber", &p.BuildNumber)
	c.u32("railHandshakeFlags", &p.Flags)
}

// Flags of ClientStatus.
const (
	StatusAllowLocalMoveSize  = 0x00000001
	StatusAutoReconnect       = 0x00000002
	StatusZOrderSync          = 0x00000004
	StatusWindowResizeMargin  = 0x00000010
	StatusHighDPIIcons        = 0x00000020
	StatusAppBarRemoting      = 0x00000040
	StatusPowerDisplayRequest = 0x00000080
	StatusBidirectionalCloak  = 0x00000200
	StatusSuppressIconOrders  = 0x00000400
)

// ClientStatus is TS_RAIL_ORDER_CLIENTSTATUS (section 2.2.2.2.2), the client information.
type ClientStatus struct {
	Flags uint32
}

// Order is the type.
func (*ClientStatus) Order() Order      { return OrderClientStatus }
func (p *ClientStatus) fields(c *coder) { c.u32("Flags", &p.Flags) }

// Statuses of LanguageBar.
const (
	LanguageBarShowNormal = 0x00000001
	LanguageBarDock       = 0x00000002
	LanguageBarMinimized  = 0x00000004
	LanguageBarHidden     = 0x00000100
)

// LanguageBar is TS_RAIL_ORDER_LANGBARINFO (section 2.2.2.9.1), of either side, if both have
// LevelDockedLanguageBar.
type LanguageBar struct {
	Status uint32
}

// Order is the type.
func (*LanguageBar) Order() Order      { return OrderLanguageBar }
func (p *LanguageBar) fields(c *coder) { c.u32("LanguageBarStatus", &p.Status) }
