import { logOdds, probability, trimmedMean } from './score.ts';
import type { TrackRecord } from './record.ts';

/** Seconds that are taken together as one observation: neighbours show nearly the same picture. */
const BLOCK_SECONDS = 4 / 3;
/** 97.5 % quantiles of Student's t distribution for 1, 2, 3 ... degrees of freedom. */
const T_QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
/** Fewer blocks say nothing about how much they differ. */
const MIN_BLOCKS = 3;

/**
 * Where a face's score could lie, judging by how much the parts of its video differ: a 95 % interval of the mean (Student
 * 1908) over blocks of 4/3 s, on the scale of the log
 * odds. It does not cover what the network does not know.
 * @param track with frames in the order of time; a link has kept fewer than were looked at
 * @param framesPerSecond looked at
 * @returns the interval, which holds the track's own score; null when there are fewer than three blocks
 */
export function scoreInterval(
  { score, frames }: Pick<TrackRecord, 'score' | 'frames'>,
  framesPerSecond: number,
): [low: number, high: number] | null {
  const block = Math.round(BLOCK_SECONDS * rateOf(frames, framesPerSecond));
  if (!(block >= 1)) return null; // records come from outside
  const count = Math.floor(frames.length / block);
  if (count < MIN_BLOCKS) return null;
  const odds = frames.map(({ score }) => logOdds(score));
  const means = Array.from({ length: count }, (_, k) =>
    trimmedMean(
      odds.slice(Math.round((k * odds.length) / count), Math.round(((k + 1) * odds.length) / count)),
    ),
  );
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const quantile = T_QUANTILES[Math.min(count - 1, T_QUANTILES.length) - 1]!;
  const half = quantile * Math.sqrt(variance / count);
  // Around the score that is shown, not around the blocks' mean: trimming moves the two a little apart.
  const centre = logOdds(score);
  return [probability(centre - half), probability(centre + half)];
}

/** Frames per second that are there. */
function rateOf(frames: readonly { time: number }[], framesPerSecond: number): number {
  const [first, last] = [frames[0]?.time ?? 0, frames.at(-1)?.time ?? 0];
  return Math.min(framesPerSecond, (frames.length - 1) / (last - first));
}
