// SPDX-License-Identifier: Apache-2.0

import { type Status, StatusCode } from '@palta/guac';

/** Where an error comes from: the way to the gateway, or the remote desktop by way of an `error` instruction. */
export type ErrorOrigin = 'tunnel' | 'client';

const passing = new Set<number>([
  StatusCode.SERVER_ERROR,
  StatusCode.UPSTREAM_TIMEOUT,
  StatusCode.UPSTREAM_ERROR,
  StatusCode.UPSTREAM_NOT_FOUND,
  StatusCode.UPSTREAM_UNAVAILABLE,
  StatusCode.CLIENT_TIMEOUT,
]);

/** Whether an error may pass by itself, so that it makes sense to connect again after a while. */
export function canReconnect(status: Status, origin: ErrorOrigin): boolean {
  return passing.has(status.code) || (origin === 'client' && status.code === StatusCode.CLIENT_UNAUTHORIZED);
}
