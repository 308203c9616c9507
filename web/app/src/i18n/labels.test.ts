// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { Catalogue } from './catalogue';
import { fieldLabel, optionLabel, sectionLabel } from './labels';

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
