// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/palta-gateway/palta/internal/config"
)

func TestSettingsOfTheManualAreThoseOfTheTable(t *testing.T) {
	got, err := os.ReadFile(filepath.Join("..", "..", outFile))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != render(config.Options()) {
		t.Errorf("%s is out of date: run make generate", outFile)
	}
}
