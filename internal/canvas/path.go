// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"

	"golang.org/x/image/math/f64"
	"golang.org/x/image/vector"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Bounds of a path.
const (
	maxPoints     = 1 << 12
	maxCoordinate = 1 << 15
	maxThickness  = 1 << 10
)

// point is a place in a layer's own coordinates.
type point struct{ x, y float64 }

// path is what is drawn by the next fill, stroke or clip: polygons and lines. Curves are
// made of short lines at once.
type path struct {
	parts  []part
	points int
	done   bool            // the next part begins a new path
	box    image.Rectangle // the path, if it is one whole rectangle of whole pixels
}

type part struct {
	points []point
	closed bool
}

// number reads argument i as a number.
func number(ins *guac.Instruction, i int) (float64, error) {
	f, err := strconv.ParseFloat(string(ins.Arg(i)), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("argument %d is not a number: %.20q", i+1, ins.Arg(i))
	}
	return f, nil
}

// at returns x, y after the transformation m, within bounds.
func at(m *f64.Aff3, x, y float64) point {
	bound := func(v float64) float64 { return min(max(v, -maxCoordinate), maxCoordinate) }
	return point{bound(m[0]*x + m[1]*y + m[2]), bound(m[3]*x + m[4]*y + m[5])}
}

// begin starts a new path if the last one has been used.
func (l *layer) begin() {
	if l.path.done {
		l.path = path{}
	}
}

// add appends a point to the last part.
func (l *layer) add(p point) error {
	l.begin()
	if l.path.points++; l.path.points > maxPoints {
		return fmt.Errorf("%w: path of more than %d points", ErrLimit, maxPoints)
	}
	l.path.box = image.Rectangle{}
	last := len(l.path.parts) - 1
	if last < 0 || l.path.parts[last].closed {
		l.path.parts = append(l.path.parts, part{})
		last++
	}
	l.path.parts[last].points = append(l.path.parts[last].points, p)
	return nil
}

// last returns the point where the path goes on, p if it has none.
func (l *layer) last(p point) point {
	if n := len(l.path.parts); n > 0 && !l.path.done {
		if points := l.path.parts[n-1].points; len(points) > 0 && !l.path.parts[n-1].closed {
			return points[len(points)-1]
		}
	}
	return p
}

// rect takes layer, x, y, width, height.
func (c *Canvas) rect(n []int, _ *guac.Instruction) error {
	r, err := box(n[1], n[2], n[3], n[4])
	if err != nil {
		return err
	}
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	if err := c.fit(l, r); err != nil {
		return err
	}
	l.begin()
	if l.path.points += 4; l.path.points > maxPoints {
		return fmt.Errorf("%w: path of more than %d points", ErrLimit, maxPoints)
	}
	m := &l.state.matrix
	x0, y0, x1, y1 := float64(r.Min.X), float64(r.Min.Y), float64(r.Max.X), float64(r.Max.Y)
	l.path.box = image.Rectangle{}
	if len(l.path.parts) == 0 && *m == identityMatrix {
		l.path.box = r
	}
	l.path.parts = append(l.path.parts, part{
		points: []point{at(m, x0, y0), at(m, x1, y0), at(m, x1, y1), at(m, x0, y1)},
		closed: true,
	})
	return nil
}

// start takes layer, x, y, where a new part of the path begins.
func (c *Canvas) start(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	l.begin()
	if len(l.path.parts) >= maxPoints {
		return fmt.Errorf("%w: path of more than %d parts", ErrLimit, maxPoints)
	}
	l.path.parts = append(l.path.parts, part{})
	return l.add(at(&l.state.matrix, float64(n[1]), float64(n[2])))
}

// line takes layer, x, y.
func (c *Canvas) line(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	return l.add(at(&l.state.matrix, float64(n[1]), float64(n[2])))
}

// curveSteps is into how many lines a Bezier curve is cut.
const curveSteps = 24

// curve takes layer and three points of a Bezier curve: two controls and the end.
func (c *Canvas) curve(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	var p [3]point
	for i := range p {
		p[i] = at(&l.state.matrix, float64(n[1+2*i]), float64(n[2+2*i]))
	}
	from := l.last(p[0])
	for i := 1; i <= curveSteps; i++ {
		t := float64(i) / curveSteps
		u := 1 - t
		a, b, c, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		err := l.add(point{a*from.x + b*p[0].x + c*p[1].x + d*p[2].x, a*from.y + b*p[0].y + c*p[1].y + d*p[2].y})
		if err != nil {
			return err
		}
	}
	return nil
}

// arc takes layer, x, y, radius, start angle, end angle, and 1 if it goes against the
// clock.
func (c *Canvas) arc(n []int, ins *guac.Instruction) error {
	start, err := number(ins, 4)
	if err != nil {
		return err
	}
	end, err := number(ins, 5)
	if err != nil {
		return err
	}
	if n[3] < 0 || n[3] > maxCoordinate {
		return fmt.Errorf("%w: radius %d", ErrLimit, n[3])
	}
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	sweep := sweep(start, end, string(ins.Arg(6)) == "1")
	radius := float64(n[3])
	steps := int(min(max(math.Sqrt(radius)*math.Abs(sweep)*2, 8), 512))
	for i := range steps + 1 {
		sin, cos := math.Sincos(start + sweep*float64(i)/float64(steps))
		p := at(&l.state.matrix, float64(n[1])+radius*cos, float64(n[2])+radius*sin)
		if err := l.add(p); err != nil {
			return err
		}
	}
	return nil
}

// sweep returns the angle from start to end in the direction asked for, a whole turn at
// most.
func sweep(start, end float64, negative bool) float64 {
	const turn = 2 * math.Pi
	s := end - start
	if negative {
		s = -s
	}
	if s >= turn {
		s = turn
	} else if s = math.Mod(s, turn); s < 0 {
		s += turn
	}
	if negative {
		return -s
	}
	return s
}

// closePath (close) takes the layer whose part of the path is closed.
func (c *Canvas) closePath(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	if last := len(l.path.parts) - 1; last >= 0 && !l.path.done {
		l.path.parts[last].closed = true
	}
	return nil
}

// clip is what limits drawing: a rectangle, or a mask within one.
type clip struct {
	on   bool
	rect image.Rectangle
	mask *image.Alpha
}

func (k *clip) bounds(r image.Rectangle) image.Rectangle {
	if !k.on {
		return r
	}
	return r.Intersect(k.rect)
}

// clip takes the layer whose path limits what is drawn from now on.
func (c *Canvas) clip(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	bounds := l.state.clip.bounds(l.pix.Rect)
	l.path.done = true
	if whole := l.path.box; !whole.Empty() {
		l.state.clip.on, l.state.clip.rect = true, bounds.Intersect(whole)
		return nil
	}
	shape := newShape(bounds)
	shape.fill(&l.path)
	mask := shape.mask()
	if mask == nil {
		l.state.clip = clip{on: true}
		return nil
	}
	cost := (mask.Rect.Dx()*mask.Rect.Dy() + 3) / 4
	if err := c.charge(cost); err != nil {
		return err
	}
	l.masks += cost
	if old := l.state.clip.mask; old != nil {
		for y := mask.Rect.Min.Y; y < mask.Rect.Max.Y; y++ {
			for x := mask.Rect.Min.X; x < mask.Rect.Max.X; x++ {
				a := uint32(mask.AlphaAt(x, y).A) * uint32(old.AlphaAt(x, y).A) / 0xFF
				mask.SetAlpha(x, y, color.Alpha{A: uint8(a)})
			}
		}
	}
	l.state.clip = clip{true, mask.Rect, mask}
	return nil
}

// shape gathers polygons and turns them into a mask.
type shape struct {
	bounds   image.Rectangle
	polygons [][]point
	min, max point
}

func newShape(bounds image.Rectangle) *shape {
	return &shape{bounds: bounds, min: point{math.Inf(1), math.Inf(1)}, max: point{math.Inf(-1), math.Inf(-1)}}
}

// polygon adds one, which is not changed.
func (s *shape) polygon(points []point) {
	if len(points) < 3 {
		return
	}
	for _, p := range points {
		s.min = point{min(s.min.x, p.x), min(s.min.y, p.y)}
		s.max = point{max(s.max.x, p.x), max(s.max.y, p.y)}
	}
	s.polygons = append(s.polygons, points)
}

// fill adds the inside of a path.
func (s *shape) fill(p *path) {
	for _, part := range p.parts {
		s.polygon(part.points)
	}
}

// mask returns how much of each pixel is covered, nil for nothing.
func (s *shape) mask() *image.Alpha {
	if len(s.polygons) == 0 {
		return nil
	}
	r := image.Rect(int(math.Floor(s.min.x)), int(math.Floor(s.min.y)), int(math.Ceil(s.max.x)), int(math.Ceil(s.max.y)))
	r = r.Intersect(s.bounds)
	if r.Empty() {
		return nil
	}
	z := vector.NewRasterizer(r.Dx(), r.Dy())
	at := func(p point) (x, y float32) { return float32(p.x - float64(r.Min.X)), float32(p.y - float64(r.Min.Y)) }
	for _, points := range s.polygons {
		z.MoveTo(at(points[0]))
		for _, p := range points[1:] {
			z.LineTo(at(p))
		}
		z.ClosePath()
	}
	mask := image.NewAlpha(r)
	z.DrawOp = draw.Src
	z.Draw(mask, r, image.Opaque, image.Point{})
	return mask
}

// cfill takes channel mask, layer, red, green, blue, alpha.
func (c *Canvas) cfill(n []int, _ *guac.Instruction) error {
	return c.paint(n[1], nil, n[0], solid(n[2:6]))
}

// lfill takes channel mask, layer, and the layer whose picture fills, repeated.
func (c *Canvas) lfill(n []int, _ *guac.Instruction) error {
	src, err := c.pattern(n[2])
	if err != nil {
		return err
	}
	return c.paint(n[1], nil, n[0], src)
}

// cstroke takes channel mask, layer, cap, join, thickness, red, green, blue, alpha.
func (c *Canvas) cstroke(n []int, _ *guac.Instruction) error {
	return c.paint(n[1], &pen{n[2], n[3], n[4]}, n[0], solid(n[5:9]))
}

// lstroke takes channel mask, layer, cap, join, thickness, and a layer as in lfill.
func (c *Canvas) lstroke(n []int, _ *guac.Instruction) error {
	src, err := c.pattern(n[5])
	if err != nil {
		return err
	}
	return c.paint(n[1], &pen{n[2], n[3], n[4]}, n[0], src)
}

func solid(n []int) image.Image {
	channel := func(v int) uint8 { return uint8(min(max(v, 0), 0xFF)) }
	return image.NewUniform(color.NRGBA{channel(n[0]), channel(n[1]), channel(n[2]), channel(n[3])})
}

// paint fills the path of a layer, or draws it with a pen.
func (c *Canvas) paint(index int, p *pen, channels int, src image.Image) error {
	l, err := c.layer(index)
	if err != nil {
		return err
	}
	l.path.done = true
	if whole := l.path.box; p == nil && !whole.Empty() {
		l.compose(whole, src, whole.Min, nil, channels)
		return nil
	}
	shape := newShape(l.state.clip.bounds(l.pix.Rect))
	if p == nil {
		shape.fill(&l.path)
	} else if err := shape.stroke(&l.path, p); err != nil {
		return err
	}
	if mask := shape.mask(); mask != nil {
		l.compose(mask.Rect, src, mask.Rect.Min, mask, channels)
	}
	return nil
}

// pattern is a picture that repeats without end.
type pattern struct{ m *image.RGBA }

func (c *Canvas) pattern(index int) (image.Image, error) {
	l, err := c.layer(index)
	if err != nil {
		return nil, err
	}
	if l.pix.Rect.Empty() {
		return image.Transparent, nil
	}
	return pattern{l.read(l.pix.Rect)}, nil
}

func (p pattern) ColorModel() color.Model { return color.RGBAModel }
func (p pattern) Bounds() image.Rectangle {
	return image.Rect(-maxCoordinate, -maxCoordinate, maxCoordinate, maxCoordinate)
}

func (p pattern) At(x, y int) color.Color {
	size := p.m.Rect.Max
	return p.m.RGBAAt(((x%size.X)+size.X)%size.X, ((y%size.Y)+size.Y)%size.Y)
}
