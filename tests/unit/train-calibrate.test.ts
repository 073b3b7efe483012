import { describe, expect, it } from 'vitest';
import {
  chooseCalibration,
  fitCalibration,
  operatingOdds,
  outOfFold,
  pointsFor,
  POOR,
  setPoints,
  SMALL_FACE,
  type CalibrationClip,
} from '../../model-export/calibrate.ts';
import { solve } from '../../model-export/solve.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { marksFor } from '../../src/verdict/decide.ts';
import { calibratedOdds, logOdds, probability } from '../../src/verdict/score.ts';

const plain = (clips: readonly CalibrationClip[]) => fitCalibration(clips, undefined);

/** A clip as it is, of full quality. */
function clipOf(
  label: 'real' | 'fake',
  logit: number,
  about: Partial<CalibrationClip> = {},
): CalibrationClip {
  return { label, logit, group: 'g', clip: 'c', original: true, faceSize: 200, bitsPerPixel: 0.2, ...about };
}

/** Clips whose labels follow a known logistic law, as many of each class as it gives. */
function clipsOf(count: number, a: number, b: number): CalibrationClip[] {
  const random = new Random(4);
  return Array.from({ length: count }, (_, index) => {
    const logit = random.normal(0, 3);
    const fake = random.chance(1 / (1 + Math.exp(-(a * logit + b))));
    return clipOf(fake ? 'fake' : 'real', logit, { group: `g${index % 50}`, clip: `c${index}` });
  });
}

describe('Platt scaling', () => {
  it('finds the law that the labels follow', () => {
    const { a, b } = plain(clipsOf(20_000, 0.7, 0));
    expect(a).toBeCloseTo(0.7, 1);
    expect(b).toBeCloseTo(0, 1);
  });

  it('gives both classes the same weight, however many of each there are', () => {
    const clips = clipsOf(4000, 0.7, 0);
    const fewReals = clips.filter(({ label }, index) => label === 'fake' || index % 10 === 0);
    const [all, few] = [plain(clips), plain(fewReals)];
    expect(few.a).toBeCloseTo(all.a, 1);
    expect(few.b).toBeCloseTo(all.b, 0);
  });

  it('stays finite and rising where the classes are apart, and refuses a missing class', () => {
    const apart = [-3, -2, 2, 3].map((logit) =>
      clipOf(logit < 0 ? 'real' : 'fake', logit, { clip: String(logit) }),
    );
    const { a, b } = plain(apart);
    expect(a).toBeGreaterThan(0);
    expect(a).toBeLessThan(50);
    expect(Math.abs(b)).toBeLessThan(1);
    expect(() => plain(apart.slice(0, 2))).toThrow(/0 fake/);
  });
});

describe('operating points', () => {
  const random = new Random(8);
  const reals = Array.from({ length: 2000 }, () => random.normal(-1, 2));

  it('flag about 2 % and 8 % of many normal reals', () => {
    const share = (point: 'strong' | 'some'): number => {
      const threshold = operatingOdds(reals, point);
      return reals.filter((logit) => logit > threshold).length / reals.length;
    };
    expect(share('strong')).toBeGreaterThan(0.01);
    expect(share('strong')).toBeLessThanOrEqual(0.02);
    expect(share('some')).toBeGreaterThan(0.06);
    expect(share('some')).toBeLessThanOrEqual(0.08);
  });

  it('never flag more of the reals they were set on, heavy tails or not, and strong lies above some', () => {
    const heavy = [...reals.slice(0, 50), 9, 14, 30];
    for (const list of [reals.slice(0, 20), heavy]) {
      expect(list.filter((logit) => logit > operatingOdds(list, 'strong')).length).toBeLessThanOrEqual(
        0.02 * list.length,
      );
      expect(list.filter((logit) => logit > operatingOdds(list, 'some')).length).toBeLessThanOrEqual(
        0.08 * list.length,
      );
      expect(operatingOdds(list, 'strong')).toBeGreaterThanOrEqual(operatingOdds(list, 'some'));
    }
    expect(() => operatingOdds([1], 'some')).toThrow(/there are 1/);
  });

  it('stand where no clip is near, and no lower for that', () => {
    // Packed so densely that some clip lies on every point.
    const clips = Array.from({ length: 400 }, (_, index) =>
      clipOf(index % 2 === 0 ? 'real' : 'fake', (index % 2 === 0 ? -1 : 1) + (index % 100) / 50, {
        group: `g${index}`,
        clip: `c${index}`,
      }),
    );
    const { calibration, points } = setPoints(clips);
    const odds = (label?: string): number[] =>
      clips
        .filter((clip) => label === undefined || clip.label === label)
        .map((clip) => calibratedOdds(clip.logit, calibration, clip));
    for (const point of ['strong', 'some'] as const) {
      expect(points[point]).toBeGreaterThanOrEqual(operatingOdds(odds('real'), point));
      for (const value of odds()) expect(Math.abs(value - points[point])).toBeGreaterThan(0.0299);
    }
  });

  describe('of small faces', () => {
    /** Every fourth clip shows a small face; of those the reals score so much higher, and further apart. */
    const clips = (moved: number, count = 200): CalibrationClip[] =>
      Array.from({ length: count }, (_, index) => {
        const label = index % 2 === 1 ? 'fake' : 'real';
        const small = index % 8 < 2;
        const logit = random.normal(label === 'fake' ? 2 : small ? -1 + moved : -1, small ? 1.5 : 1);
        const about = { group: `g${index % 20}`, clip: `c${index}`, faceSize: small ? SMALL_FACE - 10 : 200 };
        return clipOf(label, logit, about);
      });

    it('are their own, and hold for their reals', () => {
      const list = clips(2);
      const { calibration, points } = setPoints(list);
      const small = list.filter(({ faceSize }) => faceSize < SMALL_FACE);
      for (const point of ['strong', 'some'] as const) {
        expect(points.smallFaces![point]).toBeGreaterThan(points[point]);
        const reals = small
          .filter(({ label }) => label === 'real')
          .map((clip) => calibratedOdds(clip.logit, calibration, clip));
        expect(points.smallFaces![point]).toBeGreaterThanOrEqual(operatingOdds(reals, point));
        expect(pointsFor(points, { faceSize: 60 })[point]).toBe(points.smallFaces![point]);
        expect(pointsFor(points, { faceSize: 100 })[point]).toBe(points[point]);
        const odds = logOdds(
          marksFor(
            {
              strong: 0.5,
              some: 0.5,
              ...{ [point]: probability(points[point]) },
              smallFaces: {
                strong: 0.5,
                some: 0.5,
                [point]: probability(points.smallFaces![point]),
                below: SMALL_FACE,
              },
            },
            78,
          )[point],
        );
        expect(pointsFor(points, { faceSize: 78 })[point]).toBeCloseTo(odds, 9);
      }
    });

    it('are never below the others', () => {
      const { smallFaces, ...points } = setPoints(clips(-3)).points;
      for (const point of ['strong', 'some'] as const)
        expect(smallFaces![point]).toBeGreaterThanOrEqual(points[point]);
    });

    it('are not set on reals too few to tell', () => {
      const few = clips(2).filter(
        ({ faceSize, clip }) => faceSize > SMALL_FACE || Number(clip.slice(1)) < 50,
      );
      expect(setPoints(few).points.smallFaces).toBeUndefined();
    });

    it('spare reals among groups that did not set them', () => {
      const list = clips(2);
      const isSmall = ({ faceSize }: CalibrationClip): boolean => faceSize < SMALL_FACE;
      const own = outOfFold(list, 'some', undefined, isSmall);
      const common = outOfFold(list, 'some', undefined, isSmall, 0);
      expect(own.reals).toBe(list.filter((clip) => isSmall(clip) && clip.label === 'real').length);
      expect(common.falseAlarms).toBeGreaterThan(0.08 * common.reals);
      expect(own.falseAlarms).toBeLessThan(common.falseAlarms);
    });
  });

  it('are judged on groups that did not set them', () => {
    // One group of reals scores high: set with it, a point would spare it; left out, it raises alarms.
    const clips = Array.from({ length: 40 }, (_, index) =>
      clipOf('real', index < 4 ? 20 : (index % 7) - 3, {
        group: index < 4 ? 'odd' : `g${index}`,
        clip: `c${index}`,
      }),
    );
    clips.push(
      clipOf('fake', 30, { group: 'g5', clip: 'fake' }),
      clipOf('fake', 31, { group: 'g6', clip: 'other' }),
    );
    const counts = outOfFold(clips, 'some', undefined);
    expect(counts).toMatchObject({ reals: 40, fakes: 2, found: 2 });
    expect(counts.falseAlarms).toBeGreaterThanOrEqual(4);
    const copies = clips.map((clip) => ({ ...clip, original: false }));
    const all = outOfFold([...clips, ...copies], 'some', undefined, () => true);
    expect(all).toMatchObject({ reals: 80, fakes: 4, found: 4 });
    expect(outOfFold([...clips, ...copies], 'some', undefined)).toMatchObject({ reals: 40, fakes: 2 });
  });
});

describe('a calibration by quality', () => {
  /** Every clip as it is and as small, which adds `moved` to its logit and stretches it by `stretch`. */
  function clips(moved: number, stretch = 1, count = 400): CalibrationClip[] {
    const random = new Random(5);
    return Array.from({ length: count }, (_, index) => {
      const label = index % 2 === 1 ? ('fake' as const) : ('real' as const);
      const about = { group: `g${index % 50}`, clip: `c${index}` };
      const logit = random.normal(label === 'fake' ? 1 : -1, 1);
      return [
        clipOf(label, logit, about),
        clipOf(label, stretch * logit + moved, { ...about, faceSize: 40, original: false }),
      ];
    }).flat();
  }
  const realsOdds = (list: readonly CalibrationClip[], poor: boolean, byQuality: boolean): number[] => {
    const calibration = fitCalibration(list, byQuality ? POOR : undefined);
    return list
      .filter(({ label, original }) => label === 'real' && original !== poor)
      .map((clip) => calibratedOdds(clip.logit, calibration, clip));
  };

  it('brings reals of both qualities to one mean and one deviation', () => {
    const moved = clips(1.5, 2);
    const [good, poor] = [realsOdds(moved, false, true), realsOdds(moved, true, true)];
    for (const [index, value] of good.entries()) expect(poor[index]).toBeCloseTo(value, 6);
    expect(Math.abs(realsOdds(moved, true, false)[0]! - realsOdds(moved, false, false)[0]!)).toBeGreaterThan(
      0.1,
    );
    const { a, b, poor: line } = fitCalibration(moved, POOR);
    expect(line!.a).toBeCloseTo(a / 2, 6);
    expect(line!.b).toBeCloseTo(b - (a / 2) * 1.5, 6);
  });

  it('is the plain one where reals of one quality are too few to tell', () => {
    const few = clips(1.5).filter(({ original, clip }) => original || Number(clip.slice(1)) < 12);
    expect(fitCalibration(few, POOR)).toEqual(plain(few));
  });

  it('is taken where it ranks clips better that it was not fitted on', () => {
    const moved = chooseCalibration(clips(1.5));
    expect(moved.calibration.poor).toMatchObject(POOR);
    expect(moved.auc.byQuality).toBeGreaterThan(moved.auc.plain!);
    // Nearly all fakes are small and few reals are, and those few score high: to make up for that would cost the fakes.
    const uneven = clips(0)
      .filter(({ label, original, clip }) =>
        label === 'fake' ? !original : original || Number(clip.slice(1)) % 10 === 0,
      )
      .map((clip) => (clip.label === 'real' && !clip.original ? { ...clip, logit: clip.logit + 1.5 } : clip));
    const left = chooseCalibration(uneven);
    expect(left.auc.byQuality).toBeLessThan(left.auc.plain!);
    expect(left.calibration.poor).toBeUndefined();
  });

  it('takes versions of one clip together for one', () => {
    const base = clips(0).filter(({ original }) => original);
    const copies = base.flatMap((clip) => [clip, { ...clip, original: false }, { ...clip, original: false }]);
    const [one, three] = [plain(base), plain(copies)];
    expect(three.a).toBeCloseTo(one.a, 6);
    expect(three.b).toBeCloseTo(one.b, 6);
  });
});

describe('linear equations', () => {
  it('are solved, also where the first pivot is zero', () => {
    expect(
      solve(
        [
          [0, 2],
          [3, 1],
        ],
        [4, 5],
      ),
    ).toEqual([1, 2]);
  });
});
