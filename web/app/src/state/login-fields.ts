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

/** The name of a field as part of a class, as upstream makes it. */
export function fieldClass(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
