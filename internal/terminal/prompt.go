// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/palta-gateway/palta/internal/keysym"
	"github.com/palta-gateway/palta/internal/vt"
)

// ErrCanceled is the error of a prompt that the user ended with Ctrl+C or Ctrl+D.
var ErrCanceled = errors.New("terminal: prompt canceled")

// maxAnswer bounds what the user may type at a prompt, in bytes.
const maxAnswer = 4096

// prompt is a question that the user is answering.
type prompt struct {
	line []rune
	size int // of line in bytes
	echo bool
	done chan struct{}
	err  error
}

// finish ends the prompt; it must be called once.
func (p *prompt) finish(err error) {
	p.err = err
	close(p.done)
}

// Prompt shows label and returns the line that the user types, without showing it unless echo is set. While it waits,
// nothing goes to the host. Only one prompt may wait at a time.
func (t *Terminal) Prompt(ctx context.Context, label string, echo bool) (string, error) {
	p := &prompt{echo: echo, done: make(chan struct{})}
	t.lock()
	if t.prompt != nil || t.input.isClosed() {
		t.unlock()
		return "", errors.New("terminal: cannot prompt now")
	}
	t.prompt = p
	t.showLocked(label)
	t.unlock()

	select {
	case <-p.done:
	case <-ctx.Done():
		t.lock()
		if t.prompt == p {
			t.prompt = nil
			p.finish(context.Cause(ctx))
		}
		t.unlock()
		<-p.done
	}
	if p.err != nil {
		return "", p.err
	}
	return string(p.line), nil
}

// Message shows lines of text of the gateway's own.
func (t *Terminal) Message(text string) {
	t.lock()
	defer t.unlock()
	t.showLocked(text)
}

// showLocked writes text that is not the host's: no escape sequence in it takes effect.
func (t *Terminal) showLocked(text string) {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, text)
	_, _ = t.term.Write([]byte(strings.ReplaceAll(clean, "\n", "\r\n")))
}

func (t *Terminal) promptKeyLocked(key uint32, mods vt.Mods) {
	switch {
	case key == keysym.Return || key == keysym.KPEnter:
		t.endPromptLocked(nil)
	case key == keysym.BackSpace:
		t.erasePromptLocked(1)
	case mods&vt.ModCtrl != 0:
		switch key {
		case 'c', 'C', 'd', 'D':
			t.endPromptLocked(ErrCanceled)
		case 'u', 'U':
			t.erasePromptLocked(len(t.prompt.line))
		case 'h', 'H':
			t.erasePromptLocked(1)
		}
	case mods&(vt.ModAlt|vt.ModMeta) == 0:
		if r, ok := keysym.Rune(key); ok && !unicode.IsControl(r) {
			t.promptRuneLocked(r)
		}
	}
}

// promptTextLocked takes pasted text up to its first line end, which ends the prompt.
func (t *Terminal) promptTextLocked(text string) {
	line, _, ended := strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	for _, r := range line {
		if !unicode.IsControl(r) {
			t.promptRuneLocked(r)
		}
	}
	if ended {
		t.endPromptLocked(nil)
	}
}

func (t *Terminal) promptRuneLocked(r rune) {
	p := t.prompt
	if p.size+utf8.RuneLen(r) > maxAnswer {
		return
	}
	p.line = append(p.line, r)
	p.size += utf8.RuneLen(r)
	if p.echo {
		t.showLocked(string(r))
	}
}

// erasePromptLocked takes back the last n characters.
func (t *Terminal) erasePromptLocked(n int) {
	p := t.prompt
	for ; n > 0 && len(p.line) > 0; n-- {
		r := p.line[len(p.line)-1]
		p.line = p.line[:len(p.line)-1]
		p.size -= utf8.RuneLen(r)
		if p.echo {
			_, _ = t.term.Write([]byte(strings.Repeat("\b \b", displaywidth.Rune(r))))
		}
	}
}

func (t *Terminal) endPromptLocked(err error) {
	p := t.prompt
	t.prompt = nil
	t.showLocked("\n")
	p.finish(err)
}
