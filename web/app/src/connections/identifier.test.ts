// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { decodeClientIdentifier, encodeClientIdentifier } from './identifier';

describe('client identifier', () => {
  it('equals the one of upstream', () => {
    // Features: CLI-01
    const target = { id: '42', type: 'c', dataSource: 'postgresql' } as const;
    expect(encodeClientIdentifier(target)).toBe('NDIAYwBwb3N0Z3Jlc3Fs');
    expect(decodeClientIdentifier('NDIAYwBwb3N0Z3Jlc3Fs', 'other')).toEqual(target);
  });

  it.each([
    { id: 'ünïcode/+?', type: 'c', dataSource: 'a' },
    { id: '8063df49-c55f-347b-802d-0c1168c0c119', type: 'a', dataSource: 'mysql' },
    { id: '~~~???>>>', type: 'g', dataSource: 'sqlserver-shared' },
  ] as const)('survives the round trip with $id', (target) => {
    const identifier = encodeClientIdentifier(target);
    expect(identifier).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeClientIdentifier(identifier, 'other')).toEqual(target);
  });

  it('reads standard base64 with padding', () => {
    const bytes = String.fromCharCode(...new TextEncoder().encode('7\0g\0default'));
    expect(decodeClientIdentifier(btoa(bytes), 'other')).toEqual({ id: '7', type: 'g', dataSource: 'default' });
  });

  it.each(['42', 'web server', 'NDIAeABz', 'NDIAYw', '!!', 'gICA'])(
    'takes "%s" as a connection of the own source',
    (id) => {
      expect(decodeClientIdentifier(id, 'mysql')).toEqual({ id, type: 'c', dataSource: 'mysql' });
    },
  );
});
