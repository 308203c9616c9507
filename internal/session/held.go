// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"sync"
)

// maxHeld bounds what is noted for one user; nobody has more fingers.
const maxHeld = 64

// held are the keys that users hold down. The remote side has one keyboard for all: a key is up when nobody holds it
// any more, and a user who leaves holds nothing.
type held struct {
	mu   sync.Mutex
	keys map[uint32][]*User
}

// key notes a key, and reports whether the remote side is told.
func (h *held) key(u *User, keysym uint32, pressed bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	users := h.keys[keysym]
	if !pressed {
		h.dropLocked(u, keysym)
		return len(h.keys[keysym]) == 0
	}
	if !slices.Contains(users, u) && u.down.keys < maxHeld {
		if h.keys == nil {
			h.keys = make(map[uint32][]*User)
		}
		h.keys[keysym] = append(users, u)
		u.down.keys++
	}
	return true
}

// dropLocked forgets that a user holds a key.
func (h *held) dropLocked(u *User, keysym uint32) {
	users := h.keys[keysym]
	i := slices.Index(users, u)
	if i < 0 {
		return
	}
	u.down.keys--
	if len(users) == 1 {
		delete(h.keys, keysym)
		return
	}
	h.keys[keysym] = slices.Delete(slices.Clone(users), i, i+1)
}

// release forgets what a user holds and returns the keys that nobody holds any more.
func (h *held) release(u *User) (up []uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for keysym, users := range h.keys {
		if !slices.Contains(users, u) {
			continue
		}
		h.dropLocked(u, keysym)
		if len(h.keys[keysym]) == 0 {
			up = append(up, keysym)
		}
	}
	slices.Sort(up)
	return up
}

// down is what a user has down. keys is guarded by held.mu; the rest is the reader's.
type down struct {
	keys    int
	x, y    int
	buttons uint8
	touches map[int]Touch
}

// touch notes a contact.
func (d *down) touch(t Touch) {
	switch {
	case t.Force <= 0:
		delete(d.touches, t.ID)
	case d.touches == nil:
		d.touches = map[int]Touch{t.ID: t}
	case len(d.touches) < maxHeld:
		d.touches[t.ID] = t
	}
}

// releaseAll tells the engine that what the user had down is up. The user's reader has ended.
func (u *User) releaseAll(engine Handler) {
	keys := u.session.held.release(u)
	if h, ok := engine.(KeyHandler); ok {
		for _, keysym := range keys {
			h.Key(u, keysym, false)
		}
	}
	if h, ok := engine.(MouseHandler); ok && u.down.buttons != 0 {
		h.Mouse(u, u.down.x, u.down.y, 0)
	}
	if h, ok := engine.(TouchHandler); ok {
		for _, t := range u.down.touches {
			t.Force = 0
			h.Touch(u, t)
		}
	}
}
