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

/** Whether a face is smaller than `limits`, or its file spends fewer bits. */
export function isPoor(quality: Quality, limits: Quality): boolean {
  return quality.faceSize < limits.faceSize || quality.bitsPerPixel < limits.bitsPerPixel;
}

/** Log odds to a probability, 0..1. */
export function probability(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

/** Log odds of a manipulation. */
export function calibratedOdds(logit: number, calibration: Calibration, quality: Quality): number {
  const { poor } = calibration;
  const { a, b } = poor !== undefined && isPoor(quality, poor) ? poor : calibration;
  return a * logit + b;
}

/** Probability of a manipulation, 0..1. */
export function calibrate(logit: number, calibration: Calibration, quality: Quality): number {
  return probability(calibratedOdds(logit, calibration, quality));
}
