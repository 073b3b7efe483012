import type { JudgedIn } from '../detector/index.ts';
import type { DecoderName, VideoInfo } from '../media/types.ts';
import type { VerdictRecord } from '../verdict/record.ts';

export type Region = 'full' | 'left-half' | 'right-half';

/** Which moments are looked at: up to `maxSegments` runs of `framesPerSegment` frames, spread over the video. */
export interface Sampling {
  framesPerSecond: number;
  framesPerSegment: number;
  maxSegments: number;
}

/** A stretch of a video, in seconds since its start, whatever time that has in the file. What lies outside the video is cut off. */
export interface Part {
  start: number;
  end: number;
}

export interface AnalysisOptions {
  /** Look at one half of the picture only: for side-by-side comparisons. */
  region?: Region;
  /** Look at this part only, as closely as at a video of its length. */
  part?: Part;
  /** Look at every frame, from start to end; of more than ten minutes in runs. Takes several times as long. */
  everyFrame?: boolean;
  /** Insist on one decoder or backend instead of choosing the best. */
  decoder?: DecoderName;
  backend?: 'webgpu' | 'wasm' | 'cpu';
}

/** The stages in the order in which a person sees them. */
export const STAGES = ['load', 'hash', 'decode', 'score'] as const;
export type Stage = (typeof STAGES)[number];

/** One face crop to show: RGB, 8 bit, row-major. */
export interface EvidenceCrop {
  trackId: number;
  time: number;
  size: number;
  rgb: Uint8Array;
  /** What a map of it is made from. */
  judged: JudgedIn;
}

export type AnalysisEvent =
  /** `load`: bytes of what both networks need; `hash`: bytes of the file; `decode`: frames decoded and searched; `score`: face crops scored. */
  | { type: 'progress'; stage: Stage; done: number; total: number }
  | { type: 'media'; info: VideoInfo; decoder: DecoderName }
  | { type: 'runtime'; backend: string; threads: number; kernels?: string }
  | { type: 'fallback'; message: string }
  /** Faces seen so far, while decoding goes on. */
  | { type: 'faces'; framesSearched: number; framesWithFace: number; tracks: number }
  /** The crops the network looked at; comes once, before the end. */
  | { type: 'evidence'; crops: EvidenceCrop[] }
  /** The verdict of a large file whose hash takes longer: all of the result but `file.sha256`, which is null. */
  | { type: 'judged'; result: AnalysisResult };

/**
 * Seconds spent per stage; stages overlap, so they may add up to more than `total`. `score` is what was left to do when
 * all frames were decoded and searched. `verdict` is what passed until the verdict was known: what was left to do after it
 * is the file's hash.
 */
export interface Timings {
  load: number;
  hash: number;
  decode: number;
  faces: number;
  score: number;
  verdict: number;
  total: number;
}

export interface AnalysisResult {
  record: VerdictRecord;
  timings: Timings;
}
