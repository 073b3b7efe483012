import { describe, expect, it } from 'vitest';
import {
  auc,
  expectedCalibrationError,
  groupedAuc,
  thresholdForFpr,
  tprAtFpr,
  wilsonInterval,
  type LabelledScore,
} from '../../model-export/metrics.ts';

const scores = (reals: number[], fakes: number[]): LabelledScore[] => [
  ...reals.map((score) => ({ label: 'real' as const, score })),
  ...fakes.map((score) => ({ label: 'fake' as const, score })),
];

/** The definition itself: every pair compared. */
function aucByPairs(reals: number[], fakes: number[]): number {
  const wins = fakes.flatMap((fake) =>
    reals.map((real): number => (fake > real ? 1 : fake === real ? 0.5 : 0)),
  );
  return wins.reduce((a, b) => a + b, 0) / wins.length;
}

describe('auc', () => {
  it('is the share of pairs in order, ties counting half', () => {
    const reals = [0.1, 0.4, 0.4, 0.8];
    const fakes = [0.4, 0.9, 0.2, 0.8, 0.8];
    expect(auc(scores(reals, fakes))).toBeCloseTo(aucByPairs(reals, fakes), 12);
  });

  it('is null without both classes', () => {
    expect(auc(scores([0.1], []))).toBeNull();
    expect(auc(scores([], [0.1]))).toBeNull();
    expect(() => auc(scores([0.1, NaN], [0.2]))).toThrow(/not a number/);
  });
});

describe('groupedAuc', () => {
  it('weighs every group the same, whatever its number of clips', () => {
    const clips = [
      ...scores([0.5], [0.9]).map((one) => ({ ...one, group: 'a' })),
      // Eight fakes of one person below every real, and one of another half above.
      ...scores([], Array<number>(8).fill(0.1)).map((one) => ({ ...one, group: 'b' })),
      ...scores([0.6, 0.4], [0.5]).map((one) => ({ ...one, group: 'c' })),
    ];
    // a: above both groups of reals; b: above none; c: even with a's real, above one of its own two.
    expect(groupedAuc(clips)).toEqual({ auc: (1 + 1 + 0 + 0 + 0.5 + 0.5) / 6, realGroups: 2, fakeGroups: 3 });
    expect(groupedAuc(clips.filter(({ label }) => label === 'real')).auc).toBeNull();
  });
});

describe('tprAtFpr', () => {
  it('flags at most the stated share of reals', () => {
    const reals = Array.from({ length: 40 }, (_, i) => i / 40);
    const threshold = thresholdForFpr(reals, 0.05);
    expect(reals.filter((score) => score > threshold).length).toBe(2);
    expect(tprAtFpr(scores(reals, [0.5, 0.92, 0.99, 1]), 0.05)).toBe(0.5);
  });

  it('lets no real through when there are too few for the share', () => {
    expect(tprAtFpr(scores([0.9, 0.1], [0.95, 0.5]), 0.05)).toBe(0.5);
  });
});

describe('expectedCalibrationError', () => {
  it('is zero when predictions equal shares, and the gap when they do not', () => {
    expect(expectedCalibrationError(scores([0.5, 0.5], [0.5, 0.5]))).toBeCloseTo(0, 12);
    expect(expectedCalibrationError(scores([0.9, 0.9], []))).toBeCloseTo(0.9, 12);
  });
});

describe('wilsonInterval', () => {
  it('holds exactly the shares from which the count is at most 1.96 deviations away', () => {
    for (const [count, of] of [
      [0, 20],
      [1, 20],
      [10, 40],
      [40, 40],
    ] as const) {
      const deviations = (share: number): number =>
        Math.abs(count / of - share) / Math.sqrt((share * (1 - share)) / of);
      for (const bound of wilsonInterval(count, of)) {
        const atEdge = bound < 1e-9 || bound > 1 - 1e-9;
        if (!atEdge) expect(deviations(bound)).toBeCloseTo(1.96, 6);
      }
      const [low, high] = wilsonInterval(count, of);
      expect(low).toBeLessThanOrEqual(count / of + 1e-12);
      expect(high).toBeGreaterThanOrEqual(count / of - 1e-12);
      // Not -0 either, which a table would show.
      expect(Math.min(1 / low, 1 - high)).toBeGreaterThanOrEqual(0);
    }
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
});
