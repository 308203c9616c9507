// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"slices"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Video is an access unit of H.264 (annex B) as the remote host has coded it: it is sent
// to views as it is, never decoded here.
type Video struct {
	// Stream tells sequences of access units apart that have a decoder each, such as those
	// of RDP's surfaces; from 0 to MaxVideoStreams-1.
	Stream int
	// Key says that a decoder can begin here: with a picture that needs no other and with
	// the parameter sets, whose Codec is given ("avc1.42C01E", RFC 6381).
	Key   bool
	Codec string
	// Origin is where on the display the decoded picture has its upper left corner.
	Origin image.Point
	// Regions are the rectangles of the picture that are shown. Others must not be.
	Regions []image.Rectangle
	// Data is not changed afterwards.
	Data []byte
}

// VideoNeed is what the views want of an engine that draws video.
type VideoNeed int

const (
	// NeedVideo is the case until another need is told: every view takes video. It may be
	// drawn from now on, beginning with a key frame.
	NeedVideo VideoNeed = iota
	// NeedKeyFrame means that a view cannot go on without a key frame: it has joined late,
	// fallen behind or been restarted by a resize. Everything that shows video, or was moved
	// from where it does, is to be drawn again, beginning with a key frame.
	NeedKeyFrame
	// NeedPictures means that a view cannot show video: everything that does is to be drawn
	// again as pixels or pictures, and no more video until NeedVideo is told.
	NeedPictures
)

// MaxVideoStreams bounds Video.Stream.
const MaxVideoStreams = 16

// Bounds of the video that waits for one view, which is more than a second of it, and the
// shortest time between two requests for a key frame, which all views have to take.
const (
	maxVideoUnits = 64
	maxVideoBytes = 4 << 20
	keyGap        = time.Second
)

// videoState is a display's side of video.
type videoState struct {
	need     func(VideoNeed)
	told     VideoNeed
	askedAt  time.Time // when a key frame was asked for
	coverage mask      // where video was drawn last, so that nobody here has the pixels
}

// unit is an access unit on its way to views, which share its text.
type unit struct {
	Video
	once sync.Once
	text []byte
}

// DrawVideo draws an access unit. Views whose users take guac.VideoH264 get every one from
// a key frame on, in order with all other drawing. Config.Video tells what others need.
func (d *Display) DrawVideo(v Video) {
	if v.Stream < 0 || v.Stream >= MaxVideoStreams || len(v.Data) == 0 {
		d.logger.Debug("video is refused", "stream", v.Stream, "bytes", len(v.Data))
		return
	}
	u := &unit{Video: v}
	u.Key = v.Key && v.Codec != ""
	u.Regions = clipRegions(v.Regions)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.buffer == nil {
		return
	}
	d.open()
	for _, r := range u.Regions {
		r = r.Add(u.Origin).Intersect(d.bounds())
		d.dropPictures(r)
		d.video.coverage.add(r)
		d.activity.touch(r, d.now())
	}
	for _, view := range d.views {
		view.forwardVideo(u)
	}
}

// clipRegions keeps to what a header can say.
func clipRegions(regions []image.Rectangle) []image.Rectangle {
	var kept []image.Rectangle
	var all image.Rectangle
	for _, r := range regions {
		if r = r.Intersect(image.Rect(0, 0, guac.MaxWidth, guac.MaxHeight)); !r.Empty() {
			kept = append(kept, r)
			all = all.Union(r)
		}
	}
	if len(kept) > guac.MaxVideoRegions {
		return []image.Rectangle{all}
	}
	return kept
}

// TakesVideo reports whether every view can show video now: an engine that has to decide
// at once, when it connects, need not wait for Config.Video.
func (d *Display) TakesVideo() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.takesVideo()
}

func (d *Display) takesVideo() bool {
	return !slices.ContainsFunc(d.views, func(v *View) bool { return !v.gone && !v.takesVideo })
}

// takeNeeds returns what the engine is to be told of video now, and when to look again.
func (d *Display) takeNeeds(now time.Time) (needs []VideoNeed, next time.Time) {
	s := &d.video
	if s.need == nil {
		return nil, next
	}
	need := NeedPictures
	if d.takesVideo() {
		need = NeedVideo
	}
	if need != s.told {
		s.told, s.askedAt = need, now // video begins with a key frame
		needs = append(needs, need)
	}
	if need == NeedPictures || !slices.ContainsFunc(d.views, (*View).waitsForKey) {
		return needs, next
	}
	if next = s.askedAt.Add(keyGap); now.Before(next) {
		return needs, next
	}
	s.askedAt = now
	for _, v := range d.views {
		v.missing = false
	}
	return append(needs, NeedKeyFrame), time.Time{}
}

// waitsForKey reports whether a key frame would be of use to the view now: one that does
// not answer frames could not show it.
func (v *View) waitsForKey() bool { return v.missing && !v.gone && len(v.inFlight) < maxInFlight }

// forwardVideo takes u as a change to be sent as it is.
func (v *View) forwardVideo(u *unit) {
	if !v.takesVideo || v.gone {
		return
	}
	codec := &v.codecs[u.Stream]
	begins := u.Key && *codec != u.Codec
	switch {
	case len(u.Data) > guac.MaxVideoUnit:
		v.loseVideo()
		return
	case begins:
		*codec = u.Codec
	case *codec == "":
		v.missing = true
		return
	}
	for _, r := range u.Regions {
		r = r.Add(u.Origin)
		v.damage.remove(r)
		v.lossy.remove(r)
	}
	v.steps = append(v.steps, step{unit: u, begins: begins})
	units, bytes := 0, 0
	for _, s := range v.steps {
		if s.unit != nil {
			units++
			bytes += len(s.unit.Data)
		}
	}
	if units > maxVideoUnits || bytes > maxVideoBytes {
		v.loseVideo()
	}
}

// loseVideo gives up what waits: the view begins again with a key frame.
func (v *View) loseVideo() {
	v.codecs = [MaxVideoStreams]string{}
	v.steps = slices.DeleteFunc(v.steps, func(s step) bool { return s.unit != nil })
	v.missing = v.takesVideo
}

// Refused takes the answer of the user's client to a stream that it does not take: with
// CLIENT_BAD_TYPE it cannot show the video, with any other error it wants a key frame.
func (v *View) Refused(stream int, status guac.Status) {
	i := (firstVideoStream - stream) / 2
	if i < 0 || i >= MaxVideoStreams || videoStream(i) != stream || status == guac.Success {
		return
	}
	d := v.display
	d.mu.Lock()
	if status == guac.ClientBadType {
		v.takesVideo = false
	}
	v.loseVideo()
	d.mu.Unlock()
	d.signal()
}

// append writes the unit as a part of its stream, for a view that shows the display from
// origin on.
func (u *unit) append(b []byte, origin image.Point, begins bool) []byte {
	stream := videoStream(u.Stream)
	if begins {
		b = guac.Begin(b, guac.OpVideo).Int(stream).Int(0).Str(guac.VideoH264 + ";codecs=" + u.Codec).End()
	}
	header := guac.VideoHeader{Key: u.Key, Origin: u.Origin.Sub(origin), Length: len(u.Data), Regions: u.Regions}
	b = guac.AppendBlobs(b, stream, guac.AppendVideoHeader(nil, &header))
	u.once.Do(func() { u.text = guac.AppendBlobs(make([]byte, 0, blobsSize(len(u.Data))), stream, u.Data) })
	return append(b, u.text...)
}
