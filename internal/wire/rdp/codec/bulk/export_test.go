// SPDX-License-Identifier: Apache-2.0

package bulk

// NCRUSHCodes returns the codes of the two alphabets by symbol: the bits as they are
// written, lowest first, and their number from bit 16 on.
func NCRUSHCodes() (literal, length []uint32) {
	list := func(c *codes, n int) []uint32 {
		all := make([]uint32, n)
		for i := len(c) - 1; i >= 0; i-- {
			size := uint32(c[i] >> 12)
			all[c[i]&0xFFF] = uint32(i)&(1<<size-1) | size<<16
		}
		return all
	}
	return list(&literalCodes, len(literalLengths)), list(&lengthCodes, len(lengthLengths))
}
