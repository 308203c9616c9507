// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// sleeper is a host that can be connected to from the attempt awake on; it notes what is
// done to it, and when.
type sleeper struct {
	Dialer
	began time.Time
	awake int
	tries int
	deaf  bool // no packet can be sent
	log   string
}

func (s *sleeper) note(what string) { s.log += fmt.Sprintf("%s %v; ", what, time.Since(s.began)) }

func (s *sleeper) Wake(_ context.Context, address string, mac net.HardwareAddr) error {
	s.note("wake " + address + " " + mac.String())
	if s.deaf {
		return errors.New("no network")
	}
	return nil
}

func (s *sleeper) connect(context.Context) (net.Conn, error) {
	s.tries++
	s.note("connect")
	if s.awake == 0 || s.tries < s.awake {
		return nil, errors.New("asleep")
	}
	ours, _ := net.Pipe()
	return ours, nil
}

func TestConnectAwake(t *testing.T) {
	// Part of: COM-05
	const packet = "wake 255.255.255.255:9 01:02:03:04:05:06"
	const never = "connect 0s; " + packet + " 0s; connect 10s; connect 20s; connect 30s; connect 40s; connect 50s; "
	values := func(more ...string) map[string]string {
		v := map[string]string{"wol-send-packet": "true", "wol-mac-addr": "01:02:03:04:05:06"}
		for i := 0; i < len(more); i += 2 {
			v[more[i]] = more[i+1]
		}
		return v
	}
	for _, tc := range []struct {
		name   string
		host   sleeper
		values map[string]string
		want   string
		fails  bool
	}{
		{"not asked for", sleeper{awake: 1}, nil, "connect 0s; ", false},
		{"no MAC address", sleeper{awake: 1}, values("wol-mac-addr", ""), "connect 0s; ", false},
		{"a MAC address that is none", sleeper{awake: 1}, values("wol-mac-addr", "01:02"), "connect 0s; ", false},
		{"a MAC address of another kind", sleeper{awake: 1}, values("wol-mac-addr", "01:02:03:04:05:06:07:08"), "connect 0s; ", false},
		{"at once", sleeper{awake: 1}, values(), packet + " 0s; connect 0s; ", false},
		{"no packet can be sent", sleeper{awake: 1, deaf: true}, values(), packet + " 0s; connect 0s; ", false},
		{"awake already", sleeper{awake: 1}, values("wol-wait-time", "10"), "connect 0s; ", false},
		{"awake in time", sleeper{awake: 3}, values("wol-wait-time", "10"), "connect 0s; " + packet + " 0s; connect 10s; connect 20s; ", false},
		{"never awake", sleeper{}, values("wol-wait-time", "10"), never, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				host := &tc.host
				host.began = time.Now()
				cfg := Config{Params: ParseMap(WakeOnLAN, tc.values, nil), Dialer: host, Logger: slog.New(slog.DiscardHandler)}
				conn, err := ConnectAwake(t.Context(), cfg, host.connect)
				if (err != nil) != tc.fails || (conn == nil) != tc.fails {
					t.Errorf("got %v, %v", conn, err)
				}
				if host.log != tc.want {
					t.Errorf("got %s\nwant %s", host.log, tc.want)
				}
			})
		})
	}
}

func TestWaitForAHostIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &sleeper{began: time.Now()}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		v := map[string]string{"wol-send-packet": "true", "wol-mac-addr": "01:02:03:04:05:06", "wol-wait-time": "10"}
		cfg := Config{Params: ParseMap(WakeOnLAN, v, nil), Dialer: host, Logger: slog.New(slog.DiscardHandler)}
		if _, err := ConnectAwake(ctx, cfg, host.connect); !errors.Is(err, context.DeadlineExceeded) || time.Since(host.began) != 15*time.Second {
			t.Errorf("%v after %v", err, time.Since(host.began))
		}
	})
}
