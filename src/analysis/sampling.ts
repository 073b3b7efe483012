import type { Part, Sampling } from './types.ts';

/** Used when no model says otherwise: enough frames per second to follow a face, few enough to be quick. */
export const DEFAULT_SAMPLING: Sampling = { framesPerSecond: 6, framesPerSegment: 16, maxSegments: 4 };

/** Seconds of which every frame is looked at, at most: of more there are runs, as many as of a long video otherwise. */
const EVERY_FRAME_SECONDS = 600;
/** More than cameras take; some files claim thousands. */
const MAX_FRAME_RATE = 60;

/** Frames by which a video may be shorter than a whole number of them: the last digits of its length are rounded. */
const ROUNDED = 1e-3;

/** Sampling that leaves no frame out, where they come evenly and no faster than cameras take them. @param frameRate of the video, on average; 0 when unknown */
export function everyFrame(frameRate: number, { framesPerSecond, maxSegments }: Sampling): Sampling {
  const rate = Math.max(framesPerSecond, Math.min(frameRate, MAX_FRAME_RATE));
  return {
    framesPerSecond: rate,
    framesPerSegment: Math.round((EVERY_FRAME_SECONDS / maxSegments) * rate),
    maxSegments,
  };
}

/**
 * The moments to look at, as runs of evenly spaced times in seconds.
 *
 * A video no longer than all segments together is one run from its start to its end. A longer one gets
 * `maxSegments` runs spread evenly, each in the middle of its share, so that the work does not grow with the length.
 * @param spare frames by which a short video may be longer than it says: half a one where all are asked for, whose number
 * is whole and may come out as a little less
 */
export function planSegments(
  video: { start: number; duration: number },
  sampling: Sampling,
  spare = 0,
): number[][] {
  const { framesPerSecond, framesPerSegment, maxSegments } = sampling;
  const step = 1 / framesPerSecond;
  const segmentLength = framesPerSegment * step;
  // Less than a step more adds no frame.
  if (video.duration < wholeSeconds(sampling) + step) {
    const frames = Math.floor(video.duration * framesPerSecond + Math.max(spare, ROUNDED));
    return [run(video.start, step, Math.max(1, frames))];
  }
  const share = video.duration / maxSegments;
  return Array.from({ length: maxSegments }, (_, index) =>
    run(video.start + share * (index + 0.5) - segmentLength / 2, step, framesPerSegment),
  );
}

/**
 * Runs of a long video, each moved back to the key frame before it: what lies between would be decoded for nothing, up to
 * ten seconds a run. A run stays where it is when its key frame is not known or lies before the end of the run before it.
 * @param keys per run, time of the last key frame before its start (seconds)
 * @param start of the part that is looked at, seconds
 */
export function startAtKeyFrames(
  segments: readonly number[][],
  keys: readonly (number | undefined)[],
  start: number,
): number[][] {
  let last = Number.NEGATIVE_INFINITY;
  return segments.map((times, index) => {
    const first = times[0]!;
    const key = keys[index] ?? first;
    const shift = key >= start && key > last && key < first ? key - first : 0;
    last = times.at(-1)! + shift;
    return times.map((time) => time + shift);
  });
}

/**
 * What is left of a video when only a part is to be looked at; nothing but its nearest end when they do not meet.
 * @param video with its start as the file has it @param part since that start
 */
export function partOf(
  video: { start: number; duration: number },
  part: Part | undefined,
): { start: number; duration: number } {
  if (part === undefined) return video;
  const inside = (time: number): number => video.start + Math.min(Math.max(time, 0), video.duration);
  const start = inside(part.start);
  return { start, duration: Math.max(0, inside(part.end) - start) };
}

/** Seconds of video that are walked from start to end; of a longer one runs are looked at. */
export const wholeSeconds = ({ framesPerSecond, framesPerSegment, maxSegments }: Sampling): number =>
  (framesPerSegment * maxSegments) / framesPerSecond;

function run(first: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index * step);
}
