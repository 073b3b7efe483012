/** From logits to probabilities and operating points. */
import type { Calibration } from '../src/verdict/types.ts';
import { thresholdForFpr } from './metrics.ts';

export interface CalibrationClip {
  label: 'real' | 'fake';
  logit: number;
  group: string;
}

/**
 * Platt scaling (Platt 1999): logistic regression of the label on the logit, both classes weighing the same, with
 * Platt's own softened targets against certainty from few clips. Newton's method; the problem is convex.
 * @throws when a class is missing
 */
export function fitPlatt(clips: readonly CalibrationClip[]): Calibration {
  const fakes = clips.filter(({ label }) => label === 'fake').length;
  const reals = clips.length - fakes;
  if (fakes === 0 || reals === 0)
    throw new Error(`calibration needs both labels: ${reals} real, ${fakes} fake clips`);
  const points = clips.map(({ label, logit }) => ({
    x: logit,
    target: label === 'fake' ? (fakes + 1) / (fakes + 2) : 1 / (reals + 2),
    weight: label === 'fake' ? 0.5 / fakes : 0.5 / reals,
  }));
  // A little resistance to steepness keeps the fit finite where the classes do not overlap.
  const ridge = 1e-3;
  let [a, b] = [1, 0];
  for (let iteration = 0; iteration < 100; iteration++) {
    let [ga, gb, haa, hab, hbb] = [ridge * a, 0, ridge, 0, 1e-9];
    for (const { x, target, weight } of points) {
      const p = 1 / (1 + Math.exp(-(a * x + b)));
      const error = weight * (p - target);
      const curvature = weight * p * (1 - p);
      ga += error * x;
      gb += error;
      haa += curvature * x * x;
      hab += curvature * x;
      hbb += curvature;
    }
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    // Damped: a full Newton step can overshoot where the curve is flat.
    const damping = Math.min(1, 4 / Math.max(Math.abs(da), Math.abs(db), 1e-12));
    a -= damping * da;
    b -= damping * db;
    if (Math.abs(da) + Math.abs(db) < 1e-10) break;
  }
  // More logit never means less of a manipulation, even where a fit on few clips says so.
  return { a: Math.max(a, 1e-3), b };
}

/** Quantiles of the standard normal distribution at 98 % and 92 %. */
const NORMAL_QUANTILE = { strong: 2.054, some: 1.405 } as const;
const FALSE_ALARMS = { strong: 0.02, some: 0.08 } as const;

export type Point = keyof typeof FALSE_ALARMS;

/**
 * The logit above which at most 2 % (strong) or 8 % (some) of reals are expected. With few reals their quantile alone
 * says little about the tail, so the larger of it and that of a normal distribution with their mean and deviation counts.
 */
export function operatingLogit(reals: readonly number[], point: Point): number {
  if (reals.length < 2) throw new Error(`an operating point needs reals: there are ${reals.length}`);
  const mean = reals.reduce((sum, value) => sum + value, 0) / reals.length;
  const variance = reals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (reals.length - 1);
  const normal = mean + NORMAL_QUANTILE[point] * Math.sqrt(variance);
  return Math.max(thresholdForFpr(reals, FALSE_ALARMS[point]), normal);
}

export interface OutOfFold {
  falseAlarms: number;
  reals: number;
  found: number;
  fakes: number;
}

/**
 * How an operating point set on some groups does on the others: every group is left out once with its fold, the point
 * is set on the rest, and the left-out clips are counted.
 */
export function outOfFold(clips: readonly CalibrationClip[], point: Point, folds = 5): OutOfFold {
  const groups = [...new Set(clips.map(({ group }) => group))].sort();
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  const counts: OutOfFold = { falseAlarms: 0, reals: 0, found: 0, fakes: 0 };
  for (let fold = 0; fold < folds; fold++) {
    const rest = clips.filter(({ label, group }) => label === 'real' && foldOf.get(group) !== fold);
    if (rest.length < 2) continue;
    const threshold = operatingLogit(
      rest.map(({ logit }) => logit),
      point,
    );
    for (const { label, logit, group } of clips) {
      if (foldOf.get(group) !== fold) continue;
      const flagged = logit > threshold ? 1 : 0;
      if (label === 'real') {
        counts.reals++;
        counts.falseAlarms += flagged;
      } else {
        counts.fakes++;
        counts.found += flagged;
      }
    }
  }
  return counts;
}
