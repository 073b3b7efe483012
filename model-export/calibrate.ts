/** From logits to probabilities and operating points. */
import { calibratedOdds, poorness, smallness } from '../src/verdict/score.ts';
import type { Calibration, Line, Quality } from '../src/verdict/types.ts';
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
/** More logit never means less of a manipulation, whatever a fit on few clips says. */
const LEAST_SLOPE = 1e-3;

/** Smaller faces and fewer bits are of poor quality; `compare-calibrations.ts` prints what other limits give. */
export const POOR: Quality = { faceSize: 60, bitsPerPixel: 0.02 };
/**
 * Faces smaller than so many source pixels have operating points of their own: below, the network ranks clearly worse (the model card's
 * table by size of face), and its reals spread more than calibration makes up for. `compare-calibrations.ts` prints what other sizes give.
 */
export const SMALL_FACE = 80;
/** Real clips of a quality from which its mean and deviation can be told. */
const CLASS_CLIPS = 8;

/**
 * Logistic regression of the label on the logit (Platt 1999), both classes weighing the same, with Platt's softened targets
 * against certainty from few clips. Newton's method; the problem is convex.
 * @param limits of poor quality: where given, and where there are enough reals on both sides, reals of good and of poor quality are
 *   brought to one mean and one deviation first
 * @throws when a class is missing
 */
export function fitCalibration(clips: readonly CalibrationClip[], limits: Quality | undefined): Calibration {
  const versions = count(clips.map(({ clip }) => clip));
  const labelled = (label: string): number => distinct(clips.filter((clip) => clip.label === label));
  const [fakes, reals] = [labelled('fake'), labelled('real')];
  if (fakes === 0 || reals === 0)
    throw new Error(`calibration needs both labels: ${reals} real, ${fakes} fake clips`);
  const standard: Calibration = (limits && standardLines(clips, limits)) ?? { a: 1, b: 0 };
  const points = clips.map((clip) => {
    const fake = clip.label === 'fake';
    return {
      x: calibratedOdds(clip.logit, standard, clip),
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
  const slope = Math.max(a, LEAST_SLOPE);
  const after = (first: Line): Line => ({ a: slope * first.a, b: slope * first.b + b });
  const { poor } = standard;
  return { ...after(standard), ...(poor !== undefined && { poor: { ...poor, ...after(poor) } }) };
}

/** Lines to how many deviations a logit lies above the mean of reals of its quality; nothing where those are too few. */
function standardLines(clips: readonly CalibrationClip[], limits: Quality): Calibration | undefined {
  const lines = [false, true].map((poor): Line | undefined => {
    const reals = clips.filter((clip) => clip.label === 'real' && poorness(clip, limits) > 0.5 === poor);
    if (distinct(reals) < CLASS_CLIPS) return undefined;
    const { mean, deviation } = spread(reals.map(({ logit }) => logit));
    return deviation > 0 ? { a: 1 / deviation, b: -mean / deviation } : undefined;
  });
  const [good, poor] = lines;
  return good && poor && { ...good, poor: { ...limits, ...poor } };
}

export interface ChosenCalibration {
  calibration: Calibration;
  /** AUC of all versions of the clips together, each by a calibration of either kind that was fitted on other groups. */
  auc: { plain: number | null; byQuality: number | null };
}

/** Calibrates by quality where that ranks clips of all qualities better that it was not fitted on. */
export function chooseCalibration(clips: readonly CalibrationClip[]): ChosenCalibration {
  const areas = { plain: foldedAuc(clips, undefined), byQuality: foldedAuc(clips, POOR) };
  const better = (areas.byQuality ?? 0) > (areas.plain ?? 0);
  return { calibration: fitCalibration(clips, better ? POOR : undefined), auc: areas };
}

/** AUC of all clips together, each by a calibration that was fitted on other groups. @param limits as for `fitCalibration` */
export function foldedAuc(clips: readonly CalibrationClip[], limits: Quality | undefined): number | null {
  const scored = foldsOf(clips).flatMap(({ rest, left }) => {
    const calibration = fitCalibration(rest, limits);
    return left.map((clip) => ({
      label: clip.label,
      score: calibratedOdds(clip.logit, calibration, clip),
    }));
  });
  return auc(scored);
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
  const { mean, deviation } = spread(reals);
  const normal = mean + NORMAL_QUANTILE[point] * deviation;
  return Math.max(thresholdForFpr(reals, FALSE_ALARMS[point]), normal);
}

/** Log odds by which half precision, or other arithmetic, may move a clip. */
const MARGIN = 0.03;

export type Points = Record<Point, number>;

export interface AllPoints extends Points {
  /** For faces smaller than so many source pixels; nothing where too few real clips have any. */
  smallFaces?: Points & { below: number };
}

/** The points that a clip is held against, as `marksFor` has them. */
export function pointsFor(
  { smallFaces, strong, some }: AllPoints,
  { faceSize }: Pick<Quality, 'faceSize'>,
): Points {
  if (smallFaces === undefined) return { strong, some };
  const share = smallness(faceSize, smallFaces.below);
  const between = (large: number, small: number): number => (1 - share) * large + share * small;
  return { strong: between(strong, smallFaces.strong), some: between(some, smallFaces.some) };
}

/**
 * The points that hold for the reals among the clips as they are, and for all of them, re-encoded ones too; for small faces those that
 * hold for their reals too.
 * @param below what counts as a small face, in source pixels
 */
function pointsOf(clips: readonly CalibrationClip[], calibration: Calibration, below: number): AllPoints {
  const odds = (list: readonly CalibrationClip[]): number[] =>
    list.map((clip) => calibratedOdds(clip.logit, calibration, clip));
  const holding = (
    lists: readonly (readonly CalibrationClip[])[],
    near: readonly CalibrationClip[],
  ): Points => {
    const point = (name: Point): number =>
      clearOf(odds(near), Math.max(...lists.map((reals) => operatingOdds(odds(reals), name))));
    return { strong: point('strong'), some: point('some') };
  };
  const reals = clips.filter(({ label }) => label === 'real');
  const originals = clips.filter(({ original }) => original);
  const everywhere = [originals.filter(({ label }) => label === 'real'), reals];
  const isSmall = ({ faceSize }: CalibrationClip): boolean => faceSize < below;
  const small = reals.filter(isSmall);
  const points = holding(everywhere, originals);
  if (distinct(small) < CLASS_CLIPS) return points;
  return { ...points, smallFaces: { ...holding([...everywhere, small], originals.filter(isSmall)), below } };
}

/** `point`, or the next higher one that none of `odds` stands near, so that rounding decides no outcome. */
function clearOf(odds: readonly number[], point: number): number {
  let clear = point;
  for (const value of [...odds].sort((a, b) => a - b))
    if (Math.abs(value - clear) < MARGIN) clear = value + MARGIN;
  return clear;
}

export interface SetPoints extends ChosenCalibration {
  /** Log odds from which a clip shows strong or some signs. */
  points: AllPoints;
}

/** Calibration and operating points, set on the same clips. */
export function setPoints(clips: readonly CalibrationClip[]): SetPoints {
  const chosen = chooseCalibration(clips);
  return { ...chosen, points: pointsOf(clips, chosen.calibration, SMALL_FACE) };
}

export interface OutOfFold {
  falseAlarms: number;
  reals: number;
  found: number;
  fakes: number;
  /** Clips that these are versions of. */
  realClips: number;
  fakeClips: number;
}

/** How many of the clips are above a point. */
export function countAbove(
  clips: readonly CalibrationClip[],
  point: Point,
  calibration: Calibration,
  points: AllPoints,
): OutOfFold {
  const above = (label: CalibrationClip['label']): [above: number, of: number, clips: number] => {
    const labelled = clips.filter((clip) => clip.label === label);
    const odds = (clip: CalibrationClip): number => calibratedOdds(clip.logit, calibration, clip);
    const flagged = labelled.filter((clip) => odds(clip) > pointsFor(points, clip)[point]);
    return [flagged.length, labelled.length, distinct(labelled)];
  };
  const [falseAlarms, reals, realClips] = above('real');
  const [found, fakes, fakeClips] = above('fake');
  return { falseAlarms, reals, found, fakes, realClips, fakeClips };
}

/** @param b of other clips */
export const addCounts = (a: OutOfFold, b: OutOfFold): OutOfFold => ({
  falseAlarms: a.falseAlarms + b.falseAlarms,
  reals: a.reals + b.reals,
  found: a.found + b.found,
  fakes: a.fakes + b.fakes,
  realClips: a.realClips + b.realClips,
  fakeClips: a.fakeClips + b.fakeClips,
});

/**
 * How calibration and operating points set on some groups do on the others: every group is left out once with its fold, both
 * are set on the rest, and the left-out clips are counted.
 * @param limits as for `fitCalibration` @param counted which of them, clips as they are by default
 * @param below what counts as a small face, in source pixels
 */
export function outOfFold(
  clips: readonly CalibrationClip[],
  point: Point,
  limits: Quality | undefined,
  counted: (clip: CalibrationClip) => boolean = ({ original }) => original,
  below = SMALL_FACE,
): OutOfFold {
  let counts: OutOfFold = { falseAlarms: 0, reals: 0, found: 0, fakes: 0, realClips: 0, fakeClips: 0 };
  for (const { rest, left } of foldsOf(clips)) {
    const calibration = fitCalibration(rest, limits);
    if (rest.filter(({ label, original }) => label === 'real' && original).length < 2) continue;
    const points = pointsOf(rest, calibration, below);
    counts = addCounts(counts, countAbove(left.filter(counted), point, calibration, points));
  }
  return counts;
}

/** Clips, whatever their versions. */
const distinct = (clips: readonly CalibrationClip[]): number => new Set(clips.map(({ clip }) => clip)).size;

/** Mean and deviation of a sample. */
function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.sqrt(variance) };
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
