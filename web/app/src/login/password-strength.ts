// SPDX-License-Identifier: Apache-2.0

export type Strength = 'weak' | 'fair' | 'good';

/** A hint, not a rule: rules are the server's. Length counts most, variety a little. */
export function passwordStrength(password: string): Strength {
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(password)).length;
  const distinct = new Set(password).size;
  const score = Math.min([...password].length, distinct * 2) + kinds * 2;
  if (score >= 20) return 'good';
  return score >= 14 ? 'fair' : 'weak';
}
