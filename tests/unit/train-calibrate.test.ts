import { describe, expect, it } from 'vitest';
import {
  chooseCalibration,
  fitCalibration,
  operatingOdds,
  outOfFold,
  setPoints,
  type CalibrationClip,
} from '../../model-export/calibrate.ts';
import { solve } from '../../model-export/solve.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { calibratedOdds } from '../../src/verdict/score.ts';

const plain = (clips: readonly CalibrationClip[]) => fitCalibration(clips, false);

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
    const counts = outOfFold(clips, 'some', false);
    expect(counts).toMatchObject({ reals: 40, fakes: 2, found: 2 });
    expect(counts.falseAlarms).toBeGreaterThanOrEqual(4);
  });
});

describe('a calibration by quality', () => {
  /** Every clip as it is and half as large; each halving moves its logit by `moved`. Fakes are smaller from the start. */
  function clips(moved: number, noise = 0.1): CalibrationClip[] {
    const random = new Random(5);
    return Array.from({ length: 400 }, (_, index) => {
      const label = index % 2 === 1 ? ('fake' as const) : ('real' as const);
      const size = label === 'fake' ? 80 : 160;
      const about = { group: `g${index % 50}`, clip: `c${index}` };
      const logit = random.normal(label === 'fake' ? 1 : -1, 1) + (label === 'fake' ? moved : 0);
      const half = logit + moved + random.normal(0, noise);
      return [
        clipOf(label, logit, { ...about, faceSize: size }),
        clipOf(label, half, { ...about, faceSize: size / 2, original: false }),
      ];
    }).flat();
  }

  it('takes back what the quality does to the same clip, not which clips are small', () => {
    const { shiftPerHalving } = fitCalibration(clips(0.8), true);
    expect(shiftPerHalving!.faceSize).toBeCloseTo(-0.8, 0);
    expect(shiftPerHalving!.faceSize).toBeLessThan(-0.7);
    expect(shiftPerHalving!.bitsPerPixel).toBeCloseTo(0, 6);
    expect(fitCalibration(clips(0), true).shiftPerHalving!.faceSize).toBeCloseTo(0, 1);
  });

  it('is taken only where it steadies clips it has not seen, and ranks no worse', () => {
    // Fakes are not larger than reals here, so that taking back does not cost order.
    const steady = chooseCalibration(clips(-0.8));
    expect(steady.calibration.shiftPerHalving).toBeDefined();
    expect(steady.movement.plain).toBeCloseTo(0.8, 1);
    expect(steady.movement.byQuality).toBeLessThan(0.2);
    const { calibration, movement } = chooseCalibration(clips(0, 2).slice(0, 60));
    expect(calibration.shiftPerHalving === undefined).toBe(movement.plain <= movement.byQuality);
    // Small fakes that score high for their size alone: taking that back would rank worse.
    const { auc } = chooseCalibration(clips(0.8));
    expect(auc.byQuality).toBeLessThan(auc.plain!);
    expect(chooseCalibration(clips(0.8)).calibration.shiftPerHalving).toBeUndefined();
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
