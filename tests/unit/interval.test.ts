import { describe, expect, it } from 'vitest';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { scoreInterval } from '../../src/verdict/interval.ts';

import type { TrackRecord } from '../../src/verdict/record.ts';
import { calibrate, logOdds, probability, trimmedMean } from '../../src/verdict/score.ts';
import { roundedRecord } from '../../src/share/link.ts';
import { record } from './share-record.ts';

/** Frames per second: blocks of eight. */
const RATE = 6;

const PLAIN = { a: 1, b: 0 };
const sigmoid = (odds: number): number => calibrate(odds, PLAIN, { faceSize: 200, bitsPerPixel: 0.1 });

/** Frames of a video: every eight share a deviation of their own, as neighbours in time do. */
function odds(random: Random, blocks: number, between: number): number[] {
  return Array.from({ length: blocks }, () => random.normal(0.4, between)).flatMap((centre) =>
    Array.from({ length: 8 }, () => centre + random.normal(0, 0.1)),
  );
}

const trackOf = (scores: readonly number[], rate = RATE): Pick<TrackRecord, 'score' | 'frames'> => ({
  score: probability(trimmedMean(scores.map(logOdds))),
  frames: scores.map((score, i) => ({ time: 100 + i / rate, box: [0, 0, 1, 1], score })),
});
const intervalOf = (scores: readonly number[]) => scoreInterval(trackOf(scores), RATE);

describe('the interval of a score', () => {
  it('holds the score, which is the trimmed mean of all frames', () => {
    const values = odds(new Random(1), 6, 0.5);
    const [low, high] = intervalOf(values.map(sigmoid))!;
    const score = sigmoid(trimmedMean(values));
    expect(low).toBeLessThan(score);
    expect(high).toBeGreaterThan(score);
  });

  it('grows with the differences between parts, and not with those between neighbours', () => {
    const width = (values: number[]): number => {
      const [low, high] = intervalOf(values.map(sigmoid))!;
      return high - low;
    };
    const flicker = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    expect(width(odds(new Random(2), 8, 1))).toBeGreaterThan(2 * width(odds(new Random(2), 8, 0.2)));
    expect(width(flicker)).toBeLessThan(0.01);
  });

  it('covers the true value about as often as it says', () => {
    const random = new Random(3);
    const videos = 400;
    let covered = 0;
    for (let i = 0; i < videos; i++) {
      const [low, high] = intervalOf(odds(random, 8, 0.5).map(sigmoid))!;
      if (low <= sigmoid(0.4) && sigmoid(0.4) <= high) covered++;
    }
    expect(covered / videos).toBeGreaterThan(0.9);
    expect(covered / videos).toBeLessThan(0.99);
  });

  it('is not given for too few frames, and is finite for scores at the ends', () => {
    expect(intervalOf(new Array<number>(23).fill(0.5))).toBeNull();
    const [low, high] = intervalOf([...new Array<number>(12).fill(0), ...new Array<number>(12).fill(1)])!;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
  });

  it.each([5, 60, 600])(
    'is nearly the same for %i s of every frame after a link has thinned them',
    (seconds) => {
      const [random, rate] = [new Random(5), 60];
      const slow = Array.from({ length: seconds / 1.25 + 1 }, () => random.normal(0.4, 0.5));
      const scores = Array.from({ length: rate * seconds }, (_, i) =>
        sigmoid(slow[Math.floor(i / (1.25 * rate))]! + random.normal(0, 0.1)),
      );
      const all = record(1);
      Object.assign(all.tracks[0]!, trackOf(scores, rate));
      const [claimed] = roundedRecord(all).tracks;
      expect(claimed!.frames.length).toBeLessThanOrEqual(256);
      const [low, high] = scoreInterval(all.tracks[0]!, rate)!;
      const [thinLow, thinHigh] = scoreInterval(claimed!, rate)!;
      expect(high - low).toBeGreaterThan(0.02);
      expect(Math.abs(thinLow - low)).toBeLessThan(0.02);
      expect(Math.abs(thinHigh - high)).toBeLessThan(0.02);
    },
  );

  it('is not given for what a record from outside may hold', () => {
    expect(intervalOf([])).toBeNull();
    expect(scoreInterval(trackOf(new Array<number>(60).fill(0.5), -RATE), RATE)).toBeNull();
    expect(scoreInterval(trackOf(new Array<number>(60).fill(0.5)), 0)).toBeNull();
  });
});
