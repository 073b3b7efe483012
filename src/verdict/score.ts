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

/** From here on more pixels or bits change nothing: a crop has fewer pixels, and a codec has lost next to nothing. */
export const FULL_QUALITY: Quality = { faceSize: 160, bitsPerPixel: 0.08 };
/** Below that much nothing was measured. */
const MOST_HALVINGS = { faceSize: 2, bitsPerPixel: 5 };
/** How often each quality is half of the full one, fractions included: 0 for full quality and for what is unknown. */
export function halvings(quality: Quality): Quality {
  const below = (name: keyof Quality): number =>
    quality[name] > 0
      ? Math.min(MOST_HALVINGS[name], Math.max(0, Math.log2(FULL_QUALITY[name] / quality[name])))
      : 0;
  return { faceSize: below('faceSize'), bitsPerPixel: below('bitsPerPixel') };
}

/** Log odds to a probability, 0..1. */
export function probability(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

/** Log odds of a manipulation. */
export function calibratedOdds(logit: number, calibration: Calibration, quality: Quality): number {
  const { a, b, shiftPerHalving: shift } = calibration;
  if (shift === undefined) return a * logit + b;
  const below = halvings(quality);
  return a * (logit + below.faceSize * shift.faceSize + below.bitsPerPixel * shift.bitsPerPixel) + b;
}

/** Probability of a manipulation, 0..1. */
export function calibrate(logit: number, calibration: Calibration, quality: Quality): number {
  return probability(calibratedOdds(logit, calibration, quality));
}
