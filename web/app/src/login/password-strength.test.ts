// SPDX-License-Identifier: Apache-2.0

import { expect, it } from 'vitest';
import { passwordStrength } from './password-strength';

it.each([
  ['', 'weak'],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
  ['Passw0rd', 'fair'],
  ['correct horse battery', 'good'],
])('rates "%s" as %s', (password, want) => {
  expect(passwordStrength(password)).toBe(want);
});
