// SPDX-License-Identifier: Apache-2.0

/** What the rest of the application knows of the connections that run in this tab. */
export interface RunningConnections {
  /** Whether closing the tab would end a running connection. */
  readonly busy: boolean;
  closeAll(): void;
}
