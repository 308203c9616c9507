// SPDX-License-Identifier: Apache-2.0

//go:build integration

package servers

import "testing"

func TestRDPServersAreUp(t *testing.T) {
	x := StartXRDP(t, XRDPOptions{Session: "exec sleep 600"})
	ports := []int{
		x.Port,
		StartXRDP(t, XRDPOptions{Session: "exec sleep 600"}).Port,
		StartXRDP(t, XRDPOptions{Security: "rdp", CryptLevel: "low", SessionsOf: x}).Port,
		StartFreeRDPShadow(t, ShadowOptions{}).Port,
		StartFreeRDPShadow(t, ShadowOptions{NLA: true}).Port,
	}
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] {
			t.Errorf("two servers listen on %d of %v", port, ports)
		}
		seen[port] = true
	}
}
