import { describe, expect, it } from 'vitest';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { scoreInterval } from '../../src/verdict/interval.ts';

/** Frames per second: blocks of eight. */
const RATE = 6;
import { calibrate, trimmedMean } from '../../src/verdict/score.ts';

const PLAIN = { a: 1, b: 0 };
const sigmoid = (odds: number): number => calibrate(odds, PLAIN, { faceSize: 200, bitsPerPixel: 0.1 });

/** Frames of a video: every eight share a deviation of their own, as neighbours in time do. */
function odds(random: Random, blocks: number, between: number): number[] {
  return Array.from({ length: blocks }, () => random.normal(0.4, between)).flatMap((centre) =>
    Array.from({ length: 8 }, () => centre + random.normal(0, 0.1)),
  );
}

describe('the interval of a score', () => {
  it('holds the score, which is the trimmed mean of all frames', () => {
    const values = odds(new Random(1), 6, 0.5);
    const [low, high] = scoreInterval(values.map(sigmoid), RATE)!;
    const score = sigmoid(trimmedMean(values));
    expect(low).toBeLessThan(score);
    expect(high).toBeGreaterThan(score);
  });

  it('grows with the differences between parts, and not with those between neighbours', () => {
    const width = (values: number[]): number => {
      const [low, high] = scoreInterval(values.map(sigmoid), RATE)!;
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
      const [low, high] = scoreInterval(odds(random, 8, 0.5).map(sigmoid), RATE)!;
      if (low <= sigmoid(0.4) && sigmoid(0.4) <= high) covered++;
    }
    expect(covered / videos).toBeGreaterThan(0.9);
    expect(covered / videos).toBeLessThan(0.99);
  });

  it('is not given for too few frames, and is finite for scores at the ends', () => {
    expect(scoreInterval(new Array<number>(23).fill(0.5), RATE)).toBeNull();
    const [low, high] = scoreInterval(
      [...new Array<number>(12).fill(0), ...new Array<number>(12).fill(1)],
      RATE,
    )!;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
  });
});
