// SPDX-License-Identifier: Apache-2.0

/**
 * The languages that the gateway offers, and the one that is shown. The application itself has
 * English; the others, and what is said otherwise in English, come from extensions.
 */

import { type Catalogue, flatten } from './catalogue';

/** Where texts come from. */
export interface TextSource {
  /** The languages' own names by key. */
  languages(): Promise<Record<string, string>>;
  /** What extensions say in a language, in nested objects. */
  texts(language: string): Promise<object>;
}

/** The language whose texts stand in for what another lacks. */
const fallback = 'en';

export class Languages {
  /** Their own names by key. */
  offered = $state.raw<Record<string, string>>({ [fallback]: 'English' });
  current = $state(fallback);

  private readonly catalogue: Catalogue;
  private readonly source: TextSource;

  constructor(catalogue: Catalogue, source: TextSource) {
    this.catalogue = catalogue;
    this.source = source;
  }

  /** Asks the gateway, and shows the best of the wanted languages. */
  async start(wanted: readonly string[]): Promise<void> {
    this.offered = await this.source.languages();
    await this.choose(bestLanguage(wanted, Object.keys(this.offered)));
  }

  /** Shows a language. What it lacks is taken from the one without its region, then from English. */
  async choose(language: string): Promise<void> {
    this.current = language;
    const wanted = [language, base(language), fallback];
    const keys = wanted.filter((key, index) => key in this.offered && wanted.indexOf(key) === index);
    const [{ withOwnKeys }, ...texts] = await Promise.all([
      import('./upstream-keys'),
      ...keys.map((key) => this.source.texts(key)),
    ]);
    if (this.current !== language) return; // another has been chosen meanwhile
    this.catalogue.override(
      texts.map((text, index) => ({ language: keys[index] ?? fallback, messages: withOwnKeys(flatten(text)) })),
    );
  }
}

/** `pt` of `pt_BR`. */
function base(key: string): string {
  return key.split('_')[0] ?? key;
}

/** The offered language that suits best, English if none does. Wanted ones are written as here or as browsers do: `pt-BR`. */
export function bestLanguage(wanted: readonly string[], offered: readonly string[]): string {
  for (const tag of wanted) {
    const key = tag.replace('-', '_');
    const found =
      offered.find((candidate) => candidate.toLowerCase() === key.toLowerCase()) ??
      offered.find((candidate) => candidate === base(key)) ??
      offered.find((candidate) => base(candidate) === base(key));
    if (found !== undefined) return found;
  }
  return offered.includes(fallback) ? fallback : (offered[0] ?? fallback);
}
