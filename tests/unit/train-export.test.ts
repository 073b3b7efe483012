import { describe, expect, it } from 'vitest';
import { countAbove, setPoints } from '../../model-export/calibrate.ts';
import {
  calibrationClips,
  conditionFigures,
  scoreConditions,
  type ScoredCondition,
} from '../../model-export/conditions.ts';
import type { CropStore } from '../../model-export/crop-store.ts';
import { gate } from '../../model-export/gate.ts';
import { heldOutShare, judgementOf } from '../../model-export/model-manifest.ts';
import { DEFAULT_RECIPE } from '../../model-export/recipe.ts';
import { describeReencoding } from '../../model-export/reencode.ts';
import type { ScoredClip } from '../../model-export/validation.ts';
import { operatingPointsOf } from '../../src/analysis/operating-points.ts';
import { calibrate, marksFor } from '../../src/verdict/index.ts';
import type { Calibration } from '../../src/verdict/types.ts';

function clip(index: number, logit: number, about: Partial<ScoredClip> = {}): ScoredClip {
  return {
    path: `${index}.mp4`,
    region: 'full',
    label: index % 2 === 0 ? 'real' : 'fake',
    kind: 'real',
    source: 'made',
    group: `g${Math.floor(index / 2)}`,
    heldOut: false,
    logit,
    tracks: [{ logits: [logit], faceSize: 100, sharpness: 50, bitsPerPixel: 0.1 }],
    ...about,
  };
}

/** Reals below, fakes above, pair by pair. */
const clips = Array.from({ length: 100 }, (_, index) =>
  clip(index, (index % 2 === 0 ? -2 : 2) + Math.sin(index)),
);
const moved = (by: number, which = (_index: number) => true): ScoredClip[] =>
  clips.map((one, index) => (which(index) ? { ...one, logit: one.logit + by } : one));
const sign = ({ logit }: ScoredClip): string => (logit > 0 ? 'some' : 'none');

describe('the gate of the export', () => {
  it('lets a network pass that gives the same answers', () => {
    expect(gate(clips, moved(0.01), sign, 2e6).refusals).toEqual([]);
  });

  it('refuses moved logits, changed outcomes, numbers that are none, and too many bytes', () => {
    expect(
      gate(
        clips,
        moved(0.3, (index) => index === 7),
        sign,
        2e6,
      ).refusals,
    ).toEqual([expect.stringMatching(/^a logit moves by 0\.1\d\d deviations/)]);
    expect(gate(clips, moved(0.01), ({ logit }) => String(Math.floor(logit * 100)), 2e6).refusals).toEqual([
      '100 of 100 outcomes change',
    ]);
    expect(
      gate(
        clips,
        moved(NaN, (index) => index === 0),
        sign,
        2e6,
      ).refusals,
    ).toHaveLength(1);
    expect(gate(clips, clips, sign, 17e6).refusals).toEqual(['17000000 bytes are more than 16000000']);
  });
});

describe('the share of real clips that a model was not trained on', () => {
  const training = { begun: [], steps: 1 };

  it('is what its manifest says of it and its companion, the default of old where it says nothing', () => {
    expect(heldOutShare({ training: undefined })).toBe(DEFAULT_RECIPE.holdOut);
    expect(heldOutShare({ training })).toBe(DEFAULT_RECIPE.holdOut);
    expect(heldOutShare({ training: { ...training, holdOut: 0.4 } })).toBe(0.4);
    expect(
      heldOutShare({ training: { ...training, holdOut: 0.4, companion: { ...training, holdOut: 0 } } }),
    ).toBe(0);
  });
});

describe('conditions', () => {
  const half: ScoredCondition = {
    name: 'half',
    crf: '23',
    scale: '0.5',
    clips: moved(-0.5).map((one) => ({ ...one, tracks: [{ ...one.tracks[0]!, faceSize: 40 }] })),
  };
  const conditions: ScoredCondition[] = [{ name: 'originals', clips }, half];

  it('are told in words', () => {
    expect(conditions.map(describeReencoding)).toEqual(['as they are', 'x264 crf 23, 2 times smaller']);
    expect(describeReencoding({ crf: '30' })).toBe('x264 crf 30, same size');
  });

  it('give calibration every version of a clip under one name, with its own quality', () => {
    const all = calibrationClips(conditions);
    expect(all).toHaveLength(200);
    const [first, again] = all.filter((one) => one.clip === 'full 3.mp4');
    expect(first).toMatchObject({ original: true, faceSize: 100, bitsPerPixel: 0.1 });
    expect(again).toMatchObject({ original: false, faceSize: 40, logit: first!.logit - 0.5 });
    const counts = countAbove(all, 'some', { a: 1, b: 0 }, { strong: 1, some: 0 });
    expect(counts).toMatchObject({ reals: 100, realClips: 50, fakes: 100, fakeClips: 50 });
  });

  it('are counted: order within pairs, and what is flagged', () => {
    const figures = conditionFigures(conditions[0]!, setPoints(calibrationClips(conditions)));
    expect(figures).toMatchObject({ auc: 1, paired: { right: 50, pairs: 50 }, reals: 50, fakes: 50 });
    expect(figures.flaggedReals / figures.allReals).toBeLessThanOrEqual(0.08);
    expect(figures.flaggedFakes).toBe(50);
  });

  it('keep clips that set nothing apart, with counts of their own', async () => {
    const settings = { version: 1, size: 40, margin: 1.75, framesPerSecond: 6 };
    const store = { directory: '/crops/mixed', settings } as CropStore;
    const mixed = [...clips, ...clips.slice(0, 30).map((one) => ({ ...one, test: true as const }))];
    const apart = await scoreConditions([store], () => Promise.resolve(mixed));
    const figures = apart.map((one) => conditionFigures(one, setPoints(calibrationClips(apart))));
    expect(figures.map(({ condition }) => condition)).toEqual(['as they are', 'as they are, counted only']);
    const tested = { real: 0, fake: 0 };
    for (const { label } of clips.slice(0, 30)) tested[label]++;
    expect(figures.map(({ allReals, fakes }) => [allReals, fakes])).toEqual([
      [50, 50],
      [tested.real, tested.fake],
    ]);
  });

  it('count held-out reals among the false alarms, not in the order', () => {
    const heldOut = [...clips, clip(1000, 9, { heldOut: true })];
    const auc = { plain: null, byQuality: null };
    const set = { calibration: { a: 1, b: 0 }, points: { strong: 8, some: 5 }, auc };
    const figures = conditionFigures({ name: '', clips: heldOut }, set);
    expect(figures).toMatchObject({ auc: 1, reals: 50, allReals: 51, flaggedReals: 1 });
  });

  it('of clips that set nothing move no mark, and are counted with those that did not set it', () => {
    const reals = clips.filter(({ label }) => label === 'real');
    const others: ScoredCondition = {
      name: 'others',
      clips: reals.map((one, index) => ({ ...one, test: true, logit: index < 20 ? 9 : -9 })),
    };
    const [alone, together] = [conditions, [...conditions, others]].map((list) => judgementOf(list));
    const { quality, ...judgement } = together!;
    const { quality: before, ...same } = alone!;
    expect(judgement).toEqual(same);
    expect({ ...quality, outOfFold: 0, conditions: 0 }).toEqual({ ...before, outOfFold: 0, conditions: 0 });
    for (const mark of ['strong', 'some'] as const) {
      const { falseAlarms, ...counts } = before.outOfFold![mark];
      expect(quality.outOfFold![mark]).toEqual({
        ...counts,
        reals: counts.reals + 50,
        realClips: counts.realClips! + 50,
        falseAlarms: falseAlarms + 20,
      });
    }
    const last = (quality['conditions'] as unknown[]).at(-1);
    expect(last).toMatchObject({
      condition: 'as they are, counted only',
      flaggedReals: 20,
      allReals: 50,
    });
  });

  it('rank clips by what the calibration makes of their quality', () => {
    // Half as large, reals score as fakes of full size do.
    const mixed = [...clips, ...half.clips.map((one) => ({ ...one, logit: one.logit + 100 }))];
    const auc = { plain: null, byQuality: null };
    const points = { strong: 8, some: 5 };
    const figures = (calibration: Calibration) =>
      conditionFigures({ name: '', clips: mixed }, { calibration, points, auc });
    const poor = { faceSize: 60, bitsPerPixel: 0.02, a: 1, b: -100 };
    expect(figures({ a: 1, b: 0 }).auc).toBeLessThan(0.8);
    expect(figures({ a: 1, b: 0, poor }).auc).toBeGreaterThan(0.95);
  });

  it('say in a manifest what the product makes of them, of small faces in all versions apart', () => {
    // So small, classes overlap.
    const blurred: ScoredCondition = {
      ...half,
      clips: half.clips.map((one, index) => ({ ...one, logit: one.logit + 3 * Math.cos(index) })),
    };
    const versions = [conditions[0]!, blurred];
    const { quality, ...judgement } = judgementOf(versions);
    const points = operatingPointsOf(judgement);
    const flagged = (list: readonly ScoredClip[], label: string, mark: 'strong' | 'some'): number =>
      list.filter(({ logit, tracks: [face], ...one }) => {
        const score = calibrate(logit, judgement.calibration, face!);
        return one.label === label && score >= marksFor(points, face!.faceSize)[mark];
      }).length;
    const { smallFaces, ...others } = judgement.operatingPoints;
    for (const mark of ['strong', 'some'] as const) {
      for (const [point, list] of [
        [others[mark], clips],
        [smallFaces![mark], blurred.clips],
      ] as const)
        expect(point).toMatchObject({
          reals: 50,
          fakes: 50,
          falseAlarms: flagged(list, 'real', mark),
          found: flagged(list, 'fake', mark),
        });
      expect(quality.outOfFold!.smallFaces![mark]).toMatchObject({ reals: 50, fakes: 50 });
    }
    expect(smallFaces!.some.found).toBeLessThan(50);
    expect(smallFaces!.some.found).toBeGreaterThan(0);
  });
});
