/** The four answers. There is no "real": a detector that finds nothing has only found nothing. */
export const OUTCOMES = ['strong', 'some', 'none', 'cannot-tell'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why there is no answer, or why a face did not count. Every "cannot tell" carries at least one. */
export const REASONS = [
  'empty_file',
  'not_a_video',
  'image_file',
  'no_video_track',
  'file_damaged',
  'file_encrypted',
  'file_unreadable',
  'codec_unsupported',
  'decoder_failed',
  'no_face',
  'face_too_small',
  'too_short',
  'too_compressed',
  'too_blurred',
  'out_of_memory',
  'model_missing',
  'model_integrity_failed',
  'cancelled',
  'stalled',
  'internal_error',
] as const;
export type Reason = (typeof REASONS)[number];

/** Another try with the same file may end otherwise. */
export const WORTH_ANOTHER_TRY: readonly Reason[] = [
  'cancelled',
  'out_of_memory',
  'stalled',
  'internal_error',
  'decoder_failed',
  'model_integrity_failed',
];

/** What says nothing about the file: it has to be chosen again, or the app to be mended, before another try. */
export const SAYS_NOTHING: readonly Reason[] = [...WORTH_ANOTHER_TRY, 'file_unreadable', 'model_missing'];

/** A track as the verdict needs it: scores and quality, no pictures. */
export interface ScoredTrack {
  id: number;
  frames: ScoredFrame[];
  /** Median side of the face in pixels of the decoded frame, which has at most 1920 a side: what the crops are cut from. */
  faceSize: number;
  /** Median variance of the Laplacian of the crops' luma. */
  sharpness: number;
}

export interface ScoredFrame {
  /** Seconds, as the file has it: a video's start need not be 0. */
  time: number;
  /** x, y, width, height in source pixels. */
  box: readonly [number, number, number, number];
  /** The network's raw output for this frame. */
  logit: number;
}

/** From a logit to log odds: `a * logit + b`. */
export interface Line {
  a: number;
  b: number;
}

/**
 * Platt scaling (Platt 1999): probability = sigmoid(a * logit + b). Small faces and strong compression move and spread the logits
 * of genuine videos by themselves; a line of its own makes up for that where the quality is `poor` (`poorness` in `score.ts`).
 */
export interface Calibration extends Line {
  poor?: (Line & Quality) | undefined;
}

/** What a score's meaning depends on beside the logit. */
export interface Quality {
  /** Side of the face in pixels of the decoded frame. */
  faceSize: number;
  /** Bits of video per pixel per frame; 0 when unknown, which counts as few. */
  bitsPerPixel: number;
}

/** Probabilities from which a face shows strong or some signs. */
export interface Marks {
  strong: number;
  some: number;
}

/** Set by the false-alarm rate on real videos. */
export interface OperatingPoints extends Marks {
  /** Their own for faces of a smaller `faceSize`, as `marksFor` has them: real ones of that size score higher, and spread more. */
  smallFaces?: (Marks & { below: number }) | undefined;
}
