/** Whether an exported network may take the place of the trained one: it has to give the same answers, and be small enough. */
import type { ScoredClip } from './validation.ts';

/** A logit may move by this share of the logits' deviation over all clips. */
const MOST_CHANGE = 0.05;
/** Clips, of a hundred, whose outcome may change because it lay on a threshold. */
const MOST_CHANGED_OUTCOMES = 2;
const MOST_BYTES = 16e6;

export interface GateResult {
  /** Largest change of a clip's logit, in deviations of the trained network's logits. */
  change: number;
  changedOutcomes: number;
  clips: number;
  bytes: number;
  /** Why it may not; empty when it may. */
  refusals: string[];
}

/**
 * @param trained, exported the same clips in the same order
 * @param outcome of a clip's logit, by the trained network's calibration
 * @param bytes of all files
 */
export function gate(
  trained: readonly ScoredClip[],
  exported: readonly ScoredClip[],
  outcome: (clip: ScoredClip) => string,
  bytes: number,
): GateResult {
  const deviation = standardDeviation(trained.map(({ logit }) => logit));
  const changes = exported.map(({ logit }, at) => Math.abs(logit - trained[at]!.logit));
  const change = Math.max(...changes) / deviation;
  const changedOutcomes = exported.filter((clip, at) => outcome(clip) !== outcome(trained[at]!)).length;
  const refusals: string[] = [];
  // Not "larger": no comparison with a number that is none holds.
  if (!(change <= MOST_CHANGE))
    refusals.push(`a logit moves by ${change.toFixed(3)} deviations, more than ${MOST_CHANGE}`);
  if (changedOutcomes > (MOST_CHANGED_OUTCOMES / 100) * exported.length)
    refusals.push(`${changedOutcomes} of ${exported.length} outcomes change`);
  if (bytes > MOST_BYTES) refusals.push(`${bytes} bytes are more than ${MOST_BYTES}`);
  return { change, changedOutcomes, clips: exported.length, bytes, refusals };
}

function standardDeviation(list: readonly number[]): number {
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
}
