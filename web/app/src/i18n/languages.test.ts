// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { Catalogue } from './catalogue';
import { bestLanguage, Languages } from './languages.svelte';

describe('the best language', () => {
  it.each([
    [['de'], ['en', 'de'], 'de'],
    [['pt-BR'], ['en', 'pt', 'pt_BR'], 'pt_BR'],
    [['pt-PT'], ['en', 'pt', 'pt_BR'], 'pt'],
    [['pt'], ['en', 'pt_BR'], 'pt_BR'],
    [['', 'xx', 'de-AT'], ['en', 'de'], 'de'],
    [['xx'], ['de', 'en'], 'en'],
    [['xx'], ['de'], 'de'],
    [[], [], 'en'],
  ])('of %j among %j is %s', (wanted, offered, want) => {
    expect(bestLanguage(wanted, offered)).toBe(want);
  });
});

describe('languages', () => {
  const said: Record<string, object> = {
    en: { T: { A: 'en', B: 'en', C: 'en' } },
    pt: { T: { A: 'pt', B: 'pt' } },
    pt_BR: { T: { A: 'br' } },
  };
  const asked: string[] = [];
  const source = {
    languages: () => Promise.resolve({ en: 'English', pt: 'Português', pt_BR: 'Português (Brasil)' }),
    texts: (language: string) => {
      asked.push(language);
      return Promise.resolve(said[language] ?? {});
    },
  };

  it('fall back from the region to the language and to English', async () => {
    // Part of: SET-02, BRA-05
    const catalogue = new Catalogue('en').add({ T: { A: 'own', D: 'own' } });
    const languages = new Languages(catalogue, source);
    await languages.start(['pt-BR']);
    expect(['A', 'B', 'C', 'D'].map((key) => catalogue.text(`T.${key}`))).toEqual(['br', 'pt', 'en', 'own']);
    expect(asked).toEqual(['pt_BR', 'pt', 'en']);
    expect(languages.offered).toEqual(await source.languages());
    await languages.choose('en');
    expect(catalogue.text('T.A')).toBe('en');
  });

  it('show the one that was chosen last, whichever answers last', async () => {
    const catalogue = new Catalogue('en');
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const languages = new Languages(catalogue, {
      ...source,
      texts: async (language) => {
        if (language === 'pt') await slow;
        return said[language] ?? {};
      },
    });
    languages.offered = await source.languages();
    const first = languages.choose('pt');
    await languages.choose('en');
    release();
    await first;
    expect([languages.current, catalogue.text('T.A')]).toEqual(['en', 'en']);
  });
});
