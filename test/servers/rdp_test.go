// SPDX-License-Identifier: Apache-2.0

//go:build integration

package servers

import (
	"os/exec"
	"testing"
)

func TestXRDPIsUp(t *testing.T) {
	x := StartXRDP(t, XRDPOptions{Session: "exec xterm -e cat"})
	y := StartXRDP(t, XRDPOptions{Session: "exec xterm -e cat"})
	if x.Port == y.Port {
		t.Errorf("both listen on %d", x.Port)
	}
	if _, err := exec.LookPath("xhost"); err != nil {
		t.Error(err)
	}
}

func TestFreeRDPShadowIsUp(t *testing.T) {
	StartFreeRDPShadow(t, ShadowOptions{})
	StartFreeRDPShadow(t, ShadowOptions{NLA: true})
}
