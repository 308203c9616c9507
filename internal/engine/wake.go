// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"net"
	"time"
)

// MACBytes is the length of a MAC address that a Wake-on-LAN packet can carry.
const MACBytes = 6

// wakeAttempts is how often a host that is waking is tried.
const wakeAttempts = 5

// maxWakeTime bounds wol-wait-time, in seconds.
const maxWakeTime = 3600

// ConnectAwake calls connect, and wakes the host as the parameters of [WakeOnLAN] say: with
// no time to wait, before it connects; else if connecting fails, with a pause before each
// of the attempts that follow. A packet that cannot be sent is no reason not to connect.
func ConnectAwake(ctx context.Context, cfg Config, connect func(context.Context) (net.Conn, error)) (net.Conn, error) {
	if !cfg.Params.Bool("wol-send-packet") {
		return connect(ctx)
	}
	mac, err := net.ParseMAC(cfg.Params.String("wol-mac-addr"))
	if err != nil || len(mac) != MACBytes {
		cfg.Logger.Warn("host is not woken: wol-mac-addr is not a MAC address")
		return connect(ctx)
	}
	pause := time.Duration(cfg.Params.Int("wol-wait-time")) * time.Second
	if pause == 0 {
		wake(ctx, cfg, mac)
		return connect(ctx)
	}
	conn, err := connect(ctx)
	if err == nil || ctx.Err() != nil {
		return conn, err
	}
	wake(ctx, cfg, mac)
	for range wakeAttempts {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if conn, err = connect(ctx); err == nil || ctx.Err() != nil {
			break
		}
		cfg.Logger.Debug("host is not awake yet", "error", err)
	}
	return conn, err
}

func wake(ctx context.Context, cfg Config, mac net.HardwareAddr) {
	if err := cfg.Dialer.Wake(ctx, wakeAddress(cfg.Params), mac); err != nil {
		cfg.Logger.Warn("Wake-on-LAN packet was not sent", "error", err)
		return
	}
	cfg.Logger.Info("Wake-on-LAN packet was sent", "mac", mac.String())
}
