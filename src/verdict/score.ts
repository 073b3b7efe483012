import type { Calibration } from './types.ts';

/** Share of the frames left out at either end before averaging, so that a few bad crops cannot decide. */
const TRIM = 0.1;

/** Trimmed mean: the mean of the middle 80 % of the values. NaN for an empty list. */
export function trimmedMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * TRIM);
  const kept = sorted.slice(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/** Platt scaling of a logit to a probability in 0..1 (Platt 1999). */
export function calibrate(logit: number, { a, b }: Calibration): number {
  return 1 / (1 + Math.exp(-(a * logit + b)));
}
