// SPDX-License-Identifier: Apache-2.0

import { Keysym } from '@palta/client';

/** The keys that buttons of the page press. */
export const keysyms = {
  escape: 0xff1b,
  tab: 0xff09,
  backspace: Keysym.BACKSPACE,
  enter: Keysym.RETURN,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  control: Keysym.CONTROL_LEFT,
  alt: Keysym.ALT_LEFT,
  delete: Keysym.DELETE,
  v: 0x76,
} as const;
