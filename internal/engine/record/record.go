// SPDX-License-Identifier: Apache-2.0

// Package record has a session recorded as its connection's parameters ask.
//
// [Start] has the file created, makes a recording.Recorder that writes it, and shows the
// recorder what is to be recorded: the display, by a view of its own, and what the users
// do, by the session's tap.
package record

import (
	"context"
	"os"
	"time"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/recording"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Start begins the recording and returns what ends it. Without recording-path there is
// none. A session goes on without a recording that cannot be written, as upstream's does.
func Start(ctx context.Context, cfg engine.Config, disp *display.Display) (stop func()) {
	p := cfg.Params
	wanted, ok := engine.RecordingFile(p)
	if !ok {
		return func() {}
	}
	file, err := createSoon(ctx, cfg.Files, wanted)
	if err != nil {
		cfg.Logger.Error("session is not recorded", "error", err)
		return func() {}
	}
	cfg.Logger.Info("session is being recorded")
	noOutput := p.Bool("recording-exclude-output")
	r := recording.New(recording.Config{File: file, NoOutput: noOutput, Input: input(p), Logger: cfg.Logger})
	cfg.Session.SetTap(r)
	var view *display.View
	if !noOutput {
		view = disp.AddView(r, display.ViewConfig{
			Image: []string{"image/jpeg"}, Video: []string{guac.VideoH264}, Unwatched: true,
		})
		r.OnSync(view.Sync)
	}
	return func() {
		if view != nil {
			disp.RemoveView(view)
		}
		cfg.Session.SetTap(nil)
		r.Close()
	}
}

// createTime is how long the start of a session may wait for the file.
const createTime = 5 * time.Second

func createSoon(ctx context.Context, files engine.Files, f engine.File) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	return files.Create(ctx, f)
}

// input are the instructions of users that are recorded.
func input(p engine.Values) []string {
	var opcodes []string
	if !p.Bool("recording-exclude-mouse") {
		opcodes = append(opcodes, guac.OpMouse)
	}
	if p.Bool("recording-include-keys") {
		opcodes = append(opcodes, guac.OpKey)
	}
	return opcodes
}
