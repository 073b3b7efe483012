import { describe, expect, it } from 'vitest';
import { firstSentence } from '../../src/app/format.ts';
import { LANGUAGES } from '../../src/app/messages.ts';

it('of several sentences the first is left', () => {
  expect(firstSentence('The file is empty. Get it again.')).toBe('The file is empty.');
  expect(firstSentence('Only this one.')).toBe('Only this one.');
  expect(firstSentence('')).toBe('');
});

describe.each(Object.entries(LANGUAGES))('in the language %s', (_, { messages }) => {
  it('the first sentence of each reason is short enough for a row of the queue', () => {
    const long = Object.values(messages.reasons)
      .map(firstSentence)
      .filter((sentence) => sentence.length === 0 || sentence.length > 150);
    expect(long).toEqual([]);
  });
});
