/** From logits to probabilities and operating points. */
import { calibratedOdds, halvings, LEAST_SLOPE } from '../src/verdict/score.ts';
import type { Calibration, Quality } from '../src/verdict/types.ts';
import { thresholdForFpr } from './metrics.ts';
import { solve } from './solve.ts';

export interface CalibrationClip extends Quality {
  label: 'real' | 'fake';
  logit: number;
  /** Clips that share footage or people. */
  group: string;
  /** Names a clip; its re-encoded versions have the same name, and weigh as one together. */
  clip: string;
  /** Not re-encoded: what false alarms are counted on. */
  original: boolean;
}

/** Resistance to steepness, which keeps the fit finite where the classes do not overlap. */
const RIDGE = 1e-3;
/** Resistance to a dependence on quality that few clips suggest, in units of the mean log loss. */
const QUALITY_RIDGE = 1e-2;

/**
 * Logistic regression of the label on the logit (Platt 1999) and, where asked, on how it goes with the quality; both
 * classes weigh the same, with Platt's softened targets against certainty from few clips. Newton's method; the problem is
 * convex.
 * @throws when a class is missing
 */
export function fitCalibration(clips: readonly CalibrationClip[], byQuality: boolean): Calibration {
  const versions = count(clips.map(({ clip }) => clip));
  const distinct = (label: string): number =>
    new Set(clips.filter((clip) => clip.label === label).map(({ clip }) => clip)).size;
  const [fakes, reals] = [distinct('fake'), distinct('real')];
  if (fakes === 0 || reals === 0)
    throw new Error(`calibration needs both labels: ${reals} real, ${fakes} fake clips`);
  const points = clips.map((clip) => {
    const fake = clip.label === 'fake';
    return {
      x: inputs(clip, byQuality),
      target: fake ? (fakes + 1) / (fakes + 2) : 1 / (reals + 2),
      weight: 0.5 / (fake ? fakes : reals) / versions.get(clip.clip)!,
    };
  });
  const ridge = points[0]!.x.map((_, at) => (at === 0 ? RIDGE : at === 1 ? 1e-9 : QUALITY_RIDGE));
  let weights: number[] = points[0]!.x.map((_, at) => (at === 0 ? 1 : 0));
  for (let iteration = 0; iteration < 100; iteration++) {
    const gradient = weights.map((weight, at) => ridge[at]! * weight);
    const curvature = weights.map((_, row) => weights.map((_, at) => (row === at ? ridge[at]! : 0)));
    for (const { x, target, weight } of points) {
      const p = 1 / (1 + Math.exp(-x.reduce((sum, value, at) => sum + value * weights[at]!, 0)));
      for (const [row, value] of x.entries()) {
        gradient[row]! += weight * (p - target) * value;
        for (const [at, other] of x.entries()) curvature[row]![at]! += weight * p * (1 - p) * value * other;
      }
    }
    const step = solve(curvature, gradient);
    // Damped: a full Newton step can overshoot where the curve is flat.
    const damping = Math.min(1, 4 / Math.max(...step.map(Math.abs), 1e-12));
    weights = weights.map((weight, at) => weight - damping * step[at]!);
    if (step.every((change) => Math.abs(change) < 1e-10)) break;
  }
  const [a, b, ...rest] = weights as [number, number, number, number, number, number];
  const calibration: Calibration = { a: Math.max(a, LEAST_SLOPE), b };
  if (byQuality) {
    const [faceSlope, faceOffset, bitsSlope, bitsOffset] = rest as [number, number, number, number];
    calibration.perHalving = {
      faceSize: { a: faceSlope, b: faceOffset },
      bitsPerPixel: { a: bitsSlope, b: bitsOffset },
    };
  }
  return calibration;
}

/** What the log odds are a weighted sum of. */
function inputs(clip: CalibrationClip, byQuality: boolean): number[] {
  const { logit } = clip;
  if (!byQuality) return [logit, 1];
  const { faceSize, bitsPerPixel } = halvings(clip);
  return [logit, 1, faceSize * logit, faceSize, bitsPerPixel * logit, bitsPerPixel];
}

export interface ChosenCalibration {
  calibration: Calibration;
  /** Mean log loss of clips of groups that were not fitted on, both classes weighing the same. */
  outOfFoldLoss: { plain: number; byQuality: number };
}

/** The calibration that says more about clips it was not fitted on: one for all, or one that goes with the quality. */
export function chooseCalibration(clips: readonly CalibrationClip[]): ChosenCalibration {
  const outOfFoldLoss = { plain: foldedLoss(clips, false), byQuality: foldedLoss(clips, true) };
  const byQuality = outOfFoldLoss.byQuality < outOfFoldLoss.plain;
  return { calibration: fitCalibration(clips, byQuality), outOfFoldLoss };
}

function foldedLoss(clips: readonly CalibrationClip[], byQuality: boolean): number {
  const losses = { real: [] as number[], fake: [] as number[] };
  for (const { rest, left } of foldsOf(clips)) {
    const calibration = fitCalibration(rest, byQuality);
    for (const clip of left) {
      const odds = calibratedOdds(clip.logit, calibration, clip);
      losses[clip.label].push(Math.log1p(Math.exp(clip.label === 'fake' ? -odds : odds)));
    }
  }
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  return (mean(losses.real) + mean(losses.fake)) / 2;
}

const FOLDS = 5;

/** Every group is left out once, with its fold; folds whose rest lacks a class are passed over. */
function foldsOf(clips: readonly CalibrationClip[]): { rest: CalibrationClip[]; left: CalibrationClip[] }[] {
  const groups = [...new Set(clips.map(({ group }) => group))].sort();
  const foldOf = new Map(groups.map((group, index) => [group, index % FOLDS]));
  return Array.from({ length: FOLDS }, (_, fold) => ({
    rest: clips.filter(({ group }) => foldOf.get(group) !== fold),
    left: clips.filter(({ group }) => foldOf.get(group) === fold),
  })).filter(({ rest }) => ['real', 'fake'].every((label) => rest.some((clip) => clip.label === label)));
}

/** Quantiles of the standard normal distribution at 98 % and 92 %. */
const NORMAL_QUANTILE = { strong: 2.054, some: 1.405 } as const;
const FALSE_ALARMS = { strong: 0.02, some: 0.08 } as const;

export type Point = keyof typeof FALSE_ALARMS;

/**
 * The log odds above which at most 2 % (strong) or 8 % (some) of reals are expected. With few reals their quantile alone
 * says little about the tail, so the larger of it and that of a normal distribution with their mean and deviation counts.
 */
export function operatingOdds(reals: readonly number[], point: Point): number {
  if (reals.length < 2) throw new Error(`an operating point needs reals: there are ${reals.length}`);
  const mean = reals.reduce((sum, value) => sum + value, 0) / reals.length;
  const variance = reals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (reals.length - 1);
  const normal = mean + NORMAL_QUANTILE[point] * Math.sqrt(variance);
  return Math.max(thresholdForFpr(reals, FALSE_ALARMS[point]), normal);
}

/**
 * The point that holds for the reals among the clips as they are, and for all of them, re-encoded ones too. A fit flatters
 * its own clips, so for `strong`, where a false alarm does most harm, each real is taken with the log odds by a calibration
 * that was not fitted on its group. Those also scatter with the fits, which for `some` would cost most of what it finds.
 */
function pointOf(clips: readonly CalibrationClip[], byQuality: boolean, point: Point): number {
  const parts = point === 'strong' ? foldsOf(clips) : [{ rest: clips, left: clips }];
  const all: number[] = [];
  const originals: number[] = [];
  for (const { rest, left } of parts) {
    const calibration = fitCalibration(rest, byQuality);
    for (const clip of left.filter(({ label }) => label === 'real')) {
      const odds = calibratedOdds(clip.logit, calibration, clip);
      all.push(odds);
      if (clip.original) originals.push(odds);
    }
  }
  return Math.max(operatingOdds(originals, point), operatingOdds(all, point));
}

export interface SetPoints extends ChosenCalibration {
  /** Log odds from which a clip shows strong or some signs. */
  points: Record<Point, number>;
}

/** Calibration and operating points, set on the same clips. */
export function setPoints(clips: readonly CalibrationClip[]): SetPoints {
  const chosen = chooseCalibration(clips);
  const byQuality = chosen.calibration.perHalving !== undefined;
  const point = (name: Point): number => pointOf(clips, byQuality, name);
  const some = point('some');
  return { ...chosen, points: { strong: Math.max(point('strong'), some), some } };
}

export interface OutOfFold {
  falseAlarms: number;
  reals: number;
  found: number;
  fakes: number;
}

/**
 * How calibration and operating point set on some groups do on the others: every group is left out once with its fold, both
 * are set on the rest, and the left-out clips are counted as they are, not re-encoded.
 * @param byQuality kind of calibration
 */
export function outOfFold(clips: readonly CalibrationClip[], point: Point, byQuality: boolean): OutOfFold {
  const counts: OutOfFold = { falseAlarms: 0, reals: 0, found: 0, fakes: 0 };
  for (const { rest, left } of foldsOf(clips)) {
    const calibration = fitCalibration(rest, byQuality);
    if (rest.filter(({ label, original }) => label === 'real' && original).length < 2) continue;
    const threshold = pointOf(rest, byQuality, point);
    for (const clip of left.filter(({ original }) => original)) {
      const flagged = calibratedOdds(clip.logit, calibration, clip) > threshold ? 1 : 0;
      if (clip.label === 'real') {
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

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
