// SPDX-License-Identifier: Apache-2.0

package progressive

import "github.com/palta-gateway/palta/internal/wire/rdp/codec/bitreader"

// upgrade adds the bits of an upgrade pass to a component (MS-RDPEGFX, section 3.1.8.1.2).
// Coefficients whose sign is known take raw bits, the others come out of the SRL stream;
// both streams run across the subbands.
func (t *tileState) upgrade(i int, c *component) {
	srl := srlReader{Reader: bitreader.New(c.data), kp: 8}
	raw := bitreader.New(c.raw)
	current, sign, from := &t.current[i], &t.sign[i], 0
	for b, end := range t.ends() {
		start := from
		from = end
		n, shift := int(c.bits[b]), c.shift[b]
		if n == 0 {
			continue
		}
		if b == ll3 {
			for j := start; j < end; j++ {
				current[j] += int16(raw.Take(n) << shift)
			}
			continue
		}
		for j := start; j < end; j++ {
			switch s := sign[j]; {
			case s > 0:
				current[j] += int16(raw.Take(n) << shift)
			case s < 0:
				current[j] -= int16(raw.Take(n) << shift)
			default:
				if v := srl.value(n); v != 0 {
					current[j] += v << shift
					sign[j] = int8(v>>15 | 1)
				}
			}
		}
	}
}

// Parameters of the coder, as in RemoteFX.
const (
	kpMax = 80
	lsGR  = 3
	upGR  = 4
	dnGR  = 6
)

// srlReader decodes simplified run-length data (section 3.1.8.1.2.1): runs of zeros, and
// after each a sign and a magnitude in unary.
type srlReader struct {
	bitreader.Reader

	kp      int
	zeros   int
	pending bool // a value follows the zeros
}

// value returns the next coefficient of n bits.
func (r *srlReader) value(n int) int16 {
	if r.zeros > 0 {
		r.zeros--
		return 0
	}
	if !r.pending {
		k := r.kp >> lsGR
		if r.Take(1) == 0 {
			r.zeros = 1<<k - 1
			r.kp = min(r.kp+upGR, kpMax)
			return 0
		}
		r.pending = true
		if r.zeros = int(r.Take(k)); r.zeros > 0 {
			r.zeros--
			return 0
		}
	}
	r.pending = false
	negative := r.Take(1) == 1
	r.kp = max(r.kp-dnGR, 0)
	magnitude, most := 1, 1<<n-1
	for magnitude < most && r.Take(1) == 0 {
		magnitude++
	}
	if negative {
		return int16(-magnitude)
	}
	return int16(magnitude)
}
