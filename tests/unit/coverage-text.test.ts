import { expect, it } from 'vitest';
import { coverageText } from '../../src/app/coverage-text.ts';
import { messages } from '../../src/app/messages.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const words = messages.result.coverage;

/** What is said of ten seconds, or of an hour: sixteen frames in each of four runs, at six a second. */
function said(sampling: Partial<VerdictRecord['sampling']>, duration = 10): string {
  const whole = record();
  return coverageText({
    ...whole,
    media: { ...whole.media!, duration },
    sampling: { ...whole.sampling, ...sampling },
  });
}

it('says that a video was looked at from start to end only where it was', () => {
  expect(said({})).toBe(words.whole);
  expect(said({}, 3600)).toBe(words.spread(4, '2.7 sec', '1:00:00'));
});

it('says which half of the picture was left out', () => {
  expect(said({ region: 'left-half' })).toBe(`${words.whole} ${words.halves['left-half']}`);
  expect(said({ region: 'right-half' }, 3600)).toContain(words.halves['right-half']);
});

it('says of a part that is longer than what is walked what lies between in it', () => {
  expect(said({ part: { start: 60, end: 70 } }, 3600)).toBe(words.only('1:00.0 to 1:10.0', '1:00:00'));
  expect(said({ part: { start: 60, end: 360 } }, 3600)).toBe(
    `${words.only('1:00.0 to 6:00.0', '1:00:00')} ${words.spread(4, '2.7 sec', '5:00.0')}`,
  );
  // The part that is longer than the video ends with it.
  expect(said({ part: { start: 0, end: 3600 } })).toBe(words.only('0:00.0 to 1:00:00', '0:10.0'));
});
