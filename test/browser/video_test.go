// SPDX-License-Identifier: Apache-2.0

//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"image"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/test/videoengine"
)

// TestVideo plays coded video into browsers, through a gateway and a daemon.
func TestVideo(t *testing.T) {
	play(t, videoengine.Record(t))
}

// TestVideoOfVectors does so with streams of the makers of RDP, where they are at hand: one
// of the simplest profile and one of the richest.
func TestVideoOfVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "avc420") {
		if v.Name != "avc420_baseprofile" && v.Name != "avc420_highprofile" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) { play(t, loadVector(t, v)) })
	}
}

func loadVector(t *testing.T, v codectest.Vector) *videoengine.Film {
	t.Helper()
	var description struct {
		Files  map[string]json.RawMessage
		Frames []struct {
			StreamA struct {
				Offset, Length int
				Regions        []struct{ Rect [4]int }
			} `json:"stream_a"`
		}
	}
	if err := json.Unmarshal(v.Bytes(t, v.Meta), &description); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := json.Unmarshal(description.Files["a"], &name); err != nil {
		t.Fatal(err)
	}
	stream := v.Bytes(t, name)
	var units [][]byte
	var regions [][]image.Rectangle
	for _, frame := range description.Frames {
		units = append(units, stream[frame.StreamA.Offset:][:frame.StreamA.Length])
		var shown []image.Rectangle
		for _, r := range frame.StreamA.Regions {
			shown = append(shown, image.Rect(r.Rect[0], r.Rect[1], r.Rect[2], r.Rect[3]))
		}
		regions = append(regions, shown)
	}
	return videoengine.Load(t, units, regions, image.Pt(640, 480))
}

// probes is how many places of a picture are looked at.
const probes = 12

// play starts a daemon with the film and a gateway, and runs the spec.
func play(t *testing.T, film *videoengine.Film) {
	t.Helper()
	protocol := videoengine.Protocol(film)
	supervisor, err := guacd.New(guacd.Config{
		Registry: engine.Registry{protocol.Name: protocol}, Isolation: guacd.IsolationNone,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- supervisor.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := supervisor.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("FILM", describe(t, film))
	port := ln.Addr().(*net.TCPAddr).Port
	run(t, "video", "--guacd-hostname", "127.0.0.1", "--guacd-port", strconv.Itoa(port))
}

// describe writes what the spec has to know of a film, and returns where.
func describe(t *testing.T, film *videoengine.Film) string {
	t.Helper()
	var out struct {
		Width, Height int
		Pictures      [][]videoengine.Probe
	}
	out.Width, out.Height = film.Size.X, film.Size.Y
	for i := range film.Units {
		shown := videoengine.Probes(film.Shown(i), probes)
		if len(shown) < probes/2 {
			t.Fatalf("picture %d has %d places with one colour", i, len(shown))
		}
		out.Pictures = append(out.Pictures, shown)
	}
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "film.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
