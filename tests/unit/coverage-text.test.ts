import { expect, it } from 'vitest';
import { everyFrame } from '../../src/analysis/sampling.ts';
import { coverageText, isEveryFrame } from '../../src/app/coverage-text.ts';
import { messages } from '../../src/app/messages.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const words = messages.result.coverage;

/** What is said of ten seconds, or of an hour: sixteen frames in each of four runs, at six a second. */
function said(sampling: Partial<VerdictRecord['sampling']>, duration = 10, endsAt?: number): string {
  const whole = record();
  return coverageText({
    ...whole,
    media: { ...whole.media!, duration, ...(endsAt !== undefined && { endsAt }) },
    sampling: { ...whole.sampling, ...sampling },
  });
}

it('says that a video was looked at from start to end only where it was', () => {
  expect(said({})).toBe(words.whole);
  expect(said({}, 3600)).toBe(words.spread(4, '2.7 sec', '1:00:00'));
});

it('says where a file is cut off, and not that the whole of it was looked at', () => {
  expect(said({ runs: [{ start: 0, end: 2.2 }] }, 10, 2.2)).toBe(words.cutOff('0:02.2', '0:10.0'));
  const runs = [0, 900].map((start) => ({ start, end: start + 2.5 }));
  expect(said({ runs }, 3600, 1000)).toBe(
    `${words.spread(2, '2.7 sec', '1:00:00')} ${words.cutOff('16:40.0', '1:00:00')}`,
  );
  expect(said({ runs: runs.slice(0, 1) }, 3600, 100)).toBe(
    `${words.spread(1, '2.7 sec', '1:00:00')} ${words.cutOff('1:40.0', '1:00:00')}`,
  );
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

/** Whether it is said that every frame was looked at, where that was asked for. */
function every(
  media: { duration: number; frameRate: number; container?: string },
  sampling: Partial<VerdictRecord['sampling']>,
): boolean {
  const whole = record();
  const asked = {
    ...whole.sampling,
    ...everyFrame(media.frameRate, whole.sampling),
    everyFrame: true as const,
  };
  return isEveryFrame({
    ...whole,
    media: { ...whole.media!, ...media },
    sampling: { ...asked, ...sampling },
  });
}

it('says that every frame was looked at only where none was left out', () => {
  expect(every({ duration: 2.52, frameRate: 25 }, { framesDecoded: 63 })).toBe(true);
  expect(every({ duration: 10, frameRate: 3 }, { framesDecoded: 30 })).toBe(true);
  expect(every({ duration: 3600, frameRate: 29.97 }, { framesDecoded: 17_984 })).toBe(true);
  expect(every({ duration: 60, frameRate: 25 }, { framesDecoded: 50, part: { start: 8, end: 10 } })).toBe(
    true,
  );
  // Left out for damage, which is told.
  expect(every({ duration: 2, frameRate: 25 }, { framesDecoded: 47, framesDamaged: 3 })).toBe(true);
  // Uneven, as by a browser; more than are asked for; nobody knows how many.
  expect(every({ duration: 1, frameRate: 25 }, { framesDecoded: 21 })).toBe(false);
  expect(every({ duration: 1.48, frameRate: 13 / 1.48 }, { framesDecoded: 9 })).toBe(false);
  expect(every({ duration: 302 / 120, frameRate: 120 }, { framesDecoded: 151 })).toBe(false);
  expect(every({ duration: 2, frameRate: 0 }, { framesDecoded: 12 })).toBe(false);
  // Its rate may rise after the beginning, as a recording's of a call.
  expect(every({ duration: 2.52, frameRate: 25, container: 'webm' }, { framesDecoded: 63 })).toBe(false);
});
