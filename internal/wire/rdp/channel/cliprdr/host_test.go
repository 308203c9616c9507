// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

// all is what a Windows server can.
const all = cliprdr.UseLongFormatNames | cliprdr.StreamFileClip | cliprdr.FileClipNoFilePaths | cliprdr.CanLockClipData | cliprdr.HugeFileSupport

// host is a scripted server on the other end of a channel whose chunks have one size.
type host struct {
	t      *testing.T
	client *cliprdr.Client
	out    svc.Messages
	chunk  int
	long   bool
	join   svc.Assembler
}

// dialogues runs a dialogue with messages whole, and split at every byte.
func dialogues(t *testing.T, run func(h *host)) {
	for _, chunk := range []int{svc.ChunkSize, 7, 1} {
		t.Run(fmt.Sprintf("chunks of %d", chunk), func(t *testing.T) {
			run(&host{t: t, client: &cliprdr.Client{Files: true}, chunk: chunk})
		})
	}
}

// sends passes a message to the client in chunks and returns the event.
func (h *host) sends(p cliprdr.PDU) cliprdr.Event {
	h.t.Helper()
	event, err := h.sendsBytes(p.Append(nil))
	if err != nil {
		h.t.Fatalf("%+v: %v", p, err)
	}
	return event
}

func (h *host) sendsBytes(message []byte) (event cliprdr.Event, err error) {
	h.t.Helper()
	svc.Append(message, h.chunk, svc.FlagShowProtocol, func(chunk []byte) {
		whole, ok, joinErr := h.join.Add(chunk)
		if joinErr != nil {
			h.t.Fatal(joinErr)
		}
		if ok {
			event, err = h.client.Handle(&h.out, whole)
		}
	})
	return event, err
}

// tells demands the event of a message.
func (h *host) tells(what string, p cliprdr.PDU, want cliprdr.Event) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.sends(p)); diff != "" {
		h.t.Errorf("%s: event (-want +got):\n%s", what, diff)
	}
}

// gets demands the messages that the client has sent since the last time.
func (h *host) gets(what string, want ...cliprdr.PDU) {
	h.t.Helper()
	var got []cliprdr.PDU
	var join svc.Assembler
	h.out.Each(func(message []byte) {
		svc.Append(message, h.chunk, 0, func(chunk []byte) {
			whole, ok, err := join.Add(chunk)
			if err != nil {
				h.t.Fatal(err)
			}
			if !ok {
				return
			}
			p, err := cliprdr.Parse(bytes.Clone(whole), h.long)
			if err != nil {
				h.t.Fatal(err)
			}
			got = append(got, p)
		})
	})
	h.out.Reset()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s: the host gets (-want +got):\n%s", what, diff)
	}
}

// begins is the initialisation, after which nothing is offered.
func (h *host) begins(flags cliprdr.CapabilityFlags) {
	h.t.Helper()
	h.long = flags&cliprdr.UseLongFormatNames != 0
	h.tells("capabilities", cliprdr.Capabilities{Version: 2, Flags: flags}, nil)
	h.gets("before the monitor is ready")
	h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
	own := cliprdr.UseLongFormatNames | cliprdr.StreamFileClip | cliprdr.FileClipNoFilePaths | flags&(cliprdr.CanLockClipData|cliprdr.HugeFileSupport)
	h.gets("the beginning", cliprdr.Capabilities{Version: 2, Flags: own}, cliprdr.FormatList{Names: h.names()})
	h.accepts()
}

func (h *host) names() cliprdr.NameForm {
	if h.long {
		return cliprdr.LongNames
	}
	return cliprdr.ShortNames
}

func (h *host) accepts() {
	h.t.Helper()
	h.tells("format list response", cliprdr.FormatListResponse{OK: true}, cliprdr.Accepted{OK: true})
}

// copies is an owner change on the host.
func (h *host) copies(kinds []cliprdr.Kind, formats ...cliprdr.Format) {
	h.t.Helper()
	h.tells("host copies", cliprdr.FormatList{Names: h.names(), Formats: formats}, cliprdr.Offered{Kinds: kinds, Formats: formats})
	h.gets("host copies", cliprdr.FormatListResponse{OK: true})
}

func (h *host) offer(o cliprdr.Offer) uint32 {
	h.t.Helper()
	number, err := h.client.Offer(&h.out, o)
	if err != nil {
		h.t.Fatal(err)
	}
	return number
}

func (h *host) request(kind cliprdr.Kind) {
	h.t.Helper()
	if err := h.client.Request(&h.out, kind); err != nil {
		h.t.Fatal(err)
	}
}

func text(s string) []byte { return cliprdr.EncodeText(cliprdr.KindUnicodeText, s) }

func textOffer(s string) cliprdr.Offer {
	return cliprdr.Offer{Contents: []cliprdr.Content{{Kind: cliprdr.KindUnicodeText, Data: text(s)}}}
}

var textFormat = cliprdr.Format{ID: cliprdr.FormatUnicodeText}

// begins2 is the initialisation of a host without capabilities and a client without files.
func (h *host) begins2() {
	h.t.Helper()
	h.tells("monitor ready", cliprdr.MonitorReady{}, cliprdr.Ready{})
	h.gets("the beginning", cliprdr.Capabilities{Version: 2, Flags: cliprdr.UseLongFormatNames}, cliprdr.FormatList{Names: cliprdr.ShortNames})
	h.accepts()
}
