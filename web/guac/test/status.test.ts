// SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { Status, StatusCode } from '../src/index';

test.each([
  [1000, '0', StatusCode.SUCCESS],
  [1000, '', StatusCode.SUCCESS],
  [1008, '797', StatusCode.CLIENT_TOO_MANY],
  [1011, '', StatusCode.SERVER_ERROR],
  [1006, '', StatusCode.UPSTREAM_NOT_FOUND],
  [1015, '', StatusCode.UPSTREAM_NOT_FOUND],
  [1001, '', StatusCode.UPSTREAM_UNAVAILABLE],
  [1013, 'try again', StatusCode.UPSTREAM_UNAVAILABLE],
  [4999, '-1', StatusCode.SERVER_ERROR],
])('close frame %i "%s"', (code, reason, want) => {
  expect(Status.fromClose(code, reason).code).toBe(want);
});

test.each([
  [400, StatusCode.CLIENT_BAD_REQUEST],
  [403, StatusCode.CLIENT_FORBIDDEN],
  [404, StatusCode.RESOURCE_NOT_FOUND],
  [429, StatusCode.CLIENT_TOO_MANY],
  [503, StatusCode.SERVER_BUSY],
  [500, StatusCode.SERVER_ERROR],
  [302, StatusCode.SERVER_ERROR],
])('HTTP status %i', (code, want) => {
  expect(Status.fromHTTP(code).code).toBe(want);
});

test('codes have names, unknown ones too', () => {
  // Features: COM-14
  expect(Status.parse('519', 'no such host').toString()).toBe('UPSTREAM_NOT_FOUND: no such host');
  expect(new Status(0x2ff).name).toBe('0x02FF');
  expect(Status.parse('nonsense').name).toBe('SERVER_ERROR');
  expect(Status.parse(undefined).name).toBe('SERVER_ERROR');
  expect(Status.parse('0').isError).toBe(false);
  expect(Status.parse('256').isError).toBe(true);
});
