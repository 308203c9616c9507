// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { countSet, splitForms, storedAttributes, storedParameters } from './forms';

const forms = [
  {
    name: 'network',
    fields: [
      { name: 'hostname', type: 'TEXT' },
      { name: 'port', type: 'NUMERIC' },
      { name: 'host-key', type: 'TEXT' },
    ],
  },
  {
    name: 'authentication',
    fields: [
      { name: 'username', type: 'USERNAME' },
      { name: 'password', type: 'PASSWORD' },
    ],
  },
];

describe('connection forms', () => {
  it('puts host, port and login first and drops sections that became empty', () => {
    const { first, sections } = splitForms('ssh', forms);
    expect(first.map((field) => field.name)).toEqual(['hostname', 'port', 'username', 'password']);
    expect(sections).toEqual([{ name: 'network', fields: [{ name: 'host-key', type: 'TEXT' }] }]);
  });

  it('counts what is set in a section', () => {
    expect(forms[0] && countSet(forms[0], { hostname: 'a', port: '', 'host-key': null })).toBe(1);
  });

  it('keeps parameters without a field, unless the protocol changed', () => {
    // Features: ADM-21
    const values = { hostname: 'a', port: '', 'x-unknown': 'kept' };
    expect(storedParameters(values, forms, false)).toEqual({ hostname: 'a', 'x-unknown': 'kept' });
    expect(storedParameters(values, forms, true)).toEqual({ hostname: 'a' });
  });

  it('unsets empty attributes', () => {
    expect(storedAttributes({ weight: '', 'max-connections': '2', other: null })).toEqual({
      weight: null,
      'max-connections': '2',
      other: null,
    });
  });
});
