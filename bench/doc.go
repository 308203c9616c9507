// SPDX-License-Identifier: Apache-2.0

// Package bench measures whole daemons that speak guacd's protocol, side by side in one
// run: Palta's and any other.
//
//	make bench-whole
//	PALTA_BENCH_DAEMONS=guacd=127.0.0.1:4823,1234 make bench-whole     also the one with process 1234
//
// Servers, daemons and clients share the machine, so figures hold as ratios between the
// daemons of one run. CPU seconds are those of the daemon's whole process tree.
//
// The scenarios are benchmarks under the build tag bench: Type, Flood, Video, Scroll,
// Idle and Connections.
package bench
