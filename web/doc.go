// SPDX-License-Identifier: Apache-2.0

// Package web carries the built web application of the gateway.
//
// The browser code lives beside this file in three npm workspaces, each of which
// imports only those before it: guac (the protocol, without a DOM), client (tunnels,
// display, input) and app (the screens). `npm run build` writes app/dist, and a
// binary built with the tag ui embeds that folder; [FS] hands it to the gateway.
// Without the tag, Go code builds and tests without Node.
package web
