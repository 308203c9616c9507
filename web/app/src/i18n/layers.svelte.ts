// SPDX-License-Identifier: Apache-2.0

/** Texts in one language, with its rules of plurals. */
export type Layer = { plurals: Intl.PluralRules; messages: ReadonlyMap<string, string> };

/** The texts that count, first those that count most. What shows one follows when they change. */
export class Layers {
  list: readonly Layer[] = $state.raw([]);
}
