import type { TrackRecord } from '../verdict/index.ts';

/** So many of a face's frames are marked as the highest. */
const HIGHEST = 3;

/**
 * Times of the frames that speak most for a manipulation. None where there are hardly more to choose from, nor of a face that
 * was not judged.
 * @param shown frames of this face that are shown
 */
export function highestFrames({ frames, reasons }: TrackRecord, shown: number): ReadonlySet<number> {
  if (reasons.length > 0 || shown <= HIGHEST) return new Set();
  const ranked = [...frames].sort((a, b) => b.score - a.score).slice(0, HIGHEST);
  return new Set(ranked.map(({ time }) => time));
}
