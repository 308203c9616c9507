// SPDX-License-Identifier: Apache-2.0

package rdptest_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
)

// maxMemory bounds what both ends of a dialogue allocate in all, buffers grown again and
// again included. A screen's fragments have 4 MB.
const maxMemory = 64 << 20

// measure returns how many bytes f allocates.
func measure(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// tolerant draws what it is told, and passes over what the fake server draws by itself.
type tolerant struct{ *screen }

func (s tolerant) event(e connector.Event) error {
	if e.Kind == connector.EventUpdate && string(e.Update.Data) == "pixels" {
		return nil
	}
	return s.screen.event(e)
}

// suffer runs a client with the server of a fault, and returns how the dialogue ended.
func suffer(s *rdptest.Server, piece int) (*rdptest.Dialogue, error) {
	d := &rdptest.Dialogue{Client: connector.New(config()), Server: s, Piece: piece, Event: tolerant{newScreen(16, 16)}.event}
	return d, d.Run()
}

func TestFaults(t *testing.T) {
	names := make(map[string]bool)
	for _, f := range rdptest.Faults() {
		if names[f.Name] {
			t.Errorf("two faults are called %q", f.Name)
		}
		names[f.Name] = true
		for _, piece := range []int{0, 1, 1000} {
			t.Run(fmt.Sprintf("%s, %d bytes at once", f.Name, piece), func(t *testing.T) {
				s := f.Server
				var d *rdptest.Dialogue
				var err error
				if n := measure(func() { d, err = suffer(&s, piece) }); n > maxMemory {
					t.Errorf("%d bytes were allocated", n)
				}
				checkOutcome(t, f, d, err)
			})
		}
	}
}

func checkOutcome(t *testing.T, f rdptest.Fault, d *rdptest.Dialogue, err error) {
	t.Helper()
	ready, ended := slices.Contains(d.Log, "ready"), slices.Contains(d.Log, "disconnected")
	if f.Outcome == rdptest.Refused {
		if err == nil || !strings.Contains(err.Error(), f.Want) || f.Want == "" {
			t.Errorf("error %v, want one with %q; events %q", err, f.Want, d.Log)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v after %q", err, d.Log)
	}
	if ready != (f.Outcome == rdptest.Tolerated) || ended != (f.Outcome == rdptest.Ended) {
		t.Errorf("ready %v, ended %v; events %q", ready, ended, d.Log)
	}
}

// TestFaultsOfStandardSecurity breaks what TLS servers do not have.
func TestFaultsOfStandardSecurity(t *testing.T) {
	settings := func(f func(*gcc.ServerSecurity)) rdptest.Breaker {
		return rdptest.At(rdptest.StepConnectResponse, rdptest.Settings(func(d *gcc.ServerData) { f(d.Security) }))
	}
	for _, tc := range []struct {
		name, want string
		method     gcc.EncryptionMethods
		broken     rdptest.Breaker
	}{
		{"a method that was not offered", "connector: server security data: encryptionMethod", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.Method = gcc.Encryption40Bit })},
		{"two methods", "sec: encryption method 0x12 is unknown", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.Method |= gcc.EncryptionFIPS })},
		{"no certificate", "sec: server certificate: dwVersion", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.ServerCertificate = nil })},
		{"half a certificate", "sec: server certificate: ", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.ServerCertificate = s.ServerCertificate[:60] })},
		{"a certificate of another version", "sec: server certificate: dwVersion", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.ServerCertificate[0] = 9 })},
		{"a key that is even", "sec: server certificate: modulus", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.ServerCertificate[36] &^= 1 })},
		{"a short random", "gcc: server security data: serverRandomLen", gcc.Encryption128Bit, settings(func(s *gcc.ServerSecurity) { s.ServerRandom = s.ServerRandom[1:] })},
		{"a spoilt license", "sec: encrypted PDU: dataSignature", gcc.Encryption128Bit, rdptest.At(rdptest.StepLicense, rdptest.Data(rdptest.Flip(-1)))},
		{"a spoilt signature", "sec: encrypted PDU: dataSignature", gcc.Encryption128Bit, rdptest.At(rdptest.StepDemandActive, rdptest.Data(rdptest.Flip(5)))},
		{"a PDU left out", "sec: encrypted PDU: dataSignature", gcc.Encryption128Bit, rdptest.At(rdptest.StepSynchronize, rdptest.Drop)},
		{"a PDU twice", "sec: encrypted PDU: dataSignature", gcc.Encryption128Bit, rdptest.At(rdptest.StepCooperate, rdptest.Twice)},
		{"half a signature", "sec: encrypted PDU: dataSignature", gcc.Encryption128Bit, rdptest.At(rdptest.StepDemandActive, rdptest.Data(rdptest.Cut(9)))},
		{"a spoilt fast-path update", "sec: encrypted PDU: dataSignature", gcc.Encryption128Bit, rdptest.At(rdptest.StepUpdate, rdptest.Flip(-1))},
		{"a PDU in the clear", "the PDU is not encrypted", gcc.Encryption128Bit, rdptest.At(rdptest.StepDemandActive, rdptest.Data(rdptest.Set(0, 0)))},
		{"a fast-path update in the clear", "the PDU is not encrypted", gcc.Encryption128Bit, rdptest.At(rdptest.StepUpdate, rdptest.Set(0, 0))},
		{"FIPS: half a block", "sec: encrypted PDU: encrypted data", gcc.EncryptionFIPS, rdptest.At(rdptest.StepDemandActive, rdptest.Data(rdptest.Cut(-3)))},
		{"FIPS: more padding than a block", "sec: encrypted PDU: padlen", gcc.EncryptionFIPS, rdptest.At(rdptest.StepDemandActive, rdptest.Data(rdptest.Set(7, 9)))},
		{"FIPS: another header", "sec: encrypted PDU: length", gcc.EncryptionFIPS, rdptest.At(rdptest.StepDemandActive, rdptest.Data(rdptest.Set(4, 9)))},
	} {
		for _, piece := range []int{0, 1} {
			s := &rdptest.Server{Method: tc.method, Level: gcc.LevelHigh, Key: key(), Break: tc.broken}
			if d, err := suffer(s, piece); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s, %d bytes at once: %v after %q, want an error with %q", tc.name, piece, err, d.Log, tc.want)
			}
		}
	}
}

// servers have between them every packet there is.
func servers() map[string]rdptest.Server {
	tls := rdptest.Faults()[0].Server
	tls.Break = nil
	license, redirect, again := tls, tls, tls
	license.NewLicense, license.Key = true, key()
	redirect.Redirect = &redirection
	again.Reactivations = 1
	return map[string]rdptest.Server{"TLS": tls, "licensing": license, "redirection": redirect, "reactivation": again}
}

// own are the steps that a server has besides those of plain TLS.
var own = map[string][]rdptest.Step{
	"licensing": {rdptest.StepLicense}, "redirection": {rdptest.StepRedirection},
	"reactivation": {rdptest.StepDeactivateAll, rdptest.StepDemandActive},
}

// TestEveryPacketCut cuts each packet of the server at each byte, with the lengths around it
// made to fit.
func TestEveryPacketCut(t *testing.T) {
	layers := map[string]func(func([]byte) []byte) func([]byte) []byte{"TPKT": rdptest.TPKT, "MCS": rdptest.Domain, "data": rdptest.Data, "share": rdptest.Body}
	for name, server := range servers() {
		for step := range rdptest.StepChannel {
			for layer, within := range layers {
				if only := own[name]; !has(layer, step) || only != nil && !slices.Contains(only, step) {
					continue
				}
				t.Run(fmt.Sprintf("%s, %v, %s", name, step, layer), func(t *testing.T) {
					for n, more := 0, true; more; n++ {
						s := server
						more = false
						s.Break = rdptest.At(step, within(func(b []byte) []byte {
							more = more || n < len(b)-1
							return rdptest.Cut(n)(b)
						}))
						if _, err := suffer(&s, 0); err != nil {
							checkNamed(t, err, n)
						}
					}
				})
			}
		}
	}
}

// has reports whether the packets of a step have the layer.
func has(layer string, step rdptest.Step) bool {
	switch step {
	case rdptest.StepConnectionConfirm:
		return layer == "TPKT"
	case rdptest.StepNegoTokens, rdptest.StepPubKeyAuth, rdptest.StepEarlyUserAuthorization, rdptest.StepRDSTLSCapabilities, rdptest.StepRDSTLSResponse:
		return false
	case rdptest.StepConnectResponse, rdptest.StepAttachUserConfirm, rdptest.StepChannelJoinConfirm:
		return layer == "TPKT" || layer == "MCS"
	case rdptest.StepMessage, rdptest.StepLicense:
		return layer != "share"
	case rdptest.StepUpdate:
		return false
	}
	return true
}

// checkNamed demands an error that names the PDU and the field, or says what the client
// misses.
func checkNamed(t *testing.T, err error, n int) {
	t.Helper()
	var wrong *field.Error
	if errors.As(err, &wrong) && wrong.PDU != "" && wrong.Field != "" {
		return
	}
	if !strings.HasPrefix(err.Error(), "connector: ") && !strings.HasPrefix(err.Error(), "license: ") {
		t.Errorf("cut at %d: %v", n, err)
	}
}

// TestEveryByteChanged changes each byte of all that servers send, one at a time.
func TestEveryByteChanged(t *testing.T) {
	for name, server := range servers() {
		t.Run(name, func(t *testing.T) {
			d, err := suffer(&server, 0)
			if err != nil || len(d.Received) < 300 {
				t.Fatalf("%d bytes, %v", len(d.Received), err)
			}
			for at := range d.Received {
				change := []byte{0x01, 0x80, 0xFF}[at%3]
				if err := changed(server, at, change); err != nil && !strings.Contains(err.Error(), ": ") {
					t.Errorf("byte %d: %v", at, err)
				}
			}
		})
	}
}

// changed runs a server one byte of which is not what it should be.
func changed(s rdptest.Server, at int, change byte) error {
	fresh := rdptest.Server{
		Response: s.Response, Messages: s.Messages, NewLicense: s.NewLicense, Key: s.Key, Redirect: s.Redirect, Reactivations: s.Reactivations,
	}
	fresh.Break = func(_ rdptest.Step, packet []byte) []byte {
		if at >= 0 && at < len(packet) {
			packet[at] ^= change
		}
		at -= len(packet)
		return packet
	}
	_, err := suffer(&fresh, 0)
	return err
}
