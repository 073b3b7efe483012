import { describe, expect, it } from 'vitest';
import { plural } from '../../src/app/language/plural.ts';
import { LANGUAGES, type LanguageCode } from '../../src/app/messages.ts';

/** Every sentence of a catalogue by its path; functions are called with a sample of what they take. */
function sentences(value: unknown, path: string[] = []): [path: string, sentence: string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  if (typeof value === 'function') {
    // Names, times and counts alike: no function of a catalogue does more than put its arguments into words.
    const result = (value as (...given: unknown[]) => unknown)(
      ...Array.from({ length: value.length }, () => SAMPLE),
    );
    return sentences(result, path);
  }
  return Object.entries(value as object).flatMap(([key, inner]) => sentences(inner, [...path, key]));
}

const SAMPLE = '7';
const english = new Map(sentences(LANGUAGES.en.messages));
/** The same in any language. */
const SAME = /^(name|start\.sampleName|result\.facts\.version|credentials\.title|queue\.count|queue\.of)$/;
const others = (Object.keys(LANGUAGES) as LanguageCode[]).filter((code) => code !== 'en');

describe.each(others)('the catalogue in %s', (code) => {
  const own = new Map(sentences(LANGUAGES[code].messages));

  it('has every sentence, and no other', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
    const empty = (catalogue: Map<string, string>): string[] =>
      [...catalogue].filter(([, sentence]) => sentence.trim() === '').map(([path]) => path);
    expect(empty(own)).toEqual(empty(english));
  });

  it('is translated: hardly a sentence is the English one', () => {
    const same = [...own].filter(
      ([path, sentence]) => !SAME.test(path) && sentence.length > 3 && sentence === english.get(path),
    );
    // Short words may be the same by chance.
    expect(same.filter(([, sentence]) => sentence.includes(' ')).map(([path]) => path)).toEqual([]);
    expect(same.length).toBeLessThan(0.05 * english.size);
  });

  it('puts what it is given into the sentence wherever English does', () => {
    const given = [...english].filter(
      ([path, sentence]) => sentence.includes(SAMPLE) && !own.get(path)!.includes(SAMPLE),
    );
    expect(given.map(([path]) => path)).toEqual([]);
  });
});

describe('plural', () => {
  it.each([
    ['en', 1, 'one'],
    ['en', 2, 'other'],
    ['ar', 0, 'zero'],
    ['ar', 2, 'two'],
    ['ar', 5, 'few'],
    ['ar', 11, 'many'],
    ['ar', 100, 'other'],
  ] as const)('in %s, %i wants “%s”', (language, count, form) => {
    const forms = { zero: 'zero', one: 'one', two: 'two', few: 'few', many: 'many', other: 'other' };
    expect(plural(language, count, forms)).toBe(form);
  });

  it('falls back to the general form', () => {
    expect(plural('ar', 5, { other: 'other' })).toBe('other');
  });
});
