// SPDX-License-Identifier: Apache-2.0

// Fails when what the login page loads has outgrown its budget (gzip of the page, its scripts and
// its style sheets). Prints the sizes of the parts that are loaded later as well.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 80 * 1024;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

function size(files) {
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0);
}

// A chunk brings its style sheets and the chunks that it imports.
function filesOf(key, found = new Set()) {
  const chunk = manifest[key];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const file of chunk.css ?? []) found.add(file);
  for (const imported of chunk.imports ?? []) filesOf(imported, found);
  return found;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = filesOf(entry).add('index.html');
const total = size(first);
console.log(`first view: ${(total / 1024).toFixed(1)} KB of ${budget / 1024} KB gzip`);
for (const key of manifest[entry].dynamicImports ?? []) {
  const more = [...filesOf(key)].filter((file) => !first.has(file));
  console.log(`${key}: ${(size(more) / 1024).toFixed(1)} KB gzip, when it is needed`);
}
if (total > budget) {
  console.error('the first view is over its budget: load something later, or not at all');
  process.exit(1);
}
