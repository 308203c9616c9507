// SPDX-License-Identifier: Apache-2.0

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The gateway that `npm run dev` talks to.
const gateway = process.env.PALTA_GATEWAY ?? 'http://127.0.0.1:8080/guacamole';

export default defineConfig({
  // Any context path works, because every address in the build is relative to the page.
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2023',
    manifest: true,
    modulePreload: { polyfill: false },
    // A data: URL in a style sheet would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: gateway },
      '/tunnel': { target: gateway },
      '/websocket-tunnel': { target: gateway, ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
