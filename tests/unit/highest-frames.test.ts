import { describe, expect, it } from 'vitest';
import { highestFrames } from '../../src/app/highest-frames.ts';
import { record } from './share-record.ts';

const [track] = record().tracks;
const scored = (scores: number[]): typeof track & object => ({
  ...track!,
  frames: scores.map((score, time) => ({ ...track!.frames[0]!, time, score })),
});

describe('the frames that are marked as the highest', () => {
  it('are the three of the whole face, whichever of them are shown', () => {
    expect([...highestFrames(scored([0.1, 0.9, 0.2, 0.8, 0.3, 0.7]), 4)].sort()).toEqual([1, 3, 5]);
  });

  it('are none where no more than three are shown', () => {
    expect(highestFrames(scored([0.1, 0.9, 0.2, 0.8]), 3).size).toBe(0);
  });

  it('are none of a face that was not judged', () => {
    const short = { ...scored([0.1, 0.9, 0.2, 0.8]), reasons: ['too_short' as const] };
    expect(highestFrames(short, 4).size).toBe(0);
  });
});
