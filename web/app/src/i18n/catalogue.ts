// SPDX-License-Identifier: Apache-2.0

/**
 * All text of the application, keyed and formatted as in upstream's translation files:
 * `NAMESPACE.KEY`, references `@:NAMESPACE.KEY`, and of ICU's message format the arguments
 * `{NAME}`, `{N, plural, …}` and `{NAME, select, …}`.
 *
 * What extensions say, in the user's language and then in those it falls back to, goes before
 * what the application says itself. A text that is shown follows when that changes.
 */

import { type Layer, Layers } from './layers.svelte';

export type Translations = Record<string, string | Record<string, string>>;
export type Variables = Record<string, string | number | null | undefined>;

/** Texts in one language, by key. */
export type Texts = { language: string; messages: ReadonlyMap<string, string> };

/** A reference to a reference to a reference is a loop in the file. */
const maxReferences = 8;

export class Catalogue {
  private readonly own = new Map<string, string>();
  private readonly ownLayer: Layer;
  private readonly layers = new Layers();

  /** The language is that of the application's own texts. */
  constructor(language: string) {
    this.ownLayer = { plurals: pluralRules(language), messages: this.own };
    this.layers.list = [this.ownLayer];
  }

  /** Adds texts of the application itself. Parts of it that are loaded later bring theirs with them. */
  add(translations: Translations): this {
    for (const [key, message] of flatten(translations)) if (!this.own.has(key)) this.own.set(key, message);
    return this;
  }

  /** Lays texts over the application's own, the ones that count most first, in place of any before. */
  override(texts: Texts[]): void {
    const layers = texts.map(({ language, messages }) => ({ plurals: pluralRules(language), messages }));
    this.layers.list = [...layers, this.ownLayer];
  }

  /** The language of the texts that count most, as the browser knows it, for what it formats. */
  get language(): string {
    return (this.layers.list[0] ?? this.ownLayer).plurals.resolvedOptions().locale;
  }

  has(key: string): boolean {
    return this.find(key) !== undefined;
  }

  /** The text of a key. A missing key is shown itself, so that it can be found and filled in. */
  text(key: string, variables: Variables = {}): string {
    let layer = this.find(key);
    let message = layer?.messages.get(key);
    for (let i = 0; i < maxReferences && message?.startsWith('@:'); i++) {
      const referred = message.slice(2).trim();
      layer = this.find(referred);
      message = layer?.messages.get(referred);
    }
    return layer === undefined || message === undefined ? key : format(message, variables, layer.plurals);
  }

  private find(key: string): Layer | undefined {
    return this.layers.list.find((layer) => layer.messages.has(key));
  }
}

/** The texts of nested objects by their whole keys. What is no text is left out. */
export function flatten(translations: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(translations)) {
    const key = prefix + name;
    if (typeof value === 'string') flat.set(key, value);
    else if (typeof value === 'object' && value !== null) {
      for (const [below, message] of flatten(value, `${key}.`)) flat.set(below, message);
    }
  }
  return flat;
}

/** The rules of a language such as `pt_BR`; those of English for what the browser does not know. */
function pluralRules(language: string): Intl.PluralRules {
  try {
    return new Intl.PluralRules(language.replace('_', '-'));
  } catch {
    return new Intl.PluralRules('en');
  }
}

function format(message: string, variables: Variables, plurals: Intl.PluralRules): string {
  let out = '';
  for (let i = 0; i < message.length; i++) {
    if (message[i] !== '{') {
      out += message[i];
      continue;
    }
    const end = closing(message, i);
    if (end < 0) return out + message.slice(i);
    out += argument(message.slice(i + 1, end), variables, plurals);
    i = end;
  }
  return out;
}

function argument(source: string, variables: Variables, plurals: Intl.PluralRules): string {
  const [, name = '', kind = '', cases = ''] = /^\s*(\w+)\s*(?:,\s*(\w+)\s*,?)?([\s\S]*)$/.exec(source) ?? [];
  const value = variables[name] ?? '';
  if (kind === 'plural') {
    const count = Number(value);
    const forms = parseCases(cases);
    const form = forms.get(`=${count}`) ?? forms.get(plurals.select(count)) ?? forms.get('other') ?? '';
    return format(form.replaceAll('#', String(count)), variables, plurals);
  }
  if (kind === 'select') {
    const forms = parseCases(cases);
    return format(forms.get(String(value)) ?? forms.get('other') ?? '', variables, plurals);
  }
  return String(value);
}

/** The index of the brace that closes the one at start, or -1. */
function closing(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

function parseCases(source: string): Map<string, string> {
  const cases = new Map<string, string>();
  let rest = source;
  for (;;) {
    const open = rest.indexOf('{');
    const end = open < 0 ? -1 : closing(rest, open);
    if (end < 0) return cases;
    cases.set(rest.slice(0, open).trim(), rest.slice(open + 1, end));
    rest = rest.slice(end + 1);
  }
}

/** The part of a translation key that stands for a name: `guac-full-name` is `GUAC_FULL_NAME`. */
export function canonical(name: string): string {
  return name.replace(/[^a-zA-Z0-9]+/g, '_').toUpperCase();
}
