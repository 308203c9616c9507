// SPDX-License-Identifier: Apache-2.0

// Package videoengine is an engine for tests that plays a film as an RDP host with H.264
// would: access units go to the browsers untouched, and as pixels where one cannot show
// them.
//
// [Record] and [Load] make a [Film]. [Protocol] is the engine: it shows the first picture,
// and the next one whenever a user presses n and all users show the one before. A user who
// needs a key frame gets the film from the beginning, with everybody else. The parameter
// screen has a user watch the left half (1) or the right half (2) alone.
package videoengine

import (
	"context"
	"image"
	"log/slog"
	"sync"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
)

// Next is the key that shows the next picture.
const Next = 'n'

// Protocol returns the engine.
func Protocol(film *Film) engine.Protocol {
	return engine.Protocol{
		Name:   "film",
		Params: []engine.Param{engine.ReadOnly, {Name: "screen", Kind: engine.Numeric, Default: "0"}},
		Run:    func(ctx context.Context, cfg engine.Config) error { return newPlayer(film, cfg.Logger).run(ctx, cfg) },
	}
}

// player is one session.
type player struct {
	film *Film
	disp *display.Display
	log  *slog.Logger

	keys  chan struct{}
	needs chan display.VideoNeed
	shown chan uint32

	// Of run's goroutine.
	number   int // of the picture that is shown
	pictures bool
	flushed  uint32
	waiting  bool // until a frame is shown

	mu    sync.Mutex // guards views
	views map[*session.User]*display.View
}

// queued is how much of anything may wait for the player.
const queued = 256

func newPlayer(film *Film, log *slog.Logger) *player {
	p := &player{
		film: film, log: log, keys: make(chan struct{}, queued), needs: make(chan display.VideoNeed, queued),
		shown: make(chan uint32, queued), views: make(map[*session.User]*display.View),
	}
	p.disp = display.New(display.Config{
		Lossless: true, Logger: log,
		Video: func(need display.VideoNeed) { p.needs <- need },
		Shown: func(frame uint32) { p.shown <- frame },
	})
	half := film.Size.X / 2
	p.disp.SetScreens([]display.Screen{
		{Rect: image.Rect(0, 0, half, film.Size.Y), Scale: 100},
		{Rect: image.Rect(half, 0, film.Size.X, film.Size.Y), Scale: 100},
	})
	return p
}

// UserJoined gives the user a view.
func (p *player) UserJoined(u *session.User) error {
	screen := 0
	if params, ok := u.Params().(engine.Values); ok && params.Has("screen") {
		screen = params.Int("screen")
	}
	view := p.disp.AddView(u, display.ViewConfig{Image: u.Info().Image, Video: u.Info().Video, Screen: screen})
	u.OnSync(view.Sync)
	u.OnRefuse(view.Refused)
	p.mu.Lock()
	p.views[u] = view
	p.mu.Unlock()
	return nil
}

// UserLeft takes the view away.
func (p *player) UserLeft(u *session.User) {
	p.mu.Lock()
	view := p.views[u]
	delete(p.views, u)
	p.mu.Unlock()
	p.disp.RemoveView(view)
}

// Key counts how often the next picture was asked for.
func (p *player) Key(_ *session.User, keysym uint32, pressed bool) {
	if keysym == Next && pressed {
		select {
		case p.keys <- struct{}{}:
		default:
		}
	}
}

func (p *player) run(ctx context.Context, cfg engine.Config) error {
	var pump sync.WaitGroup
	defer pump.Wait()
	pump.Go(func() { _ = p.disp.Run(ctx) })
	cfg.Session.SetHandler(p)
	p.pictures = !p.disp.TakesVideo()
	p.draw()
	for {
		keys := p.keys
		if p.waiting {
			keys = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case frame := <-p.shown:
			p.waiting = p.waiting && frame != p.flushed
		case need := <-p.needs:
			p.log.Info("the users need something else of the video", "need", int(need))
			if p.pictures = need == display.NeedPictures; !p.pictures {
				p.number = 0
			}
			p.draw()
		case <-keys:
			p.number = (p.number + 1) % len(p.film.Units)
			p.draw()
		}
	}
}

// draw shows the picture p.number.
func (p *player) draw() {
	if p.pictures {
		p.drawPixels()
	} else {
		unit := avc.Describe(p.film.Units[p.number])
		info := avc.Inspect(unit)
		p.disp.DrawVideo(display.Video{Key: info.Key, Codec: info.Codec, Regions: p.film.Regions[p.number], Data: unit})
		p.disp.Fill(Marker, MarkerColor(p.number))
	}
	p.flushed++
	p.waiting = true
	p.disp.FlushFrame(p.flushed)
}

// drawPixels draws in place, as a decoder would.
func (p *player) drawPixels() {
	m := p.film.Shown(p.number)
	p.disp.DrawInto(m.Rect, func(dst *image.RGBA) []image.Rectangle {
		for y := range m.Rect.Max.Y {
			copy(dst.Pix[y*dst.Stride:][:m.Stride], m.Pix[y*m.Stride:])
		}
		return []image.Rectangle{m.Rect}
	})
}
