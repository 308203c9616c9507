// SPDX-License-Identifier: Apache-2.0

package svc

// Messages are what a channel wants to send, in order. The zero value is empty and ready.
// A channel adds to them; who runs it sends each and resets them, and the memory is kept.
type Messages struct {
	bytes []byte
	ends  []int
}

// Add adds the message that appendTo appends.
func (m *Messages) Add(appendTo func(b []byte) []byte) {
	m.bytes = appendTo(m.bytes)
	m.ends = append(m.ends, len(m.bytes))
}

// Len returns the number of messages.
func (m *Messages) Len() int { return len(m.ends) }

// Each calls send with each message. A message is valid until the next Reset.
func (m *Messages) Each(send func(message []byte)) {
	start := 0
	for _, end := range m.ends {
		send(m.bytes[start:end:end])
		start = end
	}
}

// maxKept bounds the memory that Reset keeps for the next messages.
const maxKept = 256 << 10

// Reset forgets the messages.
func (m *Messages) Reset() {
	if cap(m.bytes) > maxKept {
		m.bytes = nil
	}
	m.bytes, m.ends = m.bytes[:0], m.ends[:0]
}
