// SPDX-License-Identifier: Apache-2.0

package connector_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// TestCompressionInBulk has share data, fast-path updates in fragments and channels refer to
// one history, which runs over its end, in pieces of all sizes.
func TestCompressionInBulk(t *testing.T) {
	picture := bytes.Repeat([]byte("a picture that repeats itself, and \x80\xFF; "), 300)
	noise := make([]byte, 60_000)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	updates := []fastpath.Update{
		{Code: fastpath.UpdateBitmap, Data: picture},
		{Code: fastpath.UpdatePointerHidden},
		{Code: fastpath.UpdateSurfaceCommands, Data: noise},
		{Code: fastpath.UpdateBitmap, Data: picture[:5000]},
		{Code: fastpath.UpdateColorPointer, Data: []byte("pointer")},
	}
	for _, tc := range []struct {
		offered connector.Compression
		piece   int
	}{
		{connector.NoCompression, 0},
		{connector.MPPC8K, 0},
		{connector.MPPC64K, 0},
		{connector.MPPC64K, 1},
		{connector.XCRUSH, 1000},
	} {
		t.Run(fmt.Sprintf("%d in pieces of %d", tc.offered, tc.piece), func(t *testing.T) {
			cfg := config()
			cfg.Compression = tc.offered
			var assembler fastpath.Assembler
			assembler.Limit = 1 << 20
			var got []fastpath.Update
			var said []byte
			d := &rdptest.Dialogue{Client: connector.New(cfg), Piece: tc.piece}
			d.Server = &rdptest.Server{Compress: true, Updates: updates, Slow: true, Fragment: 4000, Reactivations: 1, Method: gcc.Encryption128Bit, Level: gcc.LevelHigh, Key: key()}
			chunks := new(svc.Assembler)
			d.Event = func(e connector.Event) error {
				switch e.Kind {
				case connector.EventUpdate:
					u, whole, err := assembler.Add(e.Update)
					if whole {
						u.Data = bytes.Clone(u.Data)
						got = append(got, u)
					}
					return err
				case connector.EventChannel:
					message, whole, err := chunks.Add(e.Data)
					if whole {
						said = bytes.Clone(message)
					}
					return err
				case connector.EventData:
					if e.Type == pdu.DataUpdate {
						got = append(got, fastpath.Update{Code: fastpath.UpdateBitmap, Data: bytes.Clone(e.Data)})
					}
				}
				return nil
			}
			if err := d.Run(); err != nil {
				t.Fatal(err)
			}
			svc.Append(picture[:5000], 0, 0, func(c []byte) { d.Say(d.Client.AppendChannel(nil, 1, c)) })
			if err := d.Run(); err != nil {
				t.Fatal(err)
			}
			same := func(a, b fastpath.Update) bool { return a.Code == b.Code && bytes.Equal(a.Data, b.Data) }
			if !slices.EqualFunc(got, updates, same) {
				t.Errorf("%d updates, or what they hold, differ", len(got))
			}
			if !bytes.Equal(said, picture[:5000]) {
				t.Errorf("the channel says %.40q", said)
			}
			if n := len(d.Received); (n < len(noise)) != (tc.offered >= connector.MPPC64K) {
				t.Errorf("the server sent %d bytes", n)
			}
		})
	}
}

func TestInfoOffersCompression(t *testing.T) {
	for k, want := range map[connector.Compression]pdu.InfoFlags{
		connector.NoCompression: 0, connector.MPPC8K: 0x80, connector.MPPC64K: 0x280, connector.NCRUSH: 0x480, connector.XCRUSH: 0x680,
	} {
		cfg := config()
		cfg.Compression = k
		d := &rdptest.Dialogue{Client: connector.New(cfg), Server: new(rdptest.Server)}
		if err := d.Run(); err != nil {
			t.Fatal(err)
		}
		if got := d.Server.Info.Flags & (pdu.InfoCompression | pdu.InfoCompressionTypeMask); got != want {
			t.Errorf("compression %d: flags 0x%X, want 0x%X", k, uint32(got), uint32(want))
		}
	}
}

// indication is a packet of the server on a channel.
func indication(channel uint16, data []byte) []byte {
	p := mcs.SendData{Choice: mcs.ChoiceSendDataIndication, Initiator: mcs.ServerChannel, Channel: channel, Data: data}
	return tpkt.End(p.Append(x224.AppendData(tpkt.Begin(nil))), 0)
}

// bomb is a literal and a copy of it to 64 KB.
var bomb = []byte{0x61, 0xF8, 0x3F, 0xFF, 0xBF, 0xFF, 0x80}

func TestCompressionIsBounded(t *testing.T) {
	connected := func(k connector.Compression) *rdptest.Dialogue {
		cfg := config()
		cfg.Compression = k
		d := &rdptest.Dialogue{Client: connector.New(cfg), Server: new(rdptest.Server)}
		if err := d.Run(); err != nil {
			t.Fatal(err)
		}
		return d
	}
	update := func(flags uint8, data []byte) fastpath.Update {
		return fastpath.Update{Code: fastpath.UpdateBitmap, Compressed: true, CompressionFlags: flags, Data: data}
	}
	share := func(length uint16, data []byte) []byte {
		p := pdu.ShareData{ShareID: rdptest.ShareID, Type: pdu.DataUpdate, CompressedType: 0x61, CompressedLength: length, Data: data}
		return pdu.ShareControl{Type: pdu.TypeData, Body: p.Append(nil)}.Append(nil)
	}
	var many []byte
	for range 2000 {
		many = update(0x61, bomb).Append(many)
	}
	channel := func(flags byte) []byte { return indication(1005, []byte{1, 0, 0, 0, 3, 0, flags, 0, 'a'}) }
	fast := func(data []byte) []byte { return fastpath.Frame{Data: data}.Append(nil) }
	for name, tc := range map[string]struct {
		offered connector.Compression
		in      []byte
		want    string
	}{
		"not offered":                  {connector.NoCompression, fast(update(0x21, []byte("a")).Append(nil)), "fast-path update: compression flags 0x21: no compression was offered"},
		"in a channel, not offered":    {connector.NoCompression, channel(0x21), "channel PDU: compression flags 0x21"},
		"share data, not offered":      {connector.NoCompression, indication(1003, share(19, []byte("a"))), "share data: compression flags 0x61"},
		"another type":                 {connector.MPPC64K, fast(update(0x22, []byte("a")).Append(nil)), "type 2 was not offered"},
		"another type of a channel":    {connector.MPPC8K, channel(0x22), "type 2 was not offered"},
		"a token that is cut":          {connector.MPPC64K, fast(update(0x61, []byte{0xFF}).Append(nil)), "fast-path update: bulk:"},
		"131 MB in a frame":            {connector.MPPC64K, fast(many), "more than 4194304 bytes"},
		"a length below the headers'":  {connector.MPPC64K, indication(1003, share(17, []byte("a"))), "share data: compressedLength: 17"},
		"a length that is not there":   {connector.MPPC64K, indication(1003, share(20, []byte("a"))), "share data: compressedLength: 20"},
		"flags without compression":    {connector.NoCompression, fast(update(0xC1, []byte("a")).Append(nil)), ""},
		"a flushed history":            {connector.MPPC64K, fast(update(0x81, []byte("a")).Append(nil)), ""},
		"a compressed letter":          {connector.MPPC64K, fast(update(0x61, []byte("a")).Append(nil)), ""},
		"64K for 8K, as xrdp has it":   {connector.MPPC8K, fast(update(0x61, []byte("a")).Append(nil)), ""},
		"a letter in share data":       {connector.MPPC64K, indication(1003, share(19, []byte("a"))), ""},
		"a letter, and more after it":  {connector.MPPC64K, indication(1003, share(19, []byte("abc"))), ""},
		"a letter in a channel":        {connector.MPPC64K, channel(0x61), ""},
		"a channel, flags and nothing": {connector.MPPC64K, channel(0xC1), ""},
	} {
		d := connected(tc.offered)
		_, _, events, err := d.Client.Step(time.Unix(2000, 0), bytes.Clone(tc.in), nil)
		if tc.want != "" {
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if err != nil || len(events) != 1 || !bytes.HasSuffix(append(events[0].Update.Data, events[0].Data...), []byte("a")) {
			t.Errorf("%s: %v, %+v", name, err, events)
		}
	}
}

// FuzzCompression gives a client that is connected what a server may send, with all kinds of
// compression offered, and holds it to the limit of a frame.
func FuzzCompression(f *testing.F) {
	cfg := config()
	cfg.Compression = connector.XCRUSH
	beginning := &rdptest.Dialogue{Client: connector.New(cfg), Server: new(rdptest.Server)}
	if err := beginning.Run(); err != nil {
		f.Fatal(err)
	}
	f.Add(fastpath.Frame{Data: fastpath.Update{Compressed: true, CompressionFlags: 0x61, Data: bomb}.Append(nil)}.Append(nil))
	f.Add(indication(1005, []byte{3, 0, 0, 0, 3, 0, 0x61, 0, 'a', 'b', 'c'}))
	f.Add(indication(1003, pdu.ShareControl{
		Type: pdu.TypeData, Body: pdu.ShareData{Type: pdu.DataUpdate, CompressedType: 0x62, CompressedLength: 21, Data: []byte("abc")}.Append(nil),
	}.Append(nil)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		c := connector.New(cfg)
		in := append(bytes.Clone(beginning.Received), stream...)
		for first := true; ; first = false {
			n, _, events, err := c.Step(time.Unix(1000, 0), in, nil)
			size := 0
			for _, e := range events {
				size += len(e.Data) + len(e.Update.Data)
			}
			if size > 4<<20+2*len(in) {
				t.Fatalf("%d events have %d bytes", len(events), size)
			}
			if err != nil || n == 0 && !first {
				return
			}
			in = in[n:]
		}
	})
}
