// SPDX-License-Identifier: Apache-2.0

package rail

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// Parameter is the SystemParam of SysParam.
type Parameter uint32

// Parameters of the client (section 2.2.2.4.1).
const (
	ParamMouseButtonSwap Parameter = 0x00000021
	ParamDragFullWindows Parameter = 0x00000025
	ParamWorkArea        Parameter = 0x0000002F
	ParamFilterKeys      Parameter = 0x00000033
	ParamToggleKeys      Parameter = 0x00000035
	ParamStickyKeys      Parameter = 0x0000003B
	ParamHighContrast    Parameter = 0x00000043
	ParamKeyboardPref    Parameter = 0x00000045
	ParamKeyboardCues    Parameter = 0x0000100B
	ParamCaretWidth      Parameter = 0x00002007
	ParamTaskbarPos      Parameter = 0x0000F000
	ParamDisplayChange   Parameter = 0x0000F001
)

// Parameters of the server (section 2.2.2.5.1).
const (
	ParamScreenSaverActive Parameter = 0x00000011
	ParamScreenSaverSecure Parameter = 0x00000077
)

// Rect is a rectangle in pixels of the desktop; Right and Bottom lie outside.
type Rect struct {
	Left, Top, Right, Bottom uint16
}

func (v *Rect) fields(c *coder) {
	c.u16("Left", &v.Left)
	c.u16("Top", &v.Top)
	c.u16("Right", &v.Right)
	c.u16("Bottom", &v.Bottom)
}

// Flags of HighContrast.
const (
	HighContrastOn = 0x00000001
	// HighContrastDefault says that the mode can be turned on by its keys.
	HighContrastDefault = 0x0000007E
)

// HighContrast is TS_HIGHCONTRAST (section 2.2.2.4.2).
type HighContrast struct {
	Flags       uint32
	ColorScheme string
}

// maxColorScheme bounds the name of a colour scheme, with the length in front.
const maxColorScheme = 2 + 512

func (v *HighContrast) fields(c *coder) {
	c.u32("Flags", &v.Flags)
	// The scheme is a UNICODE_STRING, which has a length of its own.
	size := uint32(2 + len(field.UTF16(v.ColorScheme)))
	if c.r != nil {
		size = uint32(c.r.Length("ColorSchemeLength", maxColorScheme))
		if c.r.Err() == nil && size == 0 {
			return
		}
	} else {
		c.u32("ColorSchemeLength", &size)
	}
	n := c.textSize("CbString", v.ColorScheme, max(0, int(size)-2))
	c.text("ColorScheme", &v.ColorScheme, n)
}

// FilterKeys is TS_FILTERKEYS (section 2.2.2.4). Times are in milliseconds.
type FilterKeys struct {
	Flags, WaitTime, DelayTime, RepeatTime, BounceTime uint32
}

func (v *FilterKeys) fields(c *coder) {
	c.u32("Flags", &v.Flags)
	c.u32("WaitTime", &v.WaitTime)
	c.u32("DelayTime", &v.DelayTime)
	c.u32("RepeatTime", &v.RepeatTime)
	c.u32("BounceTime", &v.BounceTime)
}

// SysParam is TS_RAIL_ORDER_SYSPARAM of either side (sections 2.2.2.4.1 and 2.2.2.5.1). Which
// field is meant depends on the parameter.
type SysParam struct {
	Param Parameter
	// On is the value of switches: ParamMouseButtonSwap, ParamDragFullWindows,
	// ParamKeyboardPref, ParamKeyboardCues and those of the server.
	On bool
	// Value is that of ParamCaretWidth, ParamStickyKeys and ParamToggleKeys.
	Value uint32
	// Area is that of ParamWorkArea, ParamTaskbarPos and ParamDisplayChange.
	Area         Rect
	HighContrast HighContrast
	FilterKeys   FilterKeys
	// Body is that of parameters that are unknown.
	Body []byte
}

// Order is the type.
func (*SysParam) Order() Order { return OrderSysParam }

func (p *SysParam) fields(c *coder) {
	c.u32("SystemParam", (*uint32)(&p.Param))
	switch p.Param {
	case ParamMouseButtonSwap, ParamDragFullWindows, ParamKeyboardPref, ParamKeyboardCues, ParamScreenSaverActive, ParamScreenSaverSecure:
		c.flag8("Body", &p.On)
	case ParamCaretWidth, ParamStickyKeys, ParamToggleKeys:
		c.u32("Body", &p.Value)
	case ParamWorkArea, ParamTaskbarPos, ParamDisplayChange:
		p.Area.fields(c)
	case ParamHighContrast:
		p.HighContrast.fields(c)
	case ParamFilterKeys:
		p.FilterKeys.fields(c)
	default:
		c.rest(&p.Body)
	}
}
