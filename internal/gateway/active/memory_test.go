// SPDX-License-Identifier: Apache-2.0

package active_test

import (
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/directory/activetest"
	"github.com/palta-gateway/palta/internal/gateway/active"
)

func TestMemory(t *testing.T) {
	activetest.Run(t, func(*testing.T) directory.ActiveConnections { return active.NewMemory() })
}
