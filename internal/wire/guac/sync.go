// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"bytes"
	"strconv"
)

// TrailingSync returns the timestamp of the sync instruction that b ends with.
func TrailingSync(b []byte) (timestamp int64, ok bool) {
	const opcode = "4.sync,"
	const longest = len(opcode) + len("20.") + 20 + len(";")
	tail := b[max(0, len(b)-longest):]
	at := bytes.LastIndex(tail, []byte(opcode))
	if at < 0 {
		return 0, false
	}
	_, digits, _ := bytes.Cut(tail[at+len(opcode):], []byte{'.'})
	digits, ok = bytes.CutSuffix(digits, []byte{';'})
	if !ok {
		return 0, false
	}
	timestamp, err := strconv.ParseInt(string(digits), 10, 64)
	return timestamp, err == nil
}
