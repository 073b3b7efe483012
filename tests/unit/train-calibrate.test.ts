import { describe, expect, it } from 'vitest';
import { fitPlatt, operatingLogit, outOfFold, type CalibrationClip } from '../../model-export/calibrate.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';

/** Clips whose labels follow a known logistic law, as many of each class as it gives. */
function clipsOf(count: number, a: number, b: number): CalibrationClip[] {
  const random = new Random(4);
  return Array.from({ length: count }, (_, index) => {
    const logit = random.normal(0, 3);
    const fake = random.chance(1 / (1 + Math.exp(-(a * logit + b))));
    return { label: fake ? ('fake' as const) : ('real' as const), logit, group: `g${index % 50}` };
  });
}

describe('Platt scaling', () => {
  it('finds the law that the labels follow', () => {
    const { a, b } = fitPlatt(clipsOf(20_000, 0.7, 0));
    expect(a).toBeCloseTo(0.7, 1);
    expect(b).toBeCloseTo(0, 1);
  });

  it('gives both classes the same weight, however many of each there are', () => {
    const clips = clipsOf(4000, 0.7, 0);
    const fewReals = clips.filter(({ label }, index) => label === 'fake' || index % 10 === 0);
    const [all, few] = [fitPlatt(clips), fitPlatt(fewReals)];
    expect(few.a).toBeCloseTo(all.a, 1);
    expect(few.b).toBeCloseTo(all.b, 0);
  });

  it('stays finite and rising where the classes are apart, and refuses a missing class', () => {
    const apart: CalibrationClip[] = [-3, -2, 2, 3].map((logit) => ({
      label: logit < 0 ? 'real' : 'fake',
      logit,
      group: '',
    }));
    const { a, b } = fitPlatt(apart);
    expect(a).toBeGreaterThan(0);
    expect(a).toBeLessThan(50);
    expect(Math.abs(b)).toBeLessThan(1);
    expect(() => fitPlatt(apart.slice(0, 2))).toThrow(/0 fake/);
  });
});

describe('operating points', () => {
  const random = new Random(8);
  const reals = Array.from({ length: 2000 }, () => random.normal(-1, 2));

  it('flag about 2 % and 8 % of many normal reals', () => {
    const share = (point: 'strong' | 'some'): number => {
      const threshold = operatingLogit(reals, point);
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
      expect(list.filter((logit) => logit > operatingLogit(list, 'strong')).length).toBeLessThanOrEqual(
        0.02 * list.length,
      );
      expect(list.filter((logit) => logit > operatingLogit(list, 'some')).length).toBeLessThanOrEqual(
        0.08 * list.length,
      );
      expect(operatingLogit(list, 'strong')).toBeGreaterThanOrEqual(operatingLogit(list, 'some'));
    }
    expect(() => operatingLogit([1], 'some')).toThrow(/there are 1/);
  });

  it('are judged on groups that did not set them', () => {
    // One group of reals scores high: set with it, a point would spare it; left out, it raises alarms.
    const clips: CalibrationClip[] = Array.from({ length: 40 }, (_, index) => ({
      label: 'real',
      logit: index < 4 ? 20 : (index % 7) - 3,
      group: index < 4 ? 'odd' : `g${index}`,
    }));
    clips.push({ label: 'fake', logit: 30, group: 'g5' });
    const counts = outOfFold(clips, 'some');
    expect(counts).toMatchObject({ reals: 40, fakes: 1, found: 1 });
    expect(counts.falseAlarms).toBeGreaterThanOrEqual(4);
  });
});
