// SPDX-License-Identifier: Apache-2.0

/** The fields of the login form, from what the server expects. */

import type { Field } from '../api/types';

/** What is asked where the server does not say. */
const usual: Field[] = [
  { name: 'username', type: 'USERNAME' },
  { name: 'password', type: 'PASSWORD' },
];

/** User name and password come first, then the others in the server's order. */
export function loginFields(expected: Field[] | null): Field[] {
  const fields = expected && expected.length > 0 ? expected : usual;
  const first = usual.flatMap(({ name }) => fields.filter((field) => field.name === name));
  return [...first, ...fields.filter((field) => !first.includes(field))];
}

/** What remains typed after a refusal: everything but secrets (LOG-05). */
export function withoutSecrets(fields: Field[], values: Record<string, string>): Record<string, string> {
  const kept = { ...values };
  for (const field of fields) {
    if (field.type === 'PASSWORD' || field.type === 'GUAC_TOTP_CODE') kept[field.name] = '';
  }
  return kept;
}

export type Strength = 'weak' | 'fair' | 'good';

/** A hint, not a rule: rules are the server's. Length counts most, variety a little. */
export function passwordStrength(password: string): Strength {
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(password)).length;
  const distinct = new Set(password).size;
  const score = Math.min([...password].length, distinct * 2) + kinds * 2;
  if (score >= 20) return 'good';
  return score >= 14 ? 'fair' : 'weak';
}
