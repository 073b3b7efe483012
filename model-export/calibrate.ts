/** From logits to probabilities and operating points. */
import { calibratedOdds, halvings } from '../src/verdict/score.ts';
import type { Calibration, Quality } from '../src/verdict/types.ts';
import { auc, thresholdForFpr } from './metrics.ts';
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
/** Resistance to a shift that few versions suggest, as a share of their squared halvings. */
const SHIFT_RIDGE = 0.05;
/** More logit never means less of a manipulation, whatever a fit on few clips says. */
const LEAST_SLOPE = 1e-3;

/**
 * Logistic regression of the label on the logit (Platt 1999), both classes weighing the same, with Platt's softened targets
 * against certainty from few clips. Newton's method; the problem is convex.
 * @param byQuality also takes back how the quality moves the logits of reals
 * @throws when a class is missing
 */
export function fitCalibration(clips: readonly CalibrationClip[], byQuality: boolean): Calibration {
  const versions = count(clips.map(({ clip }) => clip));
  const distinct = (label: string): number =>
    new Set(clips.filter((clip) => clip.label === label).map(({ clip }) => clip)).size;
  const [fakes, reals] = [distinct('fake'), distinct('real')];
  if (fakes === 0 || reals === 0)
    throw new Error(`calibration needs both labels: ${reals} real, ${fakes} fake clips`);
  const shift = byQuality ? { shiftPerHalving: fitShift(clips) } : {};
  const points = clips.map((clip) => {
    const fake = clip.label === 'fake';
    return {
      x: calibratedOdds(clip.logit, { a: 1, b: 0, ...shift }, clip),
      target: fake ? (fakes + 1) / (fakes + 2) : 1 / (reals + 2),
      weight: 0.5 / (fake ? fakes : reals) / versions.get(clip.clip)!,
    };
  });
  let [a, b] = [1, 0];
  for (let iteration = 0; iteration < 100; iteration++) {
    const gradient = [RIDGE * a, 0];
    const curvature = [
      [RIDGE, 0],
      [0, 1e-9],
    ];
    for (const { x, target, weight } of points) {
      const p = 1 / (1 + Math.exp(-(a * x + b)));
      for (const [row, value] of [x, 1].entries()) {
        gradient[row]! += weight * (p - target) * value;
        for (const [at, other] of [x, 1].entries())
          curvature[row]![at]! += weight * p * (1 - p) * value * other;
      }
    }
    const [da, db] = solve(curvature, gradient) as [number, number];
    // Damped: a full Newton step can overshoot where the curve is flat.
    const damping = Math.min(1, 4 / Math.max(Math.abs(da), Math.abs(db), 1e-12));
    a -= damping * da;
    b -= damping * db;
    if (Math.abs(da) + Math.abs(db) < 1e-10) break;
  }
  return { a: Math.max(a, LEAST_SLOPE), b, ...shift };
}

/**
 * What takes back, on average, how the logits of reals move with the quality. Only versions of the same clip are compared
 * with each other (least squares with an offset for every clip): which clips happen to be small or compressed says nothing of
 * a manipulation and must not count.
 */
function fitShift(clips: readonly CalibrationClip[]): NonNullable<Calibration['shiftPerHalving']> {
  const versions = new Map<string, CalibrationClip[]>();
  for (const clip of clips.filter(({ label }) => label === 'real'))
    versions.set(clip.clip, [...(versions.get(clip.clip) ?? []), clip]);
  const normal = [
    [1e-9, 0],
    [0, 1e-9],
  ];
  const right = [0, 0];
  for (const list of versions.values()) {
    const rows = list.map((clip) => {
      const { faceSize, bitsPerPixel } = halvings(clip);
      return [faceSize, bitsPerPixel, clip.logit];
    });
    const means = [0, 1, 2].map((column) => rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length);
    for (const row of rows) {
      const [x, y, logit] = row.map((value, column) => value - means[column]!) as [number, number, number];
      for (const [at, value] of [x, y].entries()) {
        normal[at]![0]! += value * x;
        normal[at]![1]! += value * y;
        right[at]! -= value * logit;
      }
    }
  }
  for (const at of [0, 1]) normal[at]![at]! *= 1 + SHIFT_RIDGE;
  const [faceSize, bitsPerPixel] = solve(normal, right) as [number, number];
  return { faceSize, bitsPerPixel };
}

export interface ChosenCalibration {
  calibration: Calibration;
  /** How far re-encoding moves the logits of reals of groups that were not fitted on: root mean square. */
  movement: { plain: number; byQuality: number };
  /** AUC of the clips as they are, by either calibration. */
  auc: { plain: number | null; byQuality: number | null };
}

/** Takes back what quality does where that steadies clips it was not fitted on, and ranks no worse for it. */
export function chooseCalibration(clips: readonly CalibrationClip[]): ChosenCalibration {
  const [plain, byQuality] = [fitCalibration(clips, false), fitCalibration(clips, true)];
  const movement = { plain: foldedMovement(clips, false), byQuality: foldedMovement(clips, true) };
  const ranks = (calibration: Calibration): number | null =>
    auc(
      clips
        .filter(({ original }) => original)
        .map((clip) => ({ label: clip.label, score: calibratedOdds(clip.logit, calibration, clip) })),
    );
  const areas = { plain: ranks(plain), byQuality: ranks(byQuality) };
  const better = movement.byQuality < movement.plain && (areas.byQuality ?? 0) >= (areas.plain ?? 0);
  return { calibration: better ? byQuality : plain, movement, auc: areas };
}

function foldedMovement(clips: readonly CalibrationClip[], byQuality: boolean): number {
  const squares: number[] = [];
  for (const { rest, left } of foldsOf(clips)) {
    const shift = byQuality ? { shiftPerHalving: fitShift(rest) } : {};
    const shifted = (clip: CalibrationClip): number =>
      calibratedOdds(clip.logit, { a: 1, b: 0, ...shift }, clip);
    const reals = left.filter(({ label }) => label === 'real');
    for (const original of reals.filter((clip) => clip.original)) {
      for (const version of reals.filter(({ clip, original: same }) => clip === original.clip && !same))
        squares.push((shifted(version) - shifted(original)) ** 2);
    }
  }
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
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

/** Log odds by which half precision, or other arithmetic, may move a clip. */
const MARGIN = 0.03;

/**
 * The point that holds for the reals among the clips as they are, and for all of them, re-encoded ones too; or the next higher one
 * that no clip as it is stands near, so that rounding decides no outcome.
 */
function pointOf(clips: readonly CalibrationClip[], calibration: Calibration, point: Point): number {
  const odds = (list: readonly CalibrationClip[]): number[] =>
    list.map((clip) => calibratedOdds(clip.logit, calibration, clip));
  const reals = clips.filter(({ label }) => label === 'real');
  const originals = reals.filter(({ original }) => original);
  let clear = Math.max(operatingOdds(odds(originals), point), operatingOdds(odds(reals), point));
  for (const value of odds(clips.filter(({ original }) => original)).sort((a, b) => a - b))
    if (Math.abs(value - clear) < MARGIN) clear = value + MARGIN;
  return clear;
}

export interface SetPoints extends ChosenCalibration {
  /** Log odds from which a clip shows strong or some signs. */
  points: Record<Point, number>;
}

/** Calibration and operating points, set on the same clips. */
export function setPoints(clips: readonly CalibrationClip[]): SetPoints {
  const chosen = chooseCalibration(clips);
  const point = (name: Point): number => pointOf(clips, chosen.calibration, name);
  return { ...chosen, points: { strong: point('strong'), some: point('some') } };
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
    const threshold = pointOf(rest, calibration, point);
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
