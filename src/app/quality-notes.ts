import { MAX_FRAME_SIDE } from '../analysis/index.ts';
import type { VerdictRecord } from '../verdict/index.ts';
import { bitsPerPixel, isSmallFace, LIMITS, minFrames } from '../verdict/index.ts';
import { messages } from './messages.ts';

/** A quality that is allowed but within this factor of its limit is said to weaken the result. */
const NEAR = 2;

/**
 * Shorter side of a picture, in pixels, below which real clips of cameras that the network had never seen were flagged most: 4 of 9, and 6
 * of 24 larger ones (docs/experiments.md, “Real clips of other cameras”).
 */
const SMALL_PICTURE = 320;

/** What about the deciding face and the file makes the verdict weaker, in sentences. */
export function weaknesses(record: VerdictRecord): string[] {
  const words = messages.result;
  const notes: string[] = [];
  const track = record.tracks.find(({ id }) => id === record.verdict.trackId);
  if (track !== undefined && track.faceSize < NEAR * LIMITS.minFaceSize) {
    notes.push(words.smallFace(Math.round(track.faceSize * shrinkage(record.media))));
    if (record.model !== null && isSmallFace(record.model.operatingPoints, track.faceSize))
      notes.push(words.higherMarks);
  }
  if (track !== undefined && track.frames.length < NEAR * minFrames(record.sampling.framesPerSecond))
    notes.push(words.fewFrames(track.frames.length));
  const damage = damageNote(record.sampling);
  if (damage !== undefined) notes.push(damage);
  const { media, verdict } = record;
  const isFlagged = verdict.outcome === 'some' || verdict.outcome === 'strong';
  if (isFlagged && media !== null && Math.min(media.width, media.height) < SMALL_PICTURE)
    notes.push(words.smallPicture(media.width, media.height));
  const bits = media === null ? 0 : bitsPerPixel(media);
  if (bits > 0 && bits < NEAR * LIMITS.minBitsPerPixel) notes.push(words.lowBitrate);
  return notes;
}

/** Pixels of the video per pixel of its frames as they were decoded: large ones are scaled down, and faces are measured there. */
function shrinkage(media: VerdictRecord['media']): number {
  return media === null ? 1 : Math.max(1, Math.max(media.width, media.height) / MAX_FRAME_SIDE);
}

/** What decoders have found damaged, in a sentence; undefined where they have found nothing. */
export function damageNote({ framesDamaged, framesDecoded }: VerdictRecord['sampling']): string | undefined {
  if (framesDamaged === undefined) return undefined;
  const words = messages.result;
  return framesDamaged === 0
    ? words.damagedSomewhere
    : words.damagedFrames(framesDamaged, framesDamaged + framesDecoded);
}
