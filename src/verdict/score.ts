import type { Calibration, Quality } from './types.ts';

/** Share of the frames left out at either end before averaging, so that a few bad crops cannot decide. */
const TRIM = 0.1;

/** Trimmed mean: the mean of the middle 80 % of the values. NaN for an empty list. */
export function trimmedMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * TRIM);
  const kept = sorted.slice(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/**
 * How poor a quality is, 0..1, by the worse of the two: a half at the limits, none at 1.4 times them, all at 0.7 times. In between it
 * changes evenly with the logarithm, so that no single pixel or bit decides.
 */
export function poorness(quality: Quality, limits: Quality): number {
  const halvings = (name: keyof Quality): number => Math.log2(limits[name] / quality[name]);
  return evenly(Math.max(halvings('faceSize'), halvings('bitsPerPixel')));
}

/** Halvings of a face's size over which the marks of small faces take the place of the others. */
const SMALL_RAMP = 0.25;

/**
 * How far a face of `faceSize` (as in `ScoredTrack`) counts as one below `below`, 0..1: a half at the limit, and changing evenly with the
 * logarithm from none to all around it (73 to 87 pixels for 80), so that no single pixel decides.
 */
export function smallness(faceSize: number, below: number): number {
  return evenly(Math.log2(below / faceSize) / SMALL_RAMP);
}

/** From 0 to 1 between half a unit on either side of 0. */
const evenly = (distance: number): number => Math.min(1, Math.max(0, 0.5 + distance));

/** Log odds to a probability, 0..1. */
export function probability(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

/** Scores of exactly 0 or 1 come from rounding. */
const CLOSEST = 1e-6;

/** A probability, 0..1, to log odds; finite. */
export function logOdds(score: number): number {
  const kept = Math.min(1 - CLOSEST, Math.max(CLOSEST, score));
  return Math.log(kept / (1 - kept));
}

/** Log odds of a manipulation. */
export function calibratedOdds(logit: number, calibration: Calibration, quality: Quality): number {
  const { a, b, poor } = calibration;
  if (poor === undefined) return a * logit + b;
  const share = poorness(quality, poor);
  const mixed = (good: number, poor: number): number => good * (1 - share) + poor * share;
  return mixed(a, poor.a) * logit + mixed(b, poor.b);
}

/** Probability of a manipulation, 0..1. */
export function calibrate(logit: number, calibration: Calibration, quality: Quality): number {
  return probability(calibratedOdds(logit, calibration, quality));
}
