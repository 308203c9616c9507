import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/browser/**/*.browser.ts'], environment: 'node', testTimeout: 20_000 },
});
