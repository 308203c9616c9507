// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { Catalogue } from '../i18n/catalogue';
import { countSet, splitForms, storedAttributes, storedParameters } from './forms';
import { fieldLabel, optionLabel, sectionLabel } from './labels';

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

describe('labels', () => {
  const catalogue = new Catalogue('en').add({
    PROTOCOL: { FIELD_HEADER_PORT: 'Port', FIELD_OPTION_CURSOR_LOCAL: 'Local' },
    PROTOCOL_VNC: { FIELD_HEADER_PORT: 'VNC port', FIELD_HEADER_TERMINAL_TYPE_ATTACH: 'Attached type' },
    FORM: { OPTION_DEFAULT: 'Default' },
  });

  it('prefers the translation of the protocol, then the shared one, then a readable name', () => {
    expect(fieldLabel(catalogue, 'PROTOCOL_VNC', { name: 'port', type: 'NUMERIC' })).toBe('VNC port');
    expect(fieldLabel(catalogue, 'PROTOCOL_SSH', { name: 'port', type: 'NUMERIC' })).toBe('Port');
    expect(fieldLabel(catalogue, 'PROTOCOL_SSH', { name: 'sftp-root-directory', type: 'TEXT' })).toBe(
      'SFTP root directory',
    );
    expect(fieldLabel(catalogue, 'USER_ATTRIBUTES', { name: 'guac-email-address', type: 'TEXT' })).toBe(
      'Email address',
    );
    expect(sectionLabel(catalogue, 'PROTOCOL_RDP', 'preconnection-pdu')).toBe('Preconnection PDU');
  });

  it('names options, and the empty one', () => {
    const field = { name: 'cursor', type: 'ENUM', options: ['', 'local', 'remote'] };
    expect(['', 'local', 'remote'].map((value) => optionLabel(catalogue, 'PROTOCOL_VNC', field, value))).toEqual([
      'Default',
      'Local',
      'remote',
    ]);
  });

  it('takes another label when another field says so', () => {
    // Part of: ADM-20
    const field = {
      name: 'terminal-type',
      type: 'ENUM',
      conditionalLabel: { field: 'exec-command', equals: '', labelKey: 'FIELD_HEADER_TERMINAL_TYPE_ATTACH' },
    };
    expect(fieldLabel(catalogue, 'PROTOCOL_VNC', field, { 'exec-command': null })).toBe('Attached type');
    expect(fieldLabel(catalogue, 'PROTOCOL_VNC', field, { 'exec-command': 'sh' })).toBe('Terminal type');
  });
});
