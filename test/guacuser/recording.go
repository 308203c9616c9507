// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"slices"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Recording is a session as its recording shows it.
type Recording struct {
	// Picture is the last.
	Picture *image.RGBA
	// Opcodes has how often each comes.
	Opcodes map[string]int
	// Input are the users' instructions, without the time; the times do not go back.
	Input []string
}

// ReadRecording plays the recording at path, which may still be going on.
func ReadRecording(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := canvas.New(canvas.Config{})
	recording := &Recording{Opcodes: map[string]int{}}
	last := 0
	for r := guac.NewReader(f, guac.HandshakeLimits); ; {
		ins, err := r.Next()
		if errors.Is(err, io.EOF) {
			recording.Picture = c.Image()
			return recording, nil
		}
		if err != nil {
			return nil, err
		}
		recording.Opcodes[string(ins.Opcode)]++
		if slices.Contains([]string{guac.OpMouse, guac.OpKey, guac.OpTouch}, string(ins.Opcode)) {
			at, err := ins.Int(len(ins.Args) - 1)
			if err != nil || at < last {
				return nil, fmt.Errorf("time %d after %d, %w", at, last, err)
			}
			last = at
			text := string(ins.Opcode)
			for _, arg := range ins.Args[:len(ins.Args)-1] {
				text += " " + string(arg)
			}
			recording.Input = append(recording.Input, text)
		}
		if err := c.Apply(ins); err != nil {
			return nil, err
		}
	}
}
