// SPDX-License-Identifier: Apache-2.0

/** What a status code means to the person in front of the screen, and what can be done about it. */

import { canReconnect, type ErrorOrigin, Status } from '@palta/client';

export type Problem = {
  code: number;
  /** Key of the text. */
  text: string;
  /** Whether trying again by itself may help (CLI-05). */
  retries: boolean;
};

/** Seconds until a connection is tried again by itself. */
export const retryDelay = 15;

/** The codes that have a text of their own. */
const known: Record<ErrorOrigin, number[]> = {
  tunnel: [0x0201, 0x0202, 0x0203, 0x0204, 0x0205, 0x0207, 0x0208, 0x0301, 0x0303, 0x0308, 0x031d],
  client: [0x0201, 0x0202, 0x0203, 0x0205, 0x0207, 0x0208, 0x0209, 0x020a, 0x020b, 0x0301, 0x0303, 0x0308, 0x031d],
};

export function describeProblem(origin: ErrorOrigin, code: number): Problem {
  const name = known[origin].includes(code) ? code.toString(16).toUpperCase() : 'DEFAULT';
  return {
    code,
    text: `CLIENT.ERROR_${origin.toUpperCase()}_${name}`,
    retries: canReconnect(new Status(code), origin),
  };
}

const knownOfFiles = [0x0100, 0x0201, 0x0202, 0x0203, 0x0204, 0x0205, 0x0301, 0x0303, 0x030d, 0x031d];

/** The key of the text for a file transfer that failed. */
export function describeTransfer(code: number): string {
  return `CLIENT_FILES.ERROR_${knownOfFiles.includes(code) ? code.toString(16).toUpperCase() : 'DEFAULT'}`;
}
