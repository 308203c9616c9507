// SPDX-License-Identifier: Apache-2.0

package svc_test

import (
	"fmt"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

func TestMessagesKeepTheirEnds(t *testing.T) {
	var m svc.Messages
	for range 2 {
		for _, text := range []string{"one", "", "three"} {
			m.Add(func(b []byte) []byte { return append(b, text...) })
		}
		var got []string
		m.Each(func(message []byte) { got = append(got, string(message)) })
		if fmt.Sprintf("%q", got) != `["one" "" "three"]` || m.Len() != 3 {
			t.Errorf("%d messages %q", m.Len(), got)
		}
		m.Reset()
	}
	m.Add(func(b []byte) []byte { return append(b, make([]byte, 1<<20)...) })
	m.Reset()
	m.Each(func(message []byte) { t.Errorf("%q is left", message) })
}
