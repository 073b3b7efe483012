import { everyFrame, wholeSeconds } from '../analysis/index.ts';
import type { VerdictRecord } from '../verdict/index.ts';
import { secondsInView, secondsThere } from './coverage-text.ts';

export interface FurtherLooks {
  /** The video is longer than what is looked at as closely as this: another part can be chosen. */
  part: boolean;
  /** Frames there are to look at in what was looked at, where that is worth asking for: clearly more. */
  everyFrame: number | null;
}

/** How a video can be looked at beyond what was done. */
export function furtherLooks(record: VerdictRecord): FurtherLooks {
  const { media, sampling } = record;
  if (sampling.framesDecoded === 0) return { part: false, everyFrame: null };
  const sampled = everyFrame(media?.frameRate ?? 0, sampling);
  const there = secondsThere(media);
  const seconds = Math.min(secondsInView(record), there, wholeSeconds(sampled));
  const frames = Math.floor(seconds * sampled.framesPerSecond);
  const sparse = sampling.everyFrame !== true && frames > 1.5 * sampling.framesDecoded;
  return {
    part: there >= wholeSeconds(sampling) + 1 / sampling.framesPerSecond,
    everyFrame: sparse ? frames : null,
  };
}
