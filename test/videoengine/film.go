// SPDX-License-Identifier: Apache-2.0

package videoengine

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os/exec"
	"slices"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
)

// Film is coded video and what it shows.
type Film struct {
	Size image.Point
	// Units are the access units, the first a key frame.
	Units [][]byte
	// Regions are the parts of each picture that are shown.
	Regions [][]image.Rectangle
	// Pictures are the decoded ones, whole.
	Pictures []*image.RGBA
}

// Shown returns what is to be seen once the units up to number last have been drawn.
func (f *Film) Shown(last int) *image.RGBA {
	m := image.NewRGBA(image.Rectangle{Max: f.Size})
	for i := range last + 1 {
		for _, r := range f.Regions[i] {
			draw.Draw(m, r, f.Pictures[i], r.Min, draw.Src)
		}
		draw.Draw(m, Marker, image.NewUniform(MarkerColor(i)), image.Point{}, draw.Src)
	}
	return m
}

// Marker is where the engine draws over each picture of video, in a colour of its own.
var Marker = image.Rect(40, 40, 72, 72)

// MarkerColor is the colour of the marker of a picture.
func MarkerColor(number int) color.RGBA { return color.RGBA{uint8(90 * number), 200, 30, 0xFF} }

// The pictures of Record: blocks of one colour each, on whole macroblocks.
const (
	columns, rows           = 4, 2
	blockWidth, blockHeight = 160, 192
	pictures                = 8
)

// Record makes a film. Every second picture is shown in its left half only.
func Record(t testing.TB) *Film {
	t.Helper()
	size := image.Pt(columns*blockWidth, rows*blockHeight)
	var raw bytes.Buffer
	var regions [][]image.Rectangle
	for i := range pictures {
		m := image.NewRGBA(image.Rectangle{Max: size})
		for block := range columns * rows {
			at := image.Pt(block%columns*blockWidth, block/columns*blockHeight)
			r := image.Rectangle{Min: at, Max: at.Add(image.Pt(blockWidth, blockHeight))}
			c := color.RGBA{uint8(i*37 + block*61), uint8(255 - i*29 - block*17), uint8(i*71 + block*113), 0xFF}
			draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src)
		}
		raw.Write(m.Pix)
		region := m.Rect
		if i%2 == 1 {
			region.Max.X /= 2
		}
		regions = append(regions, []image.Rectangle{region})
	}
	stream := ffmpeg(t, raw.Bytes(),
		"-f", "rawvideo", "-pixel_format", "rgba", "-video_size", fmt.Sprintf("%dx%d", size.X, size.Y), "-framerate", "30", "-i", "-",
		"-vf", "scale=out_color_matrix=bt709:out_range=full,format=yuv420p,setparams=range=unspecified:colorspace=unknown",
		"-c:v", "libx264", "-profile:v", "high", "-tune", "zerolatency", "-qp", "10", "-g", "1000", "-threads", "1", "-f", "h264", "-")
	return Load(t, slices.Collect(avc.AccessUnits(stream)), regions, size)
}

// Load makes a film of access units. Its pictures are what ffmpeg decodes.
func Load(t testing.TB, units [][]byte, regions [][]image.Rectangle, size image.Point) *Film {
	t.Helper()
	raw := ffmpeg(t, bytes.Join(units, nil), "-f", "h264", "-i", "-",
		"-vf", "scale=in_color_matrix=bt709:in_range=full,format=rgba", "-vsync", "passthrough", "-f", "rawvideo", "-")
	f := &Film{Size: size, Units: units, Regions: regions}
	for frame := range slices.Chunk(raw, 4*size.X*size.Y) {
		f.Pictures = append(f.Pictures, &image.RGBA{Pix: frame, Stride: 4 * size.X, Rect: image.Rectangle{Max: size}})
	}
	if len(f.Pictures) != len(units) || len(regions) != len(units) {
		t.Fatalf("%d access units have %d pictures and %d lists of regions", len(units), len(f.Pictures), len(regions))
	}
	return f
}

// ffmpeg runs the program on in and returns what it writes.
func ffmpeg(t testing.TB, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append([]string{"-v", "error", "-nostdin"}, args...)...)
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, complaints.Bytes())
	}
	return out
}

// Probe is a place of a picture and its colour.
type Probe struct {
	X, Y  int
	Color [3]uint8
}

// Probes returns places of m whose surroundings have much the same colour, so that neither
// scaling nor the coarser colours of video matter there: at most n, spread over m.
func Probes(m *image.RGBA, n int) []Probe {
	const around, alike = 8, 6
	var all []Probe
	for y := around; y < m.Rect.Max.Y-around; y += 2*around + 1 {
		for x := around; x < m.Rect.Max.X-around; x += 2*around + 1 {
			if flat(m, image.Rect(x-around, y-around, x+around+1, y+around+1), alike) {
				c := m.RGBAAt(x, y)
				all = append(all, Probe{x, y, [3]uint8{c.R, c.G, c.B}})
			}
		}
	}
	var probes []Probe
	for i := range min(n, len(all)) {
		probes = append(probes, all[i*len(all)/min(n, len(all))])
	}
	return probes
}

// flat reports whether no channel differs by more than alike within r.
func flat(m *image.RGBA, r image.Rectangle, alike uint8) bool {
	low, high := [3]uint8{255, 255, 255}, [3]uint8{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			for i, v := range m.Pix[m.PixOffset(x, y):][:3] {
				low[i], high[i] = min(low[i], v), max(high[i], v)
			}
		}
	}
	return high[0]-low[0] <= alike && high[1]-low[1] <= alike && high[2]-low[2] <= alike
}
