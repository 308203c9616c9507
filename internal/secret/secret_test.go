// SPDX-License-Identifier: Apache-2.0

package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/secret"
)

func TestNoRenderingShowsTheValue(t *testing.T) {
	type holder struct {
		Password secret.String
		Pointer  *secret.String
	}
	s := secret.New("hunter2")
	h := holder{Password: s, Pointer: &s}

	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "direct", s, "struct", h, "pointer", &s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "direct", s, "struct", h)
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	outputs := []string{log.String(), string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		outputs = append(outputs, fmt.Sprintf(verb, s), fmt.Sprintf(verb, h), fmt.Sprintf(verb, []secret.String{s}))
	}
	for _, got := range outputs {
		if strings.Contains(got, "hunter2") || strings.Contains(got, "68756e74657232") {
			t.Errorf("the value shows in %q", got)
		}
	}
	if got := s.Reveal(); got != "hunter2" {
		t.Errorf("Reveal() = %q, want the value", got)
	}
}

func TestUnmarshalTakesTheValue(t *testing.T) {
	var got struct{ Password secret.String }
	if err := json.Unmarshal([]byte(`{"Password":"x y"}`), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Password.Equal(secret.New("x y")) {
		t.Errorf("got %q, want %q", got.Password.Reveal(), "x y")
	}
	if got.Password.Empty() || !(secret.String{}).Empty() {
		t.Error("Empty is wrong")
	}
}
