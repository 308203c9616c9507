// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"fmt"
	"math"
)

// Caps and joins of lines.
const (
	capRound  = 1
	capSquare = 2
	joinMiter = 1
	joinRound = 2
)

// miterLimit is how many times the thickness a pointed join may be long.
const miterLimit = 10

// pen says how lines are drawn.
type pen struct{ cap, join, thickness int }

// stroke adds the outline of every line of a path: a quadrangle each, and their joins and
// caps. All have the same orientation, so that they add up.
func (s *shape) stroke(p *path, k *pen) error {
	if k.thickness < 0 || k.thickness > maxThickness {
		return fmt.Errorf("%w: thickness %d", ErrLimit, k.thickness)
	}
	half := float64(k.thickness) / 2
	if half == 0 {
		return nil
	}
	for _, part := range p.parts {
		points := distinct(part.points)
		if part.closed && len(points) > 2 {
			points = append(points, points[0], points[1])
		}
		s.polyline(points, part.closed && len(points) > 2, k, half)
	}
	return nil
}

// distinct returns points without those that equal their predecessor.
func distinct(points []point) []point {
	out := make([]point, 0, len(points)+2)
	for _, p := range points {
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	if n := len(out); n > 2 && out[0] == out[n-1] {
		out = out[:n-1]
	}
	return out
}

func (s *shape) polyline(points []point, closed bool, k *pen, half float64) {
	if len(points) == 1 && k.cap == capRound {
		s.disc(points[0], half)
	}
	segments := len(points) - 1
	if closed {
		segments-- // the last one is there for its join only
	}
	for i := range segments {
		a, b := points[i], points[i+1]
		ux, uy := direction(a, b)
		if k.cap == capSquare && !closed {
			if i == 0 {
				a = point{a.x - ux*half, a.y - uy*half}
			}
			if i == segments-1 {
				b = point{b.x + ux*half, b.y + uy*half}
			}
		}
		nx, ny := -uy*half, ux*half
		s.oriented([]point{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}})
		if i+2 < len(points) {
			s.join(points[i], points[i+1], points[i+2], k, half)
		}
	}
	if k.cap == capRound && !closed && len(points) > 1 {
		s.disc(points[0], half)
		s.disc(points[len(points)-1], half)
	}
}

// join fills the outer corner at b.
func (s *shape) join(a, b, c point, k *pen, half float64) {
	if k.join == joinRound {
		s.disc(b, half)
		return
	}
	ux, uy := direction(a, b)
	vx, vy := direction(b, c)
	side := half
	if ux*vy-uy*vx > 0 {
		side = -half
	}
	p, q := point{b.x - uy*side, b.y + ux*side}, point{b.x - vy*side, b.y + vx*side}
	corner := []point{b, p, q}
	if cos := ux*vx + uy*vy; k.join == joinMiter && (1+cos)*miterLimit*miterLimit > 2 {
		f := half * half / ((p.x+q.x-2*b.x)*(p.x+q.x-2*b.x)/4 + (p.y+q.y-2*b.y)*(p.y+q.y-2*b.y)/4)
		tip := point{b.x + (p.x+q.x-2*b.x)/2*f, b.y + (p.y+q.y-2*b.y)/2*f}
		corner = []point{b, p, tip, q}
	}
	s.oriented(corner)
}

func direction(a, b point) (x, y float64) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	return (b.x - a.x) / length, (b.y - a.y) / length
}

// discSides is how many sides a round cap or join has.
const discSides = 24

func (s *shape) disc(center point, radius float64) {
	points := make([]point, discSides)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / discSides)
		points[i] = point{center.x + radius*cos, center.y + radius*sin}
	}
	s.oriented(points)
}

// oriented adds a polygon, turned so that its area is positive.
func (s *shape) oriented(points []point) {
	sum := 0.0
	for i, p := range points {
		q := points[(i+1)%len(points)]
		sum += p.x*q.y - q.x*p.y
	}
	if sum < 0 {
		for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
			points[i], points[j] = points[j], points[i]
		}
	}
	s.polygon(points)
}
