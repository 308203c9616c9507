// SPDX-License-Identifier: Apache-2.0

// Package input has what the user does, as events of the fast path ([MS-RDPBCGR], section
// 2.2.8.1.2.2) and of the slow path (section 2.2.8.1.1.3.1.1), and the rule of what may be
// left out between: only a mouse move that another follows at once.
//
// An [Event] is one action. [AppendFast] writes events for Connector.AppendInput,
// [AppendSlow] those for servers without fast-path input.
package input
