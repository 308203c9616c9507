// SPDX-License-Identifier: Apache-2.0

package rail

// Activate is TS_RAIL_ORDER_ACTIVATE (section 2.2.2.6.1): a window gets or loses the focus.
type Activate struct {
	WindowID uint32
	Enabled  bool
}

// Order is the type.
func (*Activate) Order() Order { return OrderActivate }

func (p *Activate) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.flag8("Enabled", &p.Enabled)
}

// SysMenu is TS_RAIL_ORDER_SYSMENU (section 2.2.2.6.2): the system menu is to show at a point.
type SysMenu struct {
	WindowID  uint32
	Left, Top int16
}

// Order is the type.
func (*SysMenu) Order() Order { return OrderSysMenu }

func (p *SysMenu) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.i16("Left", &p.Left)
	c.i16("Top", &p.Top)
}

// Commands of SysCommand.
const (
	CommandSize     = 0xF000
	CommandMove     = 0xF010
	CommandMinimize = 0xF020
	CommandMaximize = 0xF030
	CommandClose    = 0xF060
	CommandKeyMenu  = 0xF100
	CommandRestore  = 0xF120
	CommandDefault  = 0xF160
)

// SysCommand is TS_RAIL_ORDER_SYSCOMMAND (section 2.2.2.6.3).
type SysCommand struct {
	WindowID uint32
	Command  uint16
}

// Order is the type.
func (*SysCommand) Order() Order { return OrderSysCommand }

func (p *SysCommand) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.u16("Command", &p.Command)
}

// NotifyEvent is TS_RAIL_ORDER_NOTIFY_EVENT (section 2.2.2.6.4): a mouse message on a
// notification icon.
type NotifyEvent struct {
	WindowID     uint32
	NotifyIconID uint32
	Message      uint32
}

// Order is the type.
func (*NotifyEvent) Order() Order { return OrderNotifyEvent }

func (p *NotifyEvent) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.u32("NotifyIconId", &p.NotifyIconID)
	c.u32("Message", &p.Message)
}

// GetAppID is TS_RAIL_ORDER_GET_APPID_REQ (section 2.2.2.6.5).
type GetAppID struct {
	WindowID uint32
}

// Order is the type.
func (*GetAppID) Order() Order      { return OrderGetAppID }
func (p *GetAppID) fields(c *coder) { c.u32("WindowId", &p.WindowID) }

// idSize is the size of an application ID and of the name of an image.
const idSize = 520

// AppID is TS_RAIL_ORDER_GET_APPID_RESP (section 2.2.2.8.1). The ID has 520 bytes by the
// text of the specification, and 512 by its example: up to 520 are read.
type AppID struct {
	WindowID uint32
	ID       string
}

// Order is the type.
func (*AppID) Order() Order { return OrderAppID }

func (p *AppID) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	n := idSize
	if c.r != nil {
		n = min(n, c.r.Len())
	}
	c.fixedText("ApplicationId", &p.ID, n)
}

// AppIDEx is TS_RAIL_ORDER_GET_APPID_RESP_EX (section 2.2.2.8.2).
type AppIDEx struct {
	WindowID  uint32
	ID        string
	ProcessID uint32
	ImageName string
}

// Order is the type.
func (*AppIDEx) Order() Order { return OrderAppIDEx }

func (p *AppIDEx) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.fixedText("ApplicationId", &p.ID, idSize)
	c.u32("ProcessId", &p.ProcessID)
	c.fixedText("ProcessImageName", &p.ImageName, idSize)
}

// MinMaxInfo is TS_RAIL_ORDER_MINMAXINFO (section 2.2.2.7.1): how far a window can be moved
// and sized.
type MinMaxInfo struct {
	WindowID                      uint32
	MaxWidth, MaxHeight           int16
	MaxPosX, MaxPosY              int16
	MinTrackWidth, MinTrackHeight int16
	MaxTrackWidth, MaxTrackHeight int16
}

// Order is the type.
func (*MinMaxInfo) Order() Order { return OrderMinMaxInfo }

func (p *MinMaxInfo) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.i16("MaxWidth", &p.MaxWidth)
	c.i16("MaxHeight", &p.MaxHeight)
	c.i16("MaxPosX", &p.MaxPosX)
	c.i16("MaxPosY", &p.MaxPosY)
	c.i16("MinTrackWidth", &p.MinTrackWidth)
	c.i16("MinTrackHeight", &p.MinTrackHeight)
	c.i16("MaxTrackWidth", &p.MaxTrackWidth)
	c.i16("MaxTrackHeight", &p.MaxTrackHeight)
}

// Kinds of LocalMoveSize.
const (
	MoveSizeLeft        = 0x0001
	MoveSizeRight       = 0x0002
	MoveSizeTop         = 0x0003
	MoveSizeTopLeft     = 0x0004
	MoveSizeTopRight    = 0x0005
	MoveSizeBottom      = 0x0006
	MoveSizeBottomLeft  = 0x0007
	MoveSizeBottomRight = 0x0008
	MoveSizeMove        = 0x0009
	MoveSizeKeyMove     = 0x000A
	MoveSizeKeySize     = 0x000B
)

// LocalMoveSize is TS_RAIL_ORDER_LOCALMOVESIZE (sections 2.2.2.7.2 and 2.2.2.7.3): moving or
// sizing begins, at the pointer's position in the window, or ends, at that of the window.
type LocalMoveSize struct {
	WindowID uint32
	Start    bool
	Kind     uint16
	X, Y     int16
}

// Order is the type.
func (*LocalMoveSize) Order() Order { return OrderLocalMoveSize }

func (p *LocalMoveSize) fields(c *coder) {
	start := uint16(0)
	if p.Start {
		start = 1
	}
	c.u32("WindowId", &p.WindowID)
	c.u16("IsMoveSizeStart", &start)
	c.u16("MoveSizeType", &p.Kind)
	c.i16("PosX", &p.X)
	c.i16("PosY", &p.Y)
	p.Start = start != 0
}

// WindowMove is TS_RAIL_ORDER_WINDOWMOVE (section 2.2.2.7.4): a window was moved or sized on
// this side.
type WindowMove struct {
	WindowID                 uint32
	Left, Top, Right, Bottom int16
}

// Order is the type.
func (*WindowMove) Order() Order { return OrderWindowMove }

func (p *WindowMove) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.i16("Left", &p.Left)
	c.i16("Top", &p.Top)
	c.i16("Right", &p.Right)
	c.i16("Bottom", &p.Bottom)
}

// ZOrderSync is TS_RAIL_ORDER_ZORDER_SYNC (section 2.2.2.11.1).
type ZOrderSync struct {
	// WindowIDMarker is a window of the server that marks where the others lie.
	WindowIDMarker uint32
}

// Order is the type.
func (*ZOrderSync) Order() Order      { return OrderZOrderSync }
func (p *ZOrderSync) fields(c *coder) { c.u32("WindowIdMarker", &p.WindowIDMarker) }

// Cloak is TS_RAIL_ORDER_CLOAK (section 2.2.2.12.1), of either side.
type Cloak struct {
	WindowID uint32
	Cloaked  bool
}

// Order is the type.
func (*Cloak) Order() Order { return OrderCloak }

func (p *Cloak) fields(c *coder) {
	c.u32("WindowId", &p.WindowID)
	c.flag8("Cloaked", &p.Cloaked)
}

// PowerDisplay is TS_RAIL_ORDER_POWER_DISPLAY_REQUEST (section 2.2.2.13.1): the display is to
// stay on.
type PowerDisplay struct {
	Active uint32
}

// Order is the type.
func (*PowerDisplay) Order() Order      { return OrderPowerDisplay }
func (p *PowerDisplay) fields(c *coder) { c.u32("Active", &p.Active) }
