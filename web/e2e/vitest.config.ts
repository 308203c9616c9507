// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from 'vitest/config';

/** The specs run in order against one gateway, which test/browser starts. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['*.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    bail: 1,
    sequence: { concurrent: false, shuffle: false },
  },
});
