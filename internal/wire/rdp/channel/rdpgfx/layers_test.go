// SPDX-License-Identifier: Apache-2.0

package rdpgfx_test

import (
	"crypto/rand"
	"image"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/drdynvc"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx/gfxtest"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
)

// TestThroughAllLayers draws by way of a whole connection, which comes a byte at a time and
// compressed in bulk: the fake server says in a static channel what the test says in it.
func TestThroughAllLayers(t *testing.T) {
	const id = 7
	c := connector.New(connector.Config{
		Channels: []gcc.Channel{{Name: "drdynvc"}}, Compression: connector.MPPC64K, Info: pdu.ClientInfo{Flags: pdu.InfoNormal, Extended: new(pdu.ExtendedInfo)},
		Capabilities: func([]pdu.CapabilitySet) []pdu.CapabilitySet { return []pdu.CapabilitySet{new(pdu.General)} }, Rand: rand.Reader,
	})
	var chunks svc.Assembler
	dynamic := drdynvc.Manager{Accept: func(name string) bool { return name == rdpgfx.ChannelName }}
	s := &screen{t: t, c: new(rdpgfx.Client)}
	opened := false
	d := &rdptest.Dialogue{Client: c, Server: &rdptest.Server{Compress: true}, Piece: 1}
	d.Event = func(e connector.Event) error {
		if e.Kind != connector.EventChannel {
			return nil
		}
		message, whole, err := chunks.Add(e.Data)
		if err != nil || !whole {
			return err
		}
		_, event, ok, err := dynamic.Handle(message, nil)
		if err != nil || !ok {
			return err
		}
		if event.Kind == drdynvc.EventOpened {
			opened = event.ID == id
			_, err = s.c.Advertise(nil, rdpgfx.Support{})
			return err
		}
		operations, err := s.c.Handle(event.Data)
		for _, o := range operations {
			if err := s.p.Do(o); err != nil {
				return err
			}
		}
		return err
	}
	say := func(message []byte) {
		svc.Append(message, 0, 0, func(chunk []byte) { d.Say(c.AppendChannel(nil, 0, chunk)) })
		if err := d.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Run(); err != nil {
		t.Fatal(err)
	}
	say([]byte{0x58, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0})          // capabilities of version 3
	say(append([]byte{0x10, id}, rdpgfx.ChannelName+"\x00"...)) // create
	drdynvc.Send(id, gfxtest.Message(rdpgfx.CapsConfirm{Set: rdpgfx.Offer(rdpgfx.Support{})[0]}), say)
	red := make([]byte, 4*100*100)
	for i := 2; i < len(red); i += 4 {
		red[i] = 0xFF
	}
	drdynvc.Send(id, gfxtest.Message(
		rdpgfx.ResetGraphics{Width: 102, Height: 101},
		rdpgfx.CreateSurface{SurfaceID: 1, Width: 102, Height: 101, Format: rdpgfx.FormatXRGB},
		rdpgfx.MapSurfaceToOutput{SurfaceID: 1},
		rdpgfx.StartFrame{FrameID: 1},
		rdpgfx.WireToSurface1{SurfaceID: 1, Codec: rdpgfx.CodecUncompressed, Format: rdpgfx.FormatXRGB, Rect: image.Rect(1, 1, 101, 101), Data: red},
		rdpgfx.EndFrame{FrameID: 1},
	), say)
	if !opened || s.p.Frames != 1 || s.c.Unacknowledged() != 1 {
		t.Fatalf("opened %v, %d frames, %d of them to be acknowledged", opened, s.p.Frames, s.c.Unacknowledged())
	}
	s.want("the picture", "......", ".rrrrr", ".rrrrr")
	if n := len(d.Received); n > len(red)/2 {
		t.Errorf("the server sent %d bytes", n)
	}
}
