// SPDX-License-Identifier: Apache-2.0

package echo_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/drdynvc"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/echo"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

func TestWhatCameGoesBack(t *testing.T) {
	for _, n := range []int{0, 1, 1600, echo.MaxRequest} {
		request := bytes.Repeat([]byte{0x5A}, n)
		got, err := echo.Append([]byte("before"), request)
		if err != nil || !bytes.Equal(got, append([]byte("before"), request...)) {
			t.Errorf("%d bytes come back as %d, %v", n, len(got)-6, err)
		}
	}
	var wrong *field.Error
	if got, err := echo.Append(nil, make([]byte, echo.MaxRequest+1)); !errors.As(err, &wrong) || wrong.Field != "echoRequest" || got != nil {
		t.Errorf("a request above the limit: %d bytes, %v", len(got), err)
	}
}

// TestDialogue opens the channel as a server does and sends two requests, one of them in
// several PDUs.
func TestDialogue(t *testing.T) {
	m := &drdynvc.Manager{Accept: func(name string) bool { return name == echo.ChannelName }}
	if _, event, ok, err := m.Handle([]byte("\x10\x05ECHO\x00"), nil); err != nil || !ok || event.ID != 5 {
		t.Fatalf("the channel is not taken: %+v, %v", event, err)
	}
	for _, request := range []string{"ping", string(bytes.Repeat([]byte("long "), 1000))} {
		var response []byte
		drdynvc.Send(5, []byte(request), func(pdu []byte) {
			_, event, ok, err := m.Handle(pdu, nil)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				response, err = echo.Append(response, event.Data)
				if err != nil {
					t.Fatal(err)
				}
			}
		})
		if string(response) != request {
			t.Errorf("%.20q comes back as %.20q", request, response)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("ping"))
	f.Fuzz(func(t *testing.T, request []byte) {
		if got, err := echo.Append(nil, request); err == nil && !bytes.Equal(got, request) {
			t.Fatalf("%x comes back as %x", request, got)
		}
	})
}
