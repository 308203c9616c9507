// SPDX-License-Identifier: Apache-2.0

// Package gateway is what browsers and API clients talk to: the web client, the REST API and both tunnels, below one context path.
//
//	/healthz                          the process answers
//	/                              -> the context path
//	/guacamole/                       the web client (assets.go), with what extensions change of it (extensions.go)
//	/guacamole/api/...                package rest
//	/guacamole/websocket-tunnel       package wstunnel
//	/guacamole/tunnel                 package httptunnel
//
// In reading order:
//
//   - [Gateway] composes the parts and is the http.Handler of all of it; [Gateway.Run] serves a listener until its context ends, then tells
//     the open tunnels, closes their history and returns within shutdownTimeout.
//   - middleware.go is what every request passes: panics, the client's real address (package forwarded), security headers, deadlines.
//   - policy.go has the Content-Security-Policy, and how much more a page with extensions may do.
//   - [Setup] makes the first administrator by a link that is shown once.
//   - Package login knows who is logged in, package broker opens sessions.
package gateway
