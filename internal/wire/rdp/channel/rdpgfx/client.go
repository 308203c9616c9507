// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/zgfx"
)

// What the client remembers at most.
const (
	// MaxSurfaces bounds the surfaces.
	MaxSurfaces = 32
	// MaxSide bounds the sides of the desktop and of surfaces.
	MaxSide = 8192
	// maxSurfaceBytes bounds the pixels of all surfaces together, four bytes each, besides
	// desktopsOfSurfaces times those of the desktop.
	maxSurfaceBytes    = 64 << 20
	desktopsOfSurfaces = 4
	// maxUnacknowledged bounds the frames that wait to be acknowledged: of more, the oldest
	// are forgotten, as a server that sends so many does not wait for them.
	maxUnacknowledged = 1024
	// maxPaint bounds the pixels that one message paints, in what all surfaces may have. Servers
	// stay far below it, and a few bytes could ask for hours of work without it.
	maxPaint = 16
	// keptBuffer is the size above which the buffer of a message is not kept for the next.
	keptBuffer = 4 << 20
)

// Sizes of the cache (section 3.3.1.4).
const (
	smallCacheBytes = 16 << 20
	smallCacheSlots = 4096
	largeCacheBytes = 100 << 20
	largeCacheSlots = 25600
)

// phase is how far the capabilities are.
type phase uint8

const (
	phaseClosed    phase = iota // nothing was advertised
	phaseOffered                // the first advertisement is not confirmed
	phaseConfirmed              // the server draws
	phaseReset                  // another advertisement is not confirmed: what comes is ignored
)

// Client is the state of the channel. The zero value awaits [Client.Advertise]. After an error
// of Handle it is of no use any more.
type Client struct {
	zgfx    *zgfx.Decompressor
	message []byte

	phase     phase
	support   Support
	offered   []CapabilitySet
	confirmed CapabilitySet

	surfaces map[uint16]CreateSurface
	pixels   uint64 // bytes of all surfaces
	desktop  uint64 // bytes of the desktop
	painted  uint64 // bytes of pixels in this message
	cache    cache
	frames   frames

	operations []Operation
}

// Confirmed returns the capability set that the server has chosen, the zero value if there is
// none.
func (c *Client) Confirmed() CapabilitySet { return c.confirmed }

// ErrReset is the error of an advertisement that the server does not take.
var ErrReset = errors.New("rdpgfx: capabilities cannot be advertised again before version 10.3 is confirmed")

// Advertise appends the capabilities of a viewer: as the first message of the channel, and
// again once another viewer can do less or more. Then surfaces and cache are gone, and what
// the server sends is ignored until its CapsConfirm (section 3.3.5.19).
//
// A server begins anew then, with ResetGraphics. FreeRDP's does so only by halves: once H.264
// is taken back it draws without this channel, but otherwise goes on with surfaces that are
// gone, which is an error.
func (c *Client) Advertise(out []byte, s Support) ([]byte, error) {
	switch {
	case c.phase == phaseClosed:
		c.zgfx, c.phase = zgfx.New(), phaseOffered
	case c.phase == phaseConfirmed && c.confirmed.Version >= Version103:
		c.phase = phaseReset
	default:
		return out, ErrReset
	}
	c.support, c.offered, c.confirmed = s, Offer(s), CapabilitySet{}
	c.surfaces, c.pixels, c.desktop = make(map[uint16]CreateSurface), 0, 0
	c.cache, c.frames = cache{}, frames{}
	return Append(out, CapsAdvertise{Sets: c.offered}), nil
}

// Handle takes a message of the channel. The operations are in order, and they and what they
// refer to are valid until the next call. Those before an error are returned with it.
func (c *Client) Handle(message []byte) ([]Operation, error) {
	if c.phase == phaseClosed {
		return nil, errors.New("rdpgfx: a message before capabilities were advertised")
	}
	if cap(c.message) > keptBuffer {
		c.message = nil
	}
	clear(c.operations)
	c.operations, c.painted = c.operations[:0], 0
	// The history goes on through a reset: distances count backwards, so that a server may
	// begin anew with its own or not.
	plain, err := c.zgfx.Append(c.message[:0], message)
	c.message = plain
	for err == nil && len(plain) > 0 {
		var p PDU
		if p, plain, err = ReadPDU(plain); err == nil {
			err = c.handle(p)
		}
	}
	return c.operations, err
}

func (c *Client) emit(o Operation) { c.operations = append(c.operations, o) }

// handle takes a PDU: the capabilities here, drawing once they are confirmed.
func (c *Client) handle(p PDU) error {
	if confirm, ok := p.(CapsConfirm); ok {
		return c.confirm(confirm)
	}
	switch c.phase {
	case phaseConfirmed:
		return c.draw(p)
	case phaseReset:
		return nil
	}
	return fmt.Errorf("rdpgfx: %v before the capabilities are confirmed", p.Command())
}

func (c *Client) confirm(p CapsConfirm) error {
	if c.phase == phaseConfirmed {
		return errors.New("rdpgfx: capabilities confirm: nothing was advertised since the last one")
	}
	for _, s := range c.offered {
		if s.Version == p.Set.Version {
			p.Set.Data = bytes.Clone(p.Set.Data)
			c.phase, c.confirmed = phaseConfirmed, p.Set
			c.cache.limit(p.Set.SmallCache())
			c.emit(p)
			return nil
		}
	}
	return fmt.Errorf("rdpgfx: capabilities confirm: version %v was not offered", p.Set.Version)
}

// draw takes what comes once the capabilities are confirmed.
func (c *Client) draw(p PDU) error {
	switch p := p.(type) {
	case WireToSurface1:
		return c.wireToSurface1(p)
	case WireToSurface2:
		return c.wireToSurface2(p)
	case SolidFill:
		return c.solidFill(p)
	case SurfaceToSurface:
		return c.surfaceToSurface(p)
	case SurfaceToCache:
		return c.surfaceToCache(p)
	case CacheToSurface:
		return c.cacheToSurface(p)
	case StartFrame:
		return c.startFrame(p)
	case EndFrame:
		return c.endFrame(p)
	case EvictCacheEntry:
		if c.cache.evict(p.Slot) {
			c.emit(p)
		}
	case DeleteEncodingContext:
		if _, ok := c.surfaces[p.SurfaceID]; ok {
			c.emit(p)
		}
	case CacheImportReply:
		return c.imported(p)
	case Unknown:
	default:
		return c.manage(p)
	}
	return nil
}

// manage takes what changes surfaces as a whole.
func (c *Client) manage(p PDU) error {
	switch p := p.(type) {
	case ResetGraphics:
		return c.resetGraphics(p)
	case CreateSurface:
		return c.createSurface(p)
	case DeleteSurface:
		c.deleteSurface(p)
		return nil
	case MapSurfaceToOutput:
		return c.mapped(p, p.SurfaceID, area{p.X, p.Y, 1, 1})
	case MapSurfaceToScaledOutput:
		return c.mapped(p, p.SurfaceID, area{p.X, p.Y, p.TargetWidth, p.TargetHeight})
	case MapSurfaceToWindow:
		return c.mapped(p, p.SurfaceID, area{0, 0, p.MappedWidth, p.MappedHeight})
	case MapSurfaceToScaledWindow:
		return c.mapped(p, p.SurfaceID, area{0, 0, p.MappedWidth, p.MappedHeight}, area{0, 0, p.TargetWidth, p.TargetHeight})
	}
	return fmt.Errorf("rdpgfx: %v from a server", p.Command())
}
