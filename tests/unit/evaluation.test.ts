import { describe, expect, it } from 'vitest';
import { evaluationPage, reliabilityPoints, rocPoints } from '../../model-export/evaluation-plots.ts';
import { bootstrapInterval, evaluation, summarize, type ClipResult } from '../../model-export/evaluation.ts';
import { auc } from '../../model-export/metrics.ts';

function clip(label: 'real' | 'fake', score: number | null, about: Partial<ClipResult> = {}): ClipResult {
  const outcome = score === null ? 'cannot-tell' : score >= 0.8 ? 'strong' : score >= 0.6 ? 'some' : 'none';
  return {
    path: 'a.mp4',
    region: 'full',
    label,
    kind: label === 'fake' ? 'fake-swap' : 'real',
    source: 'made',
    group: 'g',
    outcome,
    score,
    reasons: [],
    frames: score === null ? [] : [score, score],
    faceSize: 100,
    bitsPerPixel: 0.1,
    seconds: 1,
    ...about,
  };
}

const about = { model: null, split: 'val' };

describe('figures', () => {
  it('count clips without a score apart, and kinds of fakes against all reals', () => {
    const { overall, kinds } = evaluation(
      [clip('real', 0.2), clip('real', null), clip('fake', 0.9), clip('fake', 0.1, { kind: 'fake-reenact' })],
      about,
    );
    expect(overall).toMatchObject({ auc: 0.5, reals: 1, fakes: 2, cannotTell: 1 });
    expect(kinds['fake-swap']).toMatchObject({ auc: 1, reals: 1, fakes: 1, cannotTell: 1 });
    expect(kinds['fake-reenact']).toMatchObject({ auc: 0 });
    expect(Object.keys(kinds)).toEqual(['fake-reenact', 'fake-swap']);
  });

  it('put clips into classes by face size and compression', () => {
    const { faceSizes, compressions, sources } = evaluation(
      [
        clip('real', 0.2, { faceSize: 50, bitsPerPixel: 0.01 }),
        clip('fake', 0.7, { faceSize: 79.9, bitsPerPixel: null }),
        clip('fake', 0.7, { faceSize: 80, source: 'other' }),
        clip('fake', 0.7, { faceSize: 300 }),
        clip('fake', null, { faceSize: null }),
      ],
      about,
    );
    const counts = Object.entries(faceSizes).map(([name, s]) => [name, s.reals + s.fakes + s.cannotTell]);
    expect(counts).toEqual([
      ['80 to 160 px', 1],
      ['160 px and more', 1],
      ['below 80 px', 2],
      ['unknown', 1],
    ]);
    expect(compressions['below 0.02 bits/px']).toMatchObject({ reals: 1, fakes: 0 });
    expect(compressions['unknown']).toMatchObject({ reals: 0, fakes: 1 });
    expect(sources['other']).toMatchObject({ fakes: 1 });
  });

  it('say what flagging from an outcome on gives', () => {
    const { decisions, paired } = summarize([
      clip('real', 0.1),
      clip('real', 0.7),
      clip('fake', 0.65),
      clip('fake', 0.9),
      clip('fake', 0.05),
      clip('fake', 0.95, { group: 'other' }),
    ]);
    expect(decisions.strong).toEqual({
      falseAlarms: 0,
      found: 2,
      accuracy: 4 / 6,
      precision: 1,
      recall: 0.5,
      f1: 2 / 3,
    });
    expect(decisions.some).toMatchObject({
      falseAlarms: 1,
      found: 3,
      precision: 0.75,
      recall: 0.75,
      f1: 0.75,
    });
    // Pairs within group g: three fakes with two reals each.
    expect(paired).toEqual({ right: 3, pairs: 6 });
  });

  it('set the fakes of a source against its own reals, and against all', () => {
    const { sources, sourcesAgainstAllReals } = evaluation(
      [clip('real', 0.2), clip('real', 0.5, { source: 'other' }), clip('fake', 0.4, { source: 'other' })],
      about,
    );
    expect(sources['other']).toMatchObject({ auc: 0, reals: 1 });
    expect(sourcesAgainstAllReals['other']).toMatchObject({ auc: 0.5, reals: 2 });
    expect(Object.keys(sourcesAgainstAllReals)).toEqual(['other']);
  });

  it('have intervals: of false alarms, too', () => {
    const reals = Array.from({ length: 20 }, (_, i) => clip('real', i < 4 ? 0.7 : 0.1, { group: `r${i}` }));
    const fakes = Array.from({ length: 20 }, (_, i) => clip('fake', 0.7, { group: `f${i}` }));
    const { intervals } = summarize([...reals, ...fakes]);
    const [low, high] = intervals.falseAlarmsSome!;
    expect(low).toBeLessThan(0.2);
    expect(high).toBeGreaterThan(0.2);
    expect(intervals.falseAlarmsStrong).toEqual([0, 0]);
    expect(intervals.foundSome).toEqual([1, 1]);
    expect(intervals.pairedShare).toBeNull();
  });

  it('weigh every group the same, where one has many clips', () => {
    const many = Array.from({ length: 9 }, () => clip('fake', 0.1, { group: 'many' }));
    const one = clip('fake', 0.9, { group: 'one' });
    const reals = [clip('real', 0.5), clip('real', 0.5, { group: 'r' })];
    const { byGroup, auc: plain, intervals } = summarize([...many, one, ...reals]);
    expect(plain).toBeCloseTo(0.1);
    expect(byGroup).toEqual({ auc: 0.5, realGroups: 2, fakeGroups: 2 });
    // Drawn anew, the groups of fakes are all of the one kind, or of the other.
    expect(intervals.byGroup).toEqual([0, 1]);
  });

  it('have nothing to divide by without clips', () => {
    expect(summarize([]).decisions.some).toEqual({
      falseAlarms: 0,
      found: 0,
      accuracy: null,
      precision: null,
      recall: null,
      f1: null,
    });
  });
});

describe('bootstrapInterval', () => {
  const scattered = Array.from({ length: 60 }, (_, i) =>
    clip(i % 2 === 0 ? 'real' : 'fake', ((i * 37) % 60) / 60 + (i % 2) * 0.2, { group: `g${i}` }),
  );

  it('holds the figure itself and is narrower with more groups', () => {
    const value = auc(scattered as { label: 'real' | 'fake'; score: number }[])!;
    const judged = scattered as (ClipResult & { score: number })[];
    const [low, high] = bootstrapInterval(judged, auc)!;
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    const [lowOfFew, highOfFew] = bootstrapInterval(judged.slice(0, 12), auc)!;
    expect(highOfFew - lowOfFew).toBeGreaterThan(high - low);
  });

  it('takes clips of one group for one observation', () => {
    const copied = scattered.slice(0, 12).flatMap((one) => Array.from({ length: 5 }, () => one));
    const few = bootstrapInterval(scattered.slice(0, 12) as (ClipResult & { score: number })[], auc)!;
    const many = bootstrapInterval(copied as (ClipResult & { score: number })[], auc)!;
    expect(many).toEqual(few);
  });

  it('is null when a class has a single group', () => {
    const one = [clip('real', 0.1, { group: 'a' }), clip('fake', 0.9, { group: 'b' }), clip('fake', 0.8)];
    expect(bootstrapInterval(one as (ClipResult & { score: number })[], auc)).toBeNull();
  });
});

describe('plots', () => {
  const clips = [
    clip('real', 0.2),
    clip('real', 0.7),
    clip('fake', 0.7),
    clip('fake', 0.9),
    clip('fake', null),
  ];

  it('the ROC curve goes from nothing to everything, equal scores in one step', () => {
    expect(rocPoints(clips)).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
  });

  it('reliability sets the mean score against the share of fakes', () => {
    expect(reliabilityPoints(clips)).toEqual([
      { predicted: 0.2, observed: 0, clips: 1 },
      { predicted: 0.7, observed: 0.5, clips: 2 },
      { predicted: 0.9, observed: 1, clips: 1 },
    ]);
  });

  it('a title is text, not markup', () => {
    expect(evaluationPage('<b>&', clips)).toContain('<title>&lt;b>&amp;</title>');
  });
});
