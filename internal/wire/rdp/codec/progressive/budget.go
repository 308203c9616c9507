// SPDX-License-Identifier: Apache-2.0

package progressive

import (
	"fmt"
	"unsafe"
)

// TileBytes is what is kept of a tile that has been seen.
const TileBytes = int(unsafe.Sizeof(tileState{}))

// DefaultBudget suffices for two screens of 3840 × 2160 pixels.
const DefaultBudget = 160 << 20

// Budget bounds what the tiles of the contexts that share it hold together: those of all
// surfaces of a session, of which a server makes as many as it likes. The zero value has the
// default limit. It is not for concurrent use, as the Parse of its contexts is not.
type Budget struct {
	// Bytes is the limit, DefaultBudget if it is 0.
	Bytes int

	used int
}

// Used returns how many bytes the tiles hold.
func (b *Budget) Used() int { return b.used }

func (b *Budget) limit() int {
	if b.Bytes == 0 {
		return DefaultBudget
	}
	return b.Bytes
}

// take counts a new tile.
func (b *Budget) take() error {
	if b.used+TileBytes > b.limit() {
		return fmt.Errorf("the tiles of all surfaces hold %d bytes of %d already", b.used, b.limit())
	}
	b.used += TileBytes
	return nil
}

// Release gives the tiles of the context back to its budget. The surface is deleted then:
// the context has no tiles any more.
func (c *Context) Release() {
	c.budget.used -= c.count * TileBytes
	c.count, c.updated = 0, nil
	clear(c.tiles)
}
