import { expect, it } from 'vitest';
import { furtherLooks, type FurtherLooks } from '../../src/app/further-looks.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

/** Of 25 frames a second, 6 of which are looked at in up to 16 seconds of the four runs. */
function looks(duration: number, sampling: Partial<VerdictRecord['sampling']> = {}): FurtherLooks {
  const whole = record();
  return furtherLooks({
    ...whole,
    media: { ...whole.media!, duration, frameRate: 25 },
    sampling: { ...whole.sampling, ...sampling },
  });
}

it('another part can be looked at where the video is longer than what is walked', () => {
  expect(looks(10).part).toBe(false);
  expect(looks(60).part).toBe(true);
});

it('every frame can be looked at where there are clearly more than were', () => {
  expect(looks(10, { framesDecoded: 60 }).everyFrame).toBe(250);
  expect(looks(10, { framesDecoded: 200 }).everyFrame).toBeNull();
  expect(looks(10, { everyFrame: true, framesDecoded: 60 }).everyFrame).toBeNull();
});

it('neither is there of a file of which nothing could be read', () => {
  expect(looks(60, { framesDecoded: 0 })).toEqual({ part: false, everyFrame: null });
});
