// SPDX-License-Identifier: Apache-2.0

/**
 * All text of the application, keyed and formatted as in upstream's translation files:
 * `NAMESPACE.KEY`, references `@:NAMESPACE.KEY`, and of ICU's message format the arguments
 * `{NAME}`, `{N, plural, …}` and `{NAME, select, …}`.
 */

export type Translations = Record<string, string | Record<string, string>>;
export type Variables = Record<string, string | number | null | undefined>;

/** A reference to a reference to a reference is a loop in the file. */
const maxReferences = 8;

export class Catalogue {
  readonly language: string;
  private readonly messages = new Map<string, string>();
  private readonly plurals: Intl.PluralRules;

  constructor(language: string) {
    this.language = language;
    this.plurals = new Intl.PluralRules(language);
  }

  /**
   * Adds translations for the keys that have none yet. So the user's own language is added first,
   * English last, and the parts of the application that are loaded later fill in only what lacks.
   */
  add(translations: Translations): this {
    for (const [namespace, entries] of Object.entries(translations)) {
      if (typeof entries === 'string') {
        this.fill(namespace, entries);
        continue;
      }
      for (const [key, message] of Object.entries(entries)) this.fill(`${namespace}.${key}`, message);
    }
    return this;
  }

  private fill(key: string, message: string): void {
    if (!this.messages.has(key)) this.messages.set(key, message);
  }

  has(key: string): boolean {
    return this.messages.has(key);
  }

  /** The text of a key. A missing key is shown itself, so that it can be found and filled in. */
  text(key: string, variables: Variables = {}): string {
    const message = this.resolve(key);
    return message === undefined ? key : this.format(message, variables);
  }

  private resolve(key: string): string | undefined {
    let message = this.messages.get(key);
    for (let i = 0; i < maxReferences && message?.startsWith('@:'); i++) {
      message = this.messages.get(message.slice(2).trim());
    }
    return message;
  }

  private format(message: string, variables: Variables): string {
    let out = '';
    for (let i = 0; i < message.length; i++) {
      if (message[i] !== '{') {
        out += message[i];
        continue;
      }
      const end = closing(message, i);
      if (end < 0) return out + message.slice(i);
      out += this.argument(message.slice(i + 1, end), variables);
      i = end;
    }
    return out;
  }

  private argument(source: string, variables: Variables): string {
    const [, name = '', kind = '', cases = ''] = /^\s*(\w+)\s*(?:,\s*(\w+)\s*,?)?([\s\S]*)$/.exec(source) ?? [];
    const value = variables[name] ?? '';
    if (kind === 'plural') {
      const count = Number(value);
      const forms = parseCases(cases);
      const form = forms.get(`=${count}`) ?? forms.get(this.plurals.select(count)) ?? forms.get('other') ?? '';
      return this.format(form.replaceAll('#', String(count)), variables);
    }
    if (kind === 'select') {
      const forms = parseCases(cases);
      return this.format(forms.get(String(value)) ?? forms.get('other') ?? '', variables);
    }
    return String(value);
  }
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
