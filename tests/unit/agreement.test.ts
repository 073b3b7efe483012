import { describe, expect, it } from 'vitest';
import { add, bytesOf, nothingCompared } from '../../scripts/agreement.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const changed = (change: (record: VerdictRecord) => void): VerdictRecord => {
  const copy = record();
  change(copy);
  return copy;
};
const against = (other: VerdictRecord) => add(nothingCompared(), record(), other);

describe('the same record again', () => {
  it('is one that differs in the time of day only', () => {
    expect(bytesOf(changed((it) => (it.createdAt = '2027-01-01T00:00:00.000Z')))).toBe(bytesOf(record()));
  });

  it('is none that differs in the last digit of one frame', () => {
    expect(bytesOf(changed((it) => (it.tracks[0]!.frames[7]!.score += 2 ** -50)))).not.toBe(
      bytesOf(record()),
    );
  });
});

describe('agreement', () => {
  it('of equal records is complete', () => {
    expect(against(record())).toEqual({
      ...{ clips: 1, outcomes: 1, tracks: 1, repeated: 1 },
      ...{ score: 0, frame: 0 },
    });
  });

  it('tells by how much a video’s and a frame’s score differ', () => {
    const other = changed(({ verdict, tracks }) => {
      verdict.score! += 0.01;
      tracks[0]!.frames[3]!.score = record().tracks[0]!.frames[3]!.score - 0.02;
    });
    const { score, frame } = against(other);
    expect(score).toBeCloseTo(0.01, 12);
    expect(frame).toBeCloseTo(0.02, 12);
  });

  it('counts another outcome, and a score that the app would call different', () => {
    const other = changed(({ verdict }) => Object.assign(verdict, { outcome: 'some', score: 0.7 }));
    expect(against(other)).toMatchObject({ clips: 1, outcomes: 0, repeated: 0 });
  });

  it('takes a score that only one of them has for as far apart as scores can be', () => {
    const other = changed(({ verdict }) =>
      Object.assign(verdict, { outcome: 'cannot-tell', score: null, reasons: ['no_face'], trackId: null }),
    );
    expect(against(other).score).toBe(1);
  });

  it('compares frames only where the same faces were seen at the same moments', () => {
    const missed = changed(({ tracks }) => {
      for (const frame of tracks[0]!.frames) frame.score = 0;
      tracks[0]!.frames.pop();
    });
    expect(against(missed)).toMatchObject({ tracks: 0, frame: 0 });
    const rounded = changed(({ tracks }) => (tracks[0]!.frames[5]!.time += 1e-7));
    expect(against(rounded)).toMatchObject({ tracks: 1 });
  });

  it('keeps the largest difference of all clips, and counts them', () => {
    const far = changed(({ verdict }) => (verdict.score! += 0.03));
    const found = add(against(far), record(), record());
    expect(found).toMatchObject({ clips: 2, outcomes: 2 });
    expect(found.score).toBeCloseTo(0.03, 12);
  });
});
