// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/engine/ssh"
	"github.com/palta-gateway/palta/internal/engine/vnc"
)

// registry returns the engines of this build.
func registry() engine.Registry {
	engines := engine.Registry{}
	for _, protocol := range []engine.Protocol{
		vnc.Protocol(),
		ssh.Protocol(ssh.Options{}),
	} {
		engines[protocol.Name] = protocol
	}
	return engines
}
