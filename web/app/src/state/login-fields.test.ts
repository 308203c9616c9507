// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { loginFields, withoutSecrets } from './login-fields';

describe('login fields', () => {
  it('shows user name and password first, whatever the server says first', () => {
    // Features: LOG-01
    // Part of: LOG-03
    const fields = loginFields([
      { name: 'otp', type: 'TEXT' },
      { name: 'password', type: 'PASSWORD' },
      { name: 'username', type: 'USERNAME' },
    ]);
    expect(fields.map((field) => field.name)).toEqual(['username', 'password', 'otp']);
    expect(loginFields(null).map((field) => field.name)).toEqual(['username', 'password']);
  });

  it('keeps the user name and clears secrets after a refusal', () => {
    // Features: LOG-05
    expect(withoutSecrets(loginFields(null), { username: 'alice', password: 'x' })).toEqual({
      username: 'alice',
      password: '',
    });
  });
});
