/**
 * Where a score stands on a chart. On the scale of log odds, as the network itself answers: on that of probabilities all that
 * lies above the mark for “strong” would share a twentieth of the height.
 */
import { logOdds } from '../verdict/index.ts';

/** Scores from this one to one minus it are told apart; what lies beyond stands at the edge. */
const EDGE = 0.01;

/** Scores that a scale is labelled with. */
export const TICKS = [0.02, 0.1, 0.5, 0.9, 0.98];

/** @returns 0 at the foot of a chart, 1 at its top */
export function height(score: number): number {
  const kept = Math.min(1 - EDGE, Math.max(EDGE, score));
  return 0.5 + logOdds(kept) / (2 * logOdds(1 - EDGE));
}
