import { wholeSeconds } from '../analysis/index.ts';
import type { VerdictRecord } from '../verdict/index.ts';
import { clock, secondsText } from './format.ts';
import { messages } from './messages.ts';

/** Seconds of the video, or of the part of it that was asked for. */
export function secondsInView({ media, sampling: { part } }: VerdictRecord): number {
  const duration = media?.duration ?? 0;
  if (part === undefined) return duration;
  return Math.max(0, Math.min(part.end, duration) - Math.max(0, part.start));
}

/** Seconds of it that the file holds: fewer than it tells where it is cut off. */
export function secondsThere(media: VerdictRecord['media']): number {
  const { start = 0, duration = 0, endsAt = Infinity } = media ?? {};
  return Math.min(duration, Math.max(0, endsAt - start));
}

/** Containers of which only the beginning's frame rate is known (`src/media/track-facts.ts`). */
const RATE_OF_BEGINNING: readonly string[] = ['matroska', 'webm', 'mpeg-ts'];

/**
 * Whether none of the frames was left out. Not where there are more a second than are asked for, nor where they come
 * unevenly, so that some lie between two moments that were asked for, nor where nobody counted them.
 */
export function isEveryFrame(record: VerdictRecord): boolean {
  const { framesPerSecond, framesPerSegment, maxSegments, ...sampling } = record.sampling;
  const frameRate = record.media?.frameRate ?? 0;
  if (sampling.everyFrame !== true || frameRate === 0 || framesPerSecond < frameRate) return false;
  if (RATE_OF_BEGINNING.includes(record.media?.container ?? '')) return false;
  const inRuns = (framesPerSegment * maxSegments * frameRate) / framesPerSecond;
  const there = Math.round(Math.min(secondsInView(record) * frameRate, inRuns));
  // Of damaged ones the page tells elsewhere.
  return sampling.framesDecoded + (sampling.framesDamaged ?? 0) >= there;
}

/** Whether parts were looked at, and not what lies between them. */
export function isInParts(record: VerdictRecord): boolean {
  return secondsInView(record) >= wholeSeconds(record.sampling) + 1 / record.sampling.framesPerSecond;
}

/** How much of a video was looked at, in sentences. */
export function coverageText(record: VerdictRecord): string {
  const words = messages.result.coverage;
  const { media, sampling } = record;
  const { part, region, maxSegments, runs } = sampling;
  const duration = media?.duration ?? 0;
  const endsAt = media?.endsAt;
  const seconds = secondsInView(record);
  const inParts = isInParts(record);
  const each = secondsText(wholeSeconds(sampling) / maxSegments);
  return [
    ...(part === undefined
      ? []
      : [words.only(messages.result.from(clock(part.start), clock(part.end)), clock(duration))]),
    ...(inParts ? [words.spread(runs?.length ?? maxSegments, each, clock(seconds))] : []),
    ...(part === undefined && !inParts && endsAt === undefined ? [words.whole] : []),
    ...(endsAt === undefined ? [] : [words.cutOff(clock(endsAt - (media?.start ?? 0)), clock(duration))]),
    ...(region === 'full' ? [] : [words.halves[region]]),
    ...(sampling.turned === undefined ? [] : [words.turned[sampling.turned]]),
  ].join(' ');
}
