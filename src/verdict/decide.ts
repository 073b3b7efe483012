import { calibrate, logOdds, probability, smallness, trimmedMean } from './score.ts';
import type { Calibration, Marks, OperatingPoints, Outcome, Quality, Reason, ScoredTrack } from './types.ts';

/**
 * Below these a face is not judged. What the network is worth near them is measured by `model-export/measure.ts` and stands in
 * the model card.
 */
export const LIMITS = {
  /** Seconds for which a face has to be seen, counted in frames that show it. */
  minSeconds: 1,
  /** Side of the face in pixels of the decoded frame: below, more than two thirds of the crop's pixels would be invented. */
  minFaceSize: 40,
  /** Variance of the Laplacian of the crop's luma (8-bit): below, no fine structure is left to judge (at 160 pixels per face). */
  minSharpness: 1,
  /** Bits of video per pixel per frame: half of the lowest that the network has been validated on (0.005, H.264). */
  minBitsPerPixel: 0.0025,
} as const;

export interface JudgedTrack {
  id: number;
  /** Trimmed mean of the frame logits. */
  logit: number;
  /** Calibrated, 0..1. */
  score: number;
  outcome: Outcome;
  /** Why this face did not count; empty when it did. */
  reasons: Reason[];
  /** Side of the face in pixels of the decoded frame. */
  faceSize: number;
}

export interface Verdict {
  outcome: Outcome;
  /** Calibrated score of the deciding track; null when there is none. */
  score: number | null;
  reasons: Reason[];
  /** The deciding track. */
  trackId: number | null;
}

export interface VerdictContext {
  calibration: Calibration;
  operatingPoints: OperatingPoints;
  /** Bits of video per pixel per frame; 0 when unknown. */
  bitsPerPixel: number;
  /** Frames of the video that were looked at per second. */
  framesPerSecond: number;
}

/** Frames that a track needs. */
export const minFrames = (framesPerSecond: number): number => Math.round(LIMITS.minSeconds * framesPerSecond);

/** Bits per pixel per frame of a video track; 0 when a fact is missing. */
export function bitsPerPixel(info: {
  bitrate: number;
  width: number;
  height: number;
  frameRate: number;
}): number {
  const pixels = info.width * info.height * info.frameRate;
  return pixels > 0 ? info.bitrate / pixels : 0;
}

/** Why the pictures of a face cannot be judged, however many there are; empty when they can. */
export function tooPoor({
  faceSize,
  sharpness,
  bitsPerPixel,
}: Quality & Pick<ScoredTrack, 'sharpness'>): Reason[] {
  const reasons: Reason[] = [];
  if (faceSize < LIMITS.minFaceSize) reasons.push('face_too_small');
  if (sharpness < LIMITS.minSharpness) reasons.push('too_blurred');
  if (bitsPerPixel > 0 && bitsPerPixel < LIMITS.minBitsPerPixel) reasons.push('too_compressed');
  return reasons;
}

/** Scores one track, or says why it cannot be judged. */
export function judgeTrack(track: ScoredTrack, context: VerdictContext): JudgedTrack {
  const logit = trimmedMean(track.frames.map((frame) => frame.logit));
  const { calibration, bitsPerPixel } = context;
  const score = calibrate(logit, calibration, { faceSize: track.faceSize, bitsPerPixel });
  const reasons: Reason[] = [];
  if (track.frames.length < minFrames(context.framesPerSecond)) reasons.push('too_short');
  reasons.push(...tooPoor({ ...track, bitsPerPixel }));
  return {
    id: track.id,
    logit,
    score,
    outcome:
      reasons.length > 0 ? 'cannot-tell' : band(score, marksFor(context.operatingPoints, track.faceSize)),
    reasons,
    faceSize: track.faceSize,
  };
}

/** The marks that hold for a face of this size, in pixels of the decoded frame; in between by their log odds. */
export function marksFor({ smallFaces, strong, some }: OperatingPoints, faceSize: number): Marks {
  const share = smallFaces === undefined ? 0 : smallness(faceSize, smallFaces.below);
  if (smallFaces === undefined || share === 0) return { strong, some };
  if (share === 1) return { strong: smallFaces.strong, some: smallFaces.some };
  const between = (large: number, small: number): number =>
    probability((1 - share) * logOdds(large) + share * logOdds(small));
  return { strong: between(strong, smallFaces.strong), some: between(some, smallFaces.some) };
}

/** Whether a face counts as small where the two kinds are told apart, as in counts. */
export const isSmallFace = (
  { smallFaces }: { smallFaces?: { below: number } | undefined },
  faceSize: number,
): boolean => smallFaces !== undefined && faceSize < smallFaces.below;

const SEVERITY: Record<Outcome, number> = { 'cannot-tell': 0, none: 1, some: 2, strong: 3 };

/** Marks differ with the size of a face: the outcome comes first, then the score. */
const isWorse = (a: JudgedTrack, b: JudgedTrack): boolean =>
  a.outcome === b.outcome ? a.score > b.score : SEVERITY[a.outcome] > SEVERITY[b.outcome];

/** The video follows its worst track that could be judged; without one it cannot be told, for the tracks' reasons. */
export function decide(tracks: readonly JudgedTrack[]): Verdict {
  const judged = tracks.filter((track) => track.reasons.length === 0);
  const worst = judged.reduce<JudgedTrack | null>((a, b) => (a === null || isWorse(b, a) ? b : a), null);
  if (worst !== null) return { outcome: worst.outcome, score: worst.score, reasons: [], trackId: worst.id };
  const reasons = [...new Set(tracks.flatMap((track) => track.reasons))];
  return cannotTell(...(reasons.length > 0 ? reasons : (['no_face'] as const)));
}

export function cannotTell(...reasons: Reason[]): Verdict {
  return { outcome: 'cannot-tell', score: null, reasons, trackId: null };
}

/** What a score shows by the marks that hold for its face. */
export function band(score: number, marks: Marks): Exclude<Outcome, 'cannot-tell'> {
  if (score >= marks.strong) return 'strong';
  if (score >= marks.some) return 'some';
  return 'none';
}
