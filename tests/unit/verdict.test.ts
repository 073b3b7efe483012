import { describe, expect, it } from 'vitest';
import {
  bitsPerPixel,
  calibrate,
  calibratedOdds,
  cannotTell,
  decide,
  judgeTrack,
  LIMITS,
  logOdds,
  marksFor,
  minFrames,
  parseRecord,
  trimmedMean,
  type ScoredTrack,
  type VerdictRecord,
} from '../../src/verdict/index.ts';

const context = {
  calibration: { a: 1, b: 0 },
  operatingPoints: { strong: 0.9, some: 0.6 },
  bitsPerPixel: 0.1,
  framesPerSecond: 6,
};

function track(id: number, logits: number[], quality: Partial<ScoredTrack> = {}): ScoredTrack {
  const frames = logits.map((logit, i) => ({ time: i / 6, box: [0, 0, 100, 100] as const, logit }));
  return { id, frames, faceSize: 100, sharpness: 100, ...quality };
}
const steady = (logit: number): number[] => Array.from({ length: minFrames(6) }, () => logit);

describe('trimmedMean', () => {
  it('leaves out a tenth at either end', () => {
    expect(trimmedMean([1000, 1, 1, 1, 1, 1, 1, 1, 1, -1000])).toBe(1);
  });
  it('is the plain mean of a short list', () => {
    expect(trimmedMean([1, 2, 6])).toBe(3);
  });
});

describe('judgeTrack', () => {
  it.each([
    [3, 'strong'],
    [1, 'some'],
    [-1, 'none'],
  ] as const)('a steady logit of %d shows %s', (logit, outcome) => {
    const judged = judgeTrack(track(0, steady(logit)), context);
    expect(judged).toMatchObject({ outcome, reasons: [] });
    expect(judged.score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
  });

  it.each([
    ['too_short', track(0, [3]), context],
    ['face_too_small', track(0, steady(3), { faceSize: LIMITS.minFaceSize - 1 }), context],
    ['too_blurred', track(0, steady(3), { sharpness: LIMITS.minSharpness / 2 }), context],
    ['too_compressed', track(0, steady(3)), { ...context, bitsPerPixel: LIMITS.minBitsPerPixel / 2 }],
  ] as const)('says %s instead of a score that means nothing', (reason, bad, where) => {
    expect(judgeTrack(bad, where)).toMatchObject({ outcome: 'cannot-tell', reasons: [reason] });
  });

  it('wants a second of a face, however many frames of it are looked at', () => {
    const second = track(0, Array<number>(25).fill(3));
    expect(judgeTrack(second, { ...context, framesPerSecond: 25 }).reasons).toEqual([]);
    expect(judgeTrack(second, { ...context, framesPerSecond: 30 }).reasons).toEqual(['too_short']);
  });

  it('does not hold an unknown bitrate against a file', () => {
    expect(judgeTrack(track(0, steady(3)), { ...context, bitsPerPixel: 0 }).reasons).toEqual([]);
  });
});

describe('decide', () => {
  const judge = (...tracks: ScoredTrack[]) => decide(tracks.map((one) => judgeTrack(one, context)));

  it('follows the worst track that could be judged', () => {
    expect(judge(track(0, steady(-2)), track(1, steady(1)), track(2, [9]))).toMatchObject({
      outcome: 'some',
      trackId: 1,
    });
  });
  it('cannot tell without a face', () => {
    expect(judge()).toEqual(cannotTell('no_face'));
  });
  it('cannot tell when no face could be judged, with every reason once', () => {
    expect(judge(track(0, [9]), track(1, [9], { faceSize: 10 }))).toEqual(
      cannotTell('too_short', 'face_too_small'),
    );
  });
});

describe('marks of small faces', () => {
  const smallFaces = { below: 80, strong: 0.99, some: 0.95 };
  const operatingPoints = { ...context.operatingPoints, smallFaces };
  const judge = (logit: number, faceSize: number, id = 0) =>
    judgeTrack(track(id, steady(logit), { faceSize }), { ...context, operatingPoints });

  it('take over around their size, a little with every pixel', () => {
    expect(marksFor(operatingPoints, 73)).toEqual({ strong: 0.99, some: 0.95 });
    expect(marksFor(operatingPoints, 88)).toEqual(context.operatingPoints);
    expect(marksFor(context.operatingPoints, 40)).toEqual(context.operatingPoints);
    const half = marksFor(operatingPoints, 80);
    expect(logOdds(half.strong)).toBeCloseTo((logOdds(0.9) + logOdds(0.99)) / 2, 9);
    expect(logOdds(half.some)).toBeCloseTo((logOdds(0.6) + logOdds(0.95)) / 2, 9);
    const sizes = Array.from({ length: 41 }, (_, index) => 70 + index / 2);
    const marks = sizes.map((size) => logOdds(marksFor(operatingPoints, size).some));
    const steps = marks.slice(1).map((mark, index) => marks[index]! - mark);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...steps)).toBeLessThan(0.15);
  });
  it('give the same score another outcome', () => {
    const [small, large] = [judge(2.5, 60), judge(2.5, 120)];
    expect(small.score).toBe(large.score);
    expect([small.outcome, large.outcome]).toEqual(['none', 'strong']);
    expect([judge(3.5, 60).outcome, judge(5, 60).outcome]).toEqual(['some', 'strong']);
  });
  it('never let a small face without signs speak for a video in which a larger one has them', () => {
    expect(decide([judge(2.5, 60, 0), judge(1, 120, 1)])).toMatchObject({ outcome: 'some', trackId: 1 });
    expect(decide([judge(-1, 120, 0), judge(2.5, 60, 1)])).toMatchObject({ outcome: 'none', trackId: 1 });
  });
});

describe('calibrate and bitsPerPixel', () => {
  it('is a half where the line crosses zero', () => {
    expect(calibrate(2, { a: 1.5, b: -3 }, { faceSize: 200, bitsPerPixel: 0.1 })).toBe(0.5);
  });
  it('goes over to a line of its own for small faces, few bits and unknown ones', () => {
    const calibration = { a: 2, b: 1, poor: { faceSize: 60, bitsPerPixel: 0.02, a: 1, b: -1 } };
    const odds = (faceSize: number, bits: number): number =>
      calibratedOdds(3, calibration, { faceSize, bitsPerPixel: bits });
    expect([odds(640, 0.1), odds(85, 0.029)]).toEqual([7, 7]);
    expect([odds(42, 0.1), odds(640, 0.014), odds(640, 0), odds(20, 0.001)]).toEqual([2, 2, 2, 2]);
    expect(odds(60, 0.1)).toBeCloseTo(4.5, 9);
    expect(odds(640, 0.02)).toBeCloseTo(4.5, 9);
    // The worse of the two counts, and a quarter of a halving is a quarter of the way.
    expect(odds(60 * 2 ** 0.25, 0.02 * 2 ** 0.5)).toBeCloseTo(7 - 5 / 4, 9);
    expect(calibratedOdds(3, { a: 2, b: 1 }, { faceSize: 40, bitsPerPixel: 0.001 })).toBe(7);
  });
  it('is zero, meaning unknown, when a fact is missing', () => {
    expect(bitsPerPixel({ bitrate: 1000, width: 10, height: 10, frameRate: 0 })).toBe(0);
    expect(bitsPerPixel({ bitrate: 1000, width: 10, height: 10, frameRate: 10 })).toBe(1);
  });
});

describe('parseRecord', () => {
  const record: VerdictRecord = {
    format: 'clearframe-verdict',
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    app: { version: '0' },
    file: { sha256: 'a'.repeat(64), bytes: 1 },
    media: null,
    model: null,
    runtime: { backend: null, threads: null, kernels: null, decoder: null, fallbacks: [] },
    sampling: {
      framesPerSecond: 6,
      framesPerSegment: 16,
      maxSegments: 4,
      region: 'full',
      framesDecoded: 0,
      framesWithFace: 0,
    },
    tracks: [],
    verdict: cannotTell('no_face'),
  };

  it('lets a true record through a JSON round trip', () => {
    expect(parseRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });
  it.each([
    ['file.sha256', { ...record, file: { sha256: 'xyz', bytes: 1 } }],
    ['verdict.outcome', { ...record, verdict: { ...record.verdict, outcome: 'real' } }],
    ['verdict.score', { ...record, verdict: { ...record.verdict, score: 1.5 } }],
    ['extra', { ...record, extra: 1 }],
  ])('names the field %s that is wrong', (field, bad) => {
    expect(() => parseRecord(bad)).toThrow(field);
  });
});
