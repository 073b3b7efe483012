import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { errorRate, meaningText } from '../../src/app/error-rate.ts';
import { messages } from '../../src/app/messages.ts';
import { parseManifest, type ModelManifest } from '../../src/detector/manifest.ts';
import type { Outcome, VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const shipped = parseManifest(JSON.parse(readFileSync(join(root, 'public/model/manifest.json'), 'utf8')));
const outOfFold = {
  strong: { falseAlarms: 1, reals: 32, found: 1, fakes: 33 },
  some: { falseAlarms: 3, reals: 32, found: 13, fakes: 33 },
};
const model: ModelManifest = {
  ...shipped,
  operatingPoints: {
    strong: { threshold: 0.9, falseAlarms: 0, reals: 32 },
    some: { threshold: 0.7, falseAlarms: 2, reals: 32 },
  },
  quality: { outOfFold },
};

function judged(outcome: Outcome, by: Pick<ModelManifest, 'name' | 'version'> = model): VerdictRecord {
  const whole = record();
  return {
    ...whole,
    model: { ...whole.model!, name: by.name, version: by.version },
    verdict: { ...whole.verdict, outcome },
  };
}

describe('how often an outcome is wrong', () => {
  it('is, for one that flags, how many of 100 genuine clips it flags, counted on clips it was not set with', () => {
    expect(errorRate(judged('strong'), model)).toEqual({
      kind: 'false-alarm',
      smallFace: false,
      share: 1 / 32,
      ofHundred: 3,
      low: 1,
      high: 16,
      clips: 32,
    });
    expect(errorRate(judged('some'), model)).toMatchObject({ kind: 'false-alarm', ofHundred: 9 });
  });

  it('is, for one that finds nothing, how many of 100 manipulated clips it lets pass', () => {
    expect(errorRate(judged('none'), model)).toEqual({
      kind: 'miss',
      smallFace: false,
      share: 20 / 33,
      ofHundred: 61,
      low: 44,
      high: 75,
      clips: 33,
    });
  });

  it('is no surer for several versions of one clip: they are counted as one', () => {
    const versions = { ...outOfFold.strong, falseAlarms: 4, reals: 128, realClips: 32 };
    const counted = { ...model, quality: { outOfFold: { ...outOfFold, strong: versions } } };
    const { low, high } = errorRate(judged('strong'), model)!;
    expect(errorRate(judged('strong'), counted)).toMatchObject({ ofHundred: 3, low, high, clips: 32 });
  });

  it('is taken from the clips that a mark was set with where there are no others', () => {
    const plain = { ...model, quality: {} };
    expect(errorRate(judged('some'), plain)).toMatchObject({ ofHundred: 6, clips: 32 });
    expect(errorRate(judged('none'), plain)).toBeNull();
  });

  it('is the worse of the two counts', () => {
    const found = (count: number): ModelManifest => ({
      ...model,
      operatingPoints: {
        ...model.operatingPoints,
        some: { threshold: 0.7, falseAlarms: 4, reals: 32, found: count, fakes: 33 },
      },
    });
    expect(errorRate(judged('some'), found(20))).toMatchObject({ share: 4 / 32 });
    expect(errorRate(judged('none'), found(20))).toMatchObject({ share: 20 / 33 });
    expect(errorRate(judged('none'), found(10))).toMatchObject({ share: 23 / 33 });
  });

  it('is counted on small faces alone where the deciding face is small', () => {
    const small = (falseAlarms: number, found: number) => ({ falseAlarms, reals: 18, found, fakes: 28 });
    const smaller: ModelManifest = {
      ...model,
      operatingPoints: {
        ...model.operatingPoints,
        smallFaces: {
          below: 80,
          strong: { threshold: 0.99, ...small(0, 2) },
          some: { threshold: 0.95, ...small(1, 9) },
        },
      },
      quality: { outOfFold: { ...outOfFold, smallFaces: { strong: small(1, 2), some: small(2, 5) } } },
    };
    const of = (outcome: Outcome, faceSize: number) => {
      const { tracks, verdict, ...rest } = judged(outcome, smaller);
      const own = { ...rest, verdict, tracks: tracks.map((track) => ({ ...track, faceSize })) };
      return errorRate(own, smaller);
    };
    expect(of('some', 79)).toMatchObject({ smallFace: true, share: 2 / 18, clips: 18 });
    expect(of('none', 79)).toMatchObject({ smallFace: true, share: 23 / 28, clips: 28 });
    expect(of('some', 81)).toMatchObject({ smallFace: false, share: 3 / 32 });
  });

  it('is not said of another detector than the one at hand, nor where there is no verdict', () => {
    expect(errorRate(judged('strong', { name: model.name, version: 'older' }), model)).toBeNull();
    expect(errorRate(judged('cannot-tell'), model)).toBeNull();
  });

  it('is known for the shipped detector', () => {
    for (const outcome of ['strong', 'some', 'none'] as const)
      expect(errorRate(judged(outcome, shipped), shipped)).not.toBeNull();
  });
});

describe('what an outcome means', () => {
  const { none, some } = messages.outcomes;
  const missed = errorRate(judged('none'), model)!;

  it('says, where nothing was found, that most manipulated clips end so, where more than half do', () => {
    expect(meaningText('none', missed)).toBe(`${none.meaning} ${messages.errorRate.mostMissed(missed)}`);
    expect(meaningText('none', { ...missed, share: 0.5 })).toBe(none.meaning);
    expect(meaningText('none', null)).toBe(none.meaning);
  });

  it('says no such thing of what was flagged', () => {
    expect(meaningText('some', { ...missed, kind: 'false-alarm' })).toBe(some.meaning);
  });
});
