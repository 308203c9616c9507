// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// camera is a coder of video whose decoder is short: a unit is its number, and the
// difference of its picture to the one before, which for a key frame is black.
type camera struct {
	stream int
	origin image.Point
	number uint32
	pix    *image.RGBA
}

const cameraCodec = "avc1.42C01E"

func newCamera(stream int, at image.Rectangle) *camera {
	return &camera{stream: stream, origin: at.Min, pix: image.NewRGBA(image.Rectangle{Max: at.Size()})}
}

// shoot codes the next picture, of which regions are to be shown.
func (c *camera) shoot(m *image.RGBA, key bool, regions ...image.Rectangle) Video {
	c.number++
	diff := bytes.Clone(m.Pix)
	if !key {
		for i := range diff {
			diff[i] ^= c.pix.Pix[i]
		}
	}
	c.pix = m
	data := append(binary.BigEndian.AppendUint32(nil, c.number), diff...)
	v := Video{Stream: c.stream, Key: key, Origin: c.origin, Regions: regions, Data: data}
	if key {
		v.Codec = cameraCodec
	}
	return v
}

// player is a browser's decoder of one stream.
type player struct {
	data    []byte
	number  uint32
	picture []byte
}

// feed takes a blob and draws the units that are complete.
func (p *player) feed(t *testing.T, c *canvas.Canvas, text string) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Errorf("blob: %v", err)
	}
	p.data = append(p.data, data...)
	for {
		h, n, err := guac.ConsumeVideoHeader(p.data)
		if err != nil {
			t.Error(err)
		}
		if n == 0 || len(p.data) < n+h.Length {
			return
		}
		p.decode(t, h, p.data[n:n+h.Length])
		p.data = p.data[n+h.Length:]
		p.paint(t, c, h)
	}
}

func (p *player) decode(t *testing.T, h guac.VideoHeader, unit []byte) {
	number := binary.BigEndian.Uint32(unit)
	switch {
	case h.Key:
		p.picture = bytes.Clone(unit[4:])
	case number != p.number+1:
		t.Errorf("unit %d came after unit %d", number, p.number)
	default:
		for i, b := range unit[4:] {
			p.picture[i] ^= b
		}
	}
	p.number = number
}

// cameraWidth is that of every camera's picture: units do not tell it.
const cameraWidth = 80

func (p *player) paint(t *testing.T, c *canvas.Canvas, h guac.VideoHeader) {
	m := &image.RGBA{Pix: p.picture, Stride: 4 * cameraWidth, Rect: image.Rect(0, 0, cameraWidth, len(p.picture)/4/cameraWidth)}
	for _, r := range h.Regions {
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, m.SubImage(r)); err != nil {
			t.Error(err)
		}
		at := r.Min.Add(h.Origin)
		apply(t, c, "png", "14", "0", strconv.Itoa(at.X), strconv.Itoa(at.Y), base64.StdEncoding.EncodeToString(out.Bytes()))
	}
}

func apply(t *testing.T, c *canvas.Canvas, opcode string, args ...string) {
	var ins guac.Instruction
	if _, err := guac.ConsumeInstruction(guac.Append(nil, opcode, args...), &ins, guac.Limits{MaxElements: 99, MaxBytes: 1 << 24}); err != nil {
		t.Error(err)
		return
	}
	if err := c.Apply(&ins); err != nil {
		t.Error(err)
	}
}

// video handles the instructions of video streams.
func (u *browser) video(ins *guac.Instruction) {
	stream, _ := ins.Int(0)
	switch {
	case ins.Is(guac.OpVideo):
		if mimetype := ins.Text(2); mimetype != guac.VideoH264+";codecs="+cameraCodec {
			u.t.Errorf("video of type %q", mimetype)
		}
		if u.players == nil {
			u.players = make(map[int]*player)
		}
		u.players[stream] = new(player)
	case ins.Is(guac.OpBlob) && u.players[stream] != nil:
		u.players[stream].feed(u.t, u.canvas, ins.Text(1))
	}
}

// joinVideo adds the browser as one that takes video.
func (u *browser) joinVideo(d *Display, mimetypes ...string) *browser {
	return u.joinAs(d, ViewConfig{Image: mimetypes, Video: []string{guac.VideoH264}})
}

// needs keeps what a display tells of video.
type needs struct {
	mu   sync.Mutex
	told []VideoNeed
}

func (n *needs) add(need VideoNeed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, need)
}

func (n *needs) take() []VideoNeed {
	n.mu.Lock()
	defer n.mu.Unlock()
	told := n.told
	n.told = nil
	return told
}

func (n *needs) want(t *testing.T, when string, want ...VideoNeed) {
	t.Helper()
	if got := n.take(); !slices.Equal(got, want) {
		t.Errorf("%s: told %v, want %v", when, names(got), names(want))
	}
}

func names(needs []VideoNeed) string {
	var all []string
	for _, n := range needs {
		all = append(all, [...]string{"video", "key frame", "pictures"}[n])
	}
	return strings.Join(all, ", ")
}
